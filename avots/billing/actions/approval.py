"""The second pair of eyes on a run: asked with the day of issue, then approved or sent back."""

from datetime import date, datetime

from django.db import transaction

from avots.billing.models import Run
from avots.billing.queries import APPROVAL, asked_of, subject_of
from avots.core import approvals, audit
from avots.core.audit import By
from avots.core.claims import claim
from avots.core.dates import Month
from avots.core.errors import Refused
from avots.core.models import Approval
from avots.ledger.queries import first_open_day


@transaction.atomic
def ask_approval(run: Run, *, issue_on: date, now: datetime, by: By) -> Approval:
    """Ask a second person to approve a computed run, with the day its invoices will bear.

    :raises Refused: ``run_not_ready`` while a building is still being computed, ``issue_day_closed``
    """
    if run.state != Run.State.REVIEW:
        raise Refused("run_not_ready")
    _refuse_a_closed_day(issue_on)
    asked = approvals.request(kind=APPROVAL, subject=subject_of(run), now=now, by=by, issue_on=str(issue_on))
    if asked.requested_by == str(by) and asked.requested_at == now:
        audit.record(now=now, by=by, verb="ask_run", subject=subject_of(run), issue_on=str(issue_on))
    return asked


def _refuse_a_closed_day(issue_on: date) -> None:
    first = first_open_day()
    if first is not None and issue_on < first:
        raise Refused("issue_day_closed", month=str(Month.of(issue_on)), day=first)


@transaction.atomic
def approve(run: Run, *, now: datetime, by: By) -> None:
    """Approve a run as a second person; its buildings may then be issued.

    :raises Refused: ``nobody_asked``, ``needs_second_person``, ``already_decided``, ``issue_day_closed``
        where the books were closed since somebody asked
    """
    approval = _asked(run)
    approvals.grant(approval, now=now, by=by)
    issue_on = date.fromisoformat(approval.facts["issue_on"])
    _refuse_a_closed_day(issue_on)
    ready = Run.objects.filter(pk=run.pk, state=Run.State.REVIEW)
    if not claim(ready, state=Run.State.APPROVED, approved_at=now, issue_on=issue_on):
        raise Refused("run_not_ready")
    audit.record(now=now, by=by, verb="approve_run", subject=subject_of(run), issue_on=str(issue_on))


@transaction.atomic
def decline_run(run: Run, *, now: datetime, by: By) -> None:
    """Send a run back, or withdraw what one asked for: it is looked at again, and asked for with another day.

    :raises Refused: ``nobody_asked``, ``already_decided``
    """
    approvals.decline(_asked(run), now=now, by=by)
    audit.record(now=now, by=by, verb="decline_run", subject=subject_of(run))


def _asked(run: Run) -> Approval:
    asked = asked_of(run).filter(state=Approval.State.OPEN).first()
    if asked is None:
        raise Refused("nobody_asked")
    return asked
