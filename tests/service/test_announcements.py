"""Announcements reach the right people on the right days."""

from datetime import date, timedelta

import pytest

from avots.core import clock
from avots.core.audit import By
from avots.core.dates import local_day
from avots.core.errors import KeyReused, Refused
from avots.core.models import AuditEntry
from avots.meters.models import Building
from avots.readings.links import Link, token_of
from avots.service import actions, queries
from avots.service.models import Announcement
from tests.town import NOW, Town

BY = By("staff", 7)
TODAY = local_day(NOW)


@pytest.fixture(autouse=True)
def in_the_window(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


def text(**changes: object) -> actions.Text:
    told = {"kind": "planned", "title": "Ūdens nebūs", "text": "No 9 līdz 12.", "place": ""}
    return actions.Text(**{**told, "starts_on": TODAY, "last_on": TODAY + timedelta(days=2), **changes})


def tell(key: str = "k", **changes: object) -> Announcement:
    return actions.announce(text(**changes), key=key, now=NOW, by=BY)


def seen(town: Town, flat: str = "1", on: date = TODAY) -> list[str]:
    return [one.title for one in queries.announcements((town.flats[flat],), on=on)]


@pytest.fixture
def other_house(town) -> Building:
    facts = {"street": "Cita iela", "house": "1", "town": "V", "postcode": "LV-3601"}
    return Building.objects.create(code="C1", **facts)


@pytest.mark.parametrize(
    ("place", "reaches"),
    [("", True), ("Avotu iela", True), ("Avotu iela 14", True), ("Cita iela", False), ("Cita iela 1", False)],
)
def test_an_announcement_reaches_everybody_a_street_or_a_house(town, other_house, place, reaches):
    tell(place=place)
    assert bool(seen(town)) is reaches


@pytest.mark.parametrize(("days", "live"), [(-1, False), (0, True), (2, True), (3, False)])
def test_an_announcement_is_seen_from_its_first_day_to_its_last(town, days, live):
    tell()
    assert bool(seen(town, on=TODAY + timedelta(days=days))) is live


def test_emergencies_stand_first(town):
    tell("a", kind="news", title="Ziņa")
    tell("b", kind="emergency", title="Avārija")
    tell("c", kind="planned", title="Darbi")
    assert seen(town) == ["Avārija", "Darbi", "Ziņa"]


def test_the_same_key_tells_once_and_another_text_under_it_is_a_bug(town):
    assert tell().pk == tell().pk
    with pytest.raises(KeyReused):
        tell(title="Cits")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"title": " "}, "title_or_text_missing"),
        ({"last_on": TODAY - timedelta(days=1)}, "days_turned_round"),
        ({"place": "Nekurienes iela"}, "no_such_place"),
        ({"kind": "joke"}, "no_such_kind"),
    ],
)
def test_what_cannot_be_told_is_refused_with_its_reason(town, change, code):
    with pytest.raises(Refused) as refused:
        tell(**change)
    assert refused.value.code == code


def test_a_withdrawn_announcement_is_seen_no_more_and_kept(town):
    told = tell()
    actions.withdraw(told, now=NOW, by=BY)
    assert not seen(town)
    assert Announcement.objects.get().withdrawn_by == str(BY)
    with pytest.raises(Refused):
        actions.withdraw(told, now=NOW, by=BY)
    verbs = AuditEntry.objects.filter(subject=f"announcement:{told.pk}").values_list("verb", flat=True)
    assert sorted(verbs) == ["announce", "withdraw_announcement"]


def test_residents_see_it_at_home_behind_the_link_and_the_helper_on_the_customer_page(town, sign_in, visitor):
    tell(place="Avotu iela 14", title="Mājā nebūs ūdens")
    tell("news", kind="news", title="Ziņa visiem")
    assert "Mājā nebūs ūdens" in sign_in(town.people["anna"]).get("/").text
    assert "Mājā nebūs ūdens" in sign_in(town.people["ilze"]).get("/birojs/klienti/1000001/").text
    token = token_of(Link(town.round.pk, town.accounts["1"].pk, town.flats["1"].pk))
    behind = visitor.get(f"/r/{token}/", follow=True).text
    assert "Mājā nebūs ūdens" in behind
    assert "Avotu iela 14" not in behind


def test_before_signing_in_only_what_is_for_everybody_is_seen(town, visitor):
    tell("a", title="Visiem ziņa")
    tell("b", place="Avotu iela 14", title="Mājas ziņa")
    for path in ("/konts/login/", "/konts/login/code/", "/kontakti/"):
        page = visitor.get(path).text
        assert "Visiem ziņa" in page
        assert "Mājas ziņa" not in page


def test_staff_look_at_a_preview_before_they_tell(town, sign_in):
    ilze = sign_in(town.people["ilze"])
    sent = {"kind": "emergency", "title": "Plīsums", "text": "Labojam.", "place": "Avotu iela", "key": "p"}
    sent |= {"starts_on": str(TODAY), "last_on": str(TODAY)}
    preview = ilze.post("/birojs/pazinojumi/", sent | {"step": "preview"})
    assert "mājokļi: 6" in preview.text
    assert not Announcement.objects.exists()
    done = ilze.post("/birojs/pazinojumi/", sent | {"step": "tell"}, follow=True)
    assert "Paziņojums ir publicēts" in done.text
    assert "Ilze" in done.text
    ilze.post(f"/birojs/pazinojumi/{Announcement.objects.get().pk}/atsaukt/")
    assert Announcement.objects.get().withdrawn_at == NOW


def test_a_refused_announcement_keeps_what_was_typed_and_the_attempt_is_audited(town, sign_in):
    ilze = sign_in(town.people["ilze"])
    sent = {"kind": "news", "title": "Virsraksts", "text": "Teksts", "place": "Nekur", "step": "tell"}
    page = ilze.post("/birojs/pazinojumi/", sent | {"starts_on": str(TODAY), "last_on": str(TODAY)})
    assert page.status_code == 422
    assert 'value="Virsraksts"' in page.text
    row = AuditEntry.objects.get(refused=True)
    assert (row.by, row.facts["code"]) == (f"staff:{town.people['ilze'].pk}", "no_such_place")


def test_an_announcement_cannot_bring_markup_into_a_page(town, sign_in):
    tell(text="<script>alert(1)</script>")
    page = sign_in(town.people["anna"]).get("/").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
