"""Rounds, and taking what a meter was said to show."""

from datetime import datetime

from django.db import transaction

from avots.core import audit
from avots.core.audit import By
from avots.customers.models import CustomerAccount
from avots.meters.models import Premise
from avots.readings.actions.conflicts import hold_readings
from avots.readings.actions.corrections import ask_correction, decide_correction
from avots.readings.actions.deciding import decide_held, mend_held, undo_decision
from avots.readings.actions.evidence import keep_photo, mark_handled, say_cannot_read
from avots.readings.actions.rounds import plan_round
from avots.readings.actions.submissions import (
    Asked,
    Question,
    Recorded,
    Submission,
    record_readings,
    record_submissions,
)
from avots.readings.actions.utility import PastReading, UtilityRow, record_past_readings, record_utility_readings
from avots.readings.actions.visits import record_visit_reading
from avots.readings.models import LinkGeneration

__all__ = [
    "Asked",
    "PastReading",
    "Question",
    "Recorded",
    "Submission",
    "UtilityRow",
    "ask_correction",
    "decide_correction",
    "decide_held",
    "hold_readings",
    "keep_photo",
    "mark_handled",
    "mend_held",
    "plan_round",
    "record_past_readings",
    "record_readings",
    "record_submissions",
    "record_utility_readings",
    "record_visit_reading",
    "revoke_links",
    "say_cannot_read",
    "undo_decision",
]


@transaction.atomic
def revoke_links(account: CustomerAccount, premise: Premise, *, now: datetime, by: By) -> None:
    """Make every personal link of an account's premise worthless."""
    row, _ = LinkGeneration.objects.select_for_update().get_or_create(account=account, premise=premise)
    LinkGeneration.objects.filter(pk=row.pk).update(generation=row.generation + 1)
    audit.record(now=now, by=by, verb="revoke_links", subject=f"account:{account.number}")
