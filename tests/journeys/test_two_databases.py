"""The same month on SQLite with one worker and on PostgreSQL with two gives the same invoices."""

import json
import subprocess
import sys
import time

import pytest

from tests.databases import server
from tests.journeys.conftest import ROOT, environment, manage

pytestmark = pytest.mark.drill
PRESENT = "2026-11-05T10:00:00"
OPEN = """
from avots.billing import actions, jobs
from avots.core import clock
from avots.core.audit import By
from avots.readings.models import Round
run = actions.open_run(Round.objects.get(first_day="2026-10-01"), now=clock.now(), by=By("staff", 1))
print(jobs.start_computing(run))
"""
STATE = """
import json
from avots.billing.models import BuildingRun, Invoice
left = BuildingRun.objects.filter(run__round__first_day="2026-10-01", state="waiting").count()
rows = Invoice.objects.filter(run__round__first_day="2026-10-01").order_by("account__number")
values = [[r.account.number, r.total_cents, r.content["lines"], r.content["building"]] for r in rows]
print(json.dumps([left, values]))
"""


def month(env: dict[str, str], workers: int) -> list[object]:
    """Play a small town up to its open month and let real workers compute it."""
    manage(env, "demo", "--flats", "60", "--months", "1", "--leave-last", "--present", PRESENT)
    manage(env, "shell", "-v0", "-c", OPEN)
    running = [subprocess.Popen([sys.executable, "manage.py", "work"], cwd=ROOT, env=env) for _ in range(workers)]
    try:
        for _ in range(120):
            left, rows = json.loads(manage(env, "shell", "-v0", "-c", STATE).splitlines()[-1])
            if not left:
                return rows
            time.sleep(0.5)
        raise AssertionError("the workers did not finish")
    finally:
        for worker in running:
            worker.terminate()
            worker.wait(20)


def test_both_give_the_same_invoices(tmp_path):
    with server() as url:
        if not url:
            pytest.skip("no PostgreSQL could be had")
        one = month(environment(tmp_path / "sqlite", "x"), 1)
        two = month(environment(tmp_path / "postgresql", "avots_two", url), 2)
    assert len(one) > 50
    assert one == two
