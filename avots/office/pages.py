"""What the office's pages show across rooms; reads only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef

from avots.billing.models import Invoice, InvoiceLine, Run
from avots.billing.overview import overview_of
from avots.billing.queries import RunSummary, asked_of
from avots.billing.queries.deliveries import deliveries_of
from avots.billing.rules import PIECE_SERVICE
from avots.core.dates import Month, local_day
from avots.core.models import Approval
from avots.coupons.queries import CouponFigures, figures_of
from avots.customers.models import Access, CustomerAccount, Occupancy
from avots.meters.models import Building
from avots.payments.models import CashDesk, DeskDay
from avots.payments.queries import DeskTotals, desk_totals, paid_of
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
    coupons: CouponFigures
    run: Run | None
    summary: RunSummary | None
    approval: Approval | None
    numbers: tuple[str, str] | None
    deliveries: dict[str, int]
    asked_cents: int
    paid_cents: int
    shares: list[Shares]

    @property
    def paid_permille(self) -> int:
        return self.paid_cents * 1_000 // self.asked_cents if self.asked_cents else 0

    @property
    def undelivered(self) -> int:
        return sum(count for name, count in self.deliveries.items() if name.endswith("_waiting"))


def month_page(round: Round, now: datetime) -> MonthPage:
    """Return the figures of a month's steps."""
    previous = Round.objects.filter(first_day=round.month.previous.first_day).first()
    run = Run.objects.select_related("round").filter(round=round).first()
    missing = queries.missing(round)
    asked, paid = paid_of(run) if run else (0, 0)
    return MonthPage(
        round=round,
        stage=round.stage(now),
        progress=queries.progress(round),
        before=queries.progress(previous) if previous else None,
        missing=len(missing),
        fourth=_would_be_fourth([row.occupancy.premise_id for row in missing], round),
        unread=len(queries.unread_by_utility(round)),
        coupons=figures_of(round),
        run=run,
        summary=overview_of(run).summary if run else None,
        approval=asked_of(run).last() if run else None,
        numbers=_numbers(run),
        deliveries=deliveries_of(run) if run else {},
        asked_cents=asked,
        paid_cents=paid,
        shares=shares(local_day(now), round),
    )


def _would_be_fourth(premises: list[int], round: Round) -> int:
    """Return how many of these homes used up their estimates last month."""
    last = Usage.objects.filter(premise__in=premises, round__first_day=round.month.previous.first_day, misses__gte=3)
    return last.values("premise").distinct().count()


def _numbers(run: Run | None) -> tuple[str, str] | None:
    numbers = (
        Invoice.objects.of_runs().filter(run=run, state="issued").order_by("number").values_list("number", flat=True)
    )
    if run is None or not numbers:
        return None
    return str(numbers[0]), str(numbers[len(numbers) - 1])


@dataclass(frozen=True)
class Shares:
    """A kind of customers: how many, the share registered in the portal and with e-invoices; now and a month ago."""

    kind: str
    accounts: int
    registered_permille: int
    registered_before: int
    email_permille: int
    email_before: int | None


def shares(today: date, round: Round) -> list[Shares]:
    """Return the shares of all customers, of flats and of private houses, in a month and the one before.

    The month that runs is live; one that is over stands as it ended, with e-invoices as they were billed.
    """
    month, before = round.month, round.month.previous
    now, then = _registered(min(today, month.last_day)), _registered(before.last_day)
    billed, earlier = _by_email(month) if today > month.last_day else {}, _by_email(before)
    kinds = [
        "all",
        *(kind for kind in (Building.Segment.APARTMENTS, Building.Segment.PRIVATE) if _of_kind(now, kind)),
    ]
    found = []
    for kind in map(str, kinds):
        own, old = _of_kind(now, kind), _of_kind(then, kind)
        live = _permille(sum(row[2] for row in own), len(own))
        found.append(
            Shares(
                kind,
                len(own),
                _permille(sum(row[1] for row in own), len(own)),
                _permille(sum(row[1] for row in old), len(old)),
                billed.get(kind, live),
                earlier.get(kind),
            )
        )
    return found


Row = tuple[str, bool, bool]


def _of_kind(rows: Sequence[Row], kind: str) -> list[Row]:
    return [row for row in rows if kind in ("all", row[0])]


def _registered(on: date) -> list[Row]:
    """Return each account that answers for a home on a day: its segment, whether registered, whether by e-mail."""
    homes = Occupancy.objects.valid(on=on).order_by("account_id", "pk")
    segments = dict(homes.values_list("account_id", "premise__building__segment"))
    registered = set(Access.objects.valid(on=on).values_list("account_id", flat=True))
    by_email = CustomerAccount.objects.filter(delivery=CustomerAccount.Delivery.EMAIL)
    email = set(by_email.values_list("pk", flat=True))
    return [(segment, pk in registered, pk in email) for pk, segment in segments.items()]


def _by_email(month: Month) -> dict[str, int]:
    """Return the share of a month's invoices that went without paper, of each segment and of all."""
    issued = Invoice.objects.of_runs().issued().filter(first_day=month.first_day)
    paper = InvoiceLine.objects.filter(invoice=OuterRef("pk"), service=PIECE_SERVICE)
    counts: Counter[str] = Counter()
    without: Counter[str] = Counter()
    for segment, on_paper in issued.annotate(paper=Exists(paper)).values_list("building__segment", "paper"):
        for kind in ("all", segment):
            counts[kind] += 1
            without[kind] += not on_paper
    return {kind: _permille(without[kind], count) for kind, count in counts.items()}


def _permille(part: int, whole: int) -> int:
    return part * 1_000 // whole if whole else 0


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
