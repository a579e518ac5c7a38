"""Invariants of money received (quality.md 5.2: 11, 12)."""

from django.db.models import Case, Count, F, Q, Sum, Value, When
from django.db.models.functions import Coalesce

from avots.ledger.models import Posting
from avots.ledger.queries import total_of
from avots.payments.models import BankEntry, CashReceipt, DeskDay, Payment, PaymentReversal, Statement
from avots.payments.queries import desk_totals

State = BankEntry.State


def payments_are_posted() -> list[str]:
    """Return a sentence when received money and its postings differ."""
    received = Payment.objects.aggregate(sum=Sum("cents"))["sum"] or 0
    return _differ("payments", received, "payment:")


def undone_payments_are_posted() -> list[str]:
    """Return a sentence when undone payments and their opposite postings differ."""
    undone = PaymentReversal.objects.aggregate(sum=Sum("payment__cents"))["sum"] or 0
    return _differ("undone payments", undone, "undone:")


def _differ(what: str, cents: int, keys: str) -> list[str]:
    posted = Posting.objects.filter(key__startswith=keys).aggregate(sum=Sum("cents"))["sum"] or 0
    return [] if cents == posted else [f"{what} {cents}, postings {posted}"]


def entries_stand_once() -> list[str]:
    """Return entries of a bank account that were booked more than once."""
    places = BankEntry.objects.values("account__number", "entry_key", "part").annotate(n=Count("pk")).filter(n__gt=1)
    return [f"{row['account__number']} {row['entry_key']} stands {row['n']} times" for row in places[:100]]


def statements_add_up() -> list[str]:
    """Return booked statements where closing differs from opening + own entries + those known before."""
    own = Coalesce(Sum("bankentry__cents"), 0)
    booked = Statement.objects.filter(booked_at__isnull=False).annotate(own=own)
    wrong = booked.exclude(closing_cents=F("opening_cents") + F("known_cents") + F("own"))
    return [f"statement {pk} is off" for pk in wrong.values_list("pk", flat=True)[:100]]


def entries_are_allocated() -> list[str]:
    """Return entries whose payments differ from their money: all of it where decided, else none.

    What the bank took back of a decided entry counts as given: it was, until then.
    """
    stays, taken = Q(payment__reversal=None), Q(payment__reversal__reason=PaymentReversal.Reason.BANK)
    given = Coalesce(Sum("payment__cents", filter=stays | (taken & ~Q(state=State.REVERSED))), 0)
    due = Case(When(state__in=[State.MATCHED, State.ASSIGNED], cents__gt=0, then=F("cents")), default=Value(0))
    wrong = BankEntry.objects.annotate(given=given, due=due).exclude(given=F("due"))
    return [f"entry {row.pk}: {row.given} of {row.due}" for row in wrong[:100]]


def suspense_is_what_waits() -> list[str]:
    """Return a sentence when the suspense account and the waiting entries differ."""
    waits = BankEntry.objects.filter(state=State.WAITING).aggregate(sum=Sum("cents"))["sum"] or 0
    held = -total_of("suspense")
    return [] if held == waits else [f"in suspense {held}, waiting {waits}"]


def other_money_is_set_aside() -> list[str]:
    """Return a sentence when the account of other money and the entries set aside differ."""
    aside = BankEntry.objects.filter(state=State.ASIDE).aggregate(sum=Sum("cents"))["sum"] or 0
    kept = -total_of("other")
    return [] if kept == aside else [f"other money {kept}, set aside {aside}"]


def stornos_undo_their_payments() -> list[str]:
    """Return stornos of a desk whose payment still stands, and payments undone at a desk without one."""
    undone = PaymentReversal.objects.filter(reason=PaymentReversal.Reason.DESK).values_list("payment", flat=True)
    given = CashReceipt.objects.exclude(reverses=None).values_list("payment", flat=True)
    return [f"payment {pk} is undone on one side only" for pk in sorted(set(undone) ^ set(given))]


def desk_payments_have_receipts() -> list[str]:
    """Return payments at a desk without their receipt."""
    desk = Payment.objects.filter(channel__in=(Payment.Channel.CASH, Payment.Channel.CARD))
    bare = desk.filter(cashreceipt=None).values_list("key", flat=True)
    return [f"payment {key} has no receipt" for key in bare[:100]]


def receipt_numbers_have_no_gaps() -> list[str]:
    """Return the years whose receipts are not numbered 1..n."""
    counts: dict[str, list[int]] = {}
    for number in CashReceipt.objects.values_list("number", flat=True):
        series, _, at = number.rpartition("-")
        counts.setdefault(series, []).append(int(at))
    return [
        f"receipts {series}: {len(numbers)} of {max(numbers)}"
        for series, numbers in counts.items()
        if len(numbers) != max(numbers)
    ]


def closed_desks_add_up() -> list[str]:
    """Return closed days of desks whose receipts do not make the money that was expected."""
    closed = DeskDay.objects.filter(state=DeskDay.State.CLOSED).select_related("desk")
    return [
        f"desk {day.desk.code} {day.day}: expected {day.expected_cents}, receipts {desk_totals(day).expected_cents}"
        for day in closed
        if day.expected_cents != desk_totals(day).expected_cents
    ]
