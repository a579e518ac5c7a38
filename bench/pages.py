"""P14: what a page takes with a whole utility in the database: server time, 95th of 100, and queries.

    python bench/pages.py [ACCOUNTS [MONTHS]]

Two months are billed by our own run after so many months of plain history: one issued, one computed twice and
looked at. A database that ``billing.py`` has left is taken as it is, both months issued. Each page is fetched for
customers and buildings taken by chance, signed in, through all middleware and without a network. Its time is by the
clock, with the load average beside it, and in CPU of this process (on SQLite: of everything that did the work).
"""

import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

from tools import start, tell

NOW = datetime(2026, 12, 7, 9, tzinfo=UTC)
FETCHES, GOAL_MS, GOAL_QUERIES = 60, 50, 12


@dataclass
class Town:
    """What the pages are asked for."""

    accounts: list[int]
    buildings: list[str]


def prepare(accounts: int, months: int) -> Town:
    """Take the utility that is there, or write one: issue October, compute November twice."""
    # A clock that can be set, no proxy before it, and the name under which the test client asks.
    os.environ |= {"AVOTS_DEMO": "1", "AVOTS_PLAIN_HTTP": "1", "AVOTS_HOSTS": "testserver"}
    os.environ["AVOTS_DEMO_AHEAD"] = str(int((NOW - datetime.now(UTC)).total_seconds()))
    start()
    from django.core.management import call_command

    call_command("collectstatic", interactive=False, verbosity=0)
    from avots.billing.actions.again import compute_again
    from avots.billing.models import Run
    from avots.billing.overview import overview_of
    from avots.customers.models import CustomerAccount
    from avots.ledger.months import sums_of_months
    from avots.meters.models import Building
    from bench import runs

    run = Run.objects.order_by("-round__first_day").first()
    if run is None:
        _, november = runs.october_billed(accounts, months)
        run = runs.computed(november, NOW - timedelta(minutes=20))
        run.refresh_from_db()
        compute_again(run, now=NOW - timedelta(minutes=10), by=runs.ONE)
        runs.compute(run, NOW)
        runs.count_rows()
        run.refresh_from_db()
    overview_of(run)  # as the job does that finishes a run
    sums_of_months(NOW)  # as the nightly job does
    found = CustomerAccount.objects.order_by("pk").values_list("pk", flat=True)
    return Town(list(found), list(Building.objects.order_by("pk").values_list("code", flat=True)))


def residents(town: Town, some: Sequence[int]) -> list[tuple[str, str]]:
    """Give some accounts a user each; return the account's and its last invoice's number."""
    from avots.billing.models import Invoice
    from avots.customers.models import Access, CustomerAccount, User

    for pk in some:
        user, _ = User.objects.get_or_create(email=f"anna.{pk}@example.lv", defaults={"name": "Anna Ozola"})
        Access.objects.get_or_create(user=user, account_id=pk, kind="holder", starts_on=date(2026, 1, 1))
    issued = dict(Invoice.objects.issued().filter(account__in=some).values_list("account", "number"))
    numbers = CustomerAccount.objects.in_bulk(some)
    return [(numbers[pk].number, issued[pk]) for pk in some]


def fetched(path: str, client: object) -> tuple[float, float, int]:
    """Return the milliseconds a page took when it was asked for again, by the clock and of CPU, and its queries."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    answer = client.get(path, follow=True)  # type: ignore[attr-defined]
    if answer.status_code != 200:
        raise SystemExit(f"{path}: {answer.status_code}")
    began, used = time.perf_counter(), time.process_time()
    client.get(path, follow=True)  # type: ignore[attr-defined]
    took, cpu = (time.perf_counter() - began) * 1e3, (time.process_time() - used) * 1e3
    with CaptureQueriesContext(connection) as made:
        client.get(path, follow=True)  # type: ignore[attr-defined]
    return took, cpu, len(made)


def measure(name: str, paths: Sequence[str], clients: Sequence[object]) -> None:
    """Print a page's 95th time and its most queries."""
    found = [fetched(path, client) for path, client in zip(paths, clients, strict=True)]
    p95, cpu = (sorted(row[at] for row in found)[len(found) * 95 // 100] for at in (0, 1))
    queries, load = max(count for *_, count in found), os.getloadavg()[0]
    note = f"95th of {len(found)}, {cpu:.0f} ms of CPU; {queries} queries; load {load:.1f}"
    tell(f"P14_{name}", p95, "ms", p95 / GOAL_MS, note)
    if queries > GOAL_QUERIES:
        tell(f"P14_{name}_queries", queries, "queries", queries / GOAL_QUERIES, f"goal {GOAL_QUERIES}")


def main(accounts: int, months: int) -> None:
    town = prepare(accounts, months)
    from django.test import Client

    from avots.customers.models import RoleGrant, User

    some = Random(7).sample(town.accounts, FETCHES)
    rows = residents(town, some)
    lead, _ = User.objects.get_or_create(email="laima@example.lv", defaults={"name": "Laima"})
    RoleGrant.objects.get_or_create(user=lead, role=RoleGrant.Role.LEAD, starts_on=date(2026, 1, 1))
    office, portal = Client(), []
    login = "allauth.account.auth_backends.AuthenticationBackend"
    office.force_login(lead, backend=login)
    for pk in some:
        portal.append(Client())
        portal[-1].force_login(User.objects.get(email=f"anna.{pk}@example.lv"), backend=login)
    codes = Random(7).choices(town.buildings, k=FETCHES)
    for name, paths in {
        "office_run": ["/birojs/rekini/2026-11/"] * FETCHES,
        "office_month": ["/birojs/menesis/2026-11/"] * 20,
        "office_customer": [f"/birojs/klienti/{number}/" for number, _ in rows],
        "office_invoice": [f"/birojs/klienti/{number}/rekini/{invoice}/" for number, invoice in rows],
        "office_building": [f"/birojs/majas/{code}/" for code in codes],
        "office_buildings": ["/birojs/majas/"] * 20,
        "office_search_to_customer": [f"/birojs/klienti/?q=avo+{int(code[1:])}+-+7" for code in codes],
        "office_books": ["/birojs/gramatas/"] * 20,
        "office_delivery": ["/birojs/piegade/2026-10/"] * 20,
    }.items():
        measure(name, paths, [office] * len(paths))
    for name, paths in {
        "portal_home": ["/"] * FETCHES,
        "portal_invoices": ["/rekini/"] * FETCHES,
        "portal_invoice": [f"/rekini/{invoice}/" for _, invoice in rows],
    }.items():
        measure(name, paths, portal)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000, int(sys.argv[2]) if len(sys.argv) > 2 else 3)
