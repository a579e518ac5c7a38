"""Who helps, moves or leaves: what each sees, and their own data."""

import json
import re
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from avots.core import clock
from avots.core.dates import local_day
from avots.customers.actions import move, people
from avots.customers.models import AbsenceNotice, Access, Consent, User
from avots.outbox.models import Message
from avots.readings.links import Link, token_of
from avots.readings.models import Receipt
from tests.page import CheckedClient
from tests.portal.test_accounts import in_the_window, signed_in  # noqa: F401 - a fixture of its own
from tests.town import AFTER, BY, NOW

DAY = timedelta(days=1)
TODAY = local_day(NOW)


def invited(town, sign_in, kind: str, ends_on: str = "") -> Client:
    anna = sign_in(town.people["anna"])
    facts = {"email": "ieva@example.lv", "kind": kind, "ends_on": ends_on}
    assert "ieva@example.lv" in anna.post("/iestatijumi/cilveki/", facts, follow=True).text
    link = re.search(r"/saite/uzaicinajums/\S+/", Message.objects.get(template="invitation").text).group()
    assert "pieņemts" in CheckedClient().post(link).text
    return sign_in(User.objects.get(email="ieva@example.lv"))


def test_a_relative_sees_all_and_decides_nothing(town, sign_in):
    ieva = invited(town, sign_in, "delegate")
    assert ieva.get("/rekini/").status_code == 200
    assert ieva.get("/iestatijumi/cilveki/").status_code == 404
    assert ieva.post("/iestatijumi/", {"delivery": "email"}).status_code == 404


def test_who_only_reports_sees_the_report_page_and_nothing_else(town, sign_in):
    ieva = invited(town, sign_in, "submit", str(TODAY + 30 * DAY))
    page = ieva.get("/", follow=True)
    assert page.request["PATH_INFO"] == "/radijumi/"
    assert "Rēķini" not in page.text.split("</header>")[0]
    for path in ("/rekini/", "/skaititaji/", "/iestatijumi/prombutne/", "/iestatijumi/cilveki/"):
        assert ieva.get(path).status_code == 404


def test_a_holder_ends_an_access(town, sign_in):
    ieva = invited(town, sign_in, "delegate")
    access = Access.objects.get(user__email="ieva@example.lv")
    sign_in(town.people["anna"]).post(f"/iestatijumi/cilveki/{access.pk}/beigt/")
    assert ieva.get("/rekini/").status_code == 404


def test_a_tenant_sees_nothing_from_before_their_time(issued, sign_in, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    invitation = people.invite(
        issued.accounts["1"],
        email="ieva@example.lv",
        kind="tenant",
        ends_on=local_day(AFTER) + 300 * DAY,
        now=AFTER,
        inviter=issued.people["anna"],
    )
    ieva = sign_in(people.accept(invitation, now=AFTER))
    home = ieva.get("/").text
    assert "VU26-" not in ieva.get("/rekini/").text
    assert ieva.get("/rekini/VU26-000001/").status_code == 404
    assert "Oktobr" not in home and "2,790" not in home and "4,690" not in home
    assert sign_in(issued.people["anna"]).get("/rekini/VU26-000001/").status_code == 200


def test_who_moved_out_keeps_their_bills_and_who_moved_in_sees_none_of_them(issued, sign_in, monkeypatch):
    """Neither sees the other's time: the one nothing later, the other nothing earlier."""
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    on = local_day(AFTER)
    move(issued.flats["1"], account=issued.accounts["5"], on=on, now=AFTER, by=BY)
    move(issued.flats["5"], account=None, on=on, now=AFTER, by=BY)
    anna, karlis = sign_in(issued.people["anna"]), sign_in(issued.people["karlis"])
    own_number = issued.accounts["1"].invoice_set.get().number
    assert anna.get("/", follow=True).request["PATH_INFO"] == "/rekini/"
    assert anna.get(f"/rekini/{own_number}/").status_code == 200
    for path in ("/radijumi/", "/iestatijumi/prombutne/", "/iestatijumi/cilveki/"):
        assert anna.get(path).status_code == 404
    assert anna.post("/iestatijumi/", {"delivery": "email"}).status_code == 404
    assert "44710001" not in anna.get("/skaititaji/").text
    assert karlis.get(f"/rekini/{own_number}/").status_code == 404
    seen = karlis.get("/").text + karlis.get("/rekini/").text
    assert own_number not in seen
    assert "5,105" not in seen  # what Anna's home used in August


def test_an_absence_is_told_in_the_portal_and_ended(town, sign_in):
    anna = sign_in(town.people["anna"])
    page = anna.post(
        "/iestatijumi/prombutne/",
        {"starts_on": "2026-12-01", "ends_on": "", "telpa": town.flats["1"].pk},
        follow=True,
    )
    assert "Prombūtne ir pierakstīta" in page.text
    notice = AbsenceNotice.objects.get()
    stranger = sign_in(town.people["karlis"])
    assert stranger.post(f"/iestatijumi/prombutne/{notice.pk}/").status_code == 404
    anna.post(f"/iestatijumi/prombutne/{notice.pk}/")
    notice.refresh_from_db()
    assert notice.ends_on == notice.starts_on


@pytest.mark.parametrize("starts_on", ["", "vakar", "2020-01-01", "2026-13-40"])
def test_a_strange_day_is_asked_again(town, sign_in, starts_on):
    anna = sign_in(town.people["anna"])
    assert anna.post("/iestatijumi/prombutne/", {"starts_on": starts_on}).status_code == 422


def test_a_language_is_a_persons_own_wish(town, sign_in, visitor):
    visitor.post("/valoda/", {"language": "en", "next": "/"})
    assert not Consent.objects.exists()
    anna = sign_in(town.people["anna"])
    for code in ("en", "xx", "en"):
        anna.post("/valoda/", {"language": code, "next": "/"})
    assert [wish.choice for wish in Consent.objects.all()] == ["en"]
    again = signed_in(town, "anna")
    assert '<html lang="en">' in again.get("/iestatijumi/").text


def test_own_data_are_there_to_take_and_only_own(issued, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    anna = signed_in(issued, "anna")
    data = json.loads(anna.get("/iestatijumi/dati/mani-dati.json").text)
    assert data["user"]["email"] == "anna@example.lv"
    account = data["accounts"][0]
    assert (account["number"], len(account["invoices"]), len(account["readings"])) == ("1000001", 1, 2)
    assert "1000005" not in json.dumps(data)
    page = anna.get("/iestatijumi/dati/lapa/").text
    assert account["invoices"][0]["number"] in page
    assert "44710001" in page


def test_a_helper_takes_their_own_data_and_not_the_accounts(issued, sign_in, monkeypatch):
    invitation = people.invite(
        issued.accounts["1"],
        email="ieva@example.lv",
        kind="delegate",
        ends_on=None,
        now=NOW,
        inviter=issued.people["anna"],
    )
    people.accept(invitation, now=NOW)
    data = json.loads(signed_in(issued, "ieva").get("/iestatijumi/dati/mani-dati.json").text)
    assert data["accounts"] == []
    assert data["acts_for"][0]["account"] == "1000001"


def test_closing_the_account_signs_out_and_forgets(town):
    anna = signed_in(town, "anna")
    key = anna.session.session_key
    page = anna.post("/iestatijumi/dati/dzest/")
    assert "Jūsu dati ir izdzēsti" in page.text
    assert not Session.objects.filter(session_key=key).exists()
    assert not User.objects.filter(email="anna@example.lv").exists()


def test_a_receipt_of_the_personal_link_survives_a_bookmark_and_stays_read_only(town, visitor, monkeypatch):
    visitor.get(f"/r/{token_of(Link(town.round.pk, town.accounts['1'].pk, town.flats['1'].pk))}/")
    sent = {f"m{pk}": f"{litres:08d}" for pk, litres in town.sheet("1").items()}
    kept = visitor.post("/r/", sent | {"key": "k"}).headers["Location"]
    stranger = CheckedClient()
    for at in (NOW, town.round.closes_at + 60 * DAY):
        monkeypatch.setattr(clock, "now", lambda at=at: at)
        page = stranger.get(kept)
        assert page.status_code == 200
        assert Receipt.objects.get().reference in page.text
        assert not any(word in page.text for word in ("Anna", "Ozola", "1000001", "Avotu"))
        assert stranger.post(kept).status_code == 405
    assert kept.split("/")[-2] in Message.objects.get(template="receipt").text
    assert stranger.get("/r/").status_code == 410
    assert stranger.get(kept.replace(kept.split("/")[-2], "A" * 30)).status_code == 410
