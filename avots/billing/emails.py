"""E-mails about invoices and credit notes."""

from collections.abc import Sequence
from datetime import datetime

from avots.billing.models import Invoice
from avots.billing.pdf import file_name
from avots.core.dates import Month, local_day
from avots.outbox import actions as outbox
from avots.ui import contacts, letters


def invoices_ready(invoices: Sequence[Invoice], *, now: datetime) -> int:
    """Queue the e-mail that brings each invoice or credit note to its account with e-mail delivery."""
    utility = contacts.on(local_day(now))
    return outbox.queue_many([_draft(invoice, utility) for invoice in invoices], now=now)


def key_of(number: str) -> str:
    """Return the key of the message that brings an invoice."""
    return f"invoice:{number}"


def _draft(invoice: Invoice, utility: dict[str, str]) -> outbox.Draft:
    account = invoice.account
    name = "credit_note" if invoice.kind == Invoice.Kind.CREDIT else "invoice"
    letter = letters.render(
        name,
        language=account.party.language,
        utility=utility,
        invoice=invoice,
        month=Month.of(invoice.first_day),
        account_tail=account.number[-3:],
        corrects=invoice.content.get("corrects"),
    )
    return outbox.Draft(
        key=key_of(str(invoice.number)),
        to=account.invoice_email,
        letter=letter,
        template=name,
        language=account.party.language,
        attachments=[outbox.Attachment("invoice", str(invoice.number), file_name(invoice), "application/pdf")],
    )
