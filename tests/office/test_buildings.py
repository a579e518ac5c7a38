"""The building's page and the file for the heating company."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command

from avots.core import clock, policies
from avots.core.dates import Month, at_local
from avots.core.models import PolicyChange
from avots.customers import actions as customers
from avots.meters.actions import Device, exchange_meter
from avots.meters.models import Building, MeterInstallation, UsagePoint
from avots.office.house import alarm_of
from avots.office.views import buildings
from avots.readings import actions as readings
from avots.readings.models import Round
from avots.usage.models import BuildingMonth
from avots.usage.queries import MonthGap, buildings_above, gaps_by_building
from tests.billing.test_month import compute, issue, read_intake, report
from tests.town import AFTER, BY, MONTH, NOW, Town, build, in_default
from tests.usage.test_facts import new_account

OTHER = {"street": "Jūras iela", "house": "2", "town": "Ventspils", "postcode": "LV-3601"}


@pytest.fixture
def billed(db, monkeypatch) -> Town:
    town = build(in_default("1"))
    report(town, "2", "3", "4", "5")
    read_intake(town, 40_000)
    issue(compute(town))
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    return town


def test_the_page_of_an_issued_month_names_causes_and_flats(billed, sign_in):
    page = sign_in(billed.people["ilze"]).get("/birojs/majas/A14/").text
    assert "No kā sastāv starpība" in page
    assert "Trūkst rādījumu" in page
    assert "≈ 1/3" in page, "flat 6 was estimated"
    assert "○" in page, "flat 1 is left to the difference"
    assert "/birojs/klienti/1000001/" in page


def test_the_manager_sees_flats_but_no_way_to_their_accounts(billed, sign_in):
    page = sign_in(billed.people["peteris"]).get("/birojs/majas/A14/").text
    assert "≈ 1/3" in page
    assert "/birojs/klienti/" not in page
    assert "Ozola" not in page


def test_the_open_month_is_live(town, sign_in, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    ilze = sign_in(town.people["ilze"])
    report(town, "1")
    page = ilze.get("/birojs/majas/A14/").text
    assert "vēl nav nolasīts, pieņemts kā iepriekš" in page
    assert "vēl nav 5" in " ".join(page.split())
    assert BuildingMonth.objects.filter(round=town.round).count() == 0, "looking computes nothing"


def test_the_list_goes_page_by_page_and_finds_an_address(billed, sign_in, monkeypatch):
    Building.objects.create(code="J2", search="juras iela 2", walking_order=2, **OTHER)
    monkeypatch.setattr(buildings, "ON_A_PAGE", 1)
    laima = sign_in(billed.people["laima"])
    first = laima.get("/birojs/majas/").text
    assert "Avotu iela 14" in first
    assert "Jūras iela" not in first
    second = laima.get("/birojs/majas/?lapa=2").text
    assert "Jūras iela 2" in second
    assert "2. lapa no 2" in second
    assert laima.get("/birojs/majas/?lapa=nav").status_code == 200
    found = laima.get("/birojs/majas/?q=Jūras 2").text
    assert "Jūras iela 2" in found
    assert "Avotu iela" not in found
    assert "Nevienas mājas" in laima.get("/birojs/majas/?q=nekur").text


@pytest.mark.parametrize(("gap", "permille"), [(408, 204), (409, 205), (-600, -300)])
def test_the_houses_above_the_limit_are_those_whose_latest_month_is(town, gap, permille):
    """What is exactly at the limit is not above it; a half is rounded up, here as where it is shown."""
    house = Building.objects.create(code="J2", search="juras iela 2", walking_order=2, **OTHER)
    values = {"computed_at": NOW, "input_hash": "t", "units": 1, "sharing": "equal", "building": house}
    for month, litres in ((Month(2026, 9), 900), (Month(2026, 10), gap)):
        BuildingMonth.objects.create(
            round=town.rounds[month],
            intake_litres=2_000,
            units_litres=2_000 - litres,
            difference_litres=litres,
            carried_out_litres=litres,
            **values,
        )
    assert buildings_above(204).filter(pk=house.pk).exists() == (permille > 204)
    gaps = gaps_by_building([house.pk], until=MONTH, months=2)[house.pk]
    assert [one.permille for one in gaps] == [permille], "September is older than two months"


def test_the_list_shows_only_houses_above_the_limit_when_asked(billed, sign_in):
    laima = sign_in(billed.people["laima"])
    assert "Avotu iela 14" in laima.get("/birojs/majas/?virs=1").text
    values = {"value": 900, "basis": "t", "decided_at": NOW, "decided_by": "t"}
    PolicyChange.objects.create(name="difference_alert_permille", valid_from=date(2026, 1, 1), **values)
    assert "Nevienas mājas" in laima.get("/birojs/majas/?virs=1").text


def test_three_months_above_the_limit_call_for_the_causes(billed, sign_in):
    laima = sign_in(billed.people["laima"])
    assert "mēnesis pēc kārtas" not in laima.get("/birojs/majas/").text
    values = {"value": 10, "basis": "t", "decided_at": NOW, "decided_by": "t"}
    PolicyChange.objects.create(name="difference_alert_permille", valid_from=date(2026, 1, 1), **values)
    assert "4. mēnesis pēc kārtas: meklēt cēloņus" in laima.get("/birojs/majas/").text
    page = laima.get("/birojs/majas/A14/").text
    assert "4. mēnesis pēc kārtas virs robežas" in page
    assert "Ministru kabineta noteikumi Nr. 1013, 30. punkts" in page


@pytest.mark.parametrize(
    ("permilles", "calls"),
    [
        ((250, 250, 250), (True, False)),
        ((250, 200, 250, 250), (False, False)),
        ((-60, -60), (False, True)),
        ((-60, -50), (False, False)),
        ((250, None, 250, 250), (False, False)),
        ((-60, None, -60), (False, False)),
    ],
)
def test_what_calls_for_an_alarm(db, permilles, calls):
    """A month that was not computed, None, breaks the row."""
    shown = [(Month(2026, 1).plus(at), permille) for at, permille in enumerate(permilles) if permille is not None]
    gaps = [MonthGap(BuildingMonth(round=Round(first_day=month.first_day)), permille) for month, permille in shown]
    alarm = alarm_of(gaps, policies.on(MONTH.first_day))
    assert (alarm.over_calls, alarm.below_calls) == calls


@pytest.mark.parametrize("path", ["?menesis=2027-01", "?menesis=nekas"])
def test_a_month_that_has_not_opened_is_not_found(billed, sign_in, path):
    assert sign_in(billed.people["ilze"]).get(f"/birojs/majas/A14/{path}").status_code == 404


def test_a_utility_without_hot_water_has_no_file_for_the_heating_company(billed, sign_in):
    UsagePoint.objects.update(commodity="cold")
    assert "Izrakstītu mēnešu vēl nav." in sign_in(billed.people["ilze"]).get("/birojs/karstais/").text


def test_the_heating_company_gets_points_and_litres_and_no_people(billed, sign_in, tmp_path):
    ilze = sign_in(billed.people["ilze"])
    assert '2026. gada novembris</th><td class="n">1</td>' in ilze.get("/birojs/karstais/").text
    answer = ilze.get("/birojs/karstais/2026-11.csv")
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "punkts;periods;rādījums_m3;patēriņš_m3;veids"
    assert len(lines) == 1 + 5, "flat 2 has two cold meters"
    assert "A14-3-h;2026-11;57.700;1.700;faktiskais" in lines
    assert [line.rpartition(";")[2] for line in lines if "-1-h" in line or "-6-h" in line] == [
        "nav derīga rādījuma",
        "vidējais",
    ]
    assert not any(name in answer.content.decode() for name in ("Ozola", "Avotu"))
    path = tmp_path / "hot.csv"
    call_command("hot_water", "2026-11", str(path))
    assert path.read_bytes() == answer.content
    with pytest.raises(CommandError):
        call_command("hot_water", "2031-01", str(path))


def test_a_month_not_yet_issued_gives_no_file(town, sign_in):
    report(town, "1")
    read_intake(town)
    compute(town)
    answer = sign_in(town.people["ilze"]).get("/birojs/karstais/2026-11.csv")
    assert answer.content.decode("utf-8-sig").splitlines() == ["punkts;periods;rādījums_m3;patēriņš_m3;veids"]


def test_an_exchange_and_a_move_are_one_volume(town, sign_in):
    inst = town.hot["3"]
    old = town.previous(inst)
    exchange_meter(inst.usage_point, Device("9", 0), end_litres=old + 300, on=date(2026, 11, 5), now=AFTER, by=BY)
    new = MeterInstallation.objects.get(usage_point=inst.usage_point, removed_on=None)
    town.hot["3"] = new
    customers.move(town.flats["3"], account=new_account("30"), on=date(2026, 11, 16), now=AFTER, by=BY)
    readings.record_readings(
        round=town.round,
        premise=town.flats["3"],
        account=None,
        values={new.pk: 1_200},
        source="phone",
        key="x",
        by=BY,
        now=at_local(date(2026, 11, 27), 9),
    )
    read_intake(town)
    issue(compute(town))
    lines = sign_in(town.people["ilze"]).get("/birojs/karstais/2026-11.csv").text.splitlines()
    assert "A14-3-h;2026-11;1.200;1.500;faktiskais" in lines
