"""Keying coupons as a clerk does it, without JavaScript; the browser is in the journeys."""

from datetime import date

import pytest

from avots.core import clock, policies
from avots.coupons import actions
from avots.coupons.models import Batch, Slip
from avots.coupons.rules import payload
from avots.meters import actions as meters
from avots.readings.models import Reading
from tests.coupons.test_keying import nobody_keys_twice  # noqa: F401 - a twentieth of them by chance otherwise
from tests.town import BY, NOW, Town


@pytest.fixture(autouse=True)
def in_the_window(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def codes(town) -> dict[str, str]:
    homes = [(town.accounts[flat].pk, town.flats[flat].pk) for flat in town.flats]
    made = actions.prepare_coupons(town.round, homes, now=NOW)
    return {flat: made[home][0].code for flat, home in zip(town.flats, homes, strict=True)}


@pytest.fixture
def ilze(town, sign_in):
    ilze = sign_in(town.people["ilze"])
    opened = {"building": "A14", "collected_on": "2026-11-26", "papers": "2", "key": "b"}
    assert ilze.post("/birojs/pasaknisi/", opened).status_code == 302
    return ilze


def at() -> str:
    return f"/birojs/pasaknisi/{Batch.objects.get().pk}/"


def typed(town: Town, flat: str, cold: int = 2_500) -> dict[str, str]:
    return {f"m{pk}": f"{litres:08d}" for pk, litres in town.sheet(flat, cold).items()}


def test_a_code_opens_its_rows_without_the_previous_reading(town, ilze, codes):
    before = f"{town.previous(town.cold['1']):08d}"
    for code in (codes["1"].lower(), payload(codes["1"], "A")):
        page = ilze.get(at(), {"code": code})
        assert f'name="m{town.cold["1"].pk}"' in page.text
        assert "44710001" in page.text
        assert before not in page.text and before[:5] + "," + before[5:] not in page.text
        assert "Anna" not in page.text


def test_a_wrong_code_is_said_and_stays_in_the_field(town, ilze, codes):
    wrong = codes["1"][:-1] + ("0" if codes["1"][-1] != "0" else "1")
    page = ilze.get(at(), {"code": wrong})
    assert "Pasaknīša kods nav pareizs" in page.text
    assert f'value="{wrong}"' in page.text


def test_saved_readings_lead_to_the_next_code(town, ilze, codes):
    page = ilze.post(at(), {"code": codes["1"], **typed(town, "1")}, follow=True)
    assert "Saglabāts. Nākamais kods." in page.text
    assert 'name="code"' in page.text and "autofocus" in page.text
    assert Reading.objects.filter(round=town.round, source="coupon", state="accepted").count() == 2


def test_an_empty_row_is_asked_about_once(town, ilze, codes):
    sent = {"code": codes["1"], **typed(town, "1")}
    sent[f"m{town.hot['1'].pk}"] = ""
    page = ilze.post(at(), sent)
    assert "Ja tukšs ir arī papīrs" in page.text
    assert not Slip.objects.exists()
    assert f'name="asked" value="{town.hot["1"].pk}"' in page.text
    ilze.post(at(), sent | {"asked": str(town.hot["1"].pk)})
    assert Slip.objects.get().state == "keyed"


def test_an_odd_value_is_asked_about_after_keying_with_its_evidence(town, ilze, codes):
    sent = {"code": codes["1"], **typed(town, "1", cold=30_000)}
    page = ilze.post(at(), sent)
    assert "Vai uz papīra ir tieši tā?" in page.text
    assert f"{town.previous(town.cold['1']) // 1_000:05d}," in page.text
    token = page.text.split('name="confirmed" value="')[1].split('"')[0]
    page = ilze.post(at(), sent | {"confirmed": token}, follow=True)
    assert "Saglabāts" in page.text
    assert Reading.objects.get(round=town.round, state="held").installation == town.cold["1"]


def test_fewer_digits_are_a_problem_at_their_field(town, ilze, codes):
    sent = {"code": codes["1"], **typed(town, "1")} | {f"m{town.cold['1'].pk}": "421"}
    page = ilze.post(at(), sent)
    assert page.status_code == 422
    assert 'aria-invalid="true"' in page.text and 'value="421"' in page.text


def test_an_exchanged_meter_is_named_with_what_to_do(town, ilze, codes):
    device = meters.Device(serial="99000001", start_litres=0)
    old, day = town.cold["1"], date(2026, 11, 20)
    meters.exchange_meter(old.usage_point, device, end_litres=town.previous(old), on=day, now=NOW, by=BY)
    page = ilze.get(at(), {"code": codes["1"]})
    assert "Skaitītājs nomainīts 20.11.2026. Jaunais ir Nr. 99000001" in page.text


def test_rejected_papers_count_and_the_batch_closes_when_it_adds_up(town, ilze, codes):
    ilze.post(at(), {"code": codes["1"], **typed(town, "1")})
    refused = ilze.post(at() + "slegt/", {"papers": "2"}, follow=True)
    assert "Nesakrīt: papīri 2, ievadīti 1, noraidīti 0" in refused.text
    page = ilze.post(at() + "noraidit/", {"reason": "unreadable", "key": "x"}, follow=True)
    assert "Noraidīti: nesalasāms" in page.text
    done = ilze.post(at() + "slegt/", {"papers": "2"}, follow=True)
    assert "Summa sakrīt" in done.text
    assert "Partija ir slēgta" in ilze.get(at()).text


def test_two_contents_are_decided_by_a_third_look(town, ilze, codes, sign_in):
    for cold in (2_500, 2_600):
        page = ilze.post(at(), {"code": codes["1"], **typed(town, "1", cold)}, follow=True)
    assert "ievadīts divreiz" in page.text
    laima = sign_in(town.people["laima"])
    assert "Jāpārskata: 1" in laima.get("/birojs/pasaknisi/").text
    assert "Pirmā ievade" in laima.get("/birojs/pasaknisi/izskatit/").text
    waiting = Slip.objects.get(state="exception")
    laima.post(f"/birojs/pasaknisi/izskatit/{waiting.pk}/", {"right": "second", "one_paper": "on"})
    assert Slip.objects.get(state="keyed").pk == waiting.pk


def test_a_second_person_is_asked_to_key_blind(town, ilze, codes, sign_in):
    day = date(2020, 1, 1)
    policies.change(name="second_key_permille", valid_from=day, value=1_000, basis="t", now=NOW, by=BY)
    ilze.post(at(), {"code": codes["1"], **typed(town, "1")})
    assert "Gaida citu cilvēku: 1" in ilze.get(at()).text
    laima = sign_in(town.people["laima"])
    page = laima.get(at())
    assert f"?code={codes['1']}" in page.text
    values = typed(town, "1")
    assert not any(value in laima.get(at(), {"code": codes["1"]}).text for value in values.values())
    laima.post(at(), {"code": codes["1"], **values})
    assert Slip.objects.get().second == "agreed"


def test_staff_see_what_the_coupon_said_beside_the_own_entry(town, ilze, codes):
    own = {f"m{pk}": f"{litres:08d}" for pk, litres in town.sheet("1").items()}
    phone = own | {"premise": str(town.flats["1"].pk), "key": "p"}
    ilze.post("/birojs/klienti/1000001/radijumi/", phone)
    ilze.post(at(), {"code": codes["1"], **typed(town, "1", cold=4_000)})
    page = ilze.get("/birojs/aizturetie/")
    said = town.previous(town.cold["1"]) + 4_000
    assert "Pasaknītī ir cits skaitlis" in page.text
    assert f"{said // 1_000:05d},{said % 1_000:03d}" in page.text
