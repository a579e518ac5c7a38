"""A run is through when no building of it is left to wait for."""

from collections.abc import Iterable

from django.db.models import Exists, OuterRef, QuerySet

from avots.billing.models import BuildingRun, Run


def finish_runs(runs: Iterable[int] | None = None) -> int:
    """Put on every run that has no building left to wait for in its state; return how many.

    :param runs: those whose buildings were just done; without it all, for a worker may die between
        its buildings' commit and saying that the run is through
    """
    State, building = Run.State, BuildingRun.State
    some = Run.objects.all() if runs is None else Run.objects.filter(pk__in=set(runs))
    computed = _through(some, State.COMPUTING, [building.WAITING]).update(state=State.REVIEW)
    return computed + _through(some, State.APPROVED, [building.WAITING, building.DRAFTED]).update(state=State.ISSUED)


def _through(runs: QuerySet[Run], state: Run.State, left: list[BuildingRun.State]) -> QuerySet[Run]:
    places = BuildingRun.objects.filter(run=OuterRef("pk"))
    return runs.filter(Exists(places), ~Exists(places.filter(state__in=left)), state=state)
