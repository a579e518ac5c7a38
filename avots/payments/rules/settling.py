"""Which money pays which invoice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Due:
    """An invoice's total to be paid, oldest first in a sequence."""

    key: int
    cents: int


@dataclass(frozen=True)
class Received:
    """An amount and the day it came."""

    on: date
    cents: int


@dataclass(frozen=True)
class Settled:
    """How far an invoice is paid: open cents, and the day the last of them came."""

    key: int
    open_cents: int
    paid_on: date | None


def settle(dues: Sequence[Due], received: Sequence[Received]) -> list[Settled]:
    """Return how payments, oldest first, pay invoices, oldest first.

    An invoice that asks for nothing is settled by itself; a negative one adds to what came.

    >>> may, june = date(2026, 5, 31), date(2026, 6, 30)
    >>> settle([Due(1, 500), Due(2, 700)], [Received(may, 600), Received(june, 400)])
    [Settled(key=1, open_cents=0, paid_on=datetime.date(2026, 5, 31)), Settled(key=2, open_cents=200, paid_on=None)]
    """
    purse = sorted(received, key=lambda money: money.on)
    credit = sum(-due.cents for due in dues if due.cents < 0)
    settled, at, left = [], 0, credit
    last: date | None = None
    for due in dues:
        needed = max(0, due.cents)
        while left < needed and at < len(purse):
            left, last, at = left + purse[at].cents, purse[at].on, at + 1
        open_cents = max(0, needed - left)
        left = max(0, left - needed)
        settled.append(Settled(due.key, open_cents, last if needed and not open_cents else None))
    return settled
