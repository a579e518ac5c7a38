"""Telling that nobody is at home for a time (MK 524 p. 3.2)."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import F, Q, QuerySet

from avots.core import audit
from avots.core.audit import By
from avots.core.claims import claim
from avots.core.dates import local_day
from avots.core.errors import Refused
from avots.customers import emails
from avots.customers.models import AbsenceNotice
from avots.customers.queries import contacts_of, occupancy_of
from avots.meters.models import Premise


@transaction.atomic
def announce_absence(
    premise: Premise, *, starts_on: date, ends_on: date | None, now: datetime, by: By
) -> AbsenceNotice:
    """Record that a premise stands empty from a day on, up to a day or open, and confirm it by e-mail.

    :param ends_on: the first day somebody is back
    :raises Refused: ``absence_not_ahead`` for a day before today, ``absence_ends_first``, ``absence_overlaps``
    """
    if starts_on < local_day(now):
        raise Refused("absence_not_ahead")
    if ends_on is not None and ends_on <= starts_on:
        raise Refused("absence_ends_first")
    if _sharing_a_day(premise, starts_on, ends_on).exists():
        raise Refused("absence_overlaps")
    notice, _ = AbsenceNotice.objects.update_or_create(
        premise=premise,
        starts_on=starts_on,
        defaults={"ends_on": ends_on, "announced_at": now, "by": str(by)},
    )
    until = str(ends_on) if ends_on else None
    subject = f"premise:{premise.pk}"
    audit.record(now=now, by=by, verb="announce_absence", subject=subject, start=str(starts_on), end=until)
    _confirm(notice, now)
    return notice


@transaction.atomic
def end_absence(notice: AbsenceNotice, *, on: date, now: datetime, by: By) -> None:
    """Record that somebody is back from a day on; before the absence began, it is taken back whole.

    :raises Refused: ``absence_not_ahead`` for a day before today, ``already_decided`` when it has ended
    """
    if on < local_day(now):
        raise Refused("absence_not_ahead")
    day = max(on, notice.starts_on)
    living = AbsenceNotice.objects.filter(Q(ends_on=None) | Q(ends_on__gt=day), pk=notice.pk)
    if not claim(living, ends_on=day):
        raise Refused("already_decided")
    subject = f"premise:{notice.premise_id}"
    audit.record(now=now, by=by, verb="end_absence", subject=subject, start=str(notice.starts_on), end=str(day))
    notice.refresh_from_db()
    _confirm(notice, now)


def _sharing_a_day(premise: Premise, starts_on: date, ends_on: date | None) -> QuerySet[AbsenceNotice]:
    """Return the living notices of a premise that share a day with a span."""
    living = AbsenceNotice.objects.filter(Q(ends_on=None) | Q(ends_on__gt=F("starts_on")), premise=premise)
    after = living.filter(Q(ends_on=None) | Q(ends_on__gt=starts_on))
    return after.filter(starts_on__lt=ends_on) if ends_on else after


def _confirm(notice: AbsenceNotice, now: datetime) -> None:
    """Write to whoever answers for the premise, when there is an address."""
    occupancy = occupancy_of(notice.premise, on=local_day(now))
    if occupancy is None:
        return
    contact = contacts_of([occupancy.account], on=local_day(now)).get(occupancy.account_id)
    if contact is not None:
        emails.absence(notice, contact, now=now)
