"""Balances and statements, always added up from the postings."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date

from django.db.models import Aggregate, Q, Sum

from avots.core.dates import Month
from avots.customers.models import CustomerAccount
from avots.ledger.models import ClosedMonth, LedgerAccount, Posting


def balances_of(accounts: Iterable[CustomerAccount]) -> dict[int, int]:
    """Return what each customer account owes, in cents; negative is an overpayment."""
    owed = dict.fromkeys((account.pk for account in accounts), 0)
    for customer, cents in _added_up(owed, {"owed": Sum("cents")}):
        owed[customer] += cents
    return owed


def balances_at(accounts: Sequence[int], days: Sequence[date]) -> dict[tuple[int, date], int]:
    """Return what each customer account owed at the end of each day, in cents."""
    owed = {(pk, day): 0 for pk in accounts for day in days}
    until = {f"d{at}": Sum("cents", filter=Q(booked_on__lte=day), default=0) for at, day in enumerate(days)}
    for customer, *sums in _added_up(accounts, until) if days else ():
        for day, cents in zip(days, sums, strict=True):
            owed[customer, day] += cents
    return owed


def _added_up(accounts: Collection[int], sums: Mapping[str, Aggregate]) -> Iterator[tuple[int, ...]]:
    """Yield each customer account with sums of what it was debited, and again with those of what it was credited.

    Their sides of the books are looked up first: told which, PostgreSQL takes the index; asked through the
    customers it may take all postings, for on the credit side nearly all of them are income.
    """
    customer_of = dict(LedgerAccount.objects.filter(customer__among=accounts).values_list("pk", "customer"))
    debits, credits = (
        Posting.objects.filter(**{f"{side}__among": customer_of})
        .values_list(side)
        .annotate(**{name: cents * sign for name, cents in sums.items()})
        .order_by()
        for side, sign in (("debit", 1), ("credit", -1))
    )
    for pk, *cents in debits.union(credits, all=True) if customer_of else ():
        yield customer_of[pk], *cents


def balance_of(account: CustomerAccount) -> int:
    """Return what one customer account owes, in cents."""
    return balances_of([account])[account.pk]


def total_of(code: str) -> int:
    """Return debits less credits of one side of the books, in cents."""
    pk = LedgerAccount.objects.filter(code=code).values_list("pk", flat=True).first()
    debit, credit = (
        Posting.objects.filter(**{side: pk}).aggregate(sum=Sum("cents", default=0))["sum"]
        for side in ("debit", "credit")
    )
    return int(debit) - int(credit)


def closed_until() -> date | None:
    """Return the last day whose books are closed, if any are."""
    latest = ClosedMonth.objects.order_by("-first_day").values_list("first_day", flat=True).first()
    return Month.of(latest).last_day if latest else None


def first_open_day() -> date | None:
    """Return the first day that is not closed; nothing while no month of the books is."""
    last = closed_until()
    return Month.of(last).next.first_day if last else None
