"""Saying that an earlier value was wrong, and deciding it: rows are added, never rewritten."""

from datetime import datetime

from django.db import transaction

from avots.core import audit
from avots.core.audit import By
from avots.core.claims import claim
from avots.core.errors import Refused
from avots.readings.models import Correction, Reading

State = Correction.State


@transaction.atomic
def ask_correction(
    reading: Reading, *, litres: int | None = None, why: str = "", now: datetime, by: By
) -> Correction:
    """Ask staff to put an earlier reading right; asking again changes what is asked.

    :param litres: the right value where the person knows it
    :raises Refused: ``already_decided`` when that reading counts no more
    """
    if reading.state != Reading.State.ACCEPTED:
        raise Refused("already_decided")
    values = {"litres": litres, "why": why[:300], "asked_at": now, "by": str(by)}
    row, _ = Correction.objects.update_or_create(reading=reading, state=State.WAITING, defaults=values)
    audit.record(now=now, by=by, verb="ask_correction", subject=f"reading:{reading.pk}", litres=litres)
    return row


@transaction.atomic
def decide_correction(row: Correction, *, litres: int | None, now: datetime, by: By) -> Reading | None:
    """Grant a correction with the right value, or decline it with none.

    The wrong reading stays as superseded, the right one counts in its place: the next month is
    judged from it. What was billed stays billed; the next actual reading settles it to the litre.

    :raises Refused: ``already_decided``
    """
    state = State.DECLINED if litres is None else State.GRANTED
    waiting = Correction.objects.filter(pk=row.pk, state=State.WAITING)
    if not claim(waiting, state=state, decided_at=now, decided_by=str(by)):
        raise Refused("already_decided")
    right = None if litres is None else _replace(row.reading, litres, now, by)
    Correction.objects.filter(pk=row.pk).update(replacement=right)
    audit.record(now=now, by=by, verb="decide_correction", subject=f"reading:{row.reading_id}", litres=litres)
    return right


def _replace(wrong: Reading, litres: int, now: datetime, by: By) -> Reading:
    counting = Reading.objects.filter(pk=wrong.pk, state=Reading.State.ACCEPTED)
    if not claim(counting, state=Reading.State.SUPERSEDED):
        raise Refused("already_decided")
    return Reading.objects.create(
        installation=wrong.installation,
        round=wrong.round,
        receipt=wrong.receipt,
        kind=wrong.kind,
        litres=litres,
        read_on=wrong.read_on,
        received_at=now,
        source=Reading.Source.STAFF,
        source_key=f"earlier:{wrong.pk}",
        state=Reading.State.ACCEPTED,
        quality=Reading.Quality.EDITED,
        by=str(by),
    )
