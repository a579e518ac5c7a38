"""Phone, e-mail and opening hours: dated, with special days, the same on every page and letter."""

from datetime import date

import pytest

from avots.core import clock
from avots.core.audit import By
from avots.core.dates import at_local
from avots.core.errors import Refused
from avots.core.models import AuditEntry
from avots.service import actions, queries
from avots.ui import contacts, letters
from tests.town import NOW

BY = By("staff", 7)
WEEK = ["8-17"] * 4 + ["8-16", "", ""]


@pytest.fixture(autouse=True)
def in_the_window(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


def change(**values: object) -> None:
    decided = {"phone": "6366 3010", "email": "abon@example.lv", "week": WEEK, "valid_from": date(2026, 12, 1)}
    actions.change_contacts(**{**decided, **values}, basis="rīkojums 7", now=NOW, by=BY)


def test_contacts_change_from_their_day_on_and_the_past_keeps_its_own(db):
    before = contacts.on(date(2026, 11, 30))
    change()
    assert contacts.on(date(2026, 11, 30)) == before
    after = contacts.on(date(2026, 12, 1))
    assert (after["phone"], after["phone_href"], after["email"]) == ("6366 3010", "63663010", "abon@example.lv")
    assert after["week"].split(";")[4] == "8.00–16.00"


def test_letters_say_how_the_utility_is_reached_on_their_day(db):
    change()
    letter = letters.render("unknown-address", language="lv", utility=contacts.on(date(2026, 12, 1)))
    assert "6366 3010" in letter.text
    assert "Piektdien" not in letter.text
    assert "piektdien 8.00–16.00" in letter.text


@pytest.mark.parametrize("path", ["/konts/login/", "/kontakti/", "/lapa/viegli/", "/nav-tadas/"])
def test_phone_email_and_hours_stand_at_the_same_place_on_every_page(db, visitor, path):
    change(valid_from=date(2026, 11, 1))
    foot = visitor.get(path).text.partition('<footer class="foot">')[2]
    for fact in ("6366 3010", "abon@example.lv", "piektdien 8.00–16.00"):
        assert fact in foot


def test_a_special_day_stands_before_its_weekday_and_a_holiday_is_closed(db):
    actions.set_special_day(date(2026, 12, 23), hours="8-14", note="saīsināta diena", now=NOW, by=BY)
    actions.set_special_day(date(2026, 12, 24), hours="9-12", note="dežūra", now=NOW, by=BY)
    week = contacts.on(date(2026, 12, 23))["week"]
    days = {day.on.day: (day.hours, day.usual) for day in queries.desk(date(2026, 12, 21), week=week, days=7)}
    assert days[21] == ("8.00–17.00", True)
    assert days[23] == ("8.00–14.00", False)
    assert days[24] == ("9.00–12.00", False)
    assert days[25] == ("", False)
    assert days[26] == ("", True)


def test_an_unusual_day_is_said_on_that_day(db, visitor, monkeypatch):
    assert "Šodien:" not in visitor.get("/konts/login/").text
    monkeypatch.setattr(clock, "now", lambda: at_local(date(2026, 11, 18), 10))
    assert "Šodien: slēgts." in visitor.get("/konts/login/").text


@pytest.mark.parametrize("typed", ["8", "8-", "17-8", "8-25", "8.75-17", "no rīta"])
def test_hours_that_mean_nothing_are_refused(db, typed):
    with pytest.raises(Refused, match="not_hours"):
        change(week=[typed, *WEEK[1:]])
    assert not AuditEntry.objects.exists()


def test_the_lead_decides_and_a_clerk_may_not(town, sign_in):
    laima = sign_in(town.people["laima"])
    sent = {"phone": "6366 3010", "email": "abon@example.lv", "valid_from": "2026-11-26", "basis": "rīkojums 7"}
    page = laima.post("/birojs/kontakti/mainit/", sent | {f"day{at}": WEEK[at] for at in range(7)}, follow=True)
    assert "6366 3010" in page.text
    laima.post("/birojs/kontakti/diena/", {"on": "2026-12-23", "hours": "8-14", "note": "saīsināta diena"})
    assert "saīsināta diena" in laima.get("/kontakti/").text
    laima.post("/birojs/kontakti/diena/", {"on": "2026-12-23", "step": "clear"})
    assert "saīsināta diena" not in laima.get("/kontakti/").text
    bad = laima.post("/birojs/kontakti/diena/", {"on": "", "hours": "8-14"})
    assert bad.status_code == 422
    assert "Norādiet datumu" in bad.text
    assert 'value="8-14"' in bad.text
    assert sign_in(town.people["ilze"]).get("/birojs/kontakti/").status_code == 403
