"""Booking amounts under their keys: a payment, its posting, an audit row; and taking them back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from avots.core import audit, bulk
from avots.core.audit import By
from avots.core.errors import KeyReused, Refused
from avots.customers.models import CustomerAccount
from avots.ledger import actions as ledger
from avots.payments.models import Payment, PaymentReversal

SIDES = {
    Payment.Channel.BANK: ledger.BANK,
    Payment.Channel.CASH: ledger.CASH,
    Payment.Channel.CARD: ledger.CARD,
}
COLUMNS = "key account cents received_on channel reference entry recorded_at recorded_by".split()


@dataclass(frozen=True)
class Arrival:
    """An amount that arrived for an account, known by its key.

    ``entry_id``: the bank's entry it came by. ``held_until``: the day on which it left suspense, where
    it had waited there.
    """

    key: str
    account: CustomerAccount
    cents: int
    received_on: date
    channel: Payment.Channel
    reference: str
    entry_id: int | None = None
    held_until: date | None = None


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
    rows = Payment.objects.filter(key__in=[arrival.key for arrival in arrivals])
    known = {key: rest for key, *rest in rows.values_list("key", "account_id", "cents")}
    for arrival in arrivals:
        if known.get(arrival.key, [arrival.account.pk, arrival.cents]) != [arrival.account.pk, arrival.cents]:
            raise KeyReused(arrival.key)
    new = [arrival for arrival in arrivals if arrival.key not in known]
    bulk.insert(Payment, COLUMNS, [_row(arrival, now, by) for arrival in new])
    ledger.post(ledger.in_open_month([_entry(arrival) for arrival in new]), now=now)
    audit.record_many(
        audit.entry(now=now, by=by, verb="record_payment", subject=f"account:{row.account.number}", cents=row.cents)
        for row in new
    )
    return len(new)


def _row(arrival: Arrival, now: datetime, by: By) -> tuple[object, ...]:
    return (
        arrival.key,
        arrival.account.pk,
        arrival.cents,
        arrival.received_on,
        arrival.channel,
        arrival.reference,
        arrival.entry_id,
        now,
        str(by),
    )


def _entry(arrival: Arrival) -> ledger.Entry:
    owed = ledger.receivable(arrival.account.number)
    side = ledger.SUSPENSE if arrival.held_until else SIDES[Payment.Channel(arrival.channel)]
    day = arrival.held_until or arrival.received_on
    return ledger.Entry(f"payment:{arrival.key}", side, owed, arrival.cents, day, arrival.key[:60])


@transaction.atomic
def undo_payments(
    payments: Sequence[Payment], *, to: str, reason: PaymentReversal.Reason, on: date, now: datetime, by: By
) -> int:
    """Undo payments by the opposite postings, to the side ``to`` of the books; return how many.

    The payments stay as they are; a reversal stands beside each. One undone already stays so.
    """
    undone = set(PaymentReversal.objects.filter(payment__in=payments).values_list("payment_id", flat=True))
    new = [payment for payment in payments if payment.pk not in undone]
    columns = ["payment", "reversed_on", "reason", "recorded_at", "recorded_by"]
    bulk.insert(PaymentReversal, columns, [(payment.pk, on, reason, now, str(by)) for payment in new])
    ledger.post(ledger.in_open_month([_opposite(payment, to, on) for payment in new]), now=now)
    audit.record_many(
        audit.entry(
            now=now, by=by, verb="undo_payment", subject=f"account:{payment.account.number}", cents=payment.cents
        )
        for payment in new
    )
    return len(new)


def _opposite(payment: Payment, to: str, on: date) -> ledger.Entry:
    owed = ledger.receivable(payment.account.number)
    return ledger.Entry(f"undone:{payment.key}", owed, to, payment.cents, on, payment.key[:60])
