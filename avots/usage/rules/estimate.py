"""Own use of one usage point: read, estimated, or left to the building's difference."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from avots.core.money import divide_half_up, share_exactly
from avots.meters.rules import consumption
from avots.usage.rules.facts import MeterFacts, PointFacts

ACTUAL, ESTIMATE, NONCOMPLIANT = "actual", "estimate", "noncompliant"


@dataclass(frozen=True)
class Tile:
    """A meter's litres of one month: to less from, less what was already borne as a share."""

    usage_point_id: int
    installation_id: int
    from_litres: int
    to_litres: int
    litres: int
    method: str
    misses: int = 0
    read_on: date | None = None
    shared_before_litres: int = 0
    basis: dict[str, object] = field(default_factory=dict)


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


def settled_months(months: Iterable[tuple[str, int]]) -> tuple[int, ...]:
    """Return the litres of each month that actual readings vouch for, oldest first.

    An actual reading after estimates tells the sum of all those months, so each gets its part;
    estimates nobody has settled yet tell nothing.

    >>> settled_months([("actual", 3_000), ("estimate", 3_000), ("actual", 1_000), ("estimate", 9)])
    (3000, 2000, 2000)
    """
    settled: list[int] = []
    open_litres, open_months = 0, 0
    for method, litres in months:
        open_litres, open_months = open_litres + litres, open_months + 1
        if method == ACTUAL:
            settled += share_exactly(open_litres, [1] * open_months)
            open_litres, open_months = 0, 0
    return tuple(settled)


def settle_point(
    point: PointFacts,
    *,
    months: int,
    max_estimates: int,
    norm_litres: int,
    shared_litres: int = 0,
    meter_valid: bool = True,
) -> list[Tile]:
    """Return the tiles of a usage point's month (decision table of domain.md 4.3).

    >>> meter = MeterFacts(7, 5, from_litres=145_300, end_litres=None, reading_litres=None, read_on=None)
    >>> point = PointFacts(1, "unit", 4, (meter,), history=(2_412, 3_105, 2_790), misses=1)
    >>> [tile] = settle_point(point, months=3, max_estimates=3, norm_litres=6_080)
    >>> tile.method, tile.litres, tile.to_litres, tile.misses
    ('estimate', 2769, 148069, 2)

    :param norm_litres: what to take for an estimate where no month is settled yet
    :param shared_litres: litres already borne as non-compliant; an actual reading is net of them
    :param meter_valid: False for a ground that leaves no valid meter: nothing is counted
    """
    if not meter_valid:
        return [_nothing(point, meter, point.misses) for meter in point.meters]
    tiles: list[Tile] = []
    for meter in point.meters:
        read = meter.end_litres if meter.end_litres is not None else meter.reading_litres
        if read is not None:
            tile = _read(point, meter, read, shared_litres)
            shared_litres -= tile.shared_before_litres
        elif point.misses + 1 > max_estimates:
            tile = _nothing(point, meter, point.misses + 1)
        else:
            usual = average(point.history, months) if point.history else norm_litres
            tile = _estimated(point, meter, max(0, usual - sum(t.litres for t in tiles)), months)
        tiles.append(tile)
    return tiles


def _read(point: PointFacts, meter: MeterFacts, read: int, shared_litres: int) -> Tile:
    metered = consumption(meter.from_litres, read, digits_before=meter.digits_before)
    shared = max(0, min(shared_litres, metered.litres))
    basis: dict[str, object] = {"rolled_over": True} if metered.rolled_over else {}
    if meter.end_litres is not None:
        basis["removed"] = True
    return Tile(
        point.usage_point_id,
        meter.installation_id,
        meter.from_litres,
        read,
        metered.litres - shared,
        ACTUAL,
        read_on=meter.read_on,
        shared_before_litres=shared,
        basis=basis,
    )


def _estimated(point: PointFacts, meter: MeterFacts, litres: int, months: int) -> Tile:
    to_litres = meter.from_litres + litres
    basis: dict[str, object] = {"average_of": list(point.history[-months:])}
    method, misses = ESTIMATE, point.misses + 1
    return Tile(
        point.usage_point_id,
        meter.installation_id,
        meter.from_litres,
        to_litres,
        litres,
        method,
        misses,
        basis=basis,
    )


def _nothing(point: PointFacts, meter: MeterFacts, misses: int) -> Tile:
    stays = meter.from_litres
    return Tile(point.usage_point_id, meter.installation_id, stays, stays, 0, NONCOMPLIANT, misses)
