"""The month page: figures of that month, not of all time, with the month before beside them."""

from datetime import date, timedelta

import pytest

from avots.billing.actions.deliveries import follow_emails
from avots.billing.models import Invoice
from avots.config.jobs import add_up_month
from avots.core import clock
from avots.core.audit import By
from avots.core.dates import Month
from avots.customers.models import Access, CustomerAccount
from avots.meters.models import Building
from avots.office import monthfigures
from avots.office.kept import KEPT
from avots.office.monthfigures import shares
from avots.office.pages import month_page
from avots.outbox.models import Message
from avots.payments.actions import record_payment
from avots.payments.models import Payment
from avots.payments.queries import paid_of
from tests.billing.test_month import compute, issue, read_intake, report
from tests.billing.test_thanks import good  # noqa: F401 - a town with three earlier invoices each
from tests.town import AFTER, BY, MONTH, NOW, SINCE, Town

DAY = date(2026, 11, 26)


def pay(town: Town, flat: str, cents: int) -> None:
    record_payment(
        key=f"{flat}:{cents}",
        account=town.accounts[flat],
        cents=cents,
        received_on=date(2026, 12, 12),
        channel=Payment.Channel.BANK,
        reference="",
        now=AFTER,
        by=BY,
    )


def billed(town: Town) -> Town:
    report(town, "1", "2", "3", "4", "5", "6")
    read_intake(town)
    issue(compute(town))
    return town


def test_what_is_paid_is_of_this_months_invoices_and_the_oldest_debt_is_paid_first(good):  # noqa: F811
    CustomerAccount.objects.filter(number="1000001").update(delivery="email", invoice_email="a@example.lv")
    read_intake(good)
    issue(compute(good))
    run = Invoice.objects.filter(first_day=MONTH.first_day)[0].run
    asked = sum(Invoice.objects.filter(run=run).values_list("total_cents", flat=True))
    assert paid_of(run) == (asked, 0)
    own = Invoice.objects.get(run=run, account=good.accounts["3"]).total_cents
    pay(good, "3", 3_000)
    assert paid_of(run) == (asked, 0)
    pay(good, "3", own - 100)
    assert paid_of(run) == (asked, own - 100)


def test_the_payments_of_another_month_do_not_count(good, monkeypatch):  # noqa: F811
    page = month_page(good.round, AFTER).figures
    assert (page.asked_cents, page.paid_permille) == (0, 0)
    october = month_page(good.rounds[max(month for month in good.rounds if month < MONTH)], AFTER).figures
    assert (october.asked_cents, october.paid_cents) == (6_000, 2_000)


def test_shares_are_live_with_the_month_before_beside_them(town):
    (all_, flats) = shares(DAY, town.round)
    assert (all_.kind, flats.kind) == ("all", "apartments")
    assert (flats.accounts, flats.registered_permille, flats.registered_before) == (6, 500, 500)
    assert (flats.email_permille, flats.email_before) == (0, None)
    Access.objects.create(user=town.people["anna"], account=town.accounts["3"], starts_on=DAY)
    CustomerAccount.objects.filter(number="1000003").update(delivery="email", invoice_email="a@example.lv")
    (_, flats) = shares(DAY, town.round)
    assert (flats.registered_permille, flats.registered_before, flats.email_permille) == (666, 500, 166)


def test_flats_and_private_houses_stand_apart(town):
    house = Building.objects.create(
        code="P1", street="Jūras iela", house="2", town="V", postcode="LV-3601", segment=Building.Segment.PRIVATE
    )
    flat = town.flats["6"]
    type(flat).objects.filter(pk=flat.pk).update(building=house)
    kinds = {row.kind: row.accounts for row in shares(DAY, town.round)}
    assert kinds == {"all": 6, "apartments": 5, "private": 1}


def test_e_invoices_of_a_month_that_is_over_are_those_that_were_billed(town):
    CustomerAccount.objects.filter(number="1000001").update(delivery="email", invoice_email="a@example.lv")
    billed(town)
    CustomerAccount.objects.update(delivery="paper")
    later = date(2026, 12, 20)
    assert shares(later, town.round)[0].email_permille == 166
    december = town.round
    december.first_day = date(2026, 12, 1)
    assert (shares(later, december)[0].email_permille, shares(later, december)[0].email_before) == (0, 166)


def test_only_this_months_invoices_are_counted_on_their_way(town):
    CustomerAccount.objects.filter(number="1000001").update(delivery="email", invoice_email="a@example.lv")
    billed(town)
    assert month_page(town.round, AFTER).figures.deliveries == {"email_waiting": 1, "paper_waiting": 5}
    follow_emails(now=AFTER, by=By("job", "test"))
    Message.objects.filter(key__startswith="invoice:").update(state="sent", sent_at=AFTER)
    follow_emails(now=AFTER, by=By("job", "test"))
    page = month_page(town.round, AFTER).figures
    assert (page.deliveries, page.undelivered) == ({"email_sent": 1, "paper_waiting": 5}, 5)
    assert month_page(town.rounds[Month(2026, 10)], AFTER).figures.deliveries == {}


@pytest.mark.parametrize("language", ["lv", "en"])
def test_the_page_shows_them(town, sign_in, monkeypatch, language):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    ilze = sign_in(town.people["ilze"])
    ilze.cookies["django_language"] = language
    page = ilze.get("/birojs/").text
    assert {"lv": "Portāls un e-rēķini", "en": "Portal and e-invoices"}[language] in page
    assert "50" in page


def test_registration_a_month_ago_is_as_it_was(town):
    Access.objects.filter(account=town.accounts["1"]).update(starts_on=SINCE, ends_on=DAY - timedelta(days=1))
    (_, flats) = shares(DAY, town.round)
    assert (flats.registered_permille, flats.registered_before) == (333, 500)


def test_a_large_utilitys_figures_are_kept_for_minutes_and_say_of_when(town, sign_in, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(monthfigures, "MANY_METERS", 1)
    ilze = sign_in(town.people["ilze"])
    assert "saskaitīt tagad" not in ilze.get("/birojs/").text, "these are of now"
    report(town, "1")
    page = ilze.get("/birojs/").text
    assert "0 no 12" in page
    assert "saskaitīt tagad" in page
    assert "2 no 12" in ilze.get("/birojs/?tagad=1").text
    report(town, "2")
    later = NOW + KEPT
    assert month_page(town.round, later - timedelta(seconds=1)).figures.progress.received == 2
    assert month_page(town.round, later).figures.progress.received == 4
    report(town, "3")
    monkeypatch.setattr(clock, "now", lambda: later)
    assert add_up_month.func()
    assert month_page(town.round, later).figures.progress.received == 6


def test_figures_are_added_up_anew_when_the_run_goes_on(town, monkeypatch):
    monkeypatch.setattr(monthfigures, "MANY_METERS", 1)
    read_intake(town)
    place = compute(town)
    assert month_page(town.round, AFTER).figures.numbers is None
    issue(place)
    found = month_page(town.round, AFTER).figures
    assert (found.kept, found.deliveries) == (False, {"paper_waiting": 6})
    assert found.numbers is not None


def test_a_small_utilitys_figures_are_of_now(town):
    assert month_page(town.round, NOW).figures.progress.received == 0
    report(town, "1")
    assert month_page(town.round, NOW).figures.progress.received == 2
