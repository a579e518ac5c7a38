"""Billing a whole utility by our own run, each step apart so that it can be measured, with any number of workers."""

from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date, datetime, timedelta
from multiprocessing import get_context

from django.db import connection
from tools import backend_cpu

from avots.billing import actions
from avots.billing.models import BuildingRun, Run
from avots.billing.queries import places_together
from avots.core.audit import By
from avots.readings.models import Reading, Round
from bench.population import Population

ONE, TWO = By("staff", 1), By("staff", 2)
Act = Callable[[Sequence[BuildingRun], datetime], None]


def count_rows() -> None:
    """Let the database know its tables, as the nightly job and the server do while months pass."""
    connection.cursor().execute("ANALYZE")


def october_billed(accounts: int, months: int, workers: int = 1) -> tuple[Population, Round]:
    """Write a utility with so many months of history, bill October, and return it with November's round, reported.

    October's invoices, postings and coupons are what a month finds that is not the first.
    """
    town = Population(accounts, months)
    october = town.write()
    count_rows()
    now = october.complete_at + timedelta(hours=9)
    run = computed(october, now, workers)
    approve(run, now, date(2026, 11, 11))
    issue(run, now, workers)
    stood = dict(Reading.objects.filter(round=october).values_list("installation", "litres"))
    november = Round.objects.get(first_day=date(2026, 11, 1))  # October's invoices name it
    town.at = november.opens_at
    town.month(november, stood, billed=False)
    count_rows()
    return town, november


def computed(round_: Round, now: datetime, workers: int = 1) -> Run:
    """Return a run of a round, computed."""
    run = actions.open_run(round_, now=now, by=ONE)
    compute(run, now, workers)
    return run


def compute(run: Run, now: datetime, workers: int = 1) -> float:
    """Compute the waiting buildings of a run; return the CPU-seconds of databases that :mod:`tools` does not see."""
    return _each(run, _compute, now, workers)


def approve(run: Run, now: datetime, on: date) -> None:
    """Approve a computed run, two of the staff; while they look at it, the database learns of its drafts."""
    count_rows()
    run.refresh_from_db()
    actions.ask_approval(run, issue_on=on, now=now, by=ONE)
    actions.approve(run, now=now, by=TWO)


def issue(run: Run, now: datetime, workers: int = 1) -> float:
    """Issue an approved run; return as :func:`compute` does."""
    return _each(run, _issue, now, workers)


def _compute(places: Sequence[BuildingRun], now: datetime) -> None:
    actions.compute_many(places, now=now)


def _issue(places: Sequence[BuildingRun], now: datetime) -> None:
    actions.issue_many(places, now=now)


def _each(run: Run, act: Act, now: datetime, workers: int) -> float:
    groups = places_together(BuildingRun.objects.filter(run=run))
    if workers == 1:
        _do(act, groups, now)
        return 0.0
    connection.close()
    with ProcessPoolExecutor(workers, mp_context=get_context("fork")) as pool:
        return sum(
            pool.map(_do_apart, [act] * workers, [groups[n::workers] for n in range(workers)], [now] * workers)
        )


def _do(act: Act, groups: Sequence[Sequence[int]], now: datetime) -> None:
    for some in groups:
        act(list(BuildingRun.objects.filter(pk__in=some)), now)


def _do_apart(act: Act, groups: Sequence[Sequence[int]], now: datetime) -> float:
    """Do it in a process of its own, on a connection of its own; return what that cost the database."""
    before = backend_cpu()
    _do(act, groups, now)
    return backend_cpu() - before
