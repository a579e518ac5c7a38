"""Booking money that arrived."""

from datetime import date, datetime

from django.db import transaction

from avots.core import audit
from avots.core.audit import By
from avots.core.errors import KeyReused, Refused
from avots.customers.models import CustomerAccount
from avots.ledger import actions as ledger
from avots.payments.models import Payment

SIDES = {Payment.Channel.BANK: ledger.BANK, Payment.Channel.CASH: ledger.CASH}


@transaction.atomic
def record_payment(
    *,
    key: str,
    account: CustomerAccount,
    cents: int,
    received_on: date,
    channel: Payment.Channel,
    reference: str,
    now: datetime,
    by: By,
) -> Payment:
    """Book an amount received for an account; the same key again books nothing.

    :raises Refused: ``amount_not_positive``
    :raises KeyReused: when the key stands for another amount or account
    """
    if cents <= 0:
        raise Refused("amount_not_positive")
    known = Payment.objects.filter(key=key).first()
    if known is not None:
        if (known.account_id, known.cents) != (account.pk, cents):
            raise KeyReused(key)
        return known
    payment = Payment.objects.create(
        key=key,
        account=account,
        cents=cents,
        received_on=received_on,
        channel=channel,
        reference=reference,
        recorded_at=now,
        recorded_by=str(by),
    )
    owed = ledger.receivable(account.number)
    entry = ledger.Entry(f"payment:{key}", SIDES[Payment.Channel(channel)], owed, cents, received_on, key[:60])
    ledger.post([entry], now=now)
    audit.record(now=now, by=by, verb="record_payment", subject=f"account:{account.number}", cents=cents)
    return payment
