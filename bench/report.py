"""P8 and P9: taking two readings over HTTP; beside a plain Django view of the same work, and a bare WSGI floor.

    python bench/report.py [POSTS]

All three run as `manage.py run` serves: granian, four threads. Counted are the CPU-seconds of the server and of
its PostgreSQL backends, not those of the client here. Each home posts once to each server, with a server-side
session. DATABASE_URL chooses the database, which must be empty. The waiting times are those of the machine as
it is: the load average stands beside them.
"""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from queue import Queue
from statistics import median
from threading import Thread
from typing import Any
from urllib.parse import urlencode

from tools import start, tell

ROOT = Path(__file__).parents[1]
SERVERS = {
    "ours": ("avots.config.wsgi:application", "avots.config.settings"),
    "plain": ("bench.peers.plain:application", "bench.peers.plain_settings"),
    "bare": ("bench.peers.bare:application", "avots.config.settings"),
}
ROUNDS, LATE, CLIENTS = 3, 400, 4
OPEN_AT = datetime(2026, 10, 26, 8, tzinfo=UTC)


@dataclass
class Home:
    """One household's request: its session, and what it types."""

    cookie: str
    body: str


def prepare(homes: int) -> list[Home]:
    """Write a utility with three months of history, an open round and a session for each home."""
    os.environ["AVOTS_DEMO"] = "1"  # its clock can be set
    os.environ["AVOTS_DEMO_AHEAD"] = str(int((OPEN_AT - datetime.now(UTC)).total_seconds()))
    start()
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0)
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session

    from avots.core import bulk
    from avots.customers.models import Access, Occupancy, User
    from avots.meters.models import MeterInstallation
    from avots.readings import queries
    from avots.readings.queries.judging import Judge
    from avots.readings.rules.judgement import FINE
    from bench.population import LAST, Population, month_before

    town = Population(homes * 3 // 2)
    town.register()
    stood = dict.fromkeys(MeterInstallation.objects.values_list("pk", flat=True), 100_000)
    for back in (3, 2, 1):
        town.month(town.round(*month_before(*LAST, back)), stood, billed=True)
    round_ = town.round(*LAST)
    User.objects.bulk_create(User(email=f"anna.{n}@example.lv", password="!") for n in range(len(town.accounts)))
    users = list(User.objects.order_by("pk"))
    rows = (
        (user.pk, account, "holder", date(2026, 1, 1)) for user, account in zip(users, town.accounts, strict=True)
    )
    town.fill(Access, ["user", "account", "kind", "starts_on"], rows)
    by_account: dict[int, list[int]] = {}
    for pk, _, role, _, _, account in town.installations:
        if role == "unit" and account:
            by_account.setdefault(account, []).append(pk)
    premises = dict(Occupancy.objects.values_list("account", "premise"))
    sheets, judge = queries.sheets(sorted(premises.values()), round_), Judge(round_)
    made, sessions = [], []
    store = SessionStore()
    now = int(OPEN_AT.timestamp())
    for n, (user, account) in enumerate(zip(users, town.accounts, strict=True)):
        key = f"{n:032d}"
        data = {
            "_auth_user_id": str(user.pk),
            "_auth_user_backend": "allauth.account.auth_backends.AuthenticationBackend",
            "_auth_user_hash": user.get_session_auth_hash(),
            "since": now,
            "seen": now,
            "key": key,
        }
        sessions.append((key, store.encode(data), datetime(2027, 12, 1, tzinfo=UTC)))
        values = {pk: stood[pk] + (stood[pk] - 100_000) // 3 for pk in by_account[account]}
        lines = {line.installation.pk: line for line in sheets[premises[account]]}
        if any(one.verdict != FINE for one in judge.judge(lines, values).values()):
            continue  # who is asked something posts twice
        typed = {f"m{pk}": str(litres).zfill(9) for pk, litres in values.items()}
        token = "a" * 32
        form = {**typed, "key": f"k{n}", "round": str(round_.pk), "csrfmiddlewaretoken": token}
        made.append(Home(f"sessionid={key}; csrftoken={token}", urlencode(form)))
    bulk.insert(Session, ["session_key", "session_data", "expire_date"], sessions)
    if len(made) < homes:
        raise SystemExit(f"only {len(made)} of {homes} homes are asked nothing")
    return made[:homes]


@contextmanager
def served(name: str) -> Iterator[tuple[int, int]]:
    """Serve one of the three; yield its process group and port."""
    application, settings = SERVERS[name]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--blocking-threads", "4", "--log-level", "warning", application]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": settings, "PYTHONPATH": str(ROOT)}
    server = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)  # noqa: S603 - our own command
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield server.pid, port
    finally:
        server.terminate()
        server.wait(20)


def cpu_of(group: int) -> float:
    """Return the CPU-seconds so far of a process group and of the backends of our database, but for our own."""
    from django.db import connection

    pids = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit() and group_of(path) == group]
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            pids += [pid for (pid,) in cursor.fetchall()]
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def group_of(path: Path) -> int:
    try:
        return int((path / "stat").read_text().rpartition(")")[2].split()[2])
    except OSError:
        return 0


def post(connection: http.client.HTTPConnection, home: Home) -> int:
    headers = {"Cookie": home.cookie, "Content-Type": "application/x-www-form-urlencoded", "Host": "localhost"}
    connection.request("POST", "/radijumi/", home.body, headers)
    response = connection.getresponse()
    response.read()
    return response.status


def all_at_once(port: int, homes: Sequence[Home], rate: float = 0) -> tuple[float, list[float]]:
    """Post for every home, from some clients at once; return the seconds it took and each one's waiting time.

    :param rate: posts a second, each due at its own moment whoever still waits; 0 as fast as it goes
    """
    work: Queue[tuple[float, Home] | None] = Queue()
    began = time.monotonic() + 0.2
    for n, home in enumerate(homes):
        work.put((began + n / rate if rate else began, home))
    clients = CLIENTS * 4 if rate else CLIENTS
    for _ in range(clients):
        work.put(None)
    took: list[float] = []
    wrong: list[int] = []

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        while (item := work.get()) is not None:
            due, home = item
            time.sleep(max(0.0, due - time.monotonic()))
            sent = time.monotonic()
            status = post(connection, home)
            took.append(time.monotonic() - (due if rate else sent))
            wrong.extend([status] if status != 302 else [])

    threads = [Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise SystemExit(f"{len(wrong)} posts were not taken: {sorted(set(wrong))}")
    return time.monotonic() - began, took


def main(posts: int) -> None:
    homes = prepare(ROUNDS * posts + LATE + 40)
    from django.db import connection

    vendor = connection.vendor
    speed: dict[str, list[float]] = {name: [] for name in SERVERS}
    pace: list[float] = []
    running: dict[str, Any] = {name: served(name) for name in SERVERS}
    at = {name: one.__enter__() for name, one in running.items()}
    try:
        for _, port in at.values():
            all_at_once(port, homes[-40:-20])  # warm
        for turn in range(ROUNDS):
            some = homes[turn * posts : (turn + 1) * posts]
            for name, (group, port) in at.items():
                before = cpu_of(group)
                wall, _ = all_at_once(port, some)
                speed[name].append(len(some) / (cpu_of(group) - before))
                pace += [len(some) / wall] if name == "ours" else []
        load = os.getloadavg()[0]
        rate = 0.6 * median(pace)
        _, took = all_at_once(at["ours"][1], homes[ROUNDS * posts : ROUNDS * posts + LATE], rate)
    finally:
        for one in running.values():
            one.__exit__(None, None, None)
    mine, plain, bare = (median(speed[name]) for name in SERVERS)
    tell(
        f"P8_report_{vendor}",
        mine,
        "posts/CPU-s",
        mine / plain / 1.5,
        f"{mine / plain:.2f} times plain Django; goal 1.5",
    )
    tell(f"P8_plain_{vendor}", plain, "posts/CPU-s")
    tell(
        f"P8_floor_{vendor}", bare, "posts/CPU-s", mine / bare, "ours beside bare WSGI and SQL, which judges nothing"
    )
    late = sorted(took)[int(len(took) * 0.99)] * 1e3
    note = f"at {rate:.0f} posts/s, 60 % of what four clients got; load average {load:.1f}; goal 50 ms"
    tell(f"P9_p99_{vendor}", late, "ms", 50 / late, note)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 400)
