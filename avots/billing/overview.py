"""A run's figures, kept as long as nothing of it changes: a page must not add up a whole utility each time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.db.models import Count, Max, Sum

from avots.billing.models import BuildingRun, Invoice, Run
from avots.billing.queries import RunSummary
from avots.billing.review import Again, Bill, Review, bill_of, changed_since, review_of
from avots.core.models import Series

KEPT_SECONDS = 60 * 60 * 24 * 40
SHAPE = 1  # one more when Totals or what is in it changes: what an earlier release kept is then not read
LARGEST, MOST_PARKED = 8, 50
# While the workers write, what was kept before stands.
UNFINISHED = {Run.State.COMPUTING, Run.State.APPROVED}
Stamp = tuple[str, datetime | None, int]


@dataclass(frozen=True)
class Totals:
    """What has to be added up: invoices by state, their sum, the largest, the odd ones, the month before."""

    stamp: Stamp
    invoices: dict[str, int]
    total_cents: int
    largest: Sequence[Bill]
    parked: Sequence[Bill]
    review: Review | None
    again: Again | None


@dataclass(frozen=True)
class Overview:
    """Where a run stands now, with the totals where they are known."""

    summary: RunSummary
    totals: Totals | None


def overview_of(run: Run) -> Overview:
    """Return where a run stands; without totals while its buildings are computed."""
    buildings, stamp = _standing(run)
    totals = None if run.state == Run.State.COMPUTING else _totals_of(run, stamp)
    found = (totals.invoices, totals.total_cents) if totals else ({}, 0)
    return Overview(RunSummary(buildings, *found), totals)


def _standing(run: Run) -> tuple[dict[str, int], Stamp]:
    """Return how many buildings stand where, and what the run's totals depend on."""
    rows = BuildingRun.objects.filter(run=run).values_list("state").annotate(Count("pk"), Max("changed_at"))
    found = list(rows.order_by())
    notes = Series.objects.filter(name__startswith="credit:").aggregate(drawn=Sum("next_number", default=0))
    changed = max((at for _, _, at in found), default=None)
    return {state: count for state, count, _ in found}, (str(run.state), changed, notes["drawn"])


def _totals_of(run: Run, stamp: Stamp) -> Totals:
    key = f"run-totals:{SHAPE}:{run.pk}"
    kept: Totals | None = cache.get(key)
    if kept and (kept.stamp == stamp or run.state in UNFINISHED):
        return kept
    made = _added_up(run, stamp)
    cache.set(key, made, KEPT_SECONDS)
    return made


def _added_up(run: Run, stamp: Stamp) -> Totals:
    rows = Invoice.objects.of_runs().filter(run=run)
    states = list(rows.values_list("state").annotate(Count("pk"), Sum("total_cents")).order_by())
    shown = rows.select_related("account__party", "building")
    odd = shown.filter(state=Invoice.State.PARKED).order_by("building__walking_order", "pk")
    return Totals(
        stamp=stamp,
        invoices={state: count for state, count, _ in states},
        total_cents=sum(cents for _, _, cents in states),
        largest=[bill_of(row) for row in shown.order_by("-total_cents", "pk")[:LARGEST]],
        parked=[bill_of(row) for row in odd[:MOST_PARKED]],
        review=review_of(run),
        again=changed_since(run),
    )
