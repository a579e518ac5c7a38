"""What billing reads: a building's computed month as drafts need it, runs and invoices."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, F, Q, QuerySet

from avots.billing.models import BuildingRun, Delivery, Document, Invoice, Run
from avots.billing.rules import PIECE_SERVICE
from avots.billing.rules.comparison import Charged, Step, steps_between
from avots.billing.rules.thanks import deserves_thanks
from avots.core.charts import Bar, waterfall
from avots.core.dates import local_day
from avots.core.models import Approval
from avots.customers.models import CustomerAccount, Occupancy
from avots.ledger.queries import balances_at
from avots.meters.models import MeterInstallation
from avots.readings.models import Reading, Round

# Documents of invoices older than this are rendered when somebody opens them.
DOCUMENTS_AHEAD = timedelta(days=35)


# Homes whose month is written in one transaction: well under a second (house.md 10).
HOMES_TOGETHER = 400


def places_together(places: QuerySet[BuildingRun], *, homes_together: int = HOMES_TOGETHER) -> list[list[int]]:
    """Return buildings of runs as the worker takes them: of one run, in walking order, so many homes at a time."""
    rows = places.annotate(homes=Count("building__premise")).order_by("run_id", "building__walking_order", "pk")
    groups: list[list[int]] = []
    run, taken = 0, 0
    for pk, of_run, homes in rows.values_list("pk", "run_id", "homes"):
        if of_run != run or taken + homes > homes_together:
            groups.append([])
            run, taken = of_run, 0
        groups[-1].append(pk)
        taken += homes
    return groups


@dataclass(frozen=True)
class RunSummary:
    """A run in figures: buildings and invoices by state; what was corrected later is not counted."""

    buildings: dict[str, int]
    invoices: dict[str, int]
    total_cents: int

    @property
    def parked(self) -> int:
        return self.buildings.get("parked", 0) + self.invoices.get("parked", 0)

    @property
    def made(self) -> int:
        return sum(self.invoices.values())

    @property
    def ready(self) -> int:
        return self.buildings.get("drafted", 0) + self.buildings.get("issued", 0)

    @property
    def houses(self) -> int:
        return sum(self.buildings.values())


APPROVAL = "billing_run"


def subject_of(run: Run) -> str:
    """Return the name under which a run is approved."""
    return f"run:{run.round}"


def asked_of(run: Run) -> QuerySet[Approval]:
    """Return every time a second person was asked about a run."""
    return Approval.objects.filter(kind=APPROVAL, subject=subject_of(run))


def invoices_of(account: CustomerAccount) -> QuerySet[Invoice]:
    """Return an account's issued invoices and credit notes, newest first."""
    return Invoice.objects.issued().filter(account=account).order_by("-first_day", "-pk")


@dataclass(frozen=True)
class Compared:
    """How an invoice differs from the one before it, with the bars that show it."""

    before: Invoice
    cents: int
    origin_cents: int
    rows: list[tuple[Step, Bar]]
    bars: tuple[Bar, Bar]
    settles_estimates: bool


def compared(invoice: Invoice) -> Compared | None:
    """Return why an invoice differs from the same account's invoice before it, if there is one."""
    earlier = Invoice.objects.standing().filter(account=invoice.account_id, building=invoice.building_id)
    before = earlier.filter(first_day__lt=invoice.first_day).order_by("-first_day").first()
    if before is None or invoice.kind == Invoice.Kind.CREDIT:
        return None
    steps = steps_between(charged(before), charged(invoice))
    origin, bars = waterfall(before.total_cents, [step.cents for step in steps], invoice.total_cents)
    return Compared(
        before=before,
        cents=invoice.total_cents - before.total_cents,
        origin_cents=origin,
        rows=list(zip(steps, bars[1:-1], strict=True)),
        bars=(bars[0], bars[-1]),
        settles_estimates=any(m["from_estimated"] and m["method"] == "actual" for m in invoice.content["meters"]),
    )


def charged(invoice: Invoice) -> Charged:
    """Return what an invoice charged, from its frozen content."""
    content = invoice.content
    litres = {"cold": 0, "hot": 0}
    for meter in content["meters"]:
        litres[meter["commodity"]] += meter["litres"]
    lines = [line for line in content["lines"] if line["service"] != PIECE_SERVICE]
    return Charged(
        cold_litres=litres["cold"],
        hot_litres=litres["hot"],
        share_litres=(content["building"] or {}).get("share_litres", 0),
        lines=tuple((line["service"], line["quantity"], line["price_100k"]) for line in lines),
        net_cents=invoice.net_cents,
        fee_cents=invoice.net_cents - sum(line["net_cents"] for line in lines),
        vat_cents=invoice.vat_cents,
    )


BY_HOUSEHOLDS = tuple(Reading.Source(name) for name in ("portal", "link", "coupon", "photo", "phone"))


def thanked(accounts: Sequence[int], rounds: Sequence[Round] | QuerySet[Round], *, on: date, months: int) -> set[int]:
    """Return which accounts reported within the window and paid by the due date for so many months.

    The invoices are the last ones due before a day. Nothing is asked about the money of who did not report.

    :param rounds: those to look at, newest first
    """
    last = list(rounds[:months])
    if not months or len(last) < months:
        return set()
    reported = _reported(accounts, last)
    accounts = [pk for pk in accounts if all(reported.get(pk, [False]))]
    paid = _paid(accounts, on, months) if accounts else {}
    return {pk for pk in accounts if deserves_thanks(reported.get(pk, []), paid.get(pk, []), months=months)}


def _reported(accounts: Sequence[int], rounds: Sequence[Round]) -> dict[int, list[bool]]:
    """Return, by account, whether all its meters were reported within each round's window, newest first."""
    homes = Occupancy.objects.valid(on=rounds[0].cut_on).filter(account__among=accounts)
    of_premise = dict(homes.filter(starts_on__lte=rounds[-1].cut_on).values_list("premise_id", "account_id"))
    standing = MeterInstallation.objects.standing(on=rounds[0].cut_on).of_units()
    standing = standing.filter(usage_point__premise__among=of_premise, remote_read=False)
    points: dict[int, set[int]] = defaultdict(set)
    for premise, point in standing.values_list("usage_point__premise_id", "usage_point_id"):
        points[of_premise[premise]].add(point)
    in_time = Q(received_at__gte=F("round__opens_at"), received_at__lt=F("round__closes_at"))
    came = Reading.objects.filter(
        in_time | Q(source=Reading.Source.COUPON),
        round__in=rounds,
        source__in=BY_HOUSEHOLDS,
        installation__usage_point__premise__among=of_premise,
    )
    told = set(came.values_list("installation__usage_point_id", "round_id"))
    return {pk: [all((point, one.pk) in told for point in own) for one in rounds] for pk, own in points.items()}


def _paid(accounts: Sequence[int], on: date, months: int) -> dict[int, list[bool]]:
    """Return, by account, whether nothing was overdue at the due date of each of its last invoices, newest first."""
    since = on - timedelta(days=31 * (months + 2))
    rows = Invoice.objects.standing().filter(account__among=accounts, due_on__gte=since)
    found: dict[int, list[tuple[date, date, int]]] = defaultdict(list)
    for pk, due, issued, cents in rows.order_by("-due_on", "-pk").values_list(
        "account_id", "due_on", "issued_on", "total_cents"
    ):
        found[pk].append((due or on, issued or on, cents))
    last = {pk: [due for due, _, _ in own if due < on][:months] for pk, own in found.items()}
    owed = balances_at(accounts, sorted({due for days in last.values() for due in days}))

    def not_due(pk: int, day: date) -> int:
        return sum(cents for due, issued, cents in found[pk] if issued <= day < due)

    return {pk: [owed[pk, day] - not_due(pk, day) <= 0 for day in days] for pk, days in last.items()}


def is_document_waiting(now: datetime) -> bool:
    """Return whether a recent invoice waits to be rendered, or was left behind."""
    return Document.objects.filter(
        state__in=[Document.State.WAITING, Document.State.RENDERING],
        invoice__issued_on__gte=local_day(now) - DOCUMENTS_AHEAD,
    ).exists()


def is_email_followed(now: datetime) -> bool:
    """Return whether an invoice is still on its way by e-mail."""
    return Delivery.objects.filter(mode=Delivery.Mode.EMAIL, state=Delivery.State.WAITING).exists()
