"""Work is taken by a conditional UPDATE: whoever changes the row has it."""

import time
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from avots.core.models import Tick


def claim(waiting: QuerySet[Any], **changes: object) -> bool:
    """Change the rows still waiting and return whether this call was the one that did."""
    return waiting.update(**changes) > 0


# SQLite looks again at most this often for a lock that another holds.
LOOKS_AGAIN_AFTER = 0.1


def let_others_write() -> None:
    """Leave a gap between two write transactions of a long work on SQLite.

    SQLite has one writer and no queue: who waits looks again now and then, and would find a worker
    that goes on at once always writing. PostgreSQL needs no gap.
    """
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        time.sleep(LOOKS_AGAIN_AFTER * 1.2)


def first_to_tick(job: str, slot: datetime) -> bool:
    """Return whether this is the first start of a job for its slot of the timetable."""
    try:
        with transaction.atomic():
            Tick.objects.create(job=job, slot=slot)
    except IntegrityError:
        return False
    return True
