"""E-mails about readings."""

from collections.abc import Sequence

from avots.customers.queries import Contact
from avots.outbox import actions as outbox
from avots.readings.models import Reading, Receipt
from avots.ui import letters


def receipts(sent: Sequence[tuple[Receipt, Sequence[Reading], Contact]]) -> None:
    """Queue the receipt of each submission to its contact, as of the moment it was made."""
    if sent:
        outbox.queue_many([_draft(*row) for row in sent], now=sent[0][0].submitted_at)


def _draft(receipt: Receipt, readings: Sequence[Reading], contact: Contact) -> outbox.Draft:
    letter = letters.render(
        "receipt",
        language=contact.language,
        receipt=receipt,
        readings=readings,
        premise=receipt.premise,
        round=receipt.round,
    )
    return outbox.Draft(
        key=f"reading-receipt:{receipt.reference}",
        to=contact.email,
        letter=letter,
        template="receipt",
        language=contact.language,
        at=receipt.submitted_at,
    )
