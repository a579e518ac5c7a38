"""Limits on how often something may be tried, kept in the database so that a restart forgets nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from avots.core.models import Throttle


@dataclass(frozen=True)
class Limit:
    """So many tries within a span of time."""

    name: str
    tries: int
    span: timedelta


def hit(limit: Limit, subject: str, *, now: datetime) -> bool:
    """Count one try of a subject and return whether it was still within the limit.

    Slots begin at whole multiples of the span, so nobody is locked out for longer than one span.
    """
    seconds = int(limit.span.total_seconds())
    slot = datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, tz=now.tzinfo)
    row, _ = Throttle.objects.get_or_create(name=f"{limit.name}:{subject}", slot=slot)
    counted = Throttle.objects.filter(pk=row.pk, tries__lt=limit.tries).update(tries=F("tries") + 1)
    return counted > 0


def hit_all(tries: Iterable[tuple[Limit, str]], *, now: datetime) -> bool:
    """Count a try against every limit, also after one has refused it, and return whether all let it pass."""
    with transaction.atomic():
        kept = [hit(limit, subject, now=now) for limit, subject in tries]
    return all(kept)


def forget(*, before: datetime) -> int:
    """Forget slots that began before a moment, and return how many."""
    return Throttle.objects.filter(slot__lt=before).delete()[0]
