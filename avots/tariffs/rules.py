"""The price of a month, also when it changes inside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from avots.core.dates import Month
from avots.core.money import share_exactly


@dataclass(frozen=True)
class Price:
    """A unit price in 1/100,000 EUR, the day it starts and the decision it comes from."""

    valid_from: date
    price_100k: int
    decision: str = ""


def split_by_price(litres: int, prices: Sequence[Price], month: Month) -> list[tuple[int, int]]:
    """Return (litres, price) parts of a month's use, weighted by the days each price held.

    A tariff applies to the use of the month; where it changes inside the month the litres are
    split by days, adding up exactly (domain.md 6.1).

    >>> old, new = Price(date(2024, 2, 1), 93_000), Price(date(2026, 3, 1), 89_000)
    >>> split_by_price(3_214, [old, new], Month(2026, 11))
    [(3214, 89000)]
    >>> split_by_price(3_100, [Price(date(2020, 1, 1), 1), Price(date(2026, 5, 11), 2)], Month(2026, 5))
    [(1000, 1), (2100, 2)]

    :raises LookupError: when a day of the month has no price
    """
    first, end = month.first_day, month.next.first_day
    starts = sorted(prices, key=lambda price: price.valid_from)
    ends = [price.valid_from for price in starts[1:]] + [end]
    held = [
        (max(0, (min(stop, end) - max(price.valid_from, first)).days), price.price_100k)
        for price, stop in zip(starts, ends, strict=True)
    ]
    held = [(days, price) for days, price in held if days]
    if sum(days for days, _ in held) != (end - first).days:
        raise LookupError(f"no price on some day of {month}")
    parts = share_exactly(litres, [days for days, _ in held])
    return [(part, price) for part, (_, price) in zip(parts, held, strict=True)]
