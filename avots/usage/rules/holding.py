"""Who of those who held a premise in a month bears which litres.

A reading of kind change of owner splits a meter's litres where it was taken. Without one they are
split by days, and a month's tile is that calendar month's use, as it is for its tariff: who moves
in on the first bears the whole month. (domain.md is silent; inferred.)
"""

from collections.abc import Sequence
from datetime import date

from avots.core.money import share_exactly
from avots.core.volume import capacity_of
from avots.usage.rules.difference import Share
from avots.usage.rules.estimate import Tile, turns, used_by
from avots.usage.rules.facts import BuildingFacts, Holding, MeterFacts

# A change of hands inside a tile: the day, who holds from then on, and litres used by then if read.
Change = tuple[date, int, int | None]


def split_tile(tile: Tile, meter: MeterFacts, holdings: Sequence[Holding], facts: BuildingFacts) -> list[Tile]:
    """Return a tile's parts, one for each account that held the premise while the meter ran."""
    if not holdings:
        return [tile]
    first, changes = _changes(meter, holdings, facts)
    if not changes or not tile.metered:
        last = changes[-1][1] if changes else first
        return [tile._replace(account_id=last)]
    amounts = _amounts(tile.metered, meter, changes, facts)
    return _parts(tile, meter, first, changes, amounts)


def _changes(meter: MeterFacts, holdings: Sequence[Holding], facts: BuildingFacts) -> tuple[int, list[Change]]:
    """Return who held first, and the changes that fall inside the meter's tile."""
    read = dict(meter.owner_readings)
    first, changes = holdings[0].account_id, list[Change]()
    start, end = _running(meter, facts)
    for holding in holdings[1:]:
        day, litres = holding.from_on, read.get(holding.from_on)
        begins, ends = (start, end) if litres is None else (facts.before_on, facts.cut_on)
        if day <= begins:
            first, changes = holding.account_id, []
        elif day < ends or (litres is not None and day == ends):
            used = None if litres is None else used_by(meter, litres)
            changes.append((day, holding.account_id, used))
    return first, changes


def _running(meter: MeterFacts, facts: BuildingFacts) -> tuple[date, date]:
    """Return the days of the calendar month in which a meter ran: from, and up to but not including."""
    start = max(facts.month.first_day, meter.installed_on)
    end = facts.month.next.first_day
    return start, max(start, min(end, meter.removed_on or end))


def _amounts(total: int, meter: MeterFacts, changes: Sequence[Change], facts: BuildingFacts) -> list[int]:
    """Return the litres between the changes: by reading where there is one, else by days."""
    start, end = _running(meter, facts)
    amounts: list[int] = []
    since, used, days = start, 0, []
    for day, read in [*((day, read) for day, _, read in changes), (end, total)]:
        days.append(max(0, (day - since).days))
        since = max(since, day)
        if read is not None:
            amounts += share_exactly(read - used, days if any(days) else [1] * len(days))
            used, days = read, []
    return amounts


def _parts(
    tile: Tile, meter: MeterFacts, first: int, changes: Sequence[Change], amounts: Sequence[int]
) -> list[Tile]:
    holders = [first, *(account for _, account, _ in changes)]
    edges = [{}, *(_edge(day, read) for day, _, read in changes), {}]
    at, shared = tile.from_litres, tile.shared_before_litres
    capacity = capacity_of(meter.digits_before)
    turn = turns(tile.metered, tile.from_litres, tile.to_litres, meter)
    unmarked = {key: value for key, value in tile.basis.items() if key not in {"rolled_over", "rolled_back"}}
    parts: list[Tile] = []
    for index, (account, litres) in enumerate(zip(holders, amounts, strict=True)):
        last = index == len(holders) - 1
        to = tile.to_litres if last else at + litres
        here = turn if last or not 0 <= to < capacity else 0
        to -= 0 if last else here * capacity
        turn -= here
        netted = max(0, min(shared, litres))
        basis = unmarked | ({"rolled_over" if here > 0 else "rolled_back": True} if here else {})
        basis |= {f"{name}_from": value for name, value in edges[index].items()}
        basis |= {f"{name}_until": value for name, value in edges[index + 1].items()}
        part = tile._replace(from_litres=at, to_litres=to, litres=litres - netted, shared_before_litres=netted)
        parts.append(part._replace(basis=basis, account_id=account, part=index))
        at, shared = to, shared - netted
    return parts


def _edge(day: date, read: int | None) -> dict[str, str]:
    return {"held": str(day), "split": "days" if read is None else "reading"}


def held(start: date | None, end: date | None) -> dict[str, str]:
    """Return the days for which a part stands, as the basis of a share says them; whole months say nothing.

    >>> held(date(2026, 11, 15), None)
    {'held_from': '2026-11-15'}
    """
    named = {"held_from": start, "held_until": end}
    return {name: str(day) for name, day in named.items() if day is not None}


def split_share(share: Share, holdings: Sequence[Holding], facts: BuildingFacts) -> list[Share]:
    """Return a premise's share for each account, by the days of the month it held the premise.

    >>> share_exactly(800, [14, 16])
    [373, 427]
    """
    first, end = facts.month.first_day, facts.month.next.first_day
    current = [h for i, h in enumerate(holdings) if i + 1 == len(holdings) or holdings[i + 1].from_on > first]
    current = [h for i, h in enumerate(current) if i == 0 or h.from_on < end]
    if len(current) < 2:
        account = current[0].account_id if current else None
        return [share._replace(account_id=account)]
    starts = [first, *(holding.from_on for holding in current[1:])]
    ends = [*starts[1:], end]
    litres = share_exactly(share.litres, [(b - a).days for a, b in zip(starts, ends, strict=True)])
    edges: list[date | None] = [None, *starts[1:], None]
    return [
        share._replace(litres=some, account_id=holding.account_id, part=i, basis=held(edges[i], edges[i + 1]))
        for i, (holding, some) in enumerate(zip(current, litres, strict=True))
        if some
    ]
