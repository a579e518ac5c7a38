"""Invariants of the outbox (quality.md 5.2: 13)."""

from django.db.models import Count

from avots.outbox.models import Message


def promises_are_single() -> list[str]:
    """Return keys promised more than once."""
    keys = Message.objects.values("key").annotate(n=Count("pk")).filter(n__gt=1)
    return [f"message {row['key']} stands {row['n']} times" for row in keys[:100]]
