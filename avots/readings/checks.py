"""Invariants of readings (quality.md 5.2: 6, 7)."""

from django.db.models import Count

from avots.readings.models import Reading


def one_reading_counts() -> list[str]:
    """Return meters with more than one counting reading in a round."""
    counting = Reading.objects.filter(state__in=["accepted", "held"], kind="regular")
    rows = counting.values("installation_id", "round_id").annotate(n=Count("pk")).filter(n__gt=1)
    return [f"installation {row['installation_id']}: {row['n']} readings count" for row in rows[:100]]


def decided_readings_say_why() -> list[str]:
    """Return rejected readings without a decision."""
    silent = Reading.objects.filter(state=Reading.State.REJECTED, decision="")
    return [f"reading {pk} was rejected without a reason" for pk in silent.values_list("pk", flat=True)[:100]]
