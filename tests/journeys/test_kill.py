"""Workers are killed at random moments, again and again, until the month is through: nothing is lost or doubled.

What stands in the end is compared with a town of the same seed that nobody disturbed: invoices,
numbers, postings, bank money, messages. ``kill -9`` gives a process no chance to tidy up, so what
holds is what the database holds: one transaction a step, a key for every effect, a sweep for what was lost.
"""

import os
import re
import signal
import time
from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from io import BytesIO
from random import Random

import pytest
from django.db import connection
from django_tasks_db.management.commands.db_worker import Worker
from django_tasks_db.models import DBTaskResult

from avots.billing import actions as billing
from avots.billing import jobs
from avots.billing.actions import deliveries
from avots.billing.models import BuildingRun, Delivery, Document, Invoice, Run
from avots.billing.queries import places_together
from avots.config.jobs import problems
from avots.core import clock
from avots.core.audit import By
from avots.core.models import AuditEntry, Series
from avots.ledger.models import Posting
from avots.outbox import jobs as outbox
from avots.outbox.models import Message
from avots.payments import actions as payments
from avots.payments.actions import statements
from avots.payments.models import BankEntry, Payment, StatementFile
from bench import population
from tests import commits
from tests.payments.bank import Pay, message, statement

ILZE, LAIMA = By("staff", 1), By("staff", 2)
ISSUE_ON = date(2026, 11, 11)
WORKERS = 2
KILLS = 520  # in each database
PATIENCE = 600  # seconds until a town that does not get through is called stuck


@pytest.mark.django_db
def test_nothing_has_been_issued_yet():
    """Lets the runner make the database that the tests below copy."""
    assert not Invoice.objects.exists()


class Killer:
    """Runs an act in processes of its own and kills each after a random time, until nothing is left to do."""

    def __init__(self, seed: int) -> None:
        self.random, self.kills = Random(seed), 0

    def until(self, done: Callable[[], bool], act: Callable[[], object], *, workers: int, seconds: float) -> None:
        """Keep so many at it, each living for some seconds in the mean; ``done`` may hand over work again."""
        began = time.monotonic()
        living: dict[int, float] = {}
        while True:
            since, idle = self.kills, False
            while living or not idle:
                assert time.monotonic() - began < PATIENCE, "the killed town does not get through"
                while len(living) < workers and not idle:
                    mean = seconds * 1.02 ** (self.kills - since)  # longer where nobody comes to an end
                    living[self._fork(act)] = time.monotonic() + self.random.expovariate(1 / mean)
                idle = self._one_ended_by_itself(living) or idle
            if done():
                return

    def _one_ended_by_itself(self, living: dict[int, float]) -> bool:
        time.sleep(0.001)
        for pid, until in list(living.items()):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                assert os.WIFEXITED(status)
                assert os.WEXITSTATUS(status) == 0, "a worker failed: see what it printed"
                del living[pid]
                return True
            if time.monotonic() >= until:
                self._kill(pid)
                del living[pid]
        return False

    def _kill(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        self.kills += os.WIFSIGNALED(status)

    def _fork(self, act: Callable[[], object]) -> int:
        connection.close()  # a child must not speak through its parent's connection
        pid = os.fork()
        if pid:
            return pid
        code = 1
        try:
            act()
            code = 0
        except BaseException as error:
            os.write(2, f"{type(error).__name__}: {error}\n".encode())
        finally:
            os._exit(code)


def undisturbed(done: Callable[[], bool], act: Callable[[], object], **how: object) -> None:
    while True:
        act()
        if done():
            return


def work() -> None:
    """What ``manage.py work`` does, until the queue is empty."""
    worker = Worker(
        queue_names=["default"],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id=f"{os.getpid():032d}",
        excluded_queue_names=[],
    )
    worker.run()


def nothing_left() -> bool:
    """Return whether a run is through; else hand over again what dead workers left, as the timetable does."""
    if DBTaskResult.objects.ready().exists():
        return False
    return jobs.sweep_runs.func() == 0


def all_promised() -> bool:
    """Return whether the letter of every invoice that goes by e-mail waits in the outbox."""
    return Message.objects.count() >= Delivery.objects.filter(mode="email").count()


def bill(monkeypatch, until: Callable[..., None], buildings: int) -> None:
    """Bill a month by workers that may be killed, approved in between by a second person."""
    monkeypatch.setattr(population, "FLATS", 4)
    two = partial(places_together, homes_together=8)  # two buildings a job, so that there are many jobs
    monkeypatch.setattr(jobs, "places_together", two)
    round_ = population.Population(accounts=buildings * 4, months=1).write()
    opened = round_.complete_at + timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: opened + timedelta(hours=4))  # so that all that waits is late
    run = billing.open_run(round_, now=opened, by=ILZE)
    jobs.start_computing(run)
    until(nothing_left, work, workers=WORKERS, seconds=0.08)
    run = Run.objects.get()
    assert run.state == Run.State.REVIEW, Counter(BuildingRun.objects.values_list("state", "reason"))
    billing.ask_approval(run, issue_on=ISSUE_ON, now=opened + timedelta(hours=1), by=ILZE)
    billing.approve(run, now=opened + timedelta(hours=2), by=LAIMA)
    jobs.start_issuing(Run.objects.get())
    until(nothing_left, work, workers=WORKERS, seconds=0.08)
    monkeypatch.setattr(deliveries, "BATCH", 5)
    until(all_promised, jobs.follow_deliveries.func, workers=WORKERS, seconds=0.08)


def books() -> dict[str, object]:
    """Return what a billed month has come to, by customer: which building drew which numbers is a race."""
    invoices = Invoice.objects.select_related("account").order_by("account__number")
    owner = {invoice.number: invoice.account.number for invoice in invoices}
    postings = Posting.objects.filter(key__startswith="invoice:").select_related("debit", "credit")
    return {
        "states": Counter(BuildingRun.objects.values_list("state", "reason")),
        "run": [run.state for run in Run.objects.all()],
        "invoices": [
            (one.account.number, one.state, one.net_cents, one.vat_cents, one.total_cents, one.content["lines"])
            for one in invoices
        ],
        "numbers": sorted(owner),
        "series": list(Series.objects.values_list("name", "next_number")),
        "postings": sorted(
            (owner[row.document], row.key.split(":", 2)[2], row.debit.code, row.credit.code, row.cents, row.booked_on)
            for row in postings
        ),
        "documents": Document.objects.count(),
        "deliveries": Delivery.objects.count(),
        "messages": sorted(owner[key.split(":")[1]] for key in Message.objects.values_list("key", flat=True)),
        "audit": Counter(AuditEntry.objects.values_list("verb", flat=True)),
        "problems": list(problems()),
    }


def pay(until: Callable[..., None], monkeypatch) -> dict[str, object]:
    """Import a bank statement that pays each invoice and has entries nobody knows."""
    monkeypatch.setattr(statements, "BATCH", 10)
    rows = Invoice.objects.order_by("account__number").values_list("reference", "total_cents", "account__number")
    known = [Pay(cents, ref=f"B{n}", structured=reference) for n, (reference, cents, _) in enumerate(rows)]
    lost = [Pay(100 + n, "paldies", ref=f"L{n}", party=f"N {n}", iban="") for n in range(len(known))]
    now = clock.now()
    file = BytesIO(message(statement("2026-11-20", *[pay for pair in zip(known, lost, strict=True) for pay in pair])))
    staged = payments.stage_statement("s.xml", file, now=now, by=ILZE)

    def act() -> None:
        payments.import_statement(StatementFile.objects.get(pk=staged.pk), now=now, by=ILZE)

    until(lambda: StatementFile.objects.get().state == "booked", act, workers=1, seconds=0.1)
    money = Posting.objects.exclude(key__startswith="invoice:").select_related("debit", "credit")
    return {
        "entries": sorted(BankEntry.objects.values_list("entry_key", "part", "state", "cents")),
        "payments": sorted(Payment.objects.values_list("account__number", "cents", "received_on")),
        "postings": sorted((row.debit.code, row.credit.code, row.cents, row.booked_on) for row in money),
        "problems": list(problems()),
    }


def paper_of(number: str) -> bytes:
    """Stand in for the invoice's document: rendering is not what is killed here."""
    return number.encode()


def deliver(until: Callable[..., None], folder, settings) -> dict[str, object]:
    """Send every message into files; return how often each Message-ID left, and whether each left."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH, settings.EMAIL_READY = str(folder / "mail"), True
    settings.OUTBOX_ATTACHMENTS = {"invoice": "tests.journeys.test_kill.paper_of"}
    began, base = time.monotonic(), clock.now()

    def act() -> None:
        """A second of ours is a hundred hours of the town's: what a dead worker held is free again."""
        outbox.deliver(now=base + timedelta(hours=(time.monotonic() - began) * 100))

    until(lambda: not Message.objects.exclude(state="sent").exists(), act, workers=1, seconds=0.05)
    written = b"".join(path.read_bytes() for path in (folder / "mail").iterdir())
    return Counter(re.findall(rb"^Message-ID: (<[^>]+>)", written, re.MULTILINE))


@pytest.fixture
def play(django_db_setup, django_db_blocker, tmp_path, monkeypatch, settings):
    """Return a function that plays a town in a database of its own, and tells what it has come to."""

    def played(name: str, until: Callable[..., None], buildings: int) -> list[object]:
        folder = tmp_path / name
        folder.mkdir()
        with django_db_blocker.unblock(), commits.own_database(folder), monkeypatch.context() as patch:
            bill(patch, until, buildings)
            return [books(), pay(until, patch), deliver(until, folder, settings)]

    return played


def assert_same(killed: list[object], calm: list[object], kills: int) -> None:
    for mine, theirs in zip(killed[:2], calm[:2], strict=True):
        for name in theirs:
            assert mine[name] == theirs[name], name
    assert not calm[0]["problems"]
    assert calm[0]["numbers"] == [f"VU26-{n:06d}" for n in range(1, len(calm[0]["invoices"]) + 1)]
    mails, once = killed[2], calm[2]
    assert set(once.values()) == {1}
    assert len(mails) == len(once)
    assert mails.total() - len(mails) <= kills  # the one in hand, with the same Message-ID


def assert_killed_often(play, killer: Killer, calm: list[object], kills: int, buildings: int) -> int:
    """Play killed towns until so many kills were survived; return how many it took."""
    towns = 0
    while killer.kills < kills:
        towns, before = towns + 1, killer.kills
        assert_same(play(f"killed{towns}", killer.until, buildings), calm, killer.kills - before)
    return towns


def test_a_month_is_right_though_its_workers_are_killed(play):
    calm, killer = play("calm", undisturbed, 4), Killer(1)  # the calm one first: it warms what all are forked from
    assert_killed_often(play, killer, calm, 12, 4)


@pytest.mark.drill
def test_a_month_is_right_though_its_workers_are_killed_five_hundred_times(play):
    calm, killer = play("calm", undisturbed, 40), Killer(2)
    towns = assert_killed_often(play, killer, calm, KILLS, 40)
    print(f"{connection.vendor}: {killer.kills} kills in {towns} towns of {len(calm[0]['invoices'])} invoices")
