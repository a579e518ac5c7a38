"""E-mails about invoices and credit notes."""

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache

from avots.billing.models import Invoice
from avots.billing.pdf import file_name
from avots.core.dates import Month, local_day
from avots.core.letters import Letter
from avots.outbox import actions as outbox
from avots.ui import contacts, formats, letters
from avots.ui.letters import gap


def invoices_ready(invoices: Sequence[Invoice], *, now: datetime) -> int:
    """Queue the e-mail that brings each invoice or credit note to its account with e-mail delivery."""
    utility = contacts.on(local_day(now))

    @cache
    def form(language: str, first_day: date, due_on: date | None) -> letters.Form:
        due = formats.day(due_on, language) if due_on else ""
        gaps = {name: gap(name) for name in ("sum", "reference", "number", "account_tail")}
        return letters.form("invoice", language=language, utility=utility, month=Month.of(first_day), due=due, **gaps)

    def letter(row: Invoice) -> Letter:
        if row.kind == Invoice.Kind.CREDIT:
            return _credit_note(row, utility)
        return _invoice(row, form(row.account.party.language, row.first_day, row.due_on))

    return outbox.queue_many([_draft(row, letter(row)) for row in invoices], now=now)


def key_of(number: str) -> str:
    """Return the key of the message that brings an invoice."""
    return f"invoice:{number}"


def _invoice(invoice: Invoice, form: letters.Form) -> Letter:
    return form.fill(
        sum=formats.eur(invoice.total_cents, invoice.account.party.language),
        reference=invoice.reference,
        number=str(invoice.number),
        account_tail=invoice.account.number[-3:],
    )


def _credit_note(invoice: Invoice, utility: dict[str, str]) -> Letter:
    return letters.render(
        "credit_note",
        language=invoice.account.party.language,
        utility=utility,
        invoice=invoice,
        month=Month.of(invoice.first_day),
        account_tail=invoice.account.number[-3:],
        corrects=invoice.content.get("corrects"),
    )


def _draft(invoice: Invoice, letter: Letter) -> outbox.Draft:
    number = str(invoice.number)
    return outbox.Draft(
        key=key_of(number),
        to=invoice.account.invoice_email,
        letter=letter,
        template="credit_note" if invoice.kind == Invoice.Kind.CREDIT else "invoice",
        language=invoice.account.party.language,
        attachments=[outbox.Attachment("invoice", number, file_name(invoice), "application/pdf")],
    )
