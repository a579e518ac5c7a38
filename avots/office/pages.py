"""What the office's pages show across rooms; reads only."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Sum

from avots.billing.models import Invoice, Run
from avots.billing.queries import RunSummary, run_summary
from avots.core.models import Approval
from avots.customers.models import CustomerAccount
from avots.outbox.models import Message
from avots.payments.models import CashDesk, DeskDay
from avots.payments.queries import DeskTotals, desk_totals, received_cents
from avots.readings import queries
from avots.readings.models import Round
from avots.usage.models import Usage


@dataclass(frozen=True)
class MonthPage:
    """A month as a checklist."""

    round: Round
    stage: str
    progress: queries.Progress
    before: queries.Progress | None
    missing: int
    fourth: int
    unread: int
    run: Run | None
    summary: RunSummary | None
    approval: Approval | None
    numbers: tuple[str, str] | None
    emails: int
    emails_waiting: int
    paid_permille: int
    registered_permille: int
    email_permille: int


def month_page(round: Round, now: datetime) -> MonthPage:
    """Return the figures of a month's steps."""
    previous = Round.objects.filter(first_day=round.month.previous.first_day).first()
    run = Run.objects.filter(round=round).first()
    missing = queries.missing(round)
    return MonthPage(
        round=round,
        stage=round.stage(now),
        progress=queries.progress(round),
        before=queries.progress(previous) if previous else None,
        missing=len(missing),
        fourth=_would_be_fourth([row.occupancy.premise_id for row in missing], round),
        unread=len(queries.unread_by_utility(round)),
        run=run,
        summary=run_summary(run) if run else None,
        approval=Approval.objects.filter(kind="billing_run", subject=f"run:{round}").last(),
        numbers=_numbers(run),
        emails=Message.objects.filter(key__startswith="invoice:", queued_at__gte=round.complete_at).count(),
        emails_waiting=Message.objects.filter(state=Message.State.QUEUED).count(),
        paid_permille=_paid_permille(),
        registered_permille=_share(CustomerAccount.objects.filter(access__ends_on=None, access__isnull=False)),
        email_permille=_share(CustomerAccount.objects.filter(delivery=CustomerAccount.Delivery.EMAIL)),
    )


def _would_be_fourth(premises: list[int], round: Round) -> int:
    """Return how many of these homes used up their estimates last month."""
    last = Usage.objects.filter(premise__in=premises, round__first_day=round.month.previous.first_day, misses__gte=3)
    return last.values("premise").distinct().count()


def _numbers(run: Run | None) -> tuple[str, str] | None:
    numbers = Invoice.objects.filter(run=run, state="issued").order_by("number").values_list("number", flat=True)
    if run is None or not numbers:
        return None
    return str(numbers[0]), str(numbers[len(numbers) - 1])


def _paid_permille() -> int:
    """Return how much of all that was invoiced has been paid."""
    invoiced = Invoice.objects.filter(state="issued").aggregate(sum=Sum("total_cents"))["sum"] or 0
    return min(1_000, received_cents() * 1_000 // invoiced) if invoiced else 0


def _share(part: object) -> int:
    whole = CustomerAccount.objects.filter(closed_on=None).count()
    return part.distinct().count() * 1_000 // whole if whole else 0  # type: ignore[attr-defined]


def by_hour(round: Round, moments: list[datetime], now: datetime) -> list[tuple[int, int]]:
    """Return (hours since the window opened, readings by then), hour by hour up to now."""
    hours = Counter(int((moment - round.opens_at) / timedelta(hours=1)) for moment in moments)
    end = min(now, round.closes_at)
    curve, total = [], 0
    for hour in range(int((end - round.opens_at) / timedelta(hours=1)) + 1):
        total += hours[hour]
        curve.append((hour, total))
    return curve


@dataclass(frozen=True)
class DeskRow:
    """A desk and how it stands: at work today, closed today, left open before, or not opened yet."""

    desk: CashDesk
    state: str
    day: DeskDay | None
    totals: DeskTotals | None


def desks_page(today: date) -> list[DeskRow]:
    """Return every desk with its latest day."""
    rows = []
    for desk in CashDesk.objects.order_by("code"):
        day = DeskDay.objects.filter(desk=desk).order_by("-day").first()
        shown = day if day and (day.day == today or day.state == DeskDay.State.OPEN) else None
        rows.append(DeskRow(desk, _desk_state(shown, today), shown, desk_totals(shown) if shown else None))
    return rows


def _desk_state(day: DeskDay | None, today: date) -> str:
    if day is None:
        return "waiting"
    if day.state == DeskDay.State.CLOSED:
        return "closed"
    return "open" if day.day == today else "left_open"
