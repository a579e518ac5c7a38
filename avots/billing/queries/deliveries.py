"""How invoices reach their customers: e-mails on their way, and paper by building.

A correction goes with the month whose invoices were issued last before it, not with the one it corrects: whoever
prints looks there.
"""

from collections import Counter
from dataclasses import dataclass, field

from django.db.models import Count, Q, QuerySet

from avots.billing.models import Delivery, Invoice, Run
from avots.meters.models import Building

LAST_PLACE = 1_000_000


def _deliveries(run: Run) -> tuple[QuerySet[Delivery], QuerySet[Delivery]]:
    """Return the deliveries of a run's own invoices, and of the corrections made until the next run's invoices."""
    # Named by their own short index, so that the month's invoices need not be read.
    corrections = Invoice.objects.filter(corrects__isnull=False)
    own = Delivery.objects.filter(invoice__run=run).exclude(invoice__in=corrections.values("pk"))
    first_day = run.round.first_day
    since = Q(run=run) | Q(issued_on__gte=run.issue_on) if run.issue_on else Q(run=run)
    made = corrections.filter(since, run__round__first_day__lte=first_day)
    later = Run.objects.filter(round__first_day__gt=first_day, issue_on__isnull=False).order_by("round__first_day")
    if next_run := later.first():
        made = made.filter(issued_on__lt=next_run.issue_on)
    return own, Delivery.objects.filter(invoice__in=made.values("pk"))


@dataclass
class BuildingPaper:
    """The paper of a building in a run: the deliveries that wait to be printed, and how many were."""

    building: Building
    waiting: list[int] = field(default_factory=list)
    printed: int = 0
    bounced: int = 0


def paper_of(run: Run) -> list[BuildingPaper]:
    """Return the buildings with paper of a run and of corrections since, in walking order."""
    rows = [rows.filter(mode=Delivery.Mode.PAPER).order_by("pk") for rows in _deliveries(run)]
    papers = [row for some in rows for row in some.values_list("pk", "invoice__building", "state", "bounced")]
    buildings = Building.objects.filter(pk__among={building for _, building, *_ in papers})
    found = {row.pk: BuildingPaper(row) for row in buildings.order_by("walking_order", "pk")}
    for pk, building, state, bounced in papers:
        paper = found[building]
        if state == Delivery.State.WAITING:
            paper.waiting.append(pk)
        paper.printed += state == Delivery.State.PRINTED
        paper.bounced += bool(bounced)
    return list(found.values())


def to_print(run: Run, building: Building, *, again: bool = False) -> list[Delivery]:
    """Return a building's paper in walking order: what waits, or again what was printed."""
    state = Delivery.State.PRINTED if again else Delivery.State.WAITING
    papers = {"invoice__building": building, "mode": Delivery.Mode.PAPER, "state": state}
    rows = [rows.filter(**papers).select_related("invoice__premise", "invoice__account") for rows in _deliveries(run)]
    return sorted((row for some in rows for row in some), key=_place)


def _place(row: Delivery) -> tuple[int, str, int]:
    """Return where in a building's walk a paper comes; a payer without a home comes last."""
    premise = row.invoice.premise
    return premise.position if premise else LAST_PLACE, row.invoice.account.number, row.invoice_id


def deliveries_of(run: Run) -> dict[str, int]:
    """Return how many invoices of a run and corrections since are where: ``email_sent`` and so on."""
    counts: Counter[str] = Counter()
    for some in _deliveries(run):
        for mode, state, count in some.values_list("mode", "state").annotate(Count("pk")).order_by():
            counts[f"{mode}_{state}"] += count
    return dict(counts)
