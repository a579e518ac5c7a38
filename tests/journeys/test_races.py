"""Each lock is proven twice: the race when the lock is removed, and its absence with the lock."""

import time

import pytest
from django.db import connection, transaction
from django.db.models import Max
from django.db.models.query import QuerySet

from avots.core import claims, numbering
from avots.core.models import Series, Tick
from avots.readings.actions import Recorded, record_readings
from avots.readings.models import Reading
from tests.town import BY, NOW, build

THREADS = 8


@pytest.mark.django_db
def test_numbers_are_drawn_only_inside_the_transaction_that_uses_them():
    """Also lets the runner make the database that the tests below copy."""
    assert list(numbering.draw("receipt:2026", 2)) == [1, 2]


def look_then_take(_: int) -> bool:
    """What a claim must not be: look, think, write."""
    tick = Tick.objects.get()
    time.sleep(0.05)
    if tick.job != "waiting":
        return False
    Tick.objects.filter(pk=tick.pk).update(job="taken")
    return True


def claim(_: int) -> bool:
    return claims.claim(Tick.objects.filter(job="waiting"), job="taken")


@pytest.mark.parametrize(("take", "winners"), [(look_then_take, range(2, THREADS + 1)), (claim, [1])])
def test_a_claim_is_won_once_where_looking_first_is_won_by_many(own_database, at_once, take, winners):
    Tick.objects.create(job="waiting", slot=NOW)
    assert sum(at_once(take, THREADS)) in winners


def highest_and_one(_: int) -> int:
    """What a number series must not be."""
    highest = Series.objects.filter(name__startswith="n").aggregate(m=Max("next_number"))["m"] or 0
    time.sleep(0.05)
    Series.objects.create(name=f"n{time.perf_counter_ns()}", next_number=highest + 1)
    return highest + 1


def draw(number: int) -> int | None:
    try:
        with transaction.atomic():
            drawn = numbering.draw("receipt:2026")[0]
            if number % 3 == 0:
                raise RuntimeError("the number goes back")
            return drawn
    except RuntimeError:
        return None


def test_drawn_numbers_are_gap_free_where_the_highest_and_one_repeats(own_database, at_once):
    naive = at_once(highest_and_one, THREADS)
    assert len(set(naive)) < THREADS
    drawn = [number for number in at_once(draw, THREADS) if number is not None]
    assert sorted(drawn) == list(range(1, len(drawn) + 1))


@pytest.mark.parametrize("locked", [True, False])
def test_one_reading_counts_when_a_household_reports_twice_at_once(own_database, at_once, monkeypatch, locked):
    if not locked and connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer: its transactions are the lock")
    town = build()
    if not locked:
        monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **how: rows)

    def report(number: int) -> object:
        values = town.sheet("1", cold=2_500 + number)
        asked = {"round": town.round, "premise": town.flats["1"], "account": town.accounts["1"], "values": values}
        return record_readings(**asked, source=Reading.Source.PORTAL, key=f"k{number}", by=BY, now=NOW)

    answers = at_once(report, THREADS)
    taken = [answer for answer in answers if isinstance(answer, Recorded)]
    rows = Reading.objects.filter(round=town.round, installation=town.cold["1"])
    assert rows.filter(state=Reading.State.ACCEPTED).count() == 1
    assert rows.count() == len(taken)
    assert (len(taken) == THREADS) is locked
