"""The office's own part of a month: compute, look at what was put aside, approve as a second person, issue."""

from datetime import datetime, timedelta

from avots.billing import actions as billing
from avots.billing.models import BuildingRun, Invoice, Run
from avots.billing.queries import places_together
from avots.core.audit import By
from avots.core.dates import at_local


def compute(run: Run, when: datetime) -> None:
    """Compute every building of a run that waits."""
    waiting = BuildingRun.objects.filter(run=run, state=BuildingRun.State.WAITING)
    for some in places_together(waiting):
        billing.compute_many(list(BuildingRun.objects.filter(pk__in=some)), now=when)


def issue(run: Run, start: datetime, *, accountant: By, lead: By) -> datetime:
    """Compute what is left, accept what was put aside, and issue on the 11th; return when."""
    compute(run, start)
    run.refresh_from_db()
    for invoice in Invoice.objects.filter(run=run, state=Invoice.State.PARKED):
        billing.accept_parked(invoice, now=start + timedelta(hours=1), by=accountant)
    issue_on = run.round.month.next.first_day.replace(day=11)
    billing.ask_approval(run, issue_on=issue_on, now=start + timedelta(hours=2), by=accountant)
    billing.approve(run, now=start + timedelta(hours=3), by=lead)
    when = at_local(issue_on, 10)
    for some in places_together(BuildingRun.objects.filter(run=run)):
        billing.issue_many(list(BuildingRun.objects.filter(pk__in=some)), now=when)
    run.refresh_from_db()
    return when
