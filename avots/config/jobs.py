"""Jobs that look at all rooms."""

import logging
import pkgutil
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from inspect import getmembers, isfunction

from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

import avots
from avots.billing import replay
from avots.billing.models import Run
from avots.billing.queries.deliveries import latest_issued
from avots.core import bulk, clock, seals
from avots.core.models import Tick
from avots.ledger.months import sums_of_months
from avots.office.deliveryfigures import delivery_figures
from avots.office.monthfigures import month_figures
from avots.readings.queries.rounds import rounds_at

KEEP = timedelta(days=14)
REPLAYED = 50
LOST_AFTER = timedelta(hours=2)
log = logging.getLogger(__name__)


def problems() -> Iterator[str]:
    """Yield what every check of every room finds, and what a sample of issued months is not any more."""
    yield from seals.broken_seals()
    for room in pkgutil.iter_modules(avots.__path__, "avots."):
        path = import_module(room.name).__path__
        if any(module.name == "checks" for module in pkgutil.iter_modules(path)):
            yield from _problems_of(f"{room.name}.checks")
    yield from replay.sample(REPLAYED)


def _problems_of(module_name: str) -> Iterator[str]:
    module = import_module(module_name)
    for name, check in getmembers(module, isfunction):
        if check.__module__ == module_name and not name.startswith("_"):
            for problem in check():
                yield f"{module_name.removeprefix('avots.')}.{name}: {problem}"


@task()
def check_books() -> int:
    """Run every invariant and log what is wrong; return how much. What the books' page adds up is added up too."""
    sums_of_months(clock.now())
    found = list(problems())
    for problem in found:
        log.error("check_books: %s", problem)
    return len(found)


@task()
def add_up_month() -> bool:
    """Add up what a large utility's pages of month and deliveries would wait for; return whether it is kept."""
    now = clock.now()
    if issued := latest_issued():
        delivery_figures(issued, now, anew=True)
    round = rounds_at(now).latest
    if round is None:
        return False
    return month_figures(round, Run.objects.filter(round=round).first(), now, anew=True).is_large


@task()
def tidy_up() -> int:
    """Forget old ticks and finished jobs, and count the tables; jobs a dead worker left running are called failed.

    Nothing is lost with them: the state of work lives on its own rows, which their sweepers see.
    """
    now = clock.now()
    lost = DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING, started_at__lt=now - LOST_AFTER)
    lost.update(status=TaskResultStatus.FAILED, finished_at=now)
    Tick.objects.filter(slot__lt=now - KEEP).delete()
    bulk.count_tables()
    return DBTaskResult.objects.finished().filter(finished_at__lt=now - KEEP).delete()[0]
