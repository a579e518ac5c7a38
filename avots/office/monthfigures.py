"""The figures of a month's steps, and how many customers use the portal and e-invoices."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Exists, Max, Min, OuterRef

from avots.billing.models import Invoice, InvoiceLine, Run
from avots.billing.queries.deliveries import whereabouts
from avots.billing.rules import PIECE_SERVICE
from avots.core.dates import Month, local_day
from avots.customers.models import Access, CustomerAccount, Occupancy
from avots.meters.models import Building
from avots.office.kept import Figures, kept_or_made
from avots.payments.queries import paid_of
from avots.readings import queries
from avots.readings.models import Round
from avots.usage.models import Usage

# From so many meters on, adding up takes longer than a page may.
MANY_METERS = 10_000
SHAPE = 2  # one more when MonthFigures or what is in it changes: what an earlier release kept is then not read


@dataclass(frozen=True)
class MonthFigures(Figures):
    """What a month's steps came to at a moment."""

    progress: queries.Progress
    before: queries.Progress | None
    missing: int
    fourth: int
    unread: int
    numbers: tuple[str, str] | None
    deliveries: dict[str, int]
    asked_cents: int
    paid_cents: int
    shares: "list[Shares]"

    @property
    def paid_permille(self) -> int:
        return self.paid_cents * 1_000 // self.asked_cents if self.asked_cents else 0

    @property
    def undelivered(self) -> int:
        return sum(count for name, count in self.deliveries.items() if name.endswith("_waiting"))

    @property
    def is_large(self) -> bool:
        return self.progress.expected >= MANY_METERS


def month_figures(round: Round, run: Run | None, now: datetime, *, anew: bool = False) -> MonthFigures:
    """Return a month's figures: kept ones while they are young and the run stands where it stood.

    :param anew: add up now, whatever is kept
    """
    standing = str(run.state) if run else ""
    key = f"month-figures:{SHAPE}:{round.pk}:{standing}"
    return kept_or_made(key, lambda: _added_up(round, run, now), now, anew=anew)


def _added_up(round: Round, run: Run | None, now: datetime) -> MonthFigures:
    previous = Round.objects.filter(first_day=round.month.previous.first_day).first()
    homes = set(queries.missing_homes(round).values_list("premise_id", flat=True))
    asked, paid = paid_of(run) if run else (0, 0)
    return MonthFigures(
        at=now,
        progress=queries.progress(round),
        before=queries.progress(previous) if previous else None,
        missing=len(homes),
        fourth=_would_be_fourth(homes, round),
        unread=queries.unread_by_utility(round).count(),
        numbers=_numbers(run),
        deliveries=whereabouts(run).counts if run else {},
        asked_cents=asked,
        paid_cents=paid,
        shares=shares(local_day(now), round),
    )


def _would_be_fourth(homes: set[int], round: Round) -> int:
    """Return how many of these homes used up their estimates last month."""
    last = Usage.objects.filter(round__first_day=round.month.previous.first_day, misses__gte=3)
    return len(homes & set(last.values_list("premise_id", flat=True)))


def _numbers(run: Run | None) -> tuple[str, str] | None:
    issued = Invoice.objects.of_runs().issued().filter(run=run)
    ends = issued.aggregate(first=Min("number"), last=Max("number"))
    return (ends["first"], ends["last"]) if run and ends["first"] else None


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
