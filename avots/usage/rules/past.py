"""What earlier months say of a usage point: its average, its misses, what is still open."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import NamedTuple

from avots.core.money import share_exactly

ACTUAL, ESTIMATE, NONCOMPLIANT, ABSENCE = "actual", "estimate", "noncompliant", "absence"


class Past(NamedTuple):
    """One earlier tile of a usage point; the order of its fields is the order of tiles in time."""

    usage_point_id: int
    first_day: date
    key: int
    installation_id: int
    premise_id: int | None
    method: str
    metered: int
    shared_before: int
    to_litres: int
    misses: int
    read_on: date | None


@dataclass(frozen=True)
class Record:
    """A usage point's settled months, misses in a row, and what no actual reading has settled."""

    history: tuple[int, ...] = ()
    misses: int = 0
    read_on: date | None = None
    open_litres: int = 0
    open_months: int = 0
    is_new: bool = True


def settled_months(months: Iterable[tuple[str, int]]) -> tuple[int, ...]:
    """Return the litres of each month that actual readings vouch for, oldest first.

    An actual reading after estimates tells the sum of all those months, so each gets its part;
    estimates nobody has settled yet tell nothing, and a month of announced absence is no usual one.

    >>> settled_months([("actual", 3_000), ("estimate", 3_000), ("actual", 1_000), ("estimate", 9)])
    (3000, 2000, 2000)
    >>> settled_months([("absence", 0), ("actual", 1_000)])
    (1000,)
    """
    settled: list[int] = []
    open_litres, open_months = 0, 0
    for method, litres in months:
        open_litres, open_months = open_litres + litres, open_months + (method != ABSENCE)
        if method == ACTUAL:
            settled += share_exactly(open_litres, [1] * open_months) if open_months > 1 else [open_litres]
            open_litres, open_months = 0, 0
    return tuple(settled)


def record_of(tiles: Sequence[Past], *, months: int) -> Record:
    """Return what a point's earlier tiles, oldest first, mean for the month to come.

    :param months: how many settled months the average looks back
    """
    if not tiles:
        return Record()
    if _all_read(tiles):
        return Record(
            tuple(tile.metered for tile in tiles)[-months:], tiles[-1].misses, tiles[-1].read_on, is_new=False
        )
    by_month = [list(rows) for _, rows in groupby(tiles, lambda tile: tile.first_day)]
    methods = [(_method_of(rows), sum(tile.metered for tile in rows)) for rows in by_month]
    actual = [tile.read_on for tile in tiles if tile.method == ACTUAL]
    last_actual = max((i for i, (method, _) in enumerate(methods) if method == ACTUAL), default=-1)
    still_open = methods[last_actual + 1 :]
    return Record(
        settled_months(methods)[-months:],
        tiles[-1].misses,
        actual[-1] if actual else None,
        sum(litres for _, litres in still_open),
        len(still_open),
        is_new=False,
    )


def _all_read(tiles: Sequence[Past]) -> bool:
    """Return whether each month has one tile, and that was read: nothing to reckon."""
    return len({tile.first_day for tile in tiles}) == len(tiles) and all(tile.method == ACTUAL for tile in tiles)


def _method_of(rows: Sequence[Past]) -> str:
    """Return a month's method: the first that is no actual reading, if there is one."""
    return next((tile.method for tile in rows if tile.method != ACTUAL), ACTUAL)


def in_default(tiles: Sequence[Past]) -> date | None:
    """Return the first month, since its last actual reading, in which a meter was left to the difference.

    >>> def tile(month, method):
    ...     return Past(1, date(2026, month, 1), month, 7, 3, method, 0, 0, 0, 0, None)
    >>> str(in_default([tile(5, "actual"), tile(6, "noncompliant"), tile(7, "absence")]))
    '2026-06-01'
    >>> in_default([tile(5, "noncompliant"), tile(6, "actual")])
    """
    since: date | None = None
    for tile in tiles:
        if tile.method == ACTUAL:
            since = None
        elif tile.method == NONCOMPLIANT and since is None:
            since = tile.first_day
    return since


def default_since(tiles: Iterable[Past]) -> dict[int, date]:
    """Return, by premise, the first month of the defaults its meters are still in."""
    tiles = list(tiles)
    defaulted = {tile.installation_id for tile in tiles if tile.method == NONCOMPLIANT}
    by_meter: dict[int, list[Past]] = defaultdict(list)
    for tile in tiles:
        if tile.premise_id is not None and tile.installation_id in defaulted:
            by_meter[tile.installation_id].append(tile)
    found: dict[int, date] = {}
    for rows in by_meter.values():
        since, premise = in_default(rows), rows[-1].premise_id or 0
        if since is not None:
            found[premise] = min(since, found.get(premise, since))
    return found


def borne_since(
    since: dict[int, date], shares: Iterable[tuple[int, date, int]], tiles: Iterable[Past]
) -> dict[int, int]:
    """Return what each premise bore in stage 1 since a month, less what readings have netted since.

    :param shares: (premise, month, litres) of stage 1
    """
    borne = dict.fromkeys(since, 0)
    for premise, month, litres in shares:
        if premise in since and month >= since[premise]:
            borne[premise] += litres
    for tile in tiles:
        if tile.premise_id in since and tile.first_day >= since[tile.premise_id]:
            borne[tile.premise_id] -= tile.shared_before
    return borne


def recent_of(tiles: Iterable[Past], *, months: int) -> dict[int, tuple[int, ...]]:
    """Return each premise's litres of its last months, for sharing by average."""
    totals: dict[int, dict[date, int]] = defaultdict(lambda: defaultdict(int))
    for tile in tiles:
        if tile.premise_id is not None:
            totals[tile.premise_id][tile.first_day] += tile.metered - tile.shared_before
    return {premise: tuple(by[month] for month in sorted(by)[-months:]) for premise, by in totals.items()}
