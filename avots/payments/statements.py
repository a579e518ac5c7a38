"""What a bank statement says, whichever format it came in. Amounts are signed cents: money in is positive."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import IO, NamedTuple

from avots.core.errors import Refused

CHUNK = 64 * 1024
# 13 digits are ten thousand milliards: more than any utility's turnover, and safe in every column.
AMOUNT = re.compile(r"0*([0-9]{1,13})(?:[.,]([0-9]{0,2})0*)?\Z")


class Detail(NamedTuple):
    """One payment inside an entry: who, from which account, with which words."""

    cents: int
    party: str = ""
    iban: str = ""
    reference: str = ""
    text: str = ""
    end_to_end: str = ""


class Entry(NamedTuple):
    """One booked line of an account; a batch has several details that add up to it."""

    cents: int
    booked_on: date
    value_on: date
    bank_reference: str
    is_reversal: bool
    details: tuple[Detail, ...]


@dataclass(frozen=True)
class Statement:
    """What stands around a statement's entries: the account, the days, the balances, the sums.

    ``kind`` is the message ("camt.053", "camt.052", "camt.054", "mt940", "fidavista"). ``from_on`` and
    ``to_on`` are the first and last day covered. A balance the bank did not give is None.
    """

    kind: str
    number: str
    account: str
    currency: str
    from_on: date
    to_on: date
    opening_cents: int | None
    closing_cents: int | None
    entries: int = 0
    payments: int = 0
    credit_cents: int = 0
    debit_cents: int = 0
    pending: int = 0

    @property
    def adds_up(self) -> bool:
        """Whether closing = opening + entries, to the cent; not without both balances."""
        if self.opening_cents is None or self.closing_cents is None:
            return False
        return self.opening_cents + self.credit_cents - self.debit_cents == self.closing_cents


def cents_of(text: str) -> int:
    """Return the cents of an amount as banks write it; zeros behind the second place are allowed.

    >>> cents_of("828531.98"), cents_of("0.2"), cents_of("8.850"), cents_of("200000"), cents_of("12,5")
    (82853198, 20, 885, 20000000, 1250)

    :raises Refused: ``statement_bad_amount``, also for a sign: direction stands apart
    """
    found = AMOUNT.match(text)
    if not found:
        raise Refused("statement_bad_amount", text=text[:40])
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


def day_of(text: str) -> date:
    """Return the day of an ISO date or moment, as the bank wrote it.

    >>> day_of("2024-03-07T19:47:17.828+02:00")
    datetime.date(2024, 3, 7)

    :raises Refused: ``statement_bad_day``
    """
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise Refused("statement_bad_day", text=text[:40]) from None


def chunks(file: IO[bytes]) -> Iterator[bytes]:
    """Yield a file's bytes some at a time, so that its size does not matter."""
    while piece := file.read(CHUNK):
        yield piece
