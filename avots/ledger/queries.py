"""Balances and statements, always added up from the postings."""

from collections.abc import Iterable

from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from avots.customers.models import CustomerAccount
from avots.ledger.models import LedgerAccount, Posting


def balances_of(accounts: Iterable[CustomerAccount]) -> dict[int, int]:
    """Return what each customer account owes, in cents; negative is an overpayment."""
    ids = [account.pk for account in accounts]
    owed = dict.fromkeys(ids, 0)
    for side, sign in (("debit", 1), ("credit", -1)):
        sums = Posting.objects.filter(**{f"{side}__customer__in": ids}).values_list(f"{side}__customer")
        for customer, cents in sums.annotate(Sum("cents")).order_by():
            owed[customer] += sign * cents
    return owed


def balance_of(account: CustomerAccount) -> int:
    """Return what one customer account owes, in cents."""
    return balances_of([account])[account.pk]


def total_of(code: str) -> int:
    """Return debits less credits of one side of the books, in cents."""
    side = LedgerAccount.objects.filter(code=code)
    sums = Posting.objects.aggregate(
        debit=Coalesce(Sum("cents", filter=Q(debit__in=side)), 0),
        credit=Coalesce(Sum("cents", filter=Q(credit__in=side)), 0),
    )
    return int(sums["debit"]) - int(sums["credit"])
