"""What is paid and what is open."""

from dataclasses import dataclass
from datetime import date

from avots.billing.models import Invoice
from avots.billing.queries import invoices_of
from avots.customers.models import CustomerAccount
from avots.ledger.models import Posting
from avots.payments.models import Payment
from avots.payments.rules import Due, Received, settle


@dataclass(frozen=True)
class InvoiceRow:
    """An invoice with what is still open of it and the day it was paid."""

    invoice: Invoice
    open_cents: int
    paid_on: date | None


def history(account: CustomerAccount) -> list[InvoiceRow]:
    """Return an account's invoices, newest first, with their payment dates.

    What was owed when the books were opened is paid first.
    """
    invoices = list(invoices_of(account).defer("content"))
    dues = [Due(0, _opening_of(account))] + [Due(row.pk, row.total_cents) for row in reversed(invoices)]
    money = Payment.objects.filter(account=account).order_by("received_on", "pk")
    came = [Received(on, cents) for on, cents in money.values_list("received_on", "cents")]
    settled = {row.key: row for row in settle(dues, came)}
    return [InvoiceRow(row, settled[row.pk].open_cents, settled[row.pk].paid_on) for row in invoices]


def _opening_of(account: CustomerAccount) -> int:
    key = f"opening:{account.number}"
    opening = Posting.objects.filter(key=key).values_list("cents", "debit__customer").first()
    return 0 if opening is None else opening[0] if opening[1] == account.pk else -opening[0]


def latest_payment(account: CustomerAccount) -> Payment | None:
    """Return the payment that came last, if any came."""
    return Payment.objects.filter(account=account).order_by("-received_on", "-pk").first()
