"""The house manager's view: the own houses, their missing flats, and nothing else."""

import pytest

from avots.core import clock
from avots.core.dates import end_of
from avots.customers.models import RoleGrant
from avots.meters.models import Building
from avots.usage.models import Usage
from tests.billing.test_month import report
from tests.town import NOW, Town, build


@pytest.fixture(autouse=True)
def in_the_window(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def other(town) -> Building:
    return Building.objects.create(code="B1", street="Cita iela", house="1", town="V", postcode="LV-3601")


def test_the_sheet_lists_the_flats_without_a_reading_and_the_mailbox(db, sign_in):
    town = build(lambda town: Usage.objects.filter(premise=town.flats["5"]).update(misses=3) and None)
    report(town, "1", "2", "3")
    page = sign_in(town.people["peteris"]).get("/birojs/majas/A14/nezinojusie/")
    assert "3 no 6" in page.text
    assert "1. kāpņutelpa" in page.text
    for flat in "456":
        assert f"4471000{flat}" in page.text
    assert "44710001" not in page.text
    assert "tagad sedz starpību" in page.text


def test_the_sheet_names_nobody(town, sign_in):
    page = sign_in(town.people["peteris"]).get("/birojs/majas/A14/nezinojusie/").text
    assert not [name for name in ("Anna Ozola", "Bērziņš", "Kļaviņš", "Šmite", "1000001") if name in page]


def test_a_flat_with_one_of_two_readings_is_still_missing_with_the_other(town, sign_in):
    report(town, "1", "2", "3", "4", "5", "6")
    town.cold["4"].reading_set.filter(round=town.round).delete()
    page = sign_in(town.people["peteris"]).get("/birojs/majas/A14/nezinojusie/").text
    assert "1 no 6" in page
    assert "44710004" in page
    assert "51200004" not in page


def test_remote_read_meters_are_nobodys_to_report(town, sign_in):
    type(town.cold["1"]).objects.update(remote_read=True)
    assert "Visi ir ziņojuši" in sign_in(town.people["peteris"]).get("/birojs/majas/A14/nezinojusie/").text


def test_the_house_page_leads_to_the_sheet_and_the_list_shows_own_houses_only(town, other, sign_in):
    peteris = sign_in(town.people["peteris"])
    assert "/birojs/majas/A14/nezinojusie/" in peteris.get("/birojs/majas/A14/").text
    assert "Cita iela" not in peteris.get("/birojs/majas/").text


def test_the_houses_list_counts_who_has_not_reported(town, sign_in):
    report(town, "1", "2")
    assert 'nezinojusie/">4<' in sign_in(town.people["peteris"]).get("/birojs/majas/").text


@pytest.mark.parametrize("path", ["/birojs/majas/B1/", "/birojs/majas/B1/nezinojusie/"])
def test_another_house_is_not_there(town, other, sign_in, path):
    peteris = sign_in(town.people["peteris"])
    missing = peteris.get(path.replace("B1", "nav"))
    foreign = peteris.get(path)
    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert "Cita iela" not in foreign.text


def test_the_right_ends_with_its_day(town, sign_in):
    peteris = sign_in(town.people["peteris"])
    RoleGrant.objects.filter(role="manager").update(ends_on=NOW.date())
    assert peteris.get("/birojs/majas/A14/nezinojusie/").status_code == 403


@pytest.mark.parametrize(
    "path",
    ["/birojs/", "/birojs/klienti/", "/birojs/termini/", "/birojs/pazinojumi/", "/birojs/kontakti/", "/birojs/dati/"],
)
def test_a_manager_enters_no_other_page_of_the_office(town, sign_in, path):
    assert sign_in(town.people["peteris"]).get(path).status_code == 403


def test_every_link_a_manager_sees_leads_somewhere(town, sign_in):
    import re

    peteris = sign_in(town.people["peteris"])
    for path in ("/birojs/majas/", "/birojs/majas/A14/", "/birojs/majas/A14/nezinojusie/"):
        links = set(re.findall(r'href="(/(?!static)[^"#]*)"', peteris.get(path).text))
        assert {peteris.get(link).status_code for link in links} <= {200, 302}, links


def test_after_the_window_the_sheet_says_it_is_closed(town: Town, sign_in, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: end_of(town.round.cut_on))
    assert "logs ir aizvērts" in sign_in(town.people["peteris"]).get("/birojs/majas/A14/nezinojusie/").text
