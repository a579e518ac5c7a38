"""What is paid and what is open."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Sum

from avots.billing.models import Invoice, Run
from avots.billing.queries import invoices_of
from avots.customers.models import CustomerAccount
from avots.ledger.models import Posting
from avots.ledger.queries import balances_of
from avots.payments.models import Payment, PaymentReversal
from avots.payments.rules import Due, Received, settle


@dataclass(frozen=True)
class InvoiceRow:
    """An invoice with what is still open of it, the day it was paid, and the credit note that took it back."""

    invoice: Invoice
    open_cents: int
    paid_on: date | None
    credited_by: Invoice | None = None

    @property
    def stands(self) -> bool:
        """Whether it asks for something: no credit note, and not taken back by one."""
        return self.invoice.kind == Invoice.Kind.INVOICE and self.credited_by is None


def history(account: CustomerAccount, came: Sequence[Received] | None = None) -> list[InvoiceRow]:
    """Return an account's invoices and credit notes, newest issued first, with their payment dates.

    Money pays the oldest month first, whenever its invoice was issued, and before that what was owed when
    the books were opened. A payment that was undone never came. A credit note and its invoice ask for
    nothing together: what was paid for it pays what comes next.

    :param came: the money of ``received_of``, where it is at hand
    """
    invoices = list(invoices_of(account).defer("content"))
    credited = {row.corrects_id: row for row in invoices if row.kind == Invoice.Kind.CREDIT}
    off = credited.keys() | {row.pk for row in credited.values()}
    opening = _openings([account.number]).get(account.pk, 0)
    dues = [Due(0, opening)]
    dues += [Due(row.pk, 0 if row.pk in off else row.total_cents) for row in reversed(invoices)]
    settled = {row.key: row for row in settle(dues, received_of(account) if came is None else came)}
    rows = [
        InvoiceRow(row, settled[row.pk].open_cents, settled[row.pk].paid_on, credited.get(row.pk)) for row in invoices
    ]
    return sorted(
        rows, key=lambda row: (row.invoice.issued_on or row.invoice.first_day, row.invoice.pk), reverse=True
    )


def latest_of(rows: Sequence[InvoiceRow]) -> InvoiceRow | None:
    """Return the standing invoice of the latest month."""
    return max((row for row in rows if row.stands), key=lambda row: row.invoice.first_day, default=None)


@dataclass(frozen=True)
class Change:
    """By how much an account's latest invoice differs from the one before it."""

    before: Invoice
    cents: int


def change_of(rows: Sequence[InvoiceRow]) -> Change | None:
    """Return how the latest standing invoice of a history differs from the one of its building before it."""
    latest = latest_of(rows)
    if latest is None:
        return None
    building, first_day = latest.invoice.building_id, latest.invoice.first_day
    earlier = [row for row in rows if row.invoice.building_id == building and row.invoice.first_day < first_day]
    before = latest_of(earlier)
    return Change(before.invoice, latest.invoice.total_cents - before.invoice.total_cents) if before else None


def open_amounts(accounts: Iterable[CustomerAccount]) -> dict[int, frozenset[int]]:
    """Return, by account, the amounts that would settle something exactly: its debt, each open invoice."""
    rows = {account.pk: account for account in accounts}
    issued = Invoice.objects.standing().filter(account__in=rows)
    opened = _openings([account.number for account in rows.values()])
    dues = {pk: [Due(0, opened.get(pk, 0))] for pk in rows}
    for key, account, cents in issued.order_by("first_day", "pk").values_list("pk", "account_id", "total_cents"):
        dues[account].append(Due(key, cents))
    came, balances = _received(rows), balances_of(rows.values())
    return {
        pk: frozenset(
            cents
            for cents in (balances[pk], *(row.open_cents for row in settle(dues[pk], came.get(pk, []))))
            if cents > 0
        )
        for pk in rows
    }


def received_of(account: CustomerAccount) -> list[Received]:
    """Return the money that came for an account and was not undone, the oldest first."""
    return _received([account.pk]).get(account.pk, [])


def _received(accounts: Collection[int]) -> dict[int, list[Received]]:
    """Return the money that came and stayed, by account, oldest first."""
    rows = Payment.objects.standing().filter(account__in=accounts).order_by("received_on", "pk")
    came: dict[int, list[Received]] = defaultdict(list)
    for account, on, cents in rows.values_list("account_id", "received_on", "cents"):
        came[account].append(Received(on, cents))
    return came


def _openings(numbers: Collection[str]) -> dict[int, int]:
    """Return what each account owed when the books were opened."""
    keys = [f"opening:{number}" for number in numbers]
    rows = Posting.objects.filter(key__in=keys).values_list("cents", "debit__customer", "credit__customer")
    return {debit or credit: cents if debit else -cents for cents, debit, credit in rows}


def received_cents() -> int:
    """Return all that customers have paid, less what was undone."""
    came = Payment.objects.aggregate(sum=Sum("cents"))["sum"] or 0
    return came - (PaymentReversal.objects.aggregate(sum=Sum("payment__cents"))["sum"] or 0)


def paid_of(run: Run) -> tuple[int, int]:
    """Return, in cents, what a run's invoices asked for and how much of that is paid; the oldest is paid first."""
    issued = Invoice.objects.filter(state=Invoice.State.ISSUED)
    own = issued.filter(run=run)
    asked = dict(own.values_list("account").annotate(Sum("total_cents")).order_by())
    later = issued.filter(account__in=own.values("account"), run__round__first_day__gt=run.round.first_day)
    after = dict(later.values_list("account").annotate(Sum("total_cents")).order_by())
    owed = balances_of(CustomerAccount.objects.filter(pk__in=own.values("account")).only("pk"))
    open_cents = sum(max(0, min(cents, owed[pk] - after.get(pk, 0))) for pk, cents in asked.items())
    total = sum(cents for cents in asked.values() if cents > 0)
    return total, total - open_cents
