"""Exact litres once more, a meter's part of a month, and whether the tables say the same."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

from tests.independent.tables import m3, rows, unlike

LITRE = Decimal("0.001")
NOTHING = Decimal(0)


def rounded(value: Decimal) -> Decimal:
    return value.quantize(LITRE, ROUND_HALF_UP)


def spread(total: Decimal, weights: list[int], unit: Decimal = LITRE) -> list[Decimal]:
    """Return whole units in proportion to the weights; what is left goes to the largest remainders."""
    units = int(abs(total) / unit)
    exact = [Fraction(units * weight, sum(weights)) for weight in weights]
    parts = [int(value) for value in exact]
    order = sorted(range(len(weights)), key=lambda i: (parts[i] - exact[i], i))
    for i in order[: units - sum(parts)]:
        parts[i] += 1
    return [(-part if total < 0 else part) * unit for part in parts]


@dataclass
class Tile:
    point: SimpleNamespace
    meter: SimpleNamespace
    start: Decimal
    end: Decimal
    used: Decimal
    method: str
    misses: int
    first: date = date.min
    shared: Decimal = NOTHING
    last: int = 0
    by_account: dict[int, Decimal] = field(default_factory=dict)

    @property
    def own(self) -> Decimal:
        return self.used - self.shared


def month_differs(house: Any, month: Any, moved: dict[int, int]) -> list[str]:
    """Return what of a building's stored month is another than ours: balance, tiles, shares.

    :param moved: who was billed anew for whom
    """
    stored = rows("usage_buildingmonth", "building_id = %s AND round_id = %s", house.row.id, month.round.id)[0]
    sums = (stored.intake_litres, stored.difference_litres, stored.shared_litres, stored.carried_out_litres)
    pairs = {"balance": ([m3(v) for v in sums], [month.intake, month.difference, month.shared, month.carried_out])}
    shares = rows("usage_differenceshare", "building_month_id = %s", stored.id)
    pairs |= tiles_of(month, stored, moved) | shares_of(month, shares, moved)
    return [
        f"building {house.row.code} {house.first}, {what}: {unlike(theirs, ours)}"
        for what, (theirs, ours) in pairs.items()
        if theirs != ours
    ]


def tiles_of(month: Any, stored: SimpleNamespace, moved: dict[int, int]) -> dict[str, tuple[Any, Any]]:
    """Return (stored, ours) litres by meter and account, what was netted, and how each meter was settled."""
    theirs = rows("usage_usage", "building_month_id = %s", stored.id)
    own = [
        (t.meter.id, moved.get(a, a), litres)
        for t in month.tiles
        for a, litres in (t.by_account or {None: t.own}).items()
    ]
    return {
        "litres": (
            added(((row.installation_id, row.account_id), m3(row.litres)) for row in theirs),
            added(((meter, account), litres) for meter, account, litres in own),
        ),
        "netted": (
            added((row.installation_id, m3(row.shared_before_litres)) for row in theirs),
            added((tile.meter.id, tile.shared) for tile in month.tiles),
        ),
        "method": (
            {row.installation_id: row.method for row in theirs},
            {tile.meter.id: tile.method for tile in month.tiles},
        ),
    }


def shares_of(month: Any, shares: list[SimpleNamespace], moved: dict[int, int]) -> dict[str, tuple[Any, Any]]:
    """Return (stored, ours) litres of the difference by premise and account, and of the common use by account."""
    return {
        "difference by premise": (
            added((row.premise_id, m3(row.litres)) for row in shares if row.stage),
            added(month.by_premise.items()),
        ),
        "difference by account": (
            added((row.account_id, m3(row.litres)) for row in shares if row.stage),
            added((moved.get(account, account), litres) for account, litres in month.by_account.items()),
        ),
        "common use by account": (
            added((row.account_id, m3(row.litres)) for row in shares if not row.stage),
            added((moved.get(account, account), litres) for account, litres in month.common_by_account.items()),
        ),
    }


def added(pairs: Iterable[tuple[Any, Decimal]]) -> dict[Any, Decimal]:
    """Return the sums by key, without those of nothing."""
    sums: dict[Any, Decimal] = defaultdict(Decimal)
    for key, value in pairs:
        sums[key] += value
    return {key: value for key, value in sums.items() if value}
