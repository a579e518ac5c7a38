"""The office as staff use it."""

import re

import pytest

from avots.billing import actions as billing
from avots.billing.models import BuildingRun, Invoice, Run
from avots.core import clock
from avots.customers.models import CustomerAccount
from avots.meters.models import MeterInstallation
from avots.office import site
from avots.office.site import ShortPaginator
from avots.office.views import utility
from avots.payments.models import Payment
from avots.readings.models import Reading
from tests.billing.test_month import read_intake, report
from tests.town import AFTER, NOW, Town


@pytest.fixture(autouse=True)
def in_the_window(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def in_december(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AFTER)


def face(litres: int) -> str:
    return f"{litres:08d}"


def test_the_month_is_a_checklist_with_figures(town, sign_in):
    report(town, "1", "2")
    page = sign_in(town.people["ilze"]).get("/birojs/")
    assert "4 no 12" in page.text
    assert "2026. gada novembris" in page.text
    assert "nav nolasīti: 1" in page.text


def test_a_flat_is_found_by_few_letters(town, sign_in):
    page = sign_in(town.people["ilze"]).get("/birojs/klienti/?q=avo 3", follow=True)
    assert "Ģirts Kļaviņš" in page.text
    assert page.redirect_chain


def test_the_customer_page_answers_a_call(town, sign_in):
    page = sign_in(town.people["ilze"]).get("/birojs/klienti/1000001/")
    for fact in ("Anna Ozola", "Avotu iela 14-1", "44710001", "anna@example.lv"):
        assert fact in page.text


def test_a_caller_is_asked_about_an_odd_reading_and_may_stand_by_it(town, sign_in):
    ilze = sign_in(town.people["ilze"])
    sent = {f"m{pk}": face(value) for pk, value in town.sheet("1", cold=30_000).items()}
    sent |= {"premise": str(town.flats["1"].pk), "key": "p"}
    asked = ilze.post("/birojs/klienti/1000001/radijumi/", sent)
    assert "Pārjautājiet" in asked.text
    assert not Reading.objects.filter(round=town.round).exists()
    token = re.search(r'name="confirmed" value="([^"]+)"', asked.text).group(1)
    done = ilze.post("/birojs/klienti/1000001/radijumi/", sent | {"confirmed": token}, follow=True)
    assert "Rādījumi ierakstīti" in done.text
    assert Reading.objects.filter(round=town.round, source="phone", state="accepted").count() == 2


def hold(town: Town) -> Reading:
    report(town, "1")
    reading = Reading.objects.get(round=town.round, installation=town.cold["1"])
    Reading.objects.filter(pk=reading.pk).update(state="held", findings=["lower_than_previous"])
    return reading


@pytest.mark.parametrize(("decision", "state"), [("accept", "accepted"), ("reject", "rejected")])
def test_a_held_reading_is_decided_by_one_key(town, sign_in, decision, state):
    reading = hold(town)
    ilze = sign_in(town.people["ilze"])
    page = ilze.get("/birojs/aizturetie/")
    assert all(f'aria-keyshortcuts="{key}"' in page.text for key in "24")
    ilze.post(f"/birojs/aizturetie/{reading.pk}/lemt/", {"decision": decision, "reason": "photo"})
    reading.refresh_from_db()
    assert (reading.state, reading.decision) == (state, "photo")


def test_a_held_reading_is_corrected(town, sign_in):
    reading = hold(town)
    value = town.sheet("1", 2_600)[town.cold["1"].pk]
    sent = {"decision": "correct", "value": face(value), "reason": "photo"}
    sign_in(town.people["ilze"]).post(f"/birojs/aizturetie/{reading.pk}/lemt/", sent)
    right = Reading.objects.get(round=town.round, installation=town.cold["1"], state="accepted")
    assert (right.litres, right.quality) == (value, 7)


def test_a_refused_correction_keeps_what_was_typed(town, sign_in):
    reading = hold(town)
    sent = {"decision": "correct", "value": "12x", "reason": "visit"}
    page = sign_in(town.people["ilze"]).post(f"/birojs/aizturetie/{reading.pk}/lemt/", sent)
    assert page.status_code == 422
    assert 'value="12x"' in page.text
    assert 'value="visit" selected' in page.text
    reading.refresh_from_db()
    assert reading.state == "held"


def test_the_intake_sheet_saves_what_was_typed(town, sign_in):
    ilze = sign_in(town.people["ilze"])
    value = town.previous(town.intake) + 30_000
    page = ilze.post("/birojs/ievads/", {f"m{town.intake.pk}": f"{value:09d}"}, follow=True)
    assert "30,000" in page.text
    bad = ilze.post("/birojs/ievads/", {f"m{town.intake.pk}": "abc"})
    assert bad.status_code == 422
    assert 'value="abc"' in bad.text


def test_the_intake_sheet_comes_page_by_page_and_saves_before_the_next(town, sign_in, monkeypatch):
    monkeypatch.setattr(utility, "ON_A_PAGE", 2)
    MeterInstallation.objects.of_units().update(remote_read=True)
    ilze = sign_in(town.people["ilze"])
    first = ilze.get("/birojs/ievads/")
    pks = [int(pk) for pk in re.findall(r'name="m(\d+)"', first.text)]
    assert pks[0] == town.intake.pk and len(pks) == 2, "the intake, then the flats in the order of their doors"
    assert "1. lapa no 7" in first.text and "iepriekšējā lapa" not in first.text
    typed = {f"m{town.intake.pk}": f"{town.previous(town.intake) + 30_000:09d}", "key": "one", "lapa": "2"}
    second = ilze.post("/birojs/ievads/", typed, follow=True)
    assert second.redirect_chain == [("/birojs/ievads/?lapa=2", 302)]
    assert "2. lapa no 7" in second.text and "Saglabāts." in second.text and f'name="m{pks[0]}"' not in second.text
    assert Reading.objects.filter(installation=town.intake, round=town.round).count() == 1
    bad = ilze.post("/birojs/ievads/", {f"m{pks[1]}": "abc", "lapa": "2"})
    assert bad.status_code == 422 and 'value="abc"' in bad.text and "1. lapa no 7" in bad.text
    nothing = ilze.post("/birojs/ievads/?lapa=2", {"lapa": "3"}, follow=True)
    assert "3. lapa no 7" in nothing.text and "Saglabāts." not in nothing.text


def test_the_intake_sheet_shows_what_is_not_read_and_an_address(town, sign_in, monkeypatch):
    MeterInstallation.objects.of_units().update(remote_read=True)
    monkeypatch.setattr(utility, "ON_A_PAGE", 5)
    ilze = sign_in(town.people["ilze"])
    unread = ilze.get("/birojs/ievads/?nav=1&q=avotu")
    assert "skaitītāji: 13" in unread.text and f'name="m{town.intake.pk}"' in unread.text
    typed = {f"m{town.intake.pk}": f"{town.previous(town.intake) + 30_000:09d}", "lapa": "2"}
    after = ilze.post("/birojs/ievads/?nav=1&q=avotu", typed, follow=True)
    assert after.redirect_chain == [("/birojs/ievads/?nav=1&q=avotu", 302)], "the rest has moved up to this page"
    assert "skaitītāji: 12" in after.text and f'name="m{town.intake.pk}"' not in after.text
    assert "Šādu skaitītāju nav." in ilze.get("/birojs/ievads/?q=nekur").text
    again = {f"m{town.intake.pk}": f"{town.previous(town.intake) + 31_000:09d}", "key": "while another clerk read it"}
    ilze.post("/birojs/ievads/?nav=1&q=avotu", again)
    counting = Reading.objects.get(round=town.round, installation=town.intake, state="accepted")
    assert counting.litres == town.previous(town.intake) + 31_000, "not on this page any more, and saved"
    flat = town.cold["1"]
    MeterInstallation.objects.filter(pk=flat.pk).update(remote_read=False)
    ilze.post("/birojs/ievads/", {f"m{flat.pk}": face(town.previous(flat) + 1_000)})
    assert not Reading.objects.filter(round=town.round, installation=flat).exists(), "not the utility's to read"


def test_the_administrators_tables_count_no_farther_than_anybody_turns(town, monkeypatch):
    report(town, "1", "2")
    rows = Reading.objects.order_by("-pk")
    total = rows.count()
    assert ShortPaginator(rows, 2).count == total > 3
    monkeypatch.setattr(site, "FARTHEST", 3)
    assert (ShortPaginator(rows, 2).count, ShortPaginator(rows, 2).num_pages) == (3, 2)


def test_a_run_goes_through_two_people(town, sign_in, in_december):
    report(town, "1", "2", "3", "4", "5")
    read_intake(town)
    ainars, laima = sign_in(town.people["ainars"]), sign_in(town.people["laima"])
    ainars.post("/birojs/rekini/2026-11/sakt/")
    billing.compute(BuildingRun.objects.get(), now=AFTER)
    assert "Lūgt apstiprinājumu" in ainars.get("/birojs/rekini/2026-11/").text
    ainars.post("/birojs/rekini/2026-11/lugt/", {"issue_on": "2026-12-11"})
    refused = ainars.post("/birojs/rekini/2026-11/apstiprinat/", follow=True)
    assert "Apstiprina cits cilvēks" in refused.text
    laima.post("/birojs/rekini/2026-11/apstiprinat/")
    assert Run.objects.get().state == "approved"
    laima.post("/birojs/rekini/2026-11/izrakstit/")
    billing.issue(BuildingRun.objects.get(), now=AFTER)
    assert Invoice.objects.filter(state="issued").count() == 6
    assert "VU26-000001 – VU26-000006" in ainars.get("/birojs/menesis/2026-11/").text


def test_a_parked_building_says_why_and_what_to_do(town, sign_in, in_december):
    ainars = sign_in(town.people["ainars"])
    ainars.post("/birojs/rekini/2026-11/sakt/")
    billing.compute(BuildingRun.objects.get(), now=AFTER)
    page = ainars.get("/birojs/rekini/2026-11/")
    assert "Nav ievadskaitītāja 90000001 rādījuma" in page.text
    read_intake(town)
    ainars.post(f"/birojs/rekini/2026-11/maja/{BuildingRun.objects.get().pk}/")
    assert BuildingRun.objects.get().state == "waiting"


def test_a_payment_is_recorded_by_hand(town, sign_in):
    ainars = sign_in(town.people["ainars"])
    sent = {"account": "1000001", "amount": "19,15", "received_on": "2026-11-20", "reference": "RF", "key": "x"}
    for _ in range(2):
        ainars.post("/birojs/maksajumi/", sent)
    assert Payment.objects.get().cents == 1915
    bad = ainars.post("/birojs/maksajumi/", sent | {"amount": "19,155", "key": "y"})
    assert bad.status_code == 422
    assert 'value="19,155"' in bad.text


def test_the_manager_sees_only_the_own_house(town, sign_in):
    peteris = sign_in(town.people["peteris"])
    assert peteris.get("/", follow=True).redirect_chain == [("/birojs/majas/", 302)]
    page = peteris.get("/birojs/majas/A14/")
    assert page.status_code == 200
    assert "Anna" not in page.text
    type(town.building).objects.create(code="B1", street="Cita iela", house="1", town="V", postcode="LV-3601")
    assert peteris.get("/birojs/majas/B1/").status_code == 404
    assert peteris.get("/birojs/klienti/1000001/").status_code == 403


def test_a_clerk_does_not_see_the_money_pages(town, sign_in):
    ilze = sign_in(town.people["ilze"])
    assert {ilze.get(path).status_code for path in ("/birojs/rekini/", "/birojs/maksajumi/")} == {403}


def test_the_delivery_is_switched_for_a_caller(town, sign_in):
    sent = {"delivery": "email", "email": "anna@example.lv"}
    sign_in(town.people["ilze"]).post("/birojs/klienti/1000001/piegade/", sent)
    assert CustomerAccount.objects.get(number="1000001").delivery == "email"


def test_the_demo_mailbox_opens(town, visitor):
    report(town, "1")
    page = visitor.get("/demo/pastkaste/")
    assert "Rādījumi saņemti" in page.text


def test_the_intake_sheet_takes_a_correction_back(town, sign_in):
    ilze = sign_in(town.people["ilze"])
    first = town.previous(town.intake) + 30_000
    for number, value in enumerate((first, first + 1_000, first)):
        ilze.post("/birojs/ievads/", {f"m{town.intake.pk}": f"{value:09d}", "key": f"page{number}"})
    counting = Reading.objects.get(round=town.round, installation=town.intake, state="accepted")
    assert counting.litres == first


@pytest.mark.parametrize("change", [{"amount": "9" * 17}, {"received_on": "2099-01-01"}, {"amount": "5,00"}])
def test_a_payment_that_cannot_be_is_refused_with_a_sentence(town, sign_in, change):
    ainars = sign_in(town.people["ainars"])
    sent = {"account": "1000001", "amount": "19,15", "received_on": "2026-11-20", "reference": "", "key": "x"}
    ainars.post("/birojs/maksajumi/", sent)
    assert ainars.post("/birojs/maksajumi/", sent | change).status_code == 422
    assert Payment.objects.count() == 1
