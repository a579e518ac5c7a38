"""Work is taken by a conditional UPDATE: whoever changes the row has it."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from avots.core.models import Tick


def claim(waiting: QuerySet[Any], **changes: object) -> bool:
    """Change the rows still waiting and return whether this call was the one that did."""
    return waiting.update(**changes) > 0


def first_to_tick(job: str, slot: datetime) -> bool:
    """Return whether this is the first start of a job for its slot of the timetable."""
    try:
        with transaction.atomic():
            Tick.objects.create(job=job, slot=slot)
    except IntegrityError:
        return False
    return True
