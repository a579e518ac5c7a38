"""E-mails about readings."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from avots.core.dates import local_day
from avots.customers.queries import Contact, contacts_of
from avots.outbox import actions as outbox
from avots.readings.links import receipt_tokens_of
from avots.readings.models import Reading, Receipt
from avots.ui import contacts, letters


def receipts(sent: Sequence[tuple[Receipt, Sequence[Reading], Contact]]) -> None:
    """Queue the receipt of each submission to its contact, as of the moment it was made."""
    if sent:
        at = sent[0][0].submitted_at
        utility = contacts.on(local_day(at))
        tokens = receipt_tokens_of([receipt for receipt, _, _ in sent])
        outbox.queue_many([_draft(*row, tokens[row[0].pk], utility) for row in sent], now=at)


def _draft(
    receipt: Receipt, readings: Sequence[Reading], contact: Contact, token: str, utility: dict[str, str]
) -> outbox.Draft:
    letter = letters.render(
        "receipt",
        language=contact.language,
        utility=utility,
        receipt=receipt,
        readings=readings,
        premise=receipt.premise,
        round=receipt.round,
        url=f"{settings.AVOTS_UTILITY['portal_url']}/r/apstiprinajums/{token}/",
    )
    return outbox.Draft(
        key=f"reading-receipt:{receipt.reference}",
        to=contact.email,
        letter=letter,
        template="receipt",
        language=contact.language,
        at=receipt.submitted_at,
    )


def decided(reading: Reading, *, decision: str, right: Reading | None, now: datetime) -> None:
    """Tell a household that staff put a reading right or could not use it."""
    receipt = reading.receipt
    if decision == "accept" or receipt is None or receipt.account is None:
        return
    contact = contacts_of([receipt.account], on=local_day(now)).get(receipt.account_id or 0)
    if contact is None:
        return
    letter = letters.render(
        "reading-decided", language=contact.language, reading=reading, right=right, premise=receipt.premise
    )
    outbox.queue(
        key=f"reading-decided:{reading.pk}:{right.source_key if right else decision}",
        to=contact.email,
        letter=letter,
        template="reading-decided",
        language=contact.language,
        now=now,
    )
