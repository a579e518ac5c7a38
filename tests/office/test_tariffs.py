"""The office's page of prices: read and proposed by three roles, decided by two, always by a second person."""

from datetime import date

import pytest

from avots.billing import actions as billing
from avots.billing.actions.again import compute_again
from avots.billing.models import BuildingRun, Invoice, Run
from avots.core import clock
from avots.core.models import Approval, AuditEntry
from avots.tariffs.models import Tariff
from avots.tariffs.queries import all_prices
from avots.tariffs.rules import price_on
from avots.ui.formats import NBSP
from tests.billing.test_month import ILZE, compute, issue, read_intake, report
from tests.town import AFTER, NOW

PAGE = "/birojs/tarifi/"
DECEMBER = date(2026, 12, 1)
WANTED = {"service": "water", "valid_from": "2026-12-01", "price": "0,95123", "decision": "SPRK lēmums Nr. 12"}
BACKDATED = WANTED | {"valid_from": "2026-09-15"}
ISSUED = "2026. gada septembris – 2026. gada oktobris"


@pytest.fixture(autouse=True)
def in_the_window(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def ainars(town, sign_in):
    return sign_in(town.people["ainars"])


@pytest.fixture
def laima(town, sign_in):
    return sign_in(town.people["laima"])


def decide(client, decision: str):
    pk = Approval.objects.latest("pk").pk
    return client.post(f"{PAGE}{pk}/lemt/", {"decision": decision}, follow=True)


def water_on(day: date) -> int:
    return price_on(all_prices()["water"], day).price_100k


@pytest.mark.parametrize(
    ("language", "facts"),
    [
        ("lv", ["0,89 EUR/m³", "ar PVN 1,0769 EUR", "0,65 EUR/m³", "1,24 EUR par rēķinu", "01.03.2026.", "0,93 EUR"]),
        ("en", ["0.89 EUR/m³", "with VAT 1.0769 EUR", "1.24 EUR an invoice", "1 Mar 2026"]),
    ],
)
def test_the_page_says_what_each_service_costs_now_and_did_before(ainars, language, facts):
    ainars.cookies["django_language"] = language
    page = " ".join(ainars.get(PAGE).text.replace(NBSP, " ").split())
    assert [fact for fact in facts if fact not in page] == []
    assert "SPRK lēmums, izziņots 01.02.2026." in page
    assert PAGE in ainars.get("/birojs/noteikumi/").text


def test_an_accountant_proposes_and_another_person_approves(ainars, laima):
    assert "Tagad vajag otru cilvēku" in ainars.post(PAGE, WANTED, follow=True).text
    assert water_on(DECEMBER) == 89_000
    mine = ainars.get(PAGE).text
    assert "Izlemj cits cilvēks" in mine
    assert "Apstiprināt kā otrais" not in mine
    page = laima.get(PAGE).text.replace(NBSP, " ")
    assert all(fact in page for fact in ("Ainars", "0,95123 EUR", "SPRK lēmums Nr. 12", "Apstiprināt kā otrais"))
    assert "Cena apstiprināta." in decide(laima, "approve").text
    assert (water_on(date(2026, 11, 30)), water_on(DECEMBER)) == (89_000, 95_123)
    page = ainars.get(PAGE).text
    assert all(fact in page for fact in ("vēl nav sācies", "lēma Laima", "lūdza Ainars"))
    assert "Gaida otru cilvēku" not in page


def test_who_proposed_may_withdraw_but_not_approve(laima):
    laima.post(PAGE, WANTED)
    assert "Apstiprina cits cilvēks" in decide(laima, "approve").text
    page = laima.get(PAGE).text
    assert "Atsaukt lūgumu" in page
    assert "Noraidīt" not in page
    assert "Viss paliek, kā bija" in decide(laima, "decline").text
    assert Approval.objects.get().state == "withdrawn"
    assert "Gaida otru cilvēku" not in laima.get(PAGE).text
    assert water_on(DECEMBER) == 89_000


def test_a_price_is_declined(ainars, laima):
    ainars.post(PAGE, WANTED)
    assert "Viss paliek, kā bija" in decide(laima, "decline").text
    assert water_on(DECEMBER) == 89_000
    assert AuditEntry.objects.filter(verb="decline_tariff").count() == 1
    assert "Par šo jau ir izlemts" in decide(laima, "approve").text


@pytest.mark.parametrize(
    ("sent", "says", "keeps"),
    [
        ({"price": "daudz"}, "Cenu rakstiet kā 0,89", 'value="daudz"'),
        ({"price": "0,951234"}, "Cenu rakstiet kā 0,89", 'value="0,951234"'),
        ({"price": "-1"}, "Cenu rakstiet kā 0,89", 'value="-1"'),
        ({"price": "0,²"}, "Cenu rakstiet kā 0,89", 'value="0,²"'),
        ({"price": "0,00"}, "Cenu rakstiet kā 0,89", 'value="0,00"'),
        ({"price": ""}, "Cenu rakstiet kā 0,89", 'value="SPRK lēmums Nr. 12"'),
        ({"valid_from": ""}, "Norādiet datumu", 'value="0,95123"'),
        ({"valid_from": "2026-02-30"}, "Norādiet datumu", 'value="2026-02-30"'),
        ({"decision": " "}, "Ierakstiet pamatu", 'value="0,95123"'),
        ({"decision": " ", "valid_from": "2026-09-15"}, "Ierakstiet pamatu", ISSUED),
        ({"service": "gas"}, "Izvēlieties veidu", 'value="0,95123"'),
        ({"service": "paper", "valid_from": "2009-02-01"}, "tarifs jau ir", '"paper" selected'),
    ],
)
def test_a_wrong_entry_says_why_and_keeps_the_typing(ainars, sent, says, keeps):
    seen = "2026-08 2026-09 2026-10"
    page = ainars.post(PAGE, WANTED | {"seen": seen} | sent)
    assert page.status_code == 422
    assert says in page.text
    assert keeps in page.text
    assert not Approval.objects.exists()
    assert AuditEntry.objects.get(refused=True).verb == "office:tariffs"


@pytest.mark.parametrize(("price", "stored"), [("1", 100_000), (" 0.9 ", 90_000), ("0,00001", 1)])
def test_a_price_is_typed_with_a_comma_or_a_point(ainars, price, stored):
    ainars.post(PAGE, WANTED | {"price": price})
    assert Approval.objects.get().facts["price_100k"] == stored


def test_sent_twice_is_asked_once_and_another_price_waits(ainars, laima):
    for _ in range(2):
        assert ainars.post(PAGE, WANTED).status_code == 302
    assert AuditEntry.objects.filter(verb="ask_tariff").count() == 1
    assert "cena jau lūgta" in ainars.post(PAGE, WANTED | {"price": "1"}).text
    assert "cena jau lūgta" in laima.post(PAGE, WANTED).text
    decide(laima, "approve")
    assert "tarifs jau ir" in ainars.post(PAGE, WANTED).text
    assert Approval.objects.count() == 1


def test_a_day_before_issued_months_warns_both_people(ainars, laima):
    page = ainars.post(PAGE, BACKDATED)
    assert page.status_code == 422
    assert "Izlasiet brīdinājumu" in page.text
    assert all(fact in page.text for fact in (ISSUED, "kredītrēķinu", 'value="2026-09 2026-10"', 'value="0,95123"'))
    assert not Approval.objects.exists()
    # what was confirmed is these months alone: an earlier day asks again
    confirmed = {"seen": "2026-09 2026-10"}
    assert ainars.post(PAGE, BACKDATED | confirmed | {"valid_from": "2026-08-15"}).status_code == 422
    assert ainars.post(PAGE, BACKDATED | confirmed).status_code == 302
    assert ISSUED in laima.get(PAGE).text
    decide(laima, "approve")
    assert water_on(date(2026, 9, 15)) == 95_123


def test_only_months_that_the_price_would_change_are_named(ainars):
    Tariff.objects.create(service="water", valid_from=date(2026, 10, 1), price_100k=91_000, decision="d")
    page = ainars.post(PAGE, BACKDATED).text
    assert "2026. gada septembris." in page
    assert "2026. gada oktobris" not in page
    assert ISSUED in ainars.post(PAGE, BACKDATED | {"service": "sewerage"}).text
    assert ainars.post(PAGE, BACKDATED | {"valid_from": "2020-01-01"}).status_code == 302


@pytest.fixture
def reported(town, monkeypatch):
    report(town, "1", "2", "3", "4", "5", "6")
    read_intake(town)
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    return town


def approve_from_november(ainars, laima) -> str:
    ainars.post(PAGE, WANTED | {"valid_from": "2026-11-01", "price": "1,00"})
    waiting = laima.get(PAGE).text
    assert ("2026. gada novembris." in waiting) == Run.objects.exists()
    return decide(laima, "approve").text


def test_drafts_with_the_old_price_are_not_issued(reported, sign_in):
    people = sign_in(reported.people["ainars"]), sign_in(reported.people["laima"])
    place = compute(reported)
    assert "rēķinus rēķiniet vēlreiz" in approve_from_november(*people)
    issue(place)
    place.refresh_from_db()
    assert (place.state, place.reason) == ("parked", "inputs_changed")
    assert not Invoice.objects.filter(state="issued").exists()
    billing.retry(place, now=AFTER, by=ILZE)
    billing.compute(place, now=AFTER)
    billing.issue(place, now=AFTER)
    # 5,000 m3 at 1.00 in place of 0.89: 0.46 and 0.09 more than in November's own test
    assert Invoice.objects.get(account=reported.accounts["1"]).net_cents == 1324 + 46 + 9


def test_a_run_that_is_computed_again_takes_the_new_price(reported, sign_in):
    people = sign_in(reported.people["ainars"]), sign_in(reported.people["laima"])
    place = compute(reported)
    approve_from_november(*people)
    compute_again(Run.objects.get(), now=AFTER, by=ILZE)
    billing.compute(BuildingRun.objects.get(), now=AFTER)
    issue(place)
    place.refresh_from_db()
    assert place.state == "issued"
    assert Invoice.objects.get(account=reported.accounts["1"]).net_cents == 1324 + 46 + 9


def test_a_price_of_a_later_month_leaves_drafts_alone(reported, sign_in):
    ainars, laima = sign_in(reported.people["ainars"]), sign_in(reported.people["laima"])
    place = compute(reported)
    ainars.post(PAGE, WANTED)
    assert "Cena apstiprināta.</p>" in decide(laima, "approve").text
    issue(place)
    place.refresh_from_db()
    assert place.state == "issued"


@pytest.mark.parametrize("person", ["ilze", "peteris", "anna"])
def test_others_neither_read_nor_propose(town, sign_in, person):
    client = sign_in(town.people[person])
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, WANTED).status_code == 403
    assert client.post(f"{PAGE}1/lemt/", {"decision": "approve"}).status_code == 403


def test_an_accountant_proposes_but_does_not_decide(ainars, laima):
    laima.post(PAGE, WANTED)
    assert "Apstiprināt kā otrais" not in ainars.get(PAGE).text
    assert decide(ainars, "approve").status_code == 403
    assert water_on(DECEMBER) == 89_000


def test_deciding_takes_a_post_and_a_price(laima):
    other = Approval.objects.create(kind="rule", subject="r", requested_by="staff:0", requested_at=NOW)
    assert laima.get(f"{PAGE}{other.pk}/lemt/").status_code == 405
    assert laima.post(f"{PAGE}{other.pk}/lemt/", {"decision": "approve"}).status_code == 404
