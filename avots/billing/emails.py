"""E-mails about invoices."""

from datetime import datetime

from avots.billing.models import Invoice
from avots.core.dates import Month
from avots.outbox import actions as outbox
from avots.ui import letters


def invoice_ready(invoice: Invoice, *, now: datetime) -> None:
    """Queue the e-mail that brings an invoice to an account with e-mail delivery."""
    account = invoice.account
    letter = letters.render(
        "invoice",
        language=account.party.language,
        invoice=invoice,
        month=Month.of(invoice.first_day),
        account_tail=account.number[-3:],
    )
    outbox.queue(
        key=f"invoice:{invoice.number}",
        to=account.invoice_email,
        letter=letter,
        template="invoice",
        language=account.party.language,
        now=now,
    )
