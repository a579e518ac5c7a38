"""How invoices reach their customers: e-mails on their way, and paper by building.

A correction goes with the month whose invoices were issued last before it, not with the one it corrects: whoever
prints looks there.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

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


def latest_issued() -> Run | None:
    """Return the run of the latest month that is issued: its invoices are on their way."""
    return Run.objects.filter(state=Run.State.ISSUED).select_related("round").order_by("-round__first_day").first()


@dataclass
class BuildingPaper:
    """The paper of a building in a run: the deliveries that wait to be printed, and how many were."""

    building: Building
    waiting: list[int] = field(default_factory=list)
    printed: int = 0
    bounced: int = 0


class Whereabouts(NamedTuple):
    """How many deliveries are where, ``email_sent`` and so on, and the buildings with paper."""

    counts: dict[str, int]
    walk: tuple[int, ...]


def whereabouts(run: Run) -> Whereabouts:
    """Count a run's deliveries and those of corrections since; the buildings with paper are in walking order."""
    counts: Counter[str] = Counter()
    papers: set[int] = set()
    for some in _deliveries(run):
        for mode, state, building, count in (
            some.values_list("mode", "state", "invoice__building").annotate(Count("pk")).order_by()
        ):
            counts[f"{mode}_{state}"] += count
            if mode == Delivery.Mode.PAPER:
                papers.add(building)
    walk = Building.objects.filter(pk__among=papers).order_by("walking_order", "pk")
    return Whereabouts(dict(counts), tuple(walk.values_list("pk", flat=True)))


def paper_of(run: Run, walk: Sequence[int]) -> list[BuildingPaper]:
    """Return the paper of a run and of corrections since at some buildings, in their order."""
    buildings = Building.objects.in_bulk(walk)
    found = {pk: BuildingPaper(buildings[pk]) for pk in walk}
    for some in _deliveries(run):
        rows = some.filter(mode=Delivery.Mode.PAPER, invoice__building__in=walk).order_by("pk")
        for pk, building, state, bounced in rows.values_list("pk", "invoice__building", "state", "bounced"):
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
