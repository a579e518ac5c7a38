"""Desks at once: receipts stay gap-free, a closing waits for the money, a press counts once."""

import time

import pytest
from django.db import connection
from django.db.models.query import QuerySet

from avots.core.errors import Refused
from avots.payments import actions, queries
from avots.payments.models import CashReceipt, DeskDay, Payment
from tests.payments.test_cash import CASH, ILZE, LAIMA
from tests.town import AFTER, build

THREADS = 6


@pytest.mark.django_db
def test_no_desk_stands_in_an_empty_town():
    """Also lets the runner make the database that the tests below copy."""
    assert not DeskDay.objects.exists()


@pytest.fixture
def day(own_database) -> DeskDay:
    build()
    desk = actions.register_desk(code="1", name="Krasta iela 2", now=AFTER, by=LAIMA)
    return actions.open_desk(desk, float_cents=0, now=AFTER, by=ILZE)


def take(day: DeskDay, number: int, key: str, cents: int = 100) -> CashReceipt:
    from avots.customers.models import CustomerAccount

    account = CustomerAccount.objects.get(number=f"100000{number % 6 + 1}")
    return actions.take_payment(
        desk=day.desk, account=account, cents=cents, channel=CASH, key=key, now=AFTER, by=ILZE
    )


def test_payments_in_the_same_second_get_gap_free_receipts(day, at_once):
    def pay(number: int) -> str:
        return take(day, number, f"k{number}", cents=0 if number % 3 == 2 else 100).number

    got = at_once(pay, THREADS)
    numbers = sorted(one for one in got if isinstance(one, str))
    assert numbers == [f"KV26-{n:06d}" for n in range(1, 5)]
    assert sum(isinstance(one, Refused) for one in got) == 2


def test_one_press_seen_by_many_workers_is_one_payment(day, at_once):
    numbers = {str(one) for one in at_once(lambda _: take(day, 0, "same"), THREADS)}
    assert numbers == {"KV26-000001"}
    assert Payment.objects.count() == 1


@pytest.mark.parametrize("locked", [True, False])
def test_a_day_is_never_closed_under_a_payment(day, at_once, monkeypatch, locked):
    """Without the lock on the day, money lands on a day that was counted without it."""
    if not locked and connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer: its transactions are the lock")
    if not locked:
        monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **how: rows)
    slow_reading(monkeypatch)

    def act(number: int) -> object:
        if number == 0:
            time.sleep(0.05)
            return actions.close_desk(day, counted={}, reason="", now=AFTER, by=ILZE)
        return take(day, number, f"k{number}")

    got = at_once(act, 2)
    assert not any(isinstance(one, Exception) and not isinstance(one, Refused) for one in got), got
    row = DeskDay.objects.get()
    wrong = row.state == "closed" and row.expected_cents != queries.desk_totals(row).expected_cents
    assert wrong is not locked


def slow_reading(monkeypatch) -> None:
    """Let a payment think between looking at the day and writing."""
    from avots.payments.actions import cash

    quick = cash._content

    def slow(*args: object) -> object:
        time.sleep(0.2)
        return quick(*args)

    monkeypatch.setattr(cash, "_content", slow)
