"""The cash desk: opened with a float, takes money for receipts, closed by counting."""

from collections.abc import Mapping
from datetime import date, datetime

from django.conf import settings
from django.db import transaction

from avots.core import audit, numbering
from avots.core.audit import By
from avots.core.dates import RIGA, local_day
from avots.core.errors import KeyReused, Refused
from avots.customers.models import CustomerAccount, User
from avots.customers.queries import premises_of
from avots.ledger import actions as ledger
from avots.ledger.queries import balance_of
from avots.payments import queries
from avots.payments.actions.booking import SIDES, Arrival, record_payments, undo_payments
from avots.payments.models import CashDesk, CashReceipt, DeskDay, Payment, PaymentReversal
from avots.payments.receipt import ReceiptContent
from avots.payments.rules import change_of, counted_cents


@transaction.atomic
def register_desk(*, code: str, name: str, now: datetime, by: By) -> CashDesk:
    """Register a place where customers pay; one already registered is returned as it is.

    :raises Refused: ``desk_needs_a_name``
    """
    if not code or not name:
        raise Refused("desk_needs_a_name")
    desk, new = CashDesk.objects.get_or_create(code=code, defaults={"name": name})
    if new:
        audit.record(now=now, by=by, verb="register_desk", subject=f"desk:{code}", name=name)
    return desk


@transaction.atomic
def open_desk(desk: CashDesk, *, float_cents: int, now: datetime, by: By) -> DeskDay:
    """Open a desk for today with the change money that lies in it.

    :raises Refused: ``desk_day_left_open`` from before, ``desk_already_open``, ``desk_day_closed``
    """
    today = local_day(now)
    CashDesk.objects.select_for_update().get(pk=desk.pk)
    known = DeskDay.objects.filter(desk=desk).order_by("-day").first()
    if known and known.state == DeskDay.State.OPEN:
        raise Refused("desk_already_open" if known.day == today else "desk_day_left_open", day=known.day)
    if known and known.day >= today:
        raise Refused("desk_day_closed")
    audit.record(now=now, by=by, verb="open_desk", subject=f"desk:{desk.code}", float_cents=float_cents)
    return DeskDay.objects.create(desk=desk, day=today, float_cents=float_cents, opened_at=now, opened_by=str(by))


@transaction.atomic
def take_payment(
    *,
    desk: CashDesk,
    account: CustomerAccount,
    cents: int,
    channel: Payment.Channel,
    key: str,
    now: datetime,
    by: By,
    given_cents: int | None = None,
) -> CashReceipt:
    """Take money for an account and give a receipt; the same key again gives the same receipt.

    The number is drawn after everything has been read, because the series is locked from then
    to the commit.

    :raises Refused: ``desk_not_open``, ``amount_not_positive``, ``given_too_little``
    :raises KeyReused: when the key stands for another amount or account
    """
    if known := _given_before(key, account, cents, channel):
        return known
    day = _open_day(desk, now)
    if known := _given_before(key, account, cents, channel):
        return known
    if cents <= 0:
        raise Refused("amount_not_positive")
    change = 0 if given_cents is None else change_of(given_cents, cents)
    CustomerAccount.objects.select_for_update().get(pk=account.pk)
    content = _content(day, account, channel, cents, now, by)
    content["given_cents"], content["change_cents"] = cents + change, change
    content["number"] = number = _draw(day.day)
    record_payments([Arrival(key, account, cents, day.day, channel, number)], now=now, by=by)
    return CashReceipt.objects.create(
        number=number,
        key=key,
        desk_day=day,
        payment=Payment.objects.get(key=key),
        issued_at=now,
        issued_by=str(by),
        content=content,
    )


@transaction.atomic
def cancel_receipt(receipt: CashReceipt, *, reason: str, now: datetime, by: By) -> CashReceipt:
    """Hand the money of a receipt back from its open desk, as the opposite posting with its own receipt.

    :raises Refused: ``desk_not_open``, ``storno_by_another`` for the one who took the money,
        ``storno_needs_a_reason``, ``receipt_is_storno``, ``receipt_cancelled``
    """
    day = _open_day(receipt.desk_day.desk, now)
    if receipt.reverses_id is not None:
        raise Refused("receipt_is_storno")
    if receipt.issued_by == str(by):
        raise Refused("storno_by_another")
    if not reason.strip():
        raise Refused("storno_needs_a_reason")
    payment = receipt.payment
    CustomerAccount.objects.select_for_update().get(pk=payment.account_id)
    if CashReceipt.objects.filter(reverses=receipt).exists():
        raise Refused("receipt_cancelled")
    content = _content(day, payment.account, payment.channel, -payment.cents, now, by)
    content["reverses"], content["reason"] = receipt.number, reason.strip()[:200]
    content["number"] = number = _draw(day.day)
    side, desk_gave = SIDES[Payment.Channel(payment.channel)], PaymentReversal.Reason.DESK
    undo_payments([payment], to=side, reason=desk_gave, on=day.day, now=now, by=by)
    subject = f"account:{payment.account.number}"
    audit.record(now=now, by=by, verb="cancel_receipt", subject=subject, receipt=receipt.number, storno=number)
    return CashReceipt.objects.create(
        number=number,
        key=f"storno:{receipt.number}",
        desk_day=day,
        payment=payment,
        reverses=receipt,
        issued_at=now,
        issued_by=str(by),
        content=content,
    )


@transaction.atomic
def close_desk(day: DeskDay, *, counted: Mapping[int, int], reason: str, now: datetime, by: By) -> DeskDay:
    """Close a desk's day by what was counted in the drawer; a difference is booked with its reason.

    :param counted: pieces by the denomination's cents
    :raises Refused: ``desk_day_closed``, ``no_such_money``, ``desk_difference`` without a reason
    """
    row = DeskDay.objects.select_for_update().select_related("desk").get(pk=day.pk)
    if row.state == DeskDay.State.CLOSED:
        raise Refused("desk_day_closed")
    row.counted = {str(cents): pieces for cents, pieces in counted.items() if pieces}
    row.counted_cents = counted_cents(counted)
    row.expected_cents = queries.desk_totals(row).expected_cents
    row.reason = reason.strip()[:200] if row.difference_cents else ""
    if row.difference_cents and not row.reason:
        raise Refused("desk_difference", cents=row.difference_cents)
    row.state, row.closed_at, row.closed_by = DeskDay.State.CLOSED, now, str(by)
    row.save(
        update_fields=["state", "counted", "counted_cents", "expected_cents", "reason", "closed_at", "closed_by"]
    )
    key = f"desk-difference:{row.desk.code}:{row.day}"
    sides = (ledger.CASH, ledger.CASH_DIFFERENCE)
    difference = ledger.either_way(key, *sides, row.difference_cents, row.day, row.desk.name[:60])
    ledger.post(ledger.in_open_month(difference), now=now)
    facts = {"counted_cents": row.counted_cents, "expected_cents": row.expected_cents}
    audit.record(now=now, by=by, verb="close_desk", subject=f"desk:{row.desk.code}", **facts)
    return row


def _open_day(desk: CashDesk, now: datetime) -> DeskDay:
    """Return a desk's open day, locked: nobody closes it while money is booked on it."""
    days = DeskDay.objects.select_for_update(of=("self",)).select_related("desk")
    row = days.filter(desk=desk, day=local_day(now), state=DeskDay.State.OPEN).first()
    if row is None:
        raise Refused("desk_not_open")
    return row


def _given_before(key: str, account: CustomerAccount, cents: int, channel: str) -> CashReceipt | None:
    """Return the receipt this key stands for, if it was given."""
    known = CashReceipt.objects.filter(key=key).select_related("payment").first()
    asked = (account.pk, cents, channel)
    if known and (known.payment.account_id, known.payment.cents, known.payment.channel) != asked:
        raise KeyReused(key)
    return known


def _draw(day: date) -> str:
    """Return the next receipt number of the year."""
    prefix = f"{settings.AVOTS_UTILITY['receipt_prefix']}{day:%y}"
    return f"{prefix}-{numbering.draw(f'receipt:{day:%Y}')[0]:06d}"


def _content(
    day: DeskDay, account: CustomerAccount, channel: str, cents: int, now: datetime, by: By
) -> ReceiptContent:
    owed = balance_of(account)
    premises = premises_of([account], on=day.day)[account.pk]
    local = now.astimezone(RIGA)
    seller = {name: settings.AVOTS_UTILITY[name] for name in ("name", "registration_number", "vat_number", "address")}
    return ReceiptContent(
        seller=seller,
        number="",
        day=day.day.isoformat(),
        time=f"{local:%H:%M}",
        desk=day.desk.name,
        by=_name_of(by),
        customer=account.party.name,
        account=account.number,
        address=premises[0].address if premises else account.party.address,
        channel=str(channel),
        cents=cents,
        given_cents=0,
        change_cents=0,
        owed_before_cents=owed,
        owed_after_cents=owed - cents,
        reverses="",
        reason="",
    )


def _name_of(by: By) -> str:
    user = User.objects.filter(pk=by.ref).first() if by.kind == "staff" else None
    return user.get_full_name() if user else str(by)
