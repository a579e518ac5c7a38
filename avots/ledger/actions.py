"""Making postings; only billing, payments and debts call this."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from avots.core import bulk
from avots.core.dates import Month
from avots.core.errors import KeyReused, Refused
from avots.customers.models import CustomerAccount
from avots.ledger.models import LedgerAccount, Posting
from avots.ledger.queries import closed_until, first_open_day

COLUMNS = ["key", "debit", "credit", "cents", "booked_on", "posted_at", "document"]
INCOME = "income:"
VAT = "vat"
BANK = "bank"
CASH = "cash"
CARD = "card"
CASH_DIFFERENCE = "cash_difference"
OPENING = "opening"
SUSPENSE = "suspense"  # money in the bank of which nobody has said yet whose it is
OTHER = "other"  # money in the bank that is no customer's


class Entry(NamedTuple):
    """An amount moved from the credit side to the debit side, under its own key."""

    key: str
    debit: str
    credit: str
    cents: int
    booked_on: date
    document: str


def receivable(account_number: str) -> str:
    """Return the code of a customer's side of the books.

    >>> receivable("1004231")
    'receivable:1004231'
    """
    return f"receivable:{account_number}"


def either_way(key: str, debit: str, credit: str, cents: int, booked_on: date, document: str) -> list[Entry]:
    """Return the entry of a signed amount: a negative one changes sides, nothing makes none.

    >>> [(e.debit, e.cents) for e in either_way("k", "a", "b", -5, date(2026, 1, 1), "d")]
    [('b', 5)]
    """
    if cents < 0:
        debit, credit = credit, debit
    return [Entry(key, debit, credit, abs(cents), booked_on, document)] if cents else []


def post(entries: Sequence[Entry], *, now: datetime) -> int:
    """Write the entries not yet written, inside the caller's transaction; return how many.

    A refusal must end that transaction: entries before it may have been written.

    :raises KeyReused: when a key stands for another amount or other sides
    :raises Refused: ``period_closed`` for a new entry in a month whose books are closed
    """
    ids = _account_ids({entry.debit for entry in entries} | {entry.credit for entry in entries})
    new = entries if _are_in_open_months(entries) else _new(entries, ids)
    if not _are_in_open_months(new):
        raise Refused("period_closed", month=str(Month.of(min(entry.booked_on for entry in new))))
    rows = [
        (key, ids[debit], ids[credit], cents, booked_on, now, document)
        for key, debit, credit, cents, booked_on, document in new
    ]
    written = bulk.insert_new(Posting, COLUMNS, rows, key="key")
    if written < len(new):
        _new(new, ids)
    return written


def _new(entries: Sequence[Entry], ids: dict[str, int]) -> list[Entry]:
    """Return the entries that are not written, after a look whether the others stand for the same."""
    known = _known(entry.key for entry in entries)
    for entry in entries:
        if known.get(entry.key, _sides(entry, ids)) != _sides(entry, ids):
            raise KeyReused(entry.key)
    return [entry for entry in entries if entry.key not in known]


def _known(keys: Iterable[str]) -> dict[str, tuple[int, int, int]]:
    """Return the sides and the amount of the entries that are written."""
    rows = Posting.objects.filter(key__among=keys)
    return {
        key: (debit, credit, cents)
        for key, debit, credit, cents in rows.values_list("key", "debit_id", "credit_id", "cents")
    }


def _are_in_open_months(entries: Sequence[Entry]) -> bool:
    last = closed_until() if entries else None
    return last is None or min(entry.booked_on for entry in entries) > last


def in_open_month(entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries with those of closed months moved to the first open day.

    For what reaches us late and happened all the same: a bank statement, a desk closed late.
    """
    first_open = first_open_day() if entries else None
    if first_open is None:
        return list(entries)
    return [entry._replace(booked_on=max(entry.booked_on, first_open)) for entry in entries]


def _sides(entry: Entry, ids: dict[str, int]) -> tuple[int, int, int]:
    return ids[entry.debit], ids[entry.credit], entry.cents


def _account_ids(codes: set[str]) -> dict[str, int]:
    """Return the id of each code, opening the sides that do not exist yet."""
    have = dict(LedgerAccount.objects.filter(code__among=codes).values_list("code", "pk"))
    if missing := sorted(codes - have.keys()):
        numbers = {code.removeprefix("receivable:"): code for code in missing}
        rows = CustomerAccount.objects.filter(number__among=numbers).values_list("number", "pk")
        customers = dict(rows)
        new = [LedgerAccount(code=code, customer_id=customers.get(number)) for number, code in numbers.items()]
        LedgerAccount.objects.bulk_create(new, ignore_conflicts=True)
        have |= dict(LedgerAccount.objects.filter(code__among=missing).values_list("code", "pk"))
    return have
