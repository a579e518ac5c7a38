"""Rounds, and taking what a meter was said to show."""

from datetime import datetime

from django.db import transaction

from avots.core import audit
from avots.core.audit import By
from avots.core.claims import claim
from avots.core.errors import Refused
from avots.customers.models import CustomerAccount
from avots.meters.models import Premise
from avots.readings.actions.conflicts import hold_readings
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
from avots.readings.models import LinkGeneration, Reading

Source = Reading.Source
State = Reading.State

__all__ = [
    "Asked",
    "PastReading",
    "Question",
    "Recorded",
    "Submission",
    "UtilityRow",
    "decide_held",
    "hold_readings",
    "plan_round",
    "record_past_readings",
    "record_readings",
    "record_submissions",
    "record_utility_readings",
    "record_visit_reading",
    "revoke_links",
]


@transaction.atomic
def decide_held(
    reading: Reading, *, decision: str, reason: str, now: datetime, by: By, litres: int | None = None
) -> None:
    """Decide a held reading: accept it, reject it, or put the right value in its place.

    :param decision: "accept", "reject" or "correct" (then with litres)
    :raises Refused: ``already_decided``
    """
    if decision not in {"accept", "reject", "correct"} or (decision == "correct") != (litres is not None):
        raise ValueError(decision)
    state = State.ACCEPTED if decision == "accept" else State.REJECTED
    held = Reading.objects.filter(pk=reading.pk, state=State.HELD)
    if not claim(held, state=state, decided_at=now, decided_by=str(by), decision=reason[:40]):
        raise Refused("already_decided")
    if decision == "correct" and litres is not None:
        _correct(reading, litres, now, by)
    subject = f"reading:{reading.pk}"
    audit.record(now=now, by=by, verb="decide_held", subject=subject, decision=decision, reason=reason)


def _correct(reading: Reading, litres: int, now: datetime, by: By) -> None:
    Reading.objects.create(
        installation=reading.installation,
        round=reading.round,
        receipt=reading.receipt,
        kind=reading.kind,
        litres=litres,
        read_on=reading.read_on,
        received_at=now,
        source=Source.STAFF,
        source_key=f"correct:{reading.pk}",
        state=State.ACCEPTED,
        quality=Reading.Quality.EDITED,
        by=str(by),
    )


@transaction.atomic
def revoke_links(account: CustomerAccount, premise: Premise, *, now: datetime, by: By) -> None:
    """Make every personal link of an account's premise worthless."""
    row, _ = LinkGeneration.objects.select_for_update().get_or_create(account=account, premise=premise)
    LinkGeneration.objects.filter(pk=row.pk).update(generation=row.generation + 1)
    audit.record(now=now, by=by, verb="revoke_links", subject=f"account:{account.number}")
