"""Taking what the utility reads itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from avots.core import audit
from avots.core.audit import By
from avots.core.errors import KeyReused, Refused
from avots.meters.models import MeterInstallation
from avots.readings import queries
from avots.readings.actions.counting import supersede
from avots.readings.models import Reading, Round
from avots.readings.queries import MeterLine
from avots.readings.queries.judging import limits_of, shown_of
from avots.readings.rules import judgement as judging
from avots.readings.rules.history import Limits

Source = Reading.Source
State = Reading.State


@dataclass(frozen=True)
class UtilityRow:
    """A reading the utility took itself."""

    installation_id: int
    litres: int
    read_on: date


@transaction.atomic
def record_utility_readings(
    *, round: Round, rows: Sequence[UtilityRow], source: Reading.Source, key: str, by: By, now: datetime
) -> list[Reading]:
    """Record intake, common and remote readings at the cut-off; what looks odd is held.

    Rows recorded before under the same key stay as they are.

    :raises Refused: ``round_not_open`` before the round opens, ``meter_not_here``
    """
    if round.stage(now) == Round.Stage.PLANNED:
        raise Refused("round_not_open", month=str(round))
    values = {row.installation_id: row for row in rows}
    keys = {f"{key}:{pk}": pk for pk in values}
    for known in Reading.objects.filter(source=source, source_key__in=keys):
        if known.litres != values.pop(known.installation_id).litres:
            raise KeyReused(key)
    standing = MeterInstallation.objects.filter(pk__in=values)
    lines = {line.installation.pk: line for line in queries.lines_of(standing, round)}
    if values.keys() != lines.keys():
        raise Refused("meter_not_here")
    limits = limits_of(round.month.last_day)
    readings = [
        _utility_reading(line, values[pk], limits, source, f"{key}:{pk}", round, by, now)
        for pk, line in lines.items()
    ]
    supersede([row.installation_id for row in readings], round)
    Reading.objects.bulk_create(readings)
    subject = f"round:{round}"
    audit.record(now=now, by=by, verb="record_utility_readings", subject=subject, rows=len(readings))
    return readings


@dataclass(frozen=True)
class PastReading:
    """What a meter showed at the end of a month before going live; made of its use, or read."""

    installation: MeterInstallation
    round: Round
    litres: int
    derived: bool = False

    @property
    def key(self) -> str:
        return f"history:{self.round}:{self.installation.pk}"


@transaction.atomic
def record_past_readings(past: Sequence[PastReading], *, now: datetime, by: By) -> int:
    """Record readings of months before going live, where none stand yet; return how many."""
    known = Reading.objects.filter(source=Source.IMPORT, source_key__in=[one.key for one in past])
    have = set(known.values_list("source_key", flat=True))
    rows = [
        Reading(
            installation=one.installation,
            round=one.round,
            litres=one.litres,
            read_on=one.round.cut_on,
            received_at=now,
            source=Source.IMPORT,
            source_key=one.key,
            state=State.ACCEPTED,
            quality=Reading.Quality.EDITED if one.derived else Reading.Quality.VALID,
            by=str(by),
        )
        for one in past
        if one.key not in have
    ]
    return len(Reading.objects.bulk_create(rows))


def _utility_reading(
    line: MeterLine,
    row: UtilityRow,
    limits: Limits,
    source: str,
    source_key: str,
    round: Round,
    by: By,
    now: datetime,
) -> Reading:
    """Return an unsaved reading of the utility; an intake meter has no household's limits."""
    shown = shown_of(line, row.litres)
    found = judging.judge(shown, limits) if line.point.premise_id else judging.judge_bulk(shown)
    return Reading(
        installation=line.installation,
        round=round,
        litres=row.litres,
        read_on=row.read_on,
        received_at=now,
        source=source,
        source_key=source_key,
        state=State.HELD if found.findings else State.ACCEPTED,
        quality=Reading.Quality.QUESTIONABLE if found.findings else Reading.Quality.REVENUE,
        findings=list(found.findings),
        by=str(by),
    )
