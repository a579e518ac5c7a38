"""What a person looks at before a run is approved: against the month before, and against the last dry run."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db import connection
from django.db.models import Count, Sum

from avots.billing.models import DraftBefore, Invoice, InvoiceLine, Run
from avots.billing.queries import charged
from avots.billing.rules import PIECE
from avots.billing.rules.comparison import Step, steps_between
from avots.tariffs.models import Tariff

SHOWN = 20
# A run's own invoices beside those of another that still stand.
PAIRS = """
    FROM billing_invoice i JOIN billing_invoice b ON b.account_id = i.account_id AND b.building_id = i.building_id
    WHERE i.run_id = %s AND i.corrects_id IS NULL AND b.run_id = %s AND b.kind = 'invoice' AND b.state = 'issued'
    AND NOT EXISTS (SELECT 1 FROM billing_invoice c WHERE c.corrects_id = b.id AND c.kind = 'credit')
"""
CHANGED = """
    FROM billing_invoice i JOIN billing_draftbefore b
    ON b.run_id = i.run_id AND b.account_id = i.account_id AND b.building_id = i.building_id
    WHERE i.run_id = %s AND i.corrects_id IS NULL AND i.total_cents <> b.total_cents
"""


@dataclass(frozen=True)
class Service:
    """What a service makes in a run and made in the one before: litres (or thousandths of a piece), net cents."""

    name: str
    quantity: int
    cents: int
    quantity_before: int
    cents_before: int

    @property
    def pieces(self) -> int:
        return self.quantity // PIECE

    @property
    def pieces_before(self) -> int:
        return self.quantity_before // PIECE


class Bill(NamedTuple):
    """What is shown of an invoice among many."""

    pk: int
    account: str
    name: str
    places: str
    total_cents: int
    reason: str


def bill_of(invoice: Invoice) -> Bill:
    """Return what is shown of an invoice among many."""
    account, places = invoice.account, ", ".join(invoice.content.get("premises") or [invoice.building.address])
    return Bill(invoice.pk, account.number, account.party.name, places, invoice.total_cents, invoice.reason)


@dataclass(frozen=True)
class Change:
    """An invoice that asks for another sum than before, and the largest cause."""

    bill: Bill
    before_cents: int
    cause: Step | None = None

    @property
    def cents(self) -> int:
        return self.bill.total_cents - self.before_cents


@dataclass(frozen=True)
class Sums:
    """How many invoices, and what they ask for, in cents."""

    invoices: int
    total_cents: int


@dataclass(frozen=True)
class Review:
    """A run against the one before it."""

    now: Sums
    before: Sums
    both: int
    services: Sequence[Service]
    rises: Sequence[Change]
    falls: Sequence[Change]

    @property
    def only_now(self) -> int:
        return self.now.invoices - self.both

    @property
    def only_before(self) -> int:
        return self.before.invoices - self.both


def review_of(run: Run) -> Review | None:
    """Return how a run stands to the month before; nothing where that month was not billed here."""
    before = Run.objects.filter(round__first_day=run.round.month.previous.first_day).first()
    if before is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) {PAIRS}", [run.pk, before.pk])
        (both,) = cursor.fetchone()
    return Review(
        now=_sums(run, standing=False),
        before=_sums(before, standing=True),
        both=both,
        services=_services(run, before),
        rises=_largest(run, before, rising=True),
        falls=_largest(run, before, rising=False),
    )


def _sums(run: Run, *, standing: bool) -> Sums:
    rows = Invoice.objects.standing() if standing else Invoice.objects.of_runs()
    found = rows.filter(run=run).aggregate(n=Count("pk"), cents=Sum("total_cents", default=0))
    return Sums(found["n"], found["cents"])


def _services(run: Run, before: Run) -> list[Service]:
    now, then = _by_service(run, standing=False), _by_service(before, standing=True)
    names = [str(name) for name in Tariff.Service if name in now.keys() | then.keys()]
    return [Service(name, *now.get(name, (0, 0)), *then.get(name, (0, 0))) for name in names]


def _by_service(run: Run, *, standing: bool) -> dict[str, tuple[int, int]]:
    """Return, by service, quantity and net cents of a run's invoices."""
    invoices = Invoice.objects.standing() if standing else Invoice.objects.of_runs()
    lines = InvoiceLine.objects.filter(invoice__in=invoices.filter(run=run)).values_list("service")
    rows = lines.annotate(Sum("quantity"), Sum("net_cents")).order_by()
    return {name: (quantity, cents) for name, quantity, cents in rows}


def _largest(run: Run, before: Run, *, rising: bool) -> list[Change]:
    """Return the invoices that rose (or fell) most, each with its largest cause."""
    sign, order = (">", "DESC") if rising else ("<", "ASC")
    pairs = f"SELECT i.id, b.id {PAIRS} AND i.total_cents {sign} b.total_cents"
    with connection.cursor() as cursor:
        cursor.execute(
            f"{pairs} ORDER BY i.total_cents - b.total_cents {order}, i.id LIMIT {SHOWN}", [run.pk, before.pk]
        )
        found = cursor.fetchall()
    rows = _invoices([pk for pair in found for pk in pair])
    return [Change(bill_of(rows[now]), rows[then].total_cents, _cause(rows[then], rows[now])) for now, then in found]


def _invoices(keys: Sequence[int]) -> dict[int, Invoice]:
    rows: dict[int, Invoice] = Invoice.objects.select_related("account__party", "building").in_bulk(keys)
    return rows


def _cause(before: Invoice, now: Invoice) -> Step | None:
    """Return the step that explains most of a change; VAT explains nothing."""
    change = now.total_cents - before.total_cents
    steps = [step for step in steps_between(charged(before), charged(now)) if step.cause != "vat"]
    return max(steps, key=lambda step: step.cents if change > 0 else -step.cents, default=None)


@dataclass(frozen=True)
class Again:
    """What the latest dry run changed in the one before it."""

    remembered: int
    changed: int
    cents: int
    rows: Sequence[Change]


def changed_since(run: Run) -> Again | None:
    """Return what changed since the buildings were computed the time before; nothing after a first dry run."""
    remembered = DraftBefore.objects.filter(run=run).count()
    if not remembered:
        return None
    largest = f"ORDER BY abs(i.total_cents - b.total_cents) DESC, i.id LIMIT {SHOWN}"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*), coalesce(sum(i.total_cents - b.total_cents), 0) {CHANGED}", [run.pk])
        changed, cents = cursor.fetchone()
        cursor.execute(f"SELECT i.id, b.total_cents {CHANGED} {largest}", [run.pk])
        found = cursor.fetchall()
    rows = _invoices([pk for pk, _ in found])
    return Again(remembered, changed, int(cents), [Change(bill_of(rows[pk]), before) for pk, before in found])
