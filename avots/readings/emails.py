"""E-mails about readings."""

from collections.abc import Sequence
from datetime import datetime

from avots.customers.queries import Contact
from avots.outbox import actions as outbox
from avots.readings.models import Reading, Receipt
from avots.ui import letters


def receipt(receipt: Receipt, readings: Sequence[Reading], contact: Contact, *, now: datetime) -> None:
    """Queue the receipt for what a household reported."""
    letter = letters.render(
        "receipt",
        language=contact.language,
        receipt=receipt,
        readings=readings,
        premise=receipt.premise,
        round=receipt.round,
    )
    outbox.queue(
        key=f"reading-receipt:{receipt.reference}",
        to=contact.email,
        letter=letter,
        template="receipt",
        language=contact.language,
        now=now,
    )
