"""Booking amounts under their keys: a payment, its posting, an audit row."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from avots.core import audit
from avots.core.audit import By
from avots.core.errors import KeyReused, Refused
from avots.customers.models import CustomerAccount
from avots.ledger import actions as ledger
from avots.payments.models import Payment

SIDES = {Payment.Channel.BANK: ledger.BANK, Payment.Channel.CASH: ledger.CASH}


@dataclass(frozen=True)
class Arrival:
    """An amount that arrived for an account, known by its key."""

    key: str
    account: CustomerAccount
    cents: int
    received_on: date
    channel: Payment.Channel
    reference: str


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
    record_payments([Arrival(key, account, cents, received_on, channel, reference)], now=now, by=by)
    return Payment.objects.get(key=key)


@transaction.atomic
def record_payments(arrivals: Sequence[Arrival], *, now: datetime, by: By) -> int:
    """Book many amounts at once; return how many were new. Refusals as for one."""
    if any(arrival.cents <= 0 for arrival in arrivals):
        raise Refused("amount_not_positive")
    known = {row.key: row for row in Payment.objects.filter(key__in=[arrival.key for arrival in arrivals])}
    for arrival in arrivals:
        row = known.get(arrival.key)
        if row is not None and (row.account_id, row.cents) != (arrival.account.pk, arrival.cents):
            raise KeyReused(arrival.key)
    new = [arrival for arrival in arrivals if arrival.key not in known]
    Payment.objects.bulk_create([_payment(arrival, now, by) for arrival in new])
    ledger.post([_entry(arrival) for arrival in new], now=now)
    audit.record_many(
        audit.entry(now=now, by=by, verb="record_payment", subject=f"account:{row.account.number}", cents=row.cents)
        for row in new
    )
    return len(new)


def _payment(arrival: Arrival, now: datetime, by: By) -> Payment:
    return Payment(
        key=arrival.key,
        account=arrival.account,
        cents=arrival.cents,
        received_on=arrival.received_on,
        channel=arrival.channel,
        reference=arrival.reference,
        recorded_at=now,
        recorded_by=str(by),
    )


def _entry(arrival: Arrival) -> ledger.Entry:
    owed = ledger.receivable(arrival.account.number)
    side = SIDES[Payment.Channel(arrival.channel)]
    key = f"payment:{arrival.key}"
    return ledger.Entry(key, side, owed, arrival.cents, arrival.received_on, arrival.key[:60])
