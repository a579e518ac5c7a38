"""What staff decide about money that waits: whose it is, or that it is no customer's; and taking that back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from avots.core import audit
from avots.core.audit import By
from avots.core.claims import claim
from avots.core.dates import local_day
from avots.core.errors import Refused
from avots.customers.models import CustomerAccount
from avots.ledger import actions as ledger
from avots.payments.actions.booking import Arrival, record_payments, undo_payments
from avots.payments.models import BankEntry, Payment, PaymentReversal

State = BankEntry.State


@dataclass(frozen=True)
class Share:
    """A part of an entry that is one account's."""

    account: CustomerAccount
    cents: int


@transaction.atomic
def assign_entry(entry: BankEntry, shares: Sequence[Share], *, remember: bool = True, now: datetime, by: By) -> None:
    """Give a waiting entry's money to one account, or to several whose shares add up to it.

    ``remember``: the payer's IBAN counts as known for the account from now on; never after a split.
    Money that the bank took back is given by naming the account whose payment it was.

    :raises Refused: ``already_decided``, ``split_does_not_add_up``, ``split_names_one_twice``,
        ``no_such_payment`` when the account has no standing payment of that amount
    """
    if sum(share.cents for share in shares) != abs(entry.cents) or any(share.cents <= 0 for share in shares):
        raise Refused("split_does_not_add_up", sum=f"{abs(entry.cents) // 100},{abs(entry.cents) % 100:02d}")
    if len({share.account.pk for share in shares}) != len(shares):
        raise Refused("split_names_one_twice")
    teaches = remember and len(shares) == 1 and entry.cents > 0
    _decide(entry, State.WAITING, State.ASSIGNED, now=now, by=by, teaches=teaches)
    if entry.cents > 0:
        record_payments(_arrivals(entry, shares, now), now=now, by=by)
    else:
        for share in shares:
            _undo_one(share, now=now, by=by)
    numbers = [share.account.number for share in shares]
    audit.record(now=now, by=by, verb="assign_entry", subject=f"entry:{entry.pk}", accounts=numbers)


def _arrivals(entry: BankEntry, shares: Sequence[Share], now: datetime) -> list[Arrival]:
    bank, words, today = Payment.Channel.BANK, (entry.reference or entry.text)[:140], local_day(now)
    return [
        Arrival(
            f"bank:{entry.pk}:{entry.turn}" + (f":{n}" if n else ""),
            share.account,
            share.cents,
            entry.booked_on,
            bank,
            words,
            entry.pk,
            today,
        )
        for n, share in enumerate(shares)
    ]


def _undo_one(share: Share, *, now: datetime, by: By) -> None:
    """Undo the account's latest payment of this amount, which the bank took back."""
    rows = Payment.objects.standing().filter(account=share.account, cents=share.cents, channel=Payment.Channel.BANK)
    payment = rows.select_related("account").order_by("-received_on", "-pk").first()
    if payment is None:
        raise Refused("no_such_payment", number=share.account.number)
    bank, day = PaymentReversal.Reason.BANK, local_day(now)
    undo_payments([payment], to=ledger.SUSPENSE, reason=bank, on=day, now=now, by=by)


@transaction.atomic
def set_entry_aside(entry: BankEntry, *, reason: str, now: datetime, by: By) -> None:
    """Say of a waiting entry that its money is no customer's.

    :raises Refused: ``already_decided``, ``reason_missing``
    """
    if not reason.strip():
        raise Refused("reason_missing")
    _decide(entry, State.WAITING, State.ASIDE, now=now, by=by, reason=reason.strip()[:20])
    _move(entry, f"aside:{entry.pk}:{entry.turn}", ledger.SUSPENSE, ledger.OTHER, now)
    audit.record(now=now, by=by, verb="set_entry_aside", subject=f"entry:{entry.pk}", reason=reason[:20])


@transaction.atomic
def undo_decision(entry: BankEntry, *, now: datetime, by: By) -> None:
    """Let an entry wait again: its payments are undone by the opposite postings, its money is in suspense.

    Also for one that was matched without a person. The IBAN is no longer known by it.

    :raises Refused: ``already_decided`` when it waits or the bank took it back, ``reversal_stays``
    """
    if entry.cents < 0:
        raise Refused("reversal_stays")
    before = State(entry.state)
    if before not in {State.MATCHED, State.ASSIGNED, State.ASIDE}:
        raise Refused("already_decided")
    if PaymentReversal.objects.filter(payment__entry=entry, reason=PaymentReversal.Reason.BANK).exists():
        raise Refused("reversal_stays")
    turn = entry.turn
    _decide(entry, before, State.WAITING, now=now, by=by, turn=turn + 1, teaches=True)
    if before == State.ASIDE:
        _move(entry, f"back:{entry.pk}:{turn}", ledger.OTHER, ledger.SUSPENSE, now)
    payments = Payment.objects.standing().filter(entry=entry).select_related("account")
    wrong, day = PaymentReversal.Reason.WRONG, local_day(now)
    undo_payments(list(payments), to=ledger.SUSPENSE, reason=wrong, on=day, now=now, by=by)
    audit.record(now=now, by=by, verb="undo_decision", subject=f"entry:{entry.pk}", was=before)


def _move(entry: BankEntry, key: str, debit: str, credit: str, now: datetime) -> None:
    ledger.post(ledger.either_way(key, debit, credit, entry.cents, local_day(now), f"bank:{entry.pk}"), now=now)


def _decide(
    entry: BankEntry, before: State, after: State, *, now: datetime, by: By, reason: str = "", **more: object
) -> None:
    """Change an entry's state, for the one who is first."""
    rows = BankEntry.objects.filter(pk=entry.pk, state=before, turn=entry.turn)
    if not claim(rows, state=after, reason=reason, decided_at=now, decided_by=str(by), **more):
        raise Refused("already_decided")
    entry.refresh_from_db()
