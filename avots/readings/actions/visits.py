"""What is read between the windows: a control by staff, a change of owner."""

from datetime import date, datetime

from django.db import transaction

from avots.core import audit
from avots.core.audit import By
from avots.core.dates import Month, local_day
from avots.core.errors import KeyReused, Refused
from avots.meters.models import MeterInstallation
from avots.readings import queries
from avots.readings.actions.rounds import plan_round
from avots.readings.models import Reading, Round
from avots.readings.queries.judging import limits_of, shown_of
from avots.readings.rules import judgement as judging

KINDS = frozenset({Reading.Kind.CONTROL, Reading.Kind.OWNER})


@transaction.atomic
def record_visit_reading(
    installation: MeterInstallation,
    *,
    kind: Reading.Kind,
    litres: int,
    read_on: date,
    key: str,
    now: datetime,
    by: By,
) -> Reading:
    """Record what a meter showed at a control by staff, or as a change of owner began; odd is held.

    It belongs to the round whose tile it lies in. It is no regular reading: the resident still
    reports, and a control settles the month only when nobody did.

    :param read_on: of a change of owner: the first day of the new one
    :raises Refused: ``meter_not_here`` when it did not stand then, ``day_in_future``
    :raises KeyReused: when the key stands for another reading
    """
    if kind not in KINDS:
        raise ValueError(kind)
    known = Reading.objects.filter(source=Reading.Source.STAFF, source_key=key).first()
    if known is not None:
        if (known.installation_id, known.litres, known.kind) != (installation.pk, litres, kind):
            raise KeyReused(key)
        return known
    if read_on > local_day(now):
        raise Refused("day_in_future")
    round = round_of_day(read_on, now=now, by=by)
    lines = queries.lines_of(MeterInstallation.objects.filter(pk=installation.pk), round)
    if not lines or read_on < installation.installed_on:
        raise Refused("meter_not_here")
    found = judging.judge(shown_of(lines[0], litres), limits_of(read_on))
    audit.record(now=now, by=by, verb=f"record_{kind}", subject=f"installation:{installation.pk}", litres=litres)
    return Reading.objects.create(
        installation=installation,
        round=round,
        litres=litres,
        read_on=read_on,
        received_at=now,
        source=Reading.Source.STAFF,
        source_key=key,
        kind=kind,
        state=Reading.State.HELD if found.findings else Reading.State.ACCEPTED,
        quality=Reading.Quality.QUESTIONABLE if found.findings else Reading.Quality.VERIFIED,
        findings=list(found.findings),
        by=str(by),
    )


def round_of_day(day: date, *, now: datetime, by: By) -> Round:
    """Return the round whose tile a day lies in: after the cut-off before, up to its own."""
    round = plan_round(Month.of(day), now=now, by=by)
    return round if day <= round.cut_on else plan_round(Month.of(day).next, now=now, by=by)
