"""Own use of one usage point: read, estimated, absent, or left to the building's difference."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from avots.core.errors import Refused
from avots.core.money import divide_half_up
from avots.core.volume import capacity_of
from avots.meters.rules import consumption
from avots.usage.rules.facts import Law, MeterFacts, PointFacts
from avots.usage.rules.past import ABSENCE, ACTUAL, ESTIMATE, NONCOMPLIANT

NOTHING: Mapping[str, object] = {}
NO_READING, NO_VALID_METER = "no_reading", "no_valid_meter"


class Tile(NamedTuple):
    """A meter's litres of one month: to less from, less what was already borne as a share.

    Where the premise changed hands there is a tile for each account, in order of ``part``.
    """

    usage_point_id: int
    installation_id: int
    from_litres: int
    to_litres: int
    litres: int
    method: str
    misses: int = 0
    read_on: date | None = None
    shared_before_litres: int = 0
    basis: Mapping[str, object] = NOTHING
    account_id: int | None = None
    part: int = 0

    @property
    def metered(self) -> int:
        """What passed the meter, or was taken for it."""
        return self.litres + self.shared_before_litres


@dataclass(frozen=True)
class Setting:
    """What the premise and the building say of a point.

    ``norm_litres``: what to take where no month is settled yet; ``shared_litres``: borne before
    as non-compliant; ``absent_days`` of ``days``: announced; ``excused``: absence in the window.
    """

    law: Law
    days: int
    norm_litres: int = 0
    shared_litres: int = 0
    meter_valid: bool = True
    absent_days: int = 0
    excused: bool = False


def average(history: Sequence[int], months: int) -> int:
    """Return the mean of the last settled months, to the litre, half up.

    >>> average([9_000, 2_412, 3_105, 2_790], 3)
    2769

    :raises ValueError: without history
    :source: MK 1013 p. 29 and MK 524 p. 13: average of the last three months; that only months
        settled by actual readings count, and fewer where there are fewer, is inferred
    """
    if not history:
        raise ValueError("no settled month")
    last = history[-months:]
    return divide_half_up(sum(last), len(last))


def usual_of(point: PointFacts, law: Law, norm_litres: int) -> int:
    """Return a point's usual month: its average, or the norm where no month is settled."""
    return max(0, average(point.history, law.average_months)) if point.history else norm_litres


def settle_point(point: PointFacts, setting: Setting) -> list[Tile]:
    """Return the tiles of a usage point's month (decision table of domain.md 4.3).

    A meter that was read is read, also when it was taken out; the other gets what is left of the
    point's average, at most ``max_estimates`` months in a row; then it is left to the difference.
    A reading taken at an exchange ends the row of misses.

    :raises Refused: ``visit_needed`` where that is the rule after the last estimate
    """
    if not setting.meter_valid:
        return [_nothing(meter, point, point.misses, NO_VALID_METER) for meter in point.meters]
    tiles: list[Tile] = []
    shared, before = setting.shared_litres, point.misses
    for meter in point.meters:
        if (shows := meter.shows) is not None:
            tile = _read(point, meter, shows, shared if meter.in_default else 0)
            shared, before = shared - tile.shared_before_litres, 0
        else:
            tile = _unread(point, meter, setting, before, sum(tile.metered for tile in tiles))
        tiles.append(tile)
    return tiles


def _unread(point: PointFacts, meter: MeterFacts, setting: Setting, before: int, counted: int) -> Tile:
    law = setting.law
    if setting.excused and setting.absent_days >= setting.days:
        return _tile(point, meter, 0, ABSENCE, before, {"absent_days": setting.absent_days})
    misses = before + _counts_as_miss(meter, setting)
    over = misses > law.max_estimates and "N1" in law.grounds_first
    if over and law.after_estimates == "park":
        raise Refused("visit_needed", serial=meter.serial, months=misses)
    if over and law.after_estimates == NONCOMPLIANT:
        return _nothing(meter, point, misses, NO_READING)
    by_norm = over and law.after_estimates == "norm"
    usual = setting.norm_litres if by_norm else usual_of(point, law, setting.norm_litres)
    present = max(0, setting.days - setting.absent_days)
    litres = max(0, divide_half_up(usual * present, setting.days) - counted)
    basis: dict[str, object] = {"average_of": [] if by_norm else list(point.history[-law.average_months :])}
    if setting.absent_days:
        basis["absent_days"] = setting.absent_days
    return _tile(point, meter, litres, ESTIMATE, misses, basis)


def _counts_as_miss(meter: MeterFacts, setting: Setting) -> bool:
    """Return whether it is the resident who missed: not while N1 is suspended or away, nor by radio."""
    return "N1" in setting.law.grounds_first and not setting.excused and not meter.remote


def _read(point: PointFacts, meter: MeterFacts, shows: int, shared_litres: int) -> Tile:
    litres = used_by(meter, shows)
    turn = turns(litres, meter.from_litres, shows, meter)
    shared = max(0, min(shared_litres, litres))
    marks = {
        "rolled_over": turn > 0,
        "rolled_back": turn < 0,
        "removed": meter.removed_on is not None,
        "control": meter.control and meter.removed_on is None,
    }
    return Tile(
        point.usage_point_id,
        meter.installation_id,
        meter.from_litres,
        shows,
        litres - shared,
        ACTUAL,
        read_on=meter.removed_on or meter.read_on,
        shared_before_litres=shared,
        basis={name: True for name, holds in marks.items() if holds},
    )


def used_by(meter: MeterFacts, shows: int) -> int:
    """Return the litres since what was billed: where a value was put right, those since it and unbilled by then."""
    start, unbilled = meter.from_litres, 0
    if meter.stood_litres is not None:
        start, unbilled = meter.stood_litres, meter.unbilled_litres
    return consumption(start, shows, digits_before=meter.digits_before).litres + unbilled


def turns(litres: int, start: int, end: int, meter: MeterFacts) -> int:
    """Return how often a face began again between two figures; -1 takes back what was billed as begun again."""
    return (litres - (end - start)) // capacity_of(meter.digits_before)


def _tile(
    point: PointFacts, meter: MeterFacts, litres: int, method: str, misses: int, basis: dict[str, object]
) -> Tile:
    start = meter.from_litres
    ids = point.usage_point_id, meter.installation_id
    return Tile(*ids, start, start + litres, litres, method, misses, basis=basis)


def _nothing(meter: MeterFacts, point: PointFacts, misses: int, reason: str) -> Tile:
    return _tile(point, meter, 0, NONCOMPLIANT, misses, {"reason": reason})
