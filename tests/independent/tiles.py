"""Exact litres once more, and a meter's part of a month."""

from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from types import SimpleNamespace

LITRE = Decimal("0.001")
NOTHING = Decimal(0)


def rounded(value: Decimal) -> Decimal:
    return value.quantize(LITRE, ROUND_HALF_UP)


def spread(total: Decimal, weights: list[int], unit: Decimal = LITRE) -> list[Decimal]:
    """Return whole units in proportion to the weights; what is left goes to the largest remainders."""
    whole = sum(weights)
    exact = [abs(total) * weight / whole for weight in weights]
    parts = [value // unit * unit for value in exact]
    order = sorted(range(len(weights)), key=lambda i: (-(exact[i] - parts[i]), i))
    for i in order[: int((abs(total) - sum(parts)) / unit)]:
        parts[i] += unit
    return [-part if total < 0 else part for part in parts]


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
    by_account: dict[int, Decimal] = field(default_factory=dict)

    @property
    def own(self) -> Decimal:
        return self.used - self.shared
