"""The network guard, and the fixed town."""

import os
import socket
from collections import Counter

import pytest
from django.test import Client
from hypothesis import settings as examples

from tests import commits
from tests.billing import test_month
from tests.page import CheckedClient
from tests.town import Town, build

# A busy machine is no failure; where a change is judged, the same examples are tried each time.
examples.register_profile("avots", deadline=None, derandomize=bool(os.environ.get("CI")))
examples.load_profile("avots")


def _is_here(address: object) -> bool:
    host = address[0] if isinstance(address, tuple) else ""
    return isinstance(address, (str, bytes)) or host in {"127.0.0.1", "::1", "localhost"}


@pytest.fixture(autouse=True, scope="session")
def no_network():
    """Only this machine can be reached."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if not _is_here(address):
            raise RuntimeError(f"a test reached for the network: {address}")
        connect(self, address)

    socket.socket.connect = guarded
    yield
    socket.socket.connect = connect


@pytest.fixture
def town(db) -> Town:
    return build()


@pytest.fixture
def issued(town) -> Town:
    """The town when November was reported, computed, approved and issued."""
    test_month.report(town, "1", "2", "3", "4", "5", "6")
    test_month.read_intake(town)
    test_month.issue(test_month.compute(town))
    return town


@pytest.fixture
def own_database(django_db_setup, django_db_blocker, tmp_path):
    """Commits are real in this test's own copy of the database; threads see each other's."""
    with django_db_blocker.unblock(), commits.own_database(tmp_path):
        yield


@pytest.fixture
def at_once():
    """Return a function that lets many threads act at the same moment."""
    return commits.at_once


@pytest.fixture
def sign_in():
    """Return a client signed in as a user, which checks every page it visits."""

    def signed_in(user: object) -> Client:
        client = CheckedClient()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return signed_in


@pytest.fixture
def visitor() -> Client:
    return CheckedClient()


def pytest_terminal_summary(terminalreporter):
    """Say how many random towns were proven, and how often each thing occurred in them."""
    seen = Counter()
    for report in terminalreporter.getreports("passed"):
        for name, value in getattr(report, "user_properties", ()):
            seen.update(value if name == "towns" and report.when == "call" else {})
    if seen:
        cpu = seen.pop("cpu")
        head = ", ".join(f"{seen.pop(name):,} {name}" for name in ("towns", "invoices", "lines"))
        terminalreporter.write_line(f"\nrandom towns: {head}, no difference; {cpu:,.0f} CPU-seconds")
        terminalreporter.write_line(", ".join(f"{name} {count:,}" for name, count in sorted(seen.items())))
