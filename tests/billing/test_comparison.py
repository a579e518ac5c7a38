"""Why an invoice differs from the one before: the steps add up to the cent, whatever changed."""

import re
from copy import deepcopy
from datetime import date
from fractions import Fraction

import pytest
from django.template.loader import render_to_string
from hypothesis import given
from hypothesis import strategies as st

from avots.billing.models import Invoice, Run
from avots.billing.queries import compared
from avots.billing.rules import lines_of, totals_of
from avots.billing.rules.comparison import Charged, steps_between, whole_parts
from avots.core import clock
from avots.core.dates import Month
from avots.customers.models import ServiceAgreement
from avots.tariffs.rules import Price
from tests.billing.test_month import compute, issue, read_intake, report
from tests.town import AFTER, NOW

litres = st.integers(-20_000, 90_000)
price = st.integers(1_000, 400_000)


@st.composite
def charges(draw) -> Charged:
    cold, hot, share = draw(litres), draw(litres), draw(litres)
    month = Month(2026, 3)
    first = Price(Month(2026, 1).first_day, draw(price))
    inside = Price(month.first_day.replace(day=11), draw(price))
    prices = {"water": [first], "sewerage": [first, inside] if draw(st.booleans()) else [inside, first]}
    prices["paper"] = [Price(first.valid_from, 124_000)]
    lines = lines_of(
        own_litres=cold + hot,
        share_litres=share,
        services=("water", "sewerage"),
        prices=prices,
        month=month,
        paper=draw(st.booleans()),
    )
    totals = totals_of(lines, 2_100)
    water = tuple((line.service, line.quantity, line.price_100k) for line in lines if line.service != "paper")
    fee = sum(line.net_cents for line in lines if line.service == "paper")
    return Charged(cold, hot, share, water, totals.net, fee, totals.vat)


@given(charges(), charges())
def test_steps_add_up_to_the_difference(before, after):
    steps = steps_between(before, after)
    assert sum(step.cents for step in steps) == after.total_cents - before.total_cents
    assert len({step.cause for step in steps}) == len(steps)


@given(st.lists(st.fractions(-500, 500), min_size=1, max_size=6), st.integers(-3, 3))
def test_whole_parts_lie_near_the_exact_ones(exact, off):
    total = round(sum(exact, Fraction(0))) + off
    parts = whole_parts(total, exact)
    assert sum(parts) == total
    assert all(abs(part - value) <= 5 for part, value in zip(parts, exact, strict=True))


@pytest.fixture
def two_months(town) -> Invoice:
    """Anna's November, and an October made of it: 500 l less cold, 200 l more of the difference."""
    report(town, "1", "2", "3", "4", "5", "6")
    read_intake(town)
    issue(compute(town))
    november = Invoice.objects.get(account=town.accounts["1"])
    content = deepcopy(november.content)
    content["meters"][0]["litres"] -= 500
    content["building"]["share_litres"] += 200
    for line, net in zip(content["lines"], (329, 559, 89, 151, 124), strict=True):
        line["quantity"] += {"own": -500, "share": 200}.get(line["part"], 0)
        line["net_cents"] = net
    run = Run.objects.create(round=town.rounds[Month(2026, 10)], started_at=NOW, started_by="x")
    same = {"building": november.building, "account": november.account, "state": "issued"}
    sums = {"net_cents": 1_252, "vat_cents": 263, "total_cents": 1_515, "vat_rate_per_10000": 2_100}
    days = {"first_day": date(2026, 10, 1), "issued_on": date(2026, 11, 10), "due_on": date(2026, 11, 30)}
    Invoice.objects.create(run=run, number="VU26-900000", content=content, **same, **sums, **days)
    return november


def test_an_invoice_is_compared_with_the_one_before(two_months):
    found = compared(two_months)
    assert found.cents == two_months.total_cents - 1_515
    assert [(step.cause, step.litres, step.cents) for step, _ in found.rows] == [
        ("cold", 500, 120),
        ("share", -200, -48),
        ("vat", 0, 15),
    ]
    assert compared(found.before) is None


@pytest.mark.parametrize(
    ("person", "path"), [("anna", "/rekini/{}/"), ("ilze", "/birojs/klienti/1000001/rekini/{}/")]
)
def test_resident_and_clerk_read_why(two_months, town, sign_in, monkeypatch, person, path):
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    page = sign_in(town.people[person]).get(path.format(two_months.number)).text.replace("\xa0", " ")
    assert "Kāpēc par 0,87 EUR vairāk nekā oktobrī?" in page
    assert "+1,20" in page
    assert "−0,48" in page
    assert "SPRK lēmums" in page


def test_a_clerk_answers_why_it_is_more_from_two_pages_and_reads_the_answer_aloud(
    two_months, town, sign_in, monkeypatch
):
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    ilze = sign_in(town.people["ilze"])
    found = ilze.get("/birojs/klienti/?q=Avotu iela 14-1", follow=True).text.replace("\xa0", " ")
    link = re.search(r'href="([^"]+)">Kāpēc par 0,87 EUR vairāk nekā oktobrī\?</a>', found)
    assert link, "the page of the customer asks the question"
    answer = ilze.get(link[1]).text.replace("\xa0", " ")
    assert "Par 2026. gada novembri ir 16,02 EUR, par 2026. gada oktobri bija 15,15 EUR." in answer
    assert "Aukstais ūdens par 0,500 m³ vairāk: +1,20 EUR. Mājas starpība par 0,200 m³ mazāk: −0,48 EUR." in answer


@pytest.mark.parametrize("way", [*ServiceAgreement.Sharing, "payer"])
def test_every_way_of_sharing_is_told_with_the_building_and_the_own_litres(issued, way):
    content = deepcopy(Invoice.objects.get(account=issued.accounts["1"]).content)
    content["building"]["sharing"] = str(way)
    said = render_to_string("portal/invoice_share.html", {"content": content}).replace("\xa0", " ")
    assert WAYS[str(way)] in said
    assert way == "payer" or ("4,800 m³" in said and "0,800 m³" in said)


WAYS = {
    "equal": "dala vienādi. Dzīvokļi: 6.",
    "pro_rata": "pēc katra patēriņa",
    "three_month_average": "pēc trīs mēnešu vidējā",
    "per_person": "pēc deklarēto personu skaita",
    "own_weights": "pēc īpašnieku lēmuma",
    "payer": "pēc ievada skaitītāja",
}
