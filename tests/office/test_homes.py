"""Exchanges by act and grounds of non-compliance, as staff record them and the customer sees them."""

from datetime import date

import pytest
from django.db.models import Sum

from avots.core import clock
from avots.core.models import AuditEntry
from avots.meters.models import ExchangeAct, MeterInstallation, Noncompliance
from avots.readings.actions import record_readings
from avots.readings.models import Reading
from avots.usage.models import Usage
from tests.billing.test_month import compute, read_intake, report
from tests.town import BY, NOW, Town


@pytest.fixture(autouse=True)
def in_the_window(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


def act(town: Town, **changes: str) -> dict[str, str]:
    end = town.previous(town.cold["1"]) + 1_000
    sent = {"on": "2026-11-20", "end": f"{end:08d}", "removed_seal": "A1", "performed_by": "SIA Santehniķis"}
    sent |= {"handed_in_on": "2026-11-23", "serial": "99990001", "start": "00000000", "digits_before": "5"}
    return sent | {"digits_after": "3", "face": "rollers", "seal": "B2", "make": "Itron"} | changes


def address(town: Town) -> str:
    return f"/birojs/skaititaji/{town.cold['1'].pk}/nomainit/"


def test_an_exchange_is_recorded_with_its_act_for_an_earlier_day(town, sign_in):
    ilze = sign_in(town.people["ilze"])
    page = ilze.post(address(town), act(town), follow=True)
    assert "Skaitītājs ir nomainīts" in page.text
    assert "SIA Santehniķis" in page.text
    made = ExchangeAct.objects.get()
    assert (made.removed.removed_on, made.removed.end_litres) == (
        date(2026, 11, 20),
        town.previous(town.cold["1"]) + 1_000,
    )
    assert (made.installed.meter.serial, made.installed.seal, made.removed_seal) == ("99990001", "B2", "A1")
    assert made.installed.replace_by == date(2036, 11, 20)


def test_an_act_that_came_late_is_marked(town, sign_in):
    ilze = sign_in(town.people["ilze"])
    page = ilze.post(address(town), act(town, handed_in_on="2026-11-25"), follow=True)
    assert ">vēlu<" in page.text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"serial": " "}, "Norādiet jaunā skaitītāja numuru"),
        ({"performed_by": ""}, "Norādiet, kas skaitītāju nomainīja"),
        ({"on": "2026-11-27", "handed_in_on": "2026-11-27"}, "Datums ir nākotnē"),
        ({"on": "2020-01-01"}, "Skaitītājs uzstādīts vēlāk"),
        ({"handed_in_on": "2026-11-19"}, "Beigu datums ir pirms sākuma"),
        ({"end": "abc"}, "Rakstiet tikai ciparus"),
        ({"digits_before": "99"}, "Rakstiet tikai ciparus"),
        ({"serial": "51200001", "make": ""}, "jau ir uzstādīts citur"),
    ],
)
def test_an_act_that_cannot_be_is_refused_and_what_was_typed_stays(town, sign_in, change, said):
    page = sign_in(town.people["ilze"]).post(address(town), act(town, **change))
    assert page.status_code == 422
    assert said in page.text
    assert 'value="B2"' in page.text
    assert not ExchangeAct.objects.exists()
    assert AuditEntry.objects.filter(refused=True, verb="office:exchange").count() == 1


def test_an_end_reading_that_falls_counts_only_when_somebody_stands_by_this_very_value(town, sign_in):
    ilze = sign_in(town.people["ilze"])
    lower = town.previous(town.cold["1"]) - 500
    asked = ilze.post(address(town), act(town, end=f"{lower:08d}"))
    assert f'name="stood_by" value="{lower}"' in asked.text
    other = ilze.post(address(town), act(town, end=f"{lower - 100:08d}", stood_by=str(lower)))
    assert other.status_code == 422
    ilze.post(address(town), act(town, end=f"{lower:08d}", stood_by=str(lower)))
    assert ExchangeAct.objects.get().removed.end_litres == lower


def test_an_exchange_in_a_billed_month_is_settled_in_the_month_of_discovery(town, sign_in):
    lower = town.previous(town.cold["1"]) - 500
    sent = act(town, on="2026-10-20", handed_in_on="2026-11-23", end=f"{lower:08d}", stood_by=str(lower))
    sign_in(town.people["ilze"]).post(address(town), sent)
    new = MeterInstallation.objects.get(meter__serial="99990001")
    record_readings(
        round=town.round,
        premise=town.flats["1"],
        account=town.accounts["1"],
        values={new.pk: 3_000, town.hot["1"].pk: town.previous(town.hot["1"]) + 1_700},
        source=Reading.Source.PORTAL,
        key="k",
        by=BY,
        now=NOW,
    )
    report(town, "2", "3", "4", "5", "6")
    read_intake(town)
    compute(town)
    tiles = Usage.objects.filter(round=town.round, usage_point=town.cold["1"].usage_point)
    assert tiles.aggregate(sum=Sum("litres"))["sum"] == 2_500


def test_a_ground_is_recorded_with_evidence_and_the_customer_sees_it(town, sign_in):
    ilze = sign_in(town.people["ilze"])
    sent = {"ground": "N6", "starts_on": "2026-11-10", "evidence": "akts Nr. 12, 10.11.2026."}
    ilze.post(f"/birojs/majokli/{town.flats['1'].pk}/neatbilstiba/", sent)
    mine = sign_in(town.people["anna"]).get("/skaititaji/").text
    assert "Bojāta plomba" in mine
    assert "akts Nr. 12" in mine
    assert "akts Nr. 12" not in sign_in(town.people["karlis"]).get("/skaititaji/").text


def test_a_ground_without_evidence_is_refused(town, sign_in):
    ilze = sign_in(town.people["ilze"])
    sent = {"ground": "N6", "starts_on": "2026-11-10", "evidence": " "}
    page = ilze.post(f"/birojs/majokli/{town.flats['1'].pk}/neatbilstiba/", sent)
    assert page.status_code == 422
    assert "Aprakstiet pierādījumu" in page.text
    assert 'value="N6" selected' in page.text
    assert not Noncompliance.objects.exists()


def test_a_ground_ends_once_and_not_before_it_began(town, sign_in):
    ilze = sign_in(town.people["ilze"])
    row = Noncompliance.objects.create(
        premise=town.flats["1"], ground="N6", starts_on=date(2026, 11, 10), evidence="e", recorded_at=NOW
    )
    end = f"/birojs/neatbilstibas/{row.pk}/beigt/"
    assert ilze.post(end, {"ends_on": "2026-11-09"}).status_code == 422
    ilze.post(end, {"ends_on": "2026-11-20"})
    row.refresh_from_db()
    assert row.ends_on == date(2026, 11, 20)
    assert ilze.post(end, {"ends_on": "2026-11-25"}).status_code == 422
    assert "beigusies" in sign_in(town.people["anna"]).get("/skaititaji/").text


def test_a_look_at_a_customer_is_written_down_and_the_customer_sees_when_and_in_which_role(town, sign_in):
    sign_in(town.people["ilze"]).get("/birojs/klienti/1000001/")
    mine = sign_in(town.people["anna"]).get("/dati/skatijumi/").text
    assert "26.11.2026. plkst.\xa010.00" in mine
    assert "klientu daļa" in mine
    assert "Ilze" not in mine
    assert "Neviens vēl nav skatījis" in sign_in(town.people["karlis"]).get("/dati/skatijumi/").text


def test_what_was_done_and_what_was_refused_is_said_in_words(town, sign_in):
    report(town, "1")
    ilze = sign_in(town.people["ilze"])
    ilze.post("/birojs/klienti/1000001/piegade/", {"delivery": "paper"})
    page = ilze.get("/birojs/klienti/1000001/").text
    assert "mainīta rēķinu piegāde" in page
    assert "tālrunis" in page
    assert "set_delivery" not in page
    assert "staff:" not in page


def visit(town: Town, **changes: str) -> dict[str, str]:
    shown = town.previous(town.cold["1"]) + 900
    sent = {"meter": str(town.cold["1"].pk), "kind": "control", "read_on": "2026-11-12", "shown": f"{shown:08d}"}
    return sent | changes


def test_staff_record_what_a_meter_showed_outside_the_window(town, sign_in):
    ilze = sign_in(town.people["ilze"])
    path = f"/birojs/majokli/{town.flats['1'].pk}/radijums/"
    assert "kontrole" in ilze.post(path, visit(town), follow=True).text
    ilze.post(path, visit(town, kind="change_of_owner"))
    assert set(Reading.objects.exclude(kind="regular").values_list("kind", "state", "litres")) == {
        ("control", "accepted", town.previous(town.cold["1"]) + 900),
        ("change_of_owner", "accepted", town.previous(town.cold["1"]) + 900),
    }


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"read_on": "2026-11-30"}, "Datums ir nākotnē"),
        ({"read_on": ""}, "Norādiet datumu"),
        ({"shown": "abc"}, "Rakstiet tikai ciparus"),
        ({"meter": "0"}, "nepieder šai adresei"),
        ({"kind": "regular"}, "nepieder šai adresei"),
    ],
)
def test_a_bad_reading_of_a_visit_is_refused_and_kept_on_the_page(town, sign_in, changes, said):
    page = sign_in(town.people["ilze"]).post(
        f"/birojs/majokli/{town.flats['1'].pk}/radijums/", visit(town, **changes)
    )
    assert (page.status_code, Reading.objects.exclude(kind="regular").count()) == (422, 0)
    assert said in page.text
