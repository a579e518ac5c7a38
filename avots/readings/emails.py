"""E-mails about readings."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache

from django.conf import settings

from avots.core.dates import local_day
from avots.customers.queries import Contact, contacts_of
from avots.outbox import actions as outbox
from avots.readings.links import receipt_tokens_of
from avots.readings.models import Reading, Receipt
from avots.ui import contacts, formats, letters
from avots.ui.letters import gap


def receipts(sent: Sequence[tuple[Receipt, Sequence[Reading], Contact]]) -> None:
    """Queue the receipt of each submission to its contact, as of the moment it was made."""
    if not sent:
        return
    at = sent[0][0].submitted_at
    utility, round = contacts.on(local_day(at)), sent[0][0].round
    tokens = receipt_tokens_of([receipt for receipt, _, _ in sent])

    @cache
    def form(language: str, shape: Shape) -> letters.Form:
        rows = [
            {"hot": hot, "held": held, "serial": gap(f"serial_{at}"), "figure": gap(f"figure_{at}")}
            for at, (hot, held) in enumerate(shape)
        ]
        gaps = {name: gap(name) for name in ("reference", "submitted", "address", "url")}
        return letters.form("receipt", language=language, utility=utility, round=round, rows=rows, **gaps)

    outbox.queue_many(
        [_draft(*row, tokens[row[0].pk], form(row[2].language, _shape_of(row[1]))) for row in sent], now=at
    )


# Of each meter: whether its water is hot, and whether staff will look at the reading.
Shape = tuple[tuple[bool, bool], ...]


def _shape_of(readings: Sequence[Reading]) -> Shape:
    return tuple((row.installation.usage_point.commodity == "hot", row.state == "held") for row in readings)


def _draft(
    receipt: Receipt, readings: Sequence[Reading], contact: Contact, token: str, form: letters.Form
) -> outbox.Draft:
    figures = {f"figure_{at}": _figure(row, contact.language) for at, row in enumerate(readings)}
    serials = {f"serial_{at}": row.installation.meter.serial for at, row in enumerate(readings)}
    letter = form.fill(
        reference=receipt.reference,
        submitted=formats.moment(receipt.submitted_at, contact.language),
        address=receipt.premise.address,
        url=f"{settings.AVOTS_UTILITY['portal_url']}/r/apstiprinajums/{token}/",
        **figures,
        **serials,
    )
    return outbox.Draft(
        key=f"reading-receipt:{receipt.reference}",
        to=contact.email,
        letter=letter,
        template="receipt",
        language=contact.language,
        at=receipt.submitted_at,
    )


def _figure(reading: Reading, language: str) -> str:
    return formats.face(reading.litres, reading.installation.meter.register.digits_before, language)


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
