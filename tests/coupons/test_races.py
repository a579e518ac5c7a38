"""Two clerks with the same coupon at once."""

import time

import pytest
from django.db import IntegrityError, connection
from django.db.models.query import QuerySet

from avots.coupons import actions
from avots.coupons.actions import keying
from avots.coupons.models import Slip
from avots.readings.models import Reading
from tests.coupons.test_keying import ILZE, LAIMA, batch, coupon
from tests.town import NOW, build


@pytest.mark.django_db
def test_no_paper_came_back_in_an_empty_town():
    """Also lets the runner make the database that the tests below copy."""
    assert not Slip.objects.exists()


@pytest.mark.parametrize("locked", [True, False])
@pytest.mark.parametrize("same", [True, False])
def test_two_clerks_key_the_same_coupon(own_database, at_once, monkeypatch, same, locked):
    """Without the locks both find the coupon unkeyed, and one of them fails at the database."""
    if not locked and connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer: its transactions are the lock")
    town = build()
    into, paper = batch(town, papers=2), coupon(town)
    sheets = [town.sheet("1"), town.sheet("1") if same else town.sheet("1", 2_600)]
    if not locked:
        monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **how: rows)
    look = keying.counted_slip

    def slow(*args: object) -> Slip | None:
        found = look(*args)
        time.sleep(0.2)
        return found

    monkeypatch.setattr(keying, "counted_slip", slow)

    def act(number: int) -> Slip:
        by = (ILZE, LAIMA)[number]
        return actions.key_coupon(batch=into, coupon=paper, values=sheets[number], now=NOW, by=by)

    got = at_once(act, 2)
    if not locked:
        assert any(isinstance(one, IntegrityError) for one in got), got
        return
    states = sorted(one.state for one in got)
    assert states == (["keyed", "keyed"] if same else ["exception", "keyed"])
    assert Slip.objects.filter(state="keyed").count() == 1
    counting = Reading.objects.filter(source="coupon", state__in=["accepted", "held"])
    assert counting.count() == 2
