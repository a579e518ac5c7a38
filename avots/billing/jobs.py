"""What the worker does for a run; every job may come twice, late or never."""

from datetime import timedelta

from django_tasks import task

from avots.billing import actions
from avots.billing.actions.deliveries import follow_emails
from avots.billing.actions.documents import render_waiting
from avots.billing.actions.finishing import finish_runs
from avots.billing.models import BuildingRun, Run
from avots.billing.overview import overview_of
from avots.billing.queries import places_together
from avots.core import clock
from avots.core.audit import By

STUCK_AFTER = timedelta(minutes=10)


@task()
def compute_buildings(place_ids: list[int]) -> None:
    """Compute buildings of a run."""
    places = BuildingRun.objects.filter(pk__in=place_ids)
    actions.compute_many(list(places), now=clock.now())
    _add_up(place_ids)


@task()
def issue_buildings(place_ids: list[int]) -> None:
    """Issue buildings of an approved run."""
    places = BuildingRun.objects.filter(pk__in=place_ids)
    actions.issue_many(list(places), now=clock.now())
    _add_up(place_ids)


def _add_up(place_ids: list[int]) -> None:
    """Add up the totals of a run that is through, so that nobody waits for them who opens its page."""
    through = Run.objects.filter(state__in=[Run.State.REVIEW, Run.State.ISSUED], buildingrun__in=place_ids)
    for run in through.select_related("round").distinct():
        overview_of(run)


def start_computing(run: Run) -> int:
    """Hand every waiting building of a run to the workers; return in how many jobs."""
    waiting = BuildingRun.objects.filter(run=run, state=BuildingRun.State.WAITING)
    return len([compute_buildings.enqueue(some) for some in places_together(waiting)])


def start_issuing(run: Run) -> int:
    """Hand every drafted building of an approved run to the workers; return in how many jobs."""
    drafted = BuildingRun.objects.filter(run=run, state=BuildingRun.State.DRAFTED)
    return len([issue_buildings.enqueue(some) for some in places_together(drafted)])


@task()
def sweep_runs() -> int:
    """Hand over again what a dead worker or a lost job left behind; return in how many jobs."""
    finish_runs()
    late = clock.now() - STUCK_AFTER
    waiting = BuildingRun.objects.filter(state=BuildingRun.State.WAITING, changed_at__lt=late)
    drafted = BuildingRun.objects.filter(
        state=BuildingRun.State.DRAFTED,
        run__state=Run.State.APPROVED,
        run__approved_at__lt=late,
    )
    again = [compute_buildings.enqueue(some) for some in places_together(waiting)]
    again += [issue_buildings.enqueue(some) for some in places_together(drafted)]
    return len(again)


@task()
def render_documents() -> int:
    """Render the documents of recent invoices until none waits; return how many."""
    done = 0
    while taken := render_waiting(now=clock.now()):
        done += taken
    return done


@task()
def follow_deliveries() -> int:
    """Note which invoices have left by e-mail, and send refused ones on as paper."""
    return follow_emails(now=clock.now(), by=By("job", "follow_deliveries"))
