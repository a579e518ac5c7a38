"""Closing a month of the books: one person asks, a second does it; open again only in the same way."""

from datetime import datetime

from django.db import connection, transaction

from avots.billing.models import Run
from avots.core import approvals, audit
from avots.core.audit import By
from avots.core.dates import Month, local_day
from avots.core.errors import Refused
from avots.core.models import Approval
from avots.ledger.models import ClosedMonth
from avots.ledger.queries import closed_until

CLOSE, REOPEN = "close_month", "reopen_month"


def subject_of(month: Month) -> str:
    """Return the name under which a month's closing is approved."""
    return f"books:{month}"


def ask_closing(month: Month, *, now: datetime, by: By) -> Approval:
    """Ask a second person to close a month of the books, and with it all before it.

    :raises Refused: ``month_not_over``, ``month_already_closed``, ``invoices_being_issued``
    """
    _refuse_closing(month, now)
    return _ask(CLOSE, month, "", now, by)


def _refuse_closing(month: Month, now: datetime) -> None:
    last = closed_until()
    if local_day(now) <= month.last_day:
        raise Refused("month_not_over", day=month.next.first_day)
    if last is not None and month.last_day <= last:
        raise Refused("month_already_closed")
    if Run.objects.filter(state=Run.State.APPROVED, issue_on__lte=month.last_day).exists():
        raise Refused("invoices_being_issued")


def _ask(kind: str, month: Month, reason: str, now: datetime, by: By) -> Approval:
    with transaction.atomic():
        asked = approvals.request(kind=kind, subject=subject_of(month), now=now, by=by, reason=reason)
        if asked.requested_by == str(by) and asked.requested_at == now:
            audit.record(now=now, by=by, verb=f"ask_{kind}", subject=subject_of(month), reason=reason)
    return asked


@transaction.atomic
def close_month(month: Month, *, now: datetime, by: By) -> None:
    """Close a month of the books as a second person; from now on no posting is booked into it.

    Postings on their way are waited for, so that none slips in behind the closing.

    :raises Refused: ``nobody_asked``, ``needs_second_person``, ``already_decided``, and as for asking
    """
    asked = _granted(CLOSE, month, now, by)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE ledger_posting IN SHARE ROW EXCLUSIVE MODE")
    _refuse_closing(month, now)
    ClosedMonth.objects.create(
        first_day=month.first_day, closed_at=now, asked_by=asked.requested_by, closed_by=str(by)
    )
    audit.record(now=now, by=by, verb=CLOSE, subject=subject_of(month))


def ask_reopening(month: Month, *, reason: str, now: datetime, by: By) -> Approval:
    """Ask a second person to open the latest closed month again, with a reason.

    :raises Refused: ``only_the_latest_month``, ``reopening_needs_a_reason``
    """
    _refuse_reopening(month)
    if not reason.strip():
        raise Refused("reopening_needs_a_reason")
    return _ask(REOPEN, month, reason.strip()[:300], now, by)


def _refuse_reopening(month: Month) -> None:
    if closed_until() != month.last_day:
        raise Refused("only_the_latest_month")


@transaction.atomic
def reopen_month(month: Month, *, now: datetime, by: By) -> None:
    """Open the latest closed month again as a second person.

    :raises Refused: ``nobody_asked``, ``needs_second_person``, ``already_decided``, ``only_the_latest_month``
    """
    asked = _granted(REOPEN, month, now, by)
    _refuse_reopening(month)
    ClosedMonth.objects.filter(first_day=month.first_day).delete()
    audit.record(now=now, by=by, verb=REOPEN, subject=subject_of(month), reason=asked.facts["reason"])


def _granted(kind: str, month: Month, now: datetime, by: By) -> Approval:
    asked = Approval.objects.filter(kind=kind, subject=subject_of(month)).order_by("-pk").first()
    if asked is None:
        raise Refused("nobody_asked")
    approvals.grant(asked, now=now, by=by)
    return asked


@transaction.atomic
def decline(month: Month, *, now: datetime, by: By) -> None:
    """Leave a month as it is: a second person declines, or who asked withdraws.

    :raises Refused: ``nobody_asked``, ``already_decided``
    """
    asked = Approval.objects.filter(kind__in=[CLOSE, REOPEN], subject=subject_of(month)).order_by("-pk").first()
    if asked is None:
        raise Refused("nobody_asked")
    approvals.decline(asked, now=now, by=by)
    audit.record(now=now, by=by, verb="decline_month", subject=subject_of(month), kind=asked.kind)
