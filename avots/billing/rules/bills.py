"""Who is billed what of a building's month."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from avots.core.dates import Month, Period
from avots.usage.rules.balance import Balance
from avots.usage.rules.difference import Share
from avots.usage.rules.estimate import Tile
from avots.usage.rules.facts import INTAKE, BuildingFacts


@dataclass
class Bill:
    """What one account is billed in a building: its tiles and its shares."""

    account_id: int
    tiles: list[Tile] = field(default_factory=list)
    shares: list[Share] = field(default_factory=list)

    @property
    def own_litres(self) -> int:
        return sum(tile.litres for tile in self.tiles)

    @property
    def share_litres(self) -> int:
        return sum(share.litres for share in self.shares)

    def held(self, month: Month) -> Period | None:
        """Return the days of the month its homes were held, where that was not all of them.

        >>> half = Tile(1, 1, 0, 5, 5, "actual", basis={"held_from": "2026-11-16"})
        >>> Bill(7, [half]).held(Month(2026, 11)).days
        15
        >>> Bill(7, [half, Tile(2, 2, 0, 5, 5, "actual")]).held(Month(2026, 11))
        """
        parts = [*(tile.basis for tile in self.tiles), *(share.basis for share in self.shares)]
        return days_held(parts, month)


def days_held(bases: Sequence[Mapping[str, object]], month: Month) -> Period | None:
    """Return the days of a month that tiles and shares with these bases stand for, where that is not all of them."""
    if not any(bases):
        return None
    first, end = month.first_day, month.next.first_day
    start = min(_day(basis.get("held_from"), first) for basis in bases)
    stop = max(_day(basis.get("held_until"), end) for basis in bases)
    held = Period(max(first, start), min(end, stop))
    return None if held.days <= 0 or held == month.period else held


def _day(text: object, otherwise: date) -> date:
    return date.fromisoformat(str(text)) if text else otherwise


def bills_of(facts: BuildingFacts, result: Balance, *, payer_id: int | None) -> list[Bill]:
    """Return what each account is billed, in order of the accounts.

    :param payer_id: under indirect settlement the account that is billed the intake, or without an
        intake meter all that was measured; the homes are then billed nothing
    """
    if payer_id is not None:
        inlets = {point.usage_point_id for point in facts.points if point.role == INTAKE}
        intake = [tile for tile in result.tiles if tile.usage_point_id in inlets]
        return [Bill(payer_id, intake or list(result.tiles))]
    bills: dict[int, Bill] = {}
    for tile in result.tiles:
        if tile.account_id:
            _bill(bills, tile.account_id).tiles.append(tile)
    for share in result.shares:
        if share.account_id:
            _bill(bills, share.account_id).shares.append(share)
    return [bills[pk] for pk in sorted(bills)]


def _bill(bills: dict[int, Bill], account_id: int) -> Bill:
    if account_id not in bills:
        bills[account_id] = Bill(account_id)
    return bills[account_id]


def accounts_of(facts: BuildingFacts, *, payer_id: int | None) -> Iterable[int]:
    """Return the accounts that a building's month may be billed to."""
    if payer_id is not None:
        return (payer_id,)
    return sorted({holding.account_id for premise in facts.premises for holding in premise.holdings})
