"""Money: the provider's own published table, and what must always hold."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avots.billing.rules import lines_of, rf_reference, totals_of
from avots.billing.rules.bills import bills_of
from avots.core.dates import Month, Period
from avots.core.errors import Refused
from avots.core.money import cost_of, divide_half_up, share_exactly
from avots.payments.rules import Due, Received, settle
from avots.tariffs.rules import Price
from avots.usage.rules.balance import balance
from avots.usage.rules.facts import Holding
from tests.usage.build import building, meter, point, premise

OLD = {"water": [Price(date(2009, 2, 1), 73_000)], "sewerage": [Price(date(2009, 2, 1), 111_000)]}
NOW = {"water": [Price(date(2026, 3, 1), 89_000)], "sewerage": [Price(date(2026, 3, 1), 151_000)]}
MONTH = Month(2026, 11)
# domain.md 15.2: cubic metres -> VAT, total, in cents
TABLE = {
    1: (39, 223),
    2: (77, 445),
    3: (116, 668),
    4: (155, 891),
    5: (193, 1113),
    6: (232, 1336),
    7: (270, 1558),
    8: (309, 1781),
    9: (348, 2004),
    10: (386, 2226),
    11: (425, 2449),
    12: (464, 2672),
    13: (502, 2894),
    14: (541, 3117),
    15: (580, 3340),
    16: (618, 3562),
    17: (657, 3785),
    18: (696, 4008),
    19: (734, 4230),
    20: (773, 4453),
}


def bill(litres: int, prices=NOW, *, share: int = 0, paper: bool = False):
    services = ("water", "sewerage")
    lines = lines_of(
        own_litres=litres, share_litres=share, services=services, prices=prices, month=MONTH, paper=paper
    )
    return totals_of(lines, 2_100)


@pytest.mark.parametrize(("cubic", "expected"), TABLE.items())
def test_the_published_table_is_met_to_the_cent(cubic, expected):
    totals = bill(cubic * 1_000, OLD)
    assert (totals.vat, totals.total) == expected


@pytest.mark.parametrize(("litres", "total"), [(3_214, 933), (5_000, 1452), (10_125, 2940)])
def test_worked_example_5(litres, total):
    assert bill(litres).total == total


def test_a_service_without_a_price_is_refused_with_its_month():
    with pytest.raises(Refused, match="no_tariff"):
        bill(1_000, {"water": NOW["water"]})
    with pytest.raises(Refused, match="no_tariff"):
        bill(1_000, {name: [Price(date(2026, 11, 2), 1)] for name in NOW})


def test_a_price_that_changes_inside_the_month_splits_by_days():
    prices = {name: [*rows, Price(date(2026, 11, 16), rows[0].price_100k * 2)] for name, rows in NOW.items()}
    once, twice = bill(3_000).net, bill(3_000, prices).net
    assert twice - once == pytest.approx(once // 2, abs=2)


@given(st.integers(-10_000_000, 10_000_000), st.integers(1, 1_000_000))
def test_halves_go_away_from_nothing(numerator, denominator):
    assert divide_half_up(-numerator, denominator) == -divide_half_up(numerator, denominator)
    assert abs(divide_half_up(numerator, denominator) * denominator - numerator) * 2 <= denominator


@given(st.integers(-(10**9), 10**9), st.lists(st.integers(0, 10**6), min_size=1).filter(any))
def test_parts_add_up_and_stay_within_one_of_their_due(total, weights):
    parts = share_exactly(total, weights)
    assert sum(parts) == total
    whole = sum(weights)
    assert all(abs(part * whole - total * weight) < whole for part, weight in zip(parts, weights, strict=True))


@given(st.integers(0, 10**8))
def test_a_cost_is_the_exact_product_rounded_once(litres):
    assert abs(cost_of(litres, 89_000) * 10**6 - litres * 89_000 * 10**0 * 1) <= 5 * 10**5


@given(
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", min_size=1, max_size=21).filter(
        lambda t: any(c != "-" for c in t)
    )
)
def test_a_reference_checks_by_mod_97(number):
    reference = rf_reference(number)
    moved = reference[4:] + reference[:4]
    assert int("".join(str(int(char, 36)) for char in moved)) % 97 == 1


def test_payments_pay_the_oldest_first_and_the_rest_waits():
    dues = [Due(1, 1_000), Due(2, 0), Due(3, -300), Due(4, 500)]
    days = [date(2026, 1, day) for day in (5, 9)]
    settled = settle(dues, [Received(days[1], 400), Received(days[0], 700)])
    assert [(row.open_cents, row.paid_on) for row in settled] == [(0, days[0]), (0, None), (0, None), (100, None)]


@pytest.mark.parametrize(
    ("left", "came"),
    [((None, None), (109_000, 109_000)), ((101_000, 104_000), (100_000, 100_000)), ((101_000, 104_000), (0, 300))],
    ids=["no use to split", "nothing used after", "a meter taken out before"],
)
def test_the_days_of_an_account_are_those_it_held_its_home_whatever_its_meters_say(left, came):
    """A tile that was given whole to one of two holders stands for no other days than theirs."""
    first = point(1, meter(100_000, 100_000, number=1), premise=1)
    second = point(2, meter(100_000, left[0], number=2, end=left[1]), meter(came[0], came[1], number=3), premise=1)
    hands = (Holding(7, date(2026, 10, 29)), Holding(8, date(2026, 11, 21)))
    facts = building(20_000, [first, second], premises=(premise(1, holdings=hands),))
    days = {bill.account_id: bill.held(MONTH) for bill in bills_of(facts, balance(facts), payer_id=None)}
    november = {7: Period(date(2026, 11, 1), date(2026, 11, 21)), 8: Period(date(2026, 11, 21), date(2026, 12, 1))}
    assert days == {pk: november[pk] for pk in days}
    assert 8 in days


def test_who_holds_a_second_home_all_month_held_the_whole_month():
    hands = (Holding(7, date(2026, 10, 29)), Holding(8, date(2026, 11, 21)))
    homes = (premise(1, holdings=hands), premise(2, holdings=(Holding(8, date(2026, 10, 29)),)))
    points = [point(n, meter(100_000, 103_000, number=n)) for n in (1, 2)]
    facts = building(6_500, points, premises=homes)
    held = [bill.held(MONTH) for bill in bills_of(facts, balance(facts), payer_id=None)]
    assert held == [Period(date(2026, 11, 1), date(2026, 11, 21)), None]
