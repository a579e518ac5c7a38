"""Runs whose last worker died between its buildings' commit and saying that the run is through."""

from django.db.models import QuerySet

from avots.billing.models import BuildingRun, Run


def finish_runs() -> int:
    """Put on every run that has no building left to wait for in its state; return how many."""
    State, building = Run.State, BuildingRun.State
    computed = _through(State.COMPUTING, [building.WAITING]).update(state=State.REVIEW)
    return computed + _through(State.APPROVED, [building.WAITING, building.DRAFTED]).update(state=State.ISSUED)


def _through(state: Run.State, left: list[BuildingRun.State]) -> QuerySet[Run]:
    places = BuildingRun.objects.all()
    begun = Run.objects.filter(state=state, pk__in=places.values("run"))
    return begun.exclude(pk__in=places.filter(state__in=left).values("run"))
