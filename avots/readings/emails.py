"""E-mails about readings."""

from collections.abc import Sequence

from avots.core.dates import local_day
from avots.customers.queries import Contact
from avots.outbox import actions as outbox
from avots.readings.models import Reading, Receipt
from avots.ui import contacts, letters


def receipts(sent: Sequence[tuple[Receipt, Sequence[Reading], Contact]]) -> None:
    """Queue the receipt of each submission to its contact, as of the moment it was made."""
    if sent:
        at = sent[0][0].submitted_at
        utility = contacts.on(local_day(at))
        outbox.queue_many([_draft(*row, utility) for row in sent], now=at)


def _draft(receipt: Receipt, readings: Sequence[Reading], contact: Contact, utility: dict[str, str]) -> outbox.Draft:
    letter = letters.render(
        "receipt",
        language=contact.language,
        utility=utility,
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
