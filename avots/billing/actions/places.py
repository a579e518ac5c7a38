"""Buildings of a run, taken some at a time: each stands for itself, whoever it is taken with."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from avots.billing.models import BuildingRun
from avots.core import bulk
from avots.core.errors import Refused

State = BuildingRun.State


def take(places: Sequence[BuildingRun], state: BuildingRun.State) -> list[BuildingRun]:
    """Return those of some places that are in a state, held until the caller's transaction ends.

    What another worker holds is left to it.
    """
    rows = BuildingRun.objects.filter(pk__in=[place.pk for place in places], state=state)
    held = rows.select_for_update(skip_locked=True, of=("self",))
    return list(held.select_related("building").order_by("building__walking_order", "pk"))


def apart_where_broken(
    places: Sequence[BuildingRun], act: Callable[[Sequence[BuildingRun]], object], *, now: datetime
) -> None:
    """Do it for all places at once; where that fails, for each alone, so that one does not hold up the others.

    A place that is refused is parked with the reason.

    :raises ExceptionGroup: with what failed for the places that failed
    """
    try:
        act(places)
    except Exception as error:
        broken = [one for place in places for one in _alone(place, act, now)]
        if broken:
            raise ExceptionGroup("some buildings failed", broken) from error


def _alone(place: BuildingRun, act: Callable[[Sequence[BuildingRun]], object], now: datetime) -> Iterable[Exception]:
    try:
        act([place])
    except Refused as refused:
        state, reason, facts = _standing(refused)
        waiting = BuildingRun.objects.filter(pk=place.pk, state__in=[State.WAITING, State.DRAFTED])
        waiting.update(state=state, reason=reason, facts=facts, changed_at=now)
    except Exception as error:
        yield error


def leave(rows: Iterable[tuple[BuildingRun, BuildingRun.State | Refused, str]], *, now: datetime) -> None:
    """Write where each place stands now, or what parked it, and the hash of what it was made from."""
    bulk.update(
        BuildingRun,
        ["state", "reason", "facts", "input_hash", "changed_at"],
        [(*_standing(outcome), hashed, now, place.pk) for place, outcome, hashed in rows],
    )


def _standing(outcome: BuildingRun.State | Refused) -> tuple[str, str, dict[str, str]]:
    if isinstance(outcome, Refused):
        return State.PARKED, outcome.code, {key: str(value) for key, value in outcome.facts.items()}
    return outcome, "", {}
