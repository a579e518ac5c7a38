"""Who is billed what of a building's month."""

from collections.abc import Iterable
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
    days: Period | None = None

    @property
    def own_litres(self) -> int:
        return sum(tile.litres for tile in self.tiles)

    @property
    def share_litres(self) -> int:
        return sum(share.litres for share in self.shares)

    def held(self, month: Month) -> Period | None:
        """Return the days of the month its homes were held, where that was not all of them."""
        return None if self.days in (None, month.period) else self.days


def days_held(facts: BuildingFacts) -> dict[int, Period]:
    """Return, by account, from when until when, inside the month, it held a home of the building.

    Its holdings tell, whatever stands on its tiles: a meter without any use, or one taken out before the
    home changed hands, says nothing of days (domain.md 6.1: prices by days).
    """
    first, end = facts.month.first_day, facts.month.next.first_day
    spans: dict[int, tuple[date, date]] = {}
    for premise in facts.premises:
        starts = [first, *(holding.from_on for holding in premise.holdings[1:])]
        for holding, start, until in zip(premise.holdings, starts, [*starts[1:], end], strict=True):
            since, to = max(first, start), min(end, until)
            if since < to:
                known = spans.get(holding.account_id, (since, to))
                spans[holding.account_id] = min(known[0], since), max(known[1], to)
    return {pk: Period(*span) for pk, span in spans.items()}


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
    days = days_held(facts)
    for pk, bill in bills.items():
        bill.days = days.get(pk)
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
