"""The price of a month, also when it changes inside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from avots.core.dates import Period
from avots.core.money import RATE_SCALE, divide_half_up, share_exactly


@dataclass(frozen=True)
class Price:
    """A unit price in 1/100,000 EUR, the day it starts and the decision it comes from."""

    valid_from: date
    price_100k: int
    decision: str = ""


def with_vat(price_100k: int, rate_per_10000: int) -> int:
    """Return a unit price with VAT, as it is told; an invoice adds VAT to its net total alone.

    >>> with_vat(89_000, 2_100), with_vat(151_000, 2_100)
    (107690, 182710)
    """
    return divide_half_up(price_100k * (RATE_SCALE + rate_per_10000), RATE_SCALE)


def price_on(prices: Sequence[Price], day: date) -> Price | None:
    """Return the price that holds on a day, or None before the first.

    >>> price_on([Price(date(2024, 2, 1), 93_000), Price(date(2026, 3, 1), 89_000)], date(2026, 2, 28)).price_100k
    93000
    """
    return max((one for one in prices if one.valid_from <= day), key=lambda one: one.valid_from, default=None)


def split_by_price(litres: int, prices: Sequence[Price], period: Period) -> list[tuple[int, int]]:
    """Return (litres, price) parts of the use of a month, or of the days an account held its home in it.

    A tariff applies to the use of the month; where it changes inside the month the litres are
    split by the days each price held, adding up exactly (domain.md 6.1).

    >>> old, new = Price(date(2024, 2, 1), 93_000), Price(date(2026, 3, 1), 89_000)
    >>> split_by_price(3_214, [old, new], Period(date(2026, 11, 1), date(2026, 12, 1)))
    [(3214, 89000)]
    >>> may = Period(date(2026, 5, 1), date(2026, 6, 1))
    >>> split_by_price(3_100, [Price(date(2020, 1, 1), 1), Price(date(2026, 5, 11), 2)], may)
    [(1000, 1), (2100, 2)]

    :raises LookupError: when a day of the period has no price
    """
    first, end = period.start, period.start + timedelta(days=period.days)
    starts = sorted((price for price in prices if price.valid_from < end), key=lambda price: price.valid_from)
    if starts and starts[-1].valid_from <= first:
        return [(litres, starts[-1].price_100k)]
    ends = [price.valid_from for price in starts[1:]] + [end]
    held = [
        (max(0, (min(stop, end) - max(price.valid_from, first)).days), price.price_100k)
        for price, stop in zip(starts, ends, strict=True)
    ]
    held = [(days, price) for days, price in held if days]
    if sum(days for days, _ in held) != (end - first).days:
        raise LookupError(f"no price on some day from {first}")
    parts = share_exactly(litres, [days for days, _ in held])
    return [(part, price) for part, (_, price) in zip(parts, held, strict=True)]
