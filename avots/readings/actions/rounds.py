"""Planning rounds."""

from datetime import datetime

from django.db import transaction

from avots.core import audit, policies
from avots.core.audit import By
from avots.core.dates import Month
from avots.readings.models import Round
from avots.readings.rules.window import moments_of


@transaction.atomic
def plan_round(month: Month, *, now: datetime, by: By) -> Round:
    """Plan a month's round from the policies in force; one already planned stays as it is."""
    policy = policies.on(month.first_day)
    moments = moments_of(
        month,
        first_day=policy.reading_window_first_day,
        last_day=policy.reading_window_last_day,
        working_days=policy.readings_complete_working_days,
    )
    values = {
        "opens_at": moments.opens_at,
        "closes_at": moments.closes_at,
        "complete_at": moments.complete_at,
    }
    round, new = Round.objects.get_or_create(first_day=month.first_day, defaults=values)
    if new:
        audit.record(now=now, by=by, verb="plan_round", subject=f"round:{month}")
    return round
