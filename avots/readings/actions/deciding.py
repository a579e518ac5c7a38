"""Deciding what is held: believe it, put the right value in its place, or bill the average."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from avots.core import audit
from avots.core.audit import By
from avots.core.claims import claim
from avots.core.dates import local_day
from avots.core.errors import Refused
from avots.readings import emails, queries
from avots.readings.models import Reading

Source = Reading.Source
State = Reading.State
DECISIONS = frozenset({"accept", "reject", "correct"})


@transaction.atomic
def decide_held(
    reading: Reading, *, decision: str, reason: str, now: datetime, by: By, litres: int | None = None
) -> None:
    """Decide a held reading: accept it, reject it, or put the right value in its place.

    The customer is told of a correction and of a rejection; undoing and deciding otherwise tells again.

    :param decision: "accept", "reject" or "correct" (then with litres)
    :raises Refused: ``already_decided``
    """
    if decision not in DECISIONS or (decision == "correct") != (litres is not None):
        raise ValueError(decision)
    state = State.ACCEPTED if decision == "accept" else State.REJECTED
    held = Reading.objects.filter(pk=reading.pk, state=State.HELD)
    if not claim(held, state=state, decided_at=now, decided_by=str(by), decision=reason[:40]):
        raise Refused("already_decided")
    right = _correct(reading, litres, now, by) if litres is not None else None
    subject = f"reading:{reading.pk}"
    audit.record(now=now, by=by, verb="decide_held", subject=subject, decision=decision, reason=reason)
    emails.decided(reading, decision=decision, right=right, now=now)


@transaction.atomic
def mend_held(values: Mapping[Reading, int], *, reason: str, now: datetime, by: By) -> None:
    """Put the right values in the place of held readings that were mistaken together, as in a swap.

    :raises Refused: ``already_decided`` when one of them is no longer held; then nothing changes
    """
    for reading, litres in values.items():
        decide_held(reading, decision="correct", litres=litres, reason=reason, now=now, by=by)


@transaction.atomic
def undo_decision(reading: Reading, *, now: datetime, by: By) -> None:
    """Hold a reading again that was decided today; a value put in its place counts no more.

    Only on the same day: later the month may be billed, and corrections are the way.

    :raises Refused: ``nothing_to_undo``, ``newer_reading_counts``
    """
    decided = Reading.objects.filter(pk=reading.pk, state__in=[State.ACCEPTED, State.REJECTED])
    row = decided.exclude(decided_at=None).select_for_update().first()
    if row is None or row.decided_at is None or local_day(row.decided_at) != local_day(now):
        raise Refused("nothing_to_undo")
    Reading.objects.filter(source_key__startswith=f"correct:{row.pk}:", state=State.ACCEPTED).update(
        state=State.SUPERSEDED
    )
    others = Reading.objects.filter(
        installation=row.installation_id, round=row.round_id, kind=row.kind, state__in=queries.COUNTING
    )
    if others.exclude(pk=row.pk).exists():
        raise Refused("newer_reading_counts")
    decided.update(state=State.HELD, decided_at=None, decided_by="", decision="")
    audit.record(now=now, by=by, verb="undo_reading_decision", subject=f"reading:{row.pk}")


def _correct(reading: Reading, litres: int, now: datetime, by: By) -> Reading:
    earlier = Reading.objects.filter(source_key__startswith=f"correct:{reading.pk}:").count()
    return Reading.objects.create(
        installation=reading.installation,
        round=reading.round,
        receipt=reading.receipt,
        kind=reading.kind,
        litres=litres,
        read_on=reading.read_on,
        received_at=now,
        source=Source.STAFF,
        source_key=f"correct:{reading.pk}:{earlier}",
        state=State.ACCEPTED,
        quality=Reading.Quality.EDITED,
        by=str(by),
    )
