"""The queue of readings that wait: one key a decision, everything to decide it on one screen."""

import io
import re

import pytest
from PIL import Image

from avots.core import clock
from avots.readings import actions
from avots.readings.models import CannotRead, Correction, Photo, Reading
from tests.portal.test_report import face
from tests.readings.test_actions import ANNA, record
from tests.readings.test_decisions import hold_swap, october
from tests.town import NOW

QUEUE = "/birojs/aizturetie/"


@pytest.fixture(autouse=True)
def in_the_window(monkeypatch, settings, tmp_path):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    settings.VAR_DIR = tmp_path


@pytest.fixture
def ilze(town, sign_in):
    return sign_in(town.people["ilze"])


def test_the_likeliest_mend_is_one_key_and_puts_both_meters_right(town, ilze):
    hold_swap(town)
    page = ilze.get(QUEUE)
    assert "Vai aukstais un karstais nav samainīti vietām?" in page.text
    assert page.text.count('class="ch"') == 2
    value = re.search(r'value="(mend:[^"]+)" aria-keyshortcuts="1"', page.text).group(1)
    first = Reading.objects.filter(state="held").order_by("pk").first()
    ilze.post(f"{QUEUE}{first.pk}/lemt/", {"decision": value, "reason": "obvious"})
    counting = Reading.objects.filter(round=town.round, state="accepted")
    assert dict(counting.values_list("installation", "litres")) == town.sheet("1")
    assert "Viss ir izlemts" in ilze.get(QUEUE).text


@pytest.mark.parametrize("decision", ["mend:1:x", "mend:", "mend:99:5", "mend:1:" + "9" * 40, "later"])
def test_a_decision_that_fits_nothing_changes_nothing(town, ilze, decision):
    held = hold_swap(town)[0]
    assert ilze.post(f"{QUEUE}{held.pk}/lemt/", {"decision": decision}).status_code == 422
    assert Reading.objects.filter(state="held").count() == 2


def test_the_last_decision_is_undone_by_one_key(town, ilze):
    held = hold_swap(town)[0]
    assert 'aria-keyshortcuts="z"' not in ilze.get(QUEUE).text
    ilze.post(f"{QUEUE}{held.pk}/lemt/", {"decision": "reject", "reason": "visit"})
    assert 'aria-keyshortcuts="z"' in ilze.get(QUEUE).text
    page = ilze.post(f"{QUEUE}{held.pk}/atsaukt/", follow=True)
    assert "Atsaukts" in page.text
    assert Reading.objects.get(pk=held.pk).state == "held"


def test_four_attributes_stand_apart(town, ilze):
    hold_swap(town)
    page = ilze.get(QUEUE)
    assert all(word in page.text for word in ("portāls", "kārtējais", "aizturēts", "apšaubāms (10)"))


def photo_of(meter, town) -> Photo:
    out = io.BytesIO()
    Image.new("RGB", (40, 30)).save(out, "PNG")
    return actions.keep_photo(meter, town.round, data=out.getvalue(), now=NOW, by=ANNA)


def test_a_photo_is_read_by_staff_and_can_do_nothing(town, ilze, sign_in):
    photo = photo_of(town.cold["1"], town)
    row = actions.say_cannot_read(town.cold["1"], town.round, way="photo", now=NOW, by=ANNA)
    assert photo.name in ilze.get(QUEUE).text
    picture = ilze.get(f"{QUEUE}foto/{photo.name}/")
    assert picture.headers["Content-Type"] == "image/jpeg"
    assert picture.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in picture.headers["Content-Security-Policy"]
    assert picture.headers["Content-Disposition"] == 'inline; filename="skaititajs.jpg"'
    assert sign_in(town.people["anna"]).get(f"{QUEUE}foto/{photo.name}/").status_code == 403
    litres = town.sheet("1")[town.cold["1"].pk]
    ilze.post(f"{QUEUE}nolasit/{row.pk}/", {"value": face(litres)})
    reading = Reading.objects.get(round=town.round)
    assert (reading.litres, reading.source, reading.state) == (litres, "photo", "accepted")


def test_an_odd_value_from_a_photo_is_asked_about_first(town, ilze):
    row = actions.say_cannot_read(town.cold["1"], town.round, way="photo", now=NOW, by=ANNA)
    odd = face(town.previous(town.cold["1"]) + 30_000)
    asked = ilze.post(f"{QUEUE}nolasit/{row.pk}/", {"value": odd})
    assert asked.status_code == 422
    token = re.search(r'name="confirmed" value="([^"]+)"', asked.text).group(1)
    ilze.post(f"{QUEUE}nolasit/{row.pk}/", {"value": odd, "confirmed": token})
    assert Reading.objects.get(round=town.round).state == "accepted"
    assert ilze.post(f"{QUEUE}nolasit/{row.pk}/", {"value": "abc"}).status_code == 422


def test_a_call_is_marked_as_made(town, ilze):
    row = actions.say_cannot_read(town.cold["1"], town.round, way="call", now=NOW, by=ANNA)
    ilze.post(f"{QUEUE}nolasit/{row.pk}/", {"done": "1"})
    assert CannotRead.objects.get().handled_by
    assert "lūdz piezvanīt" not in ilze.get(QUEUE).text


@pytest.mark.parametrize(("decision", "state"), [("grant", "granted"), ("decline", "declined")])
def test_an_earlier_value_is_put_right_or_left(town, ilze, decision, state):
    row = actions.ask_correction(october(town), now=NOW, by=ANNA)
    assert "Agrāks rādījums esot kļūdains" in ilze.get(QUEUE).text
    ilze.post(f"{QUEUE}agraks/{row.pk}/", {"decision": decision, "value": face(october(town).litres - 100)})
    assert Correction.objects.get().state == state


def test_what_a_person_stood_by_is_listed_without_holding_the_month(town, ilze):
    high = {town.cold["1"].pk: town.previous(town.cold["1"]) + 30_000}
    record(town, values=high, confirmed=record(town, values=high).tokens)
    assert "Pieņemti, bet neparasti" in ilze.get(QUEUE).text
