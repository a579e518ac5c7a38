"""Those who reported and paid on time are thanked: at home, on the next invoice, and only they."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avots.billing.models import Invoice, Run
from avots.billing.queries import thanked
from avots.billing.rules.thanks import deserves_thanks
from avots.core import clock, policies
from avots.core.dates import Month
from avots.customers.models import Party
from avots.ledger import actions as ledger
from avots.payments.actions import record_payment
from avots.payments.models import Payment
from avots.readings.models import Reading, Round
from tests.billing.test_month import ISSUE_ON, compute, issue, read_intake, report
from tests.town import AFTER, BY, MONTH, Town

CENTS = 1_000
SAID = "Paldies! Jūs jau 3\xa0mēnešus pēc kārtas ziņojat un maksājat laikā."


@pytest.fixture(autouse=True)
def in_december(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AFTER)


@pytest.fixture
def good(town) -> Town:
    """Everybody has reported by the portal and has three invoices; Anna and SIA Bērziņš paid each on its due day."""
    Reading.objects.exclude(installation=town.intake).update(source=Reading.Source.PORTAL)
    for number in (8, 9, 10):
        month = Month(2026, number)
        run = Run.objects.create(round=town.rounds[month], started_at=AFTER, started_by="t", state="issued")
        for flat in town.accounts:
            _invoice(town, run, month, flat)
            if flat in "12":
                pay(town, flat, month.next.last_day)
    report(town, "1", "2", "3", "4", "5", "6")
    return town


def _invoice(town: Town, run: Run, month: Month, flat: str) -> None:
    account, number = town.accounts[flat], f"T{month.number:02d}{flat}"
    Invoice.objects.create(
        run=run,
        building=town.building,
        account=account,
        premise=town.flats[flat],
        state="issued",
        number=number,
        first_day=month.first_day,
        issued_on=month.next.first_day + timedelta(days=10),
        due_on=month.next.last_day,
        net_cents=CENTS,
        vat_cents=0,
        total_cents=CENTS,
        vat_rate_per_10000=2_100,
        content={"month": str(month), "meters": [], "lines": [], "building": None, "history": []},
    )
    owed = ledger.receivable(account.number)
    on = month.next.first_day + timedelta(days=10)
    ledger.post(ledger.either_way(f"invoice:{number}:x", owed, f"{ledger.INCOME}water", CENTS, on, number), now=AFTER)


def pay(town: Town, flat: str, on: date, cents: int = CENTS) -> None:
    bank = Payment.Channel.BANK
    key = f"{flat}:{on}:{cents}"
    record_payment(
        key=key,
        account=town.accounts[flat],
        cents=cents,
        received_on=on,
        channel=bank,
        reference="",
        now=AFTER,
        by=BY,
    )


def of(town: Town) -> set[str]:
    accounts = {account.pk: flat for flat, account in town.accounts.items()}
    rounds = Round.objects.filter(first_day__lte=town.round.first_day).order_by("-first_day")
    found = thanked(list(accounts), rounds, on=ISSUE_ON, months=3)
    return {accounts[pk] for pk in found}


def test_only_those_who_reported_and_paid_on_time_are_thanked(good):
    assert of(good) == {"1", "2"}


def test_a_payment_a_day_late_is_not_on_time(good):
    Payment.objects.count()
    for number in (8, 9, 10):
        pay(good, "3", Month(2026, number).next.last_day + timedelta(days=number == 9))
    assert "3" not in of(good)


def test_money_paid_ahead_is_on_time(good):
    pay(good, "3", date(2026, 9, 1), 3 * CENTS)
    assert "3" in of(good)


@pytest.mark.parametrize("change", ["missing", "late", "staff"])
def test_one_meter_not_reported_within_one_window_is_enough(good, change):
    rows = Reading.objects.filter(installation=good.hot["1"], round=good.rounds[Month(2026, 10)])
    if change == "missing":
        rows.delete()
    elif change == "late":
        rows.update(received_at=good.rounds[Month(2026, 10)].closes_at)
    else:
        rows.update(source=Reading.Source.STAFF)
    assert of(good) == {"2"}


def test_a_coupon_counts_as_in_the_window(good):
    rows = Reading.objects.filter(installation=good.hot["1"], round=good.rounds[Month(2026, 10)])
    rows.update(received_at=good.rounds[Month(2026, 10)].closes_at + timedelta(days=1), source=Reading.Source.COUPON)
    assert "1" in of(good)


def test_a_home_read_remotely_reports_nothing_and_is_not_thanked(good):
    type(good.cold["1"]).objects.filter(usage_point__premise=good.flats["1"]).update(remote_read=True)
    assert of(good) == {"2"}


def test_the_number_of_months_is_a_dated_policy(good):
    made = {"name": "thanks_months", "basis": "x", "now": AFTER, "by": BY}
    policies.change(valid_from=ISSUE_ON, value=4, **made)
    read_intake(good)
    issue(compute(good))
    assert not Invoice.objects.filter(first_day=MONTH.first_day, content__has_key="thanks").exists()


def test_thanks_are_frozen_into_the_next_invoice_in_the_customers_language(good, sign_in):
    Party.objects.filter(name="SIA Bērziņš").update(language="en")
    read_intake(good)
    issue(compute(good))
    said = {
        row.account.number: row.content.get("thanks")
        for row in Invoice.objects.filter(first_day=MONTH.first_day).select_related("account")
    }
    assert said["1000001"] == SAID
    assert said["1000002"] == "Thank you! You have reported and paid on time for 3\xa0months in a row."
    assert {said[f"100000{flat}"] for flat in "3456"} == {None}
    invoice = Invoice.objects.get(first_day=MONTH.first_day, account=good.accounts["1"])
    assert SAID in sign_in(good.people["anna"]).get(f"/rekini/{invoice.number}/").text


def test_a_payment_that_arrives_between_computing_and_issuing_parks_nothing(good):
    read_intake(good)
    place = compute(good)
    pay(good, "3", date(2026, 9, 1), 3 * CENTS)
    issue(place)
    place.refresh_from_db()
    assert place.state == "issued"
    assert Invoice.objects.get(first_day=MONTH.first_day, account=good.accounts["3"]).content["thanks"] == SAID


def test_home_thanks_those_and_nobody_else(good, sign_in):
    assert SAID in sign_in(good.people["anna"]).get("/").text
    assert "pēc kārtas ziņojat" not in sign_in(good.people["karlis"]).get("/").text


@given(st.lists(st.booleans(), max_size=6), st.lists(st.booleans(), max_size=6), st.integers(0, 6))
def test_thanks_need_every_one_of_the_last_months(reported, paid, months):
    good_months = [a and b for a, b in zip(reported, paid, strict=False)][:months]
    assert deserves_thanks(reported, paid, months=months) == (months > 0 and good_months == [True] * months)
