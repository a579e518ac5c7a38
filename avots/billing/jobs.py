"""What the worker does for a run; every job may come twice, late or never."""

from datetime import timedelta

from django_tasks import task

from avots.billing import actions
from avots.billing.actions.deliveries import follow_emails
from avots.billing.actions.documents import render_waiting
from avots.billing.actions.finishing import finish_runs
from avots.billing.models import BuildingRun, Run
from avots.core import clock
from avots.core.audit import By

STUCK_AFTER = timedelta(minutes=10)


@task()
def compute_building(place_id: int) -> None:
    """Compute one building of a run."""
    place = BuildingRun.objects.select_related("run__round", "building").get(pk=place_id)
    actions.compute(place, now=clock.now())


@task()
def issue_building(place_id: int) -> None:
    """Issue one building of an approved run."""
    place = BuildingRun.objects.select_related("run__round", "building").get(pk=place_id)
    actions.issue(place, now=clock.now())


def start_computing(run: Run) -> int:
    """Hand every waiting building of a run to the workers; return how many."""
    places = BuildingRun.objects.filter(run=run, state=BuildingRun.State.WAITING)
    return len([compute_building.enqueue(pk) for pk in places.values_list("pk", flat=True)])


def start_issuing(run: Run) -> int:
    """Hand every drafted building of an approved run to the workers; return how many."""
    places = BuildingRun.objects.filter(run=run, state=BuildingRun.State.DRAFTED)
    return len([issue_building.enqueue(pk) for pk in places.values_list("pk", flat=True)])


@task()
def sweep_runs() -> int:
    """Hand over again what a dead worker or a lost job left behind."""
    finish_runs()
    late = clock.now() - STUCK_AFTER
    waiting = BuildingRun.objects.filter(state=BuildingRun.State.WAITING, changed_at__lt=late)
    drafted = BuildingRun.objects.filter(
        state=BuildingRun.State.DRAFTED,
        run__state=Run.State.APPROVED,
        run__approved_at__lt=late,
    )
    again = [compute_building.enqueue(pk) for pk in waiting.values_list("pk", flat=True)]
    again += [issue_building.enqueue(pk) for pk in drafted.values_list("pk", flat=True)]
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
