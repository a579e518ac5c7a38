"""Reporting readings as a resident does."""

import io
import re
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from avots.core import clock
from avots.outbox.models import Message
from avots.readings.links import Link, token_of
from avots.readings.models import CannotRead, Correction, Photo, Reading
from tests.town import NOW, Town


@pytest.fixture(autouse=True)
def in_the_window(monkeypatch):
    """The doors' clock stands at NOW; everything behind them is real."""
    monkeypatch.setattr(clock, "now", lambda: NOW)


def face(litres: int) -> str:
    return f"{litres:08d}"


def fields(town: Town, cold: int = 2_500, hot: int = 1_700) -> dict[str, str]:
    return {f"m{pk}": face(litres) for pk, litres in town.sheet("1", cold, hot).items()}


def hidden(page) -> dict[str, str]:
    return dict(re.findall(r'type="hidden" name="([\w-]+)" value="([^"]*)"', page.text))


def button(page, name: str) -> str:
    return re.search(rf'<button[^>]*name="{name}" value="([^"]*)"', page.text).group(1)


def test_anna_reports_two_meters_and_sees_the_receipt(town, sign_in):
    anna = sign_in(town.people["anna"])
    page = anna.get("/radijumi/")
    assert "44710001" in page.text
    answer = anna.post("/radijumi/", fields(town) | {"key": "k"}, follow=True)
    assert "Paldies! Rādījumi saņemti" in answer.text
    assert "2,500" in answer.text
    assert Reading.objects.filter(round=town.round, state="accepted", source="portal").count() == 2
    assert Message.objects.filter(to="anna@example.lv", template="receipt").count() == 1


def test_the_same_form_sent_twice_is_one_submission(town, sign_in):
    anna = sign_in(town.people["anna"])
    for _ in range(2):
        anna.post("/radijumi/", fields(town) | {"key": "k"})
    assert Reading.objects.filter(round=town.round).count() == 2


def test_a_reading_can_be_changed_until_the_round_closes(town, sign_in):
    anna = sign_in(town.people["anna"])
    for cold in (2_500, 2_600, 2_500):
        anna.post("/radijumi/", fields(town, cold) | {"key": "k"})
    counting = Reading.objects.get(round=town.round, installation=town.cold["1"], state="accepted")
    assert counting.litres == town.sheet("1", 2_500)[town.cold["1"].pk]
    assert Reading.objects.filter(round=town.round, installation=town.cold["1"]).count() == 3


def test_fewer_digits_than_the_face_are_a_question(town, sign_in):
    anna = sign_in(town.people["anna"])
    name = f"m{town.cold['1'].pk}"
    page = anna.post("/radijumi/", {name: "111", "key": "k"})
    assert page.status_code == 422
    assert page.text.count(f'name="{name}-means"') == 2
    assert "checked" not in page.text
    assert 'value="111"' in page.text
    answer = anna.post("/radijumi/", {name: "111", f"{name}-means": "111000", "key": "k"}, follow=True)
    assert "Paldies!" in answer.text


def test_an_odd_reading_is_taken_when_a_person_stands_by_it(town, sign_in):
    anna = sign_in(town.people["anna"])
    sent = fields(town, cold=30_000)
    page = anna.post("/radijumi/", sent | {"key": "k"})
    assert "Patēriņš ir daudz lielāks nekā parasti" in page.text
    assert not Reading.objects.filter(round=town.round).exists()
    answer = anna.post("/radijumi/", hidden(page) | {"right": button(page, "right")}, follow=True)
    assert "Paldies!" in answer.text
    odd = Reading.objects.get(round=town.round, installation=town.cold["1"])
    assert (odd.state, odd.quality, odd.findings[0]) == ("accepted", 10, "higher_than_usual")


def test_cold_and_hot_are_put_right_in_one_tap(town, sign_in):
    anna, right = sign_in(town.people["anna"]), town.sheet("1")
    cold, hot = right.keys()
    page = anna.post("/radijumi/", {f"m{cold}": face(right[hot]), f"m{hot}": face(right[cold]), "key": "k"})
    assert "<h1>Vai aukstais un karstais nav samainīti vietām?</h1>" in page.text
    answer = anna.post("/radijumi/", hidden(page) | {"fix": button(page, "fix")}, follow=True)
    assert "Paldies!" in answer.text
    rows = Reading.objects.filter(round=town.round, state="accepted", findings=[])
    assert dict(rows.values_list("installation", "litres")) == right


MISTAKES = {
    "a shifted comma": lambda litres, previous: litres * 10,
    "a wrong digit": lambda litres, previous: litres + 400_000,
    "two digits swapped": lambda litres, previous: int(
        f"{litres:08d}"[:1] + f"{litres:08d}"[2] + f"{litres:08d}"[1] + f"{litres:08d}"[3:]
    ),
    "the use instead of the reading": lambda litres, previous: litres - previous,
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_seen_and_mended_in_one_tap(town, sign_in, mistake):
    anna, cold = sign_in(town.people["anna"]), town.cold["1"]
    litres = town.sheet("1")[cold.pk]
    typed = MISTAKES[mistake](litres, town.previous(cold))
    page = anna.post("/radijumi/", {f"m{cold.pk}": face(typed), "key": "k"})
    answer = anna.post("/radijumi/", hidden(page) | {"fix": f"{cold.pk}:{litres}"}, follow=True)
    assert f'value="{cold.pk}:{litres}"' in page.text
    assert "Paldies!" in answer.text
    assert Reading.objects.get(round=town.round).litres == litres


def test_two_doubts_are_answered_one_by_one(town, sign_in):
    anna = sign_in(town.people["anna"])
    page = anna.post("/radijumi/", fields(town, cold=30_000, hot=40_000) | {"key": "k"})
    assert page.text.count('name="right"') == 2
    second = anna.post("/radijumi/", hidden(page) | {"right": button(page, "right")})
    assert second.text.count('name="right"') == 1
    answer = anna.post("/radijumi/", hidden(second) | {"right": button(second, "right")}, follow=True)
    assert "Paldies!" in answer.text


def test_a_proposal_for_a_foreign_meter_changes_nothing(town, sign_in):
    anna = sign_in(town.people["anna"])
    strange = f"{town.cold['5'].pk}:1,x:2,{town.cold['1'].pk}:-5"
    assert anna.post("/radijumi/", {"key": "k", "fix": strange}).status_code == 422
    assert not Reading.objects.filter(round=town.round).exists()


def test_correcting_keeps_what_was_typed(town, sign_in):
    anna = sign_in(town.people["anna"])
    sent = fields(town, cold=30_000)
    page = anna.post("/radijumi/", sent | {"key": "k", "answer": "correct"})
    assert all(f'value="{typed}"' in page.text for typed in sent.values())


def test_nothing_typed_changes_nothing(town, sign_in):
    anna = sign_in(town.people["anna"])
    page = anna.post("/radijumi/", {"key": "k"})
    assert page.status_code == 422
    assert not Reading.objects.filter(round=town.round).exists()


def test_a_late_reading_is_kept_for_the_next_round(town, sign_in, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: town.round.closes_at)
    anna = sign_in(town.people["anna"])
    answer = anna.post("/radijumi/", fields(town) | {"key": "k"}, follow=True)
    assert "pārbaudīsim" in answer.text
    late = Reading.objects.filter(state="held")
    assert {row.round.month.number for row in late} == {12}


STRANGE = ["/radijumi/?konts=1000001", "/?konts=1000001", "/rekini/?konts=1000001", "/iestatijumi/?konts=1000001"]


@pytest.mark.parametrize("path", STRANGE)
def test_karlis_sees_nothing_of_annas(town, sign_in, path):
    karlis = sign_in(town.people["karlis"])
    foreign, missing = karlis.get(path), karlis.get(path.replace("1000001", "9999999"))
    assert (foreign.status_code, missing.status_code) == (404, 404)
    token = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"|konts=\d+')
    assert token.sub("", foreign.text) == token.sub("", missing.text)


def test_karlis_cannot_report_annas_meter(town, sign_in):
    karlis = sign_in(town.people["karlis"])
    karlis.post("/radijumi/", fields(town) | {"key": "k"})
    assert not Reading.objects.filter(round=town.round).exists()


def link(town: Town) -> str:
    return f"/r/{token_of(Link(town.round.pk, town.accounts['1'].pk, town.flats['1'].pk))}/"


def test_the_personal_link_reports_without_signing_in(town, visitor):
    page = visitor.get(link(town), follow=True)
    assert page.redirect_chain == [("/r/", 302)]
    assert "A… iela 14-1" in page.text
    assert not any(secret in page.text for secret in ("Anna", "Ozola", "1000001", "Avotu"))
    answer = visitor.post("/r/", fields(town) | {"key": "k"}, follow=True)
    assert "Paldies!" in answer.text
    assert Reading.objects.filter(round=town.round, source="link", state="accepted").count() == 2


def test_a_scanner_on_the_link_changes_nothing(town, visitor):
    path = link(town)
    for _ in range(20):
        visitor.head(path)
        visitor.get(path, follow=True)
        visitor.post("/r/", {"key": "k"})
    assert not Reading.objects.filter(round=town.round).exists()
    assert "Paldies!" in visitor.post("/r/", fields(town) | {"key": "k"}, follow=True).text


def test_after_the_window_the_link_only_shows(town, visitor, monkeypatch):
    visitor.get(link(town))
    monkeypatch.setattr(clock, "now", lambda: town.round.closes_at)
    page = visitor.get("/r/")
    assert "<form" not in page.text.split("<main")[1].split("</main")[0]


@pytest.mark.parametrize("token", ["abc", "A" * 39, "%00"])
def test_a_broken_link_has_a_way_on(town, visitor, token):
    page = visitor.get(f"/r/{token}/", follow=True)
    assert page.status_code == 410
    assert "/konts/login/" in page.text


def picture() -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (40, 30)).save(out, "JPEG")
    return SimpleUploadedFile("../../etc/passwd.php", out.getvalue(), "text/html")


@pytest.mark.parametrize("way", ["call", "average"])
def test_who_cannot_read_says_so_and_sees_it(town, sign_in, way):
    anna, name = sign_in(town.people["anna"]), f"m{town.cold['1'].pk}"
    page = anna.post("/radijumi/", {"key": "k", f"{name}-nevar": way}, follow=True)
    assert "Pierakstīts." in page.text
    assert CannotRead.objects.get().way == way
    assert not Reading.objects.filter(round=town.round).exists()


def test_one_meter_is_read_and_a_photo_stands_for_the_other(town, visitor, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    visitor.get(link(town))
    cold, hot = (f"m{pk}" for pk in town.sheet("1"))
    sent = {cold: fields(town)[cold], f"{hot}-foto": picture(), "key": "k"}
    answer = visitor.post("/r/", sent, follow=True)
    assert "Paldies!" in answer.text
    assert Photo.objects.get().installation == town.hot["1"]
    assert CannotRead.objects.get().way == "photo"
    assert Reading.objects.get(round=town.round).installation == town.cold["1"]
    assert "Rādījumu nolasīsim no jūsu foto" in visitor.get("/r/").text


def test_a_file_that_is_no_photo_is_refused_with_a_sentence_and_nothing_typed_is_lost(town, sign_in):
    anna, name = sign_in(town.people["anna"]), f"m{town.cold['1'].pk}"
    wrong = SimpleUploadedFile("foto.jpg", b"<svg onload=alert(1)>", "image/jpeg")
    page = anna.post("/radijumi/", fields(town) | {"key": "k", f"{name}-foto": wrong})
    assert page.status_code == 422
    assert "Nosūtiet foto kā JPEG vai PNG" in page.text
    assert all(f'value="{typed}"' in page.text for typed in fields(town).values())
    assert not Photo.objects.exists()


def test_a_wrong_earlier_value_is_told_together_with_the_right_one(town, sign_in):
    october = Reading.objects.get(installation=town.cold["1"], round__first_day__month=10)
    Reading.objects.filter(pk=october.pk).update(litres=october.litres + 20_000)
    anna, cold = sign_in(town.people["anna"]), town.cold["1"].pk
    page = anna.post("/radijumi/", {f"m{cold}": face(october.litres + 2_500), "key": "k"})
    assert 'name="earlier"' in page.text
    answer = anna.post(
        "/radijumi/", hidden(page) | {"right": button(page, "right"), "earlier": str(cold)}, follow=True
    )
    assert "pārbaudīsim" in answer.text
    assert Correction.objects.get().reading == october


def test_an_expired_meter_is_recorded_and_explained(town, sign_in):
    type(town.cold["1"]).objects.filter(pk=town.cold["1"].pk).update(verified_until=date(2025, 1, 31))
    anna = sign_in(town.people["anna"])
    assert "Rādījumus joprojām pieņemam" in anna.get("/radijumi/").text
    assert "Paldies!" in anna.post("/radijumi/", fields(town) | {"key": "k"}, follow=True).text


def test_the_preview_and_the_page_name_the_same_price(town, sign_in):
    anna = sign_in(town.people["anna"])
    anna.post("/radijumi/", fields(town, cold=3_356) | {"key": "k"})
    page = anna.get("/radijumi/")
    assert 'data-price="290400"' in page.text
    assert "3,356\xa0m³, aptuveni 9,75\xa0EUR" in page.text


def test_the_receipt_says_about_what_each_meter_costs_and_that_it_is_an_estimate(town, sign_in):
    anna = sign_in(town.people["anna"])
    page = anna.post("/radijumi/", fields(town, cold=3_356) | {"key": "k"}, follow=True)
    assert ". Patēriņš 3,356\xa0m³, aptuveni 9,75\xa0EUR." in page.text
    assert "Summas ir aplēse no tagadējām cenām." in page.text


def test_who_cannot_read_the_meter_gets_from_home_to_the_ways_on_in_one_click(town, sign_in):
    anna = sign_in(town.people["anna"])
    path, anchor = re.search(r'href="(/radijumi/[^"#]+nevaru=1)#([^"]+)"', anna.get("/").text).groups()
    page = anna.get(path.replace("&amp;", "&")).text
    assert f'<h2 id="{anchor}">' in page
    assert page.count("<details open>") == 2
    assert "<details open>" not in anna.get("/radijumi/").text


def test_a_face_of_other_digits_is_drawn_and_read_as_it_is(town, sign_in):
    register = town.cold["1"].meter.register
    type(register).objects.filter(pk=register.pk).update(digits_before=4, digits_after=2, face="dials")
    anna, cold = sign_in(town.people["anna"]), town.cold["1"].pk
    page = anna.get("/radijumi/")
    assert 'class="face i4 d2"' in page.text
    assert "Litrus rāda bultiņas" in page.text
    litres = town.sheet("1")[cold] // 10 * 10
    answer = anna.post("/radijumi/", {f"m{cold}": f"{litres // 10:06d}", "key": "k"}, follow=True)
    assert "Paldies!" in answer.text
    assert Reading.objects.get(round=town.round).litres == litres


def scan(visitor, town: Town, flat: str) -> None:
    """What link scanners have been seen to do: HEAD, GET, run the page's script, send the empty form."""
    path = f"/r/{token_of(Link(town.round.pk, town.accounts[flat].pk, town.flats[flat].pk))}/"
    assert visitor.head(path).status_code == 302
    page = visitor.get(path, follow=True)
    visitor.get("/r/", headers={"sec-fetch-mode": "cors", "x-requested-with": "XMLHttpRequest"})
    empty = hidden(page)
    names = re.findall(r'<input class="drums" id="(m\d+)"', page.text)
    assert len(names) == 2
    assert visitor.post("/r/", empty).status_code == 422
    assert visitor.post("/r/", empty | dict.fromkeys(names, "")).status_code == 422
    assert visitor.options("/r/").status_code == 405


def storm(town: Town, times: int) -> None:
    flats = list(town.flats)
    for at in range(times):
        scan(Client(), town, flats[at % len(flats)])
    assert not Reading.objects.filter(round=town.round).exists()
    assert not CannotRead.objects.exists()
    assert not Message.objects.exists()
    for at, flat in enumerate(flats):
        person = Client()
        person.get(f"/r/{token_of(Link(town.round.pk, town.accounts[flat].pk, town.flats[flat].pk))}/")
        typed = {f"m{pk}": face(value) for pk, value in town.sheet(flat, *CALM_USE[at % len(CALM_USE)]).items()}
        page = person.post("/r/", typed | {"key": "k"}, follow=True)
        assert "Paldies!" in page.text, flat


CALM_USE = [(2_790, 1_900), (8_100, 6_050), (3_900, 1_900), (2_900, 1_400), (1_900, 900), (4_900, 2_400)]


def test_a_storm_of_scanners_changes_nothing_and_the_persons_click_works(town):
    storm(town, 30)


@pytest.mark.drill
def test_a_storm_on_a_thousand_links_changes_nothing(town):
    storm(town, 1_000)
