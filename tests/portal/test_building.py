"""The building's gap as residents see it."""

from datetime import date

import pytest

from avots.core import clock
from avots.core.models import PolicyChange
from avots.customers.models import Access
from avots.meters.actions import Device, install_meter
from avots.meters.models import Building, UsagePoint
from avots.readings.actions import UtilityRow, record_utility_readings
from avots.usage.models import BuildingMonth, DifferenceShare
from tests.billing.test_month import compute, issue, read_intake, report
from tests.town import AFTER, BY, MONTH, NOW, Town, build


@pytest.fixture
def billed(town, monkeypatch) -> Town:
    report(town, "1", "2", "3", "4", "5")
    read_intake(town, 40_000)
    issue(compute(town))
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    return town


def test_a_resident_sees_where_the_water_went_and_the_own_share(billed, sign_in):
    page = sign_in(billed.people["anna"]).get("/maja/").text
    share = DifferenceShare.objects.get(building_month__round=billed.round, premise=billed.flats["1"])
    assert f"{share.litres / 1000:.3f}".replace(".", ",") in page
    assert "Kur palika" in page
    assert "Rēķināts vidējais" in page
    assert "Neizskaidrots" in page
    assert 'fill="url(#nezin)"' in page, "the unexplained is hatched"


def test_common_use_is_named_beside_the_difference(db, sign_in, monkeypatch):
    """The difference is the same figure as on the invoice and in the shares of the months."""
    town = build()
    point = UsagePoint.objects.create(
        code="A14-k", building=town.building, role="common", starts_on=date(2026, 7, 1), place="kāpnes"
    )
    meter = install_meter(point, Device("7700", 0), on=date(2026, 10, 29), now=NOW, by=BY)
    report(town, *"123456")
    row = UtilityRow(meter.pk, 1_234, town.round.cut_on)
    record_utility_readings(round=town.round, rows=[row], source="staff", key="k", by=BY, now=AFTER)
    read_intake(town, 40_000)
    issue(compute(town))
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    month = BuildingMonth.objects.get(round=town.round)
    assert (month.common_litres, month.difference_litres) == (1_234, 40_000 - 25_200 - 1_234)
    page = sign_in(town.people["anna"]).get("/maja/").text
    assert "Tā ir mājas starpība un koplietošana" in page
    assert "13,566" in page
    assert "− 1,234" in page.replace("\xa0", " ")


def test_three_months_above_the_limit_tell_owners_what_they_may_ask_for(billed, sign_in):
    anna = sign_in(billed.people["anna"])
    assert "Ja īpašnieks to lūdz" not in anna.get("/maja/").text
    values = {"value": 10, "basis": "t", "decided_at": NOW, "decided_by": "t"}
    PolicyChange.objects.create(name="difference_alert_permille", valid_from=date(2026, 1, 1), **values)
    page = anna.get("/maja/").text
    assert "jau 4. mēnesi pēc kārtas" in page
    assert "Ja īpašnieks to lūdz" in page


def test_no_neighbour_can_be_recognised(billed, sign_in):
    page = sign_in(billed.people["anna"]).get("/maja/").text
    for name in ("Bērziņš", "Kļaviņš", "1000002", "14-2"):
        assert name not in page


def test_in_a_small_house_causes_of_single_flats_are_one(billed, sign_in):
    values = {"value": 99, "basis": "t", "decided_at": NOW, "decided_by": "t"}
    PolicyChange.objects.create(name="anatomy_minimum_flats", valid_from=MONTH.first_day, **values)
    page = sign_in(billed.people["anna"]).get("/maja/").text
    assert "Dzīvokļu rādījumi" in page
    assert "Rēķināts vidējais" not in page


def test_the_open_month_is_live_and_says_what_is_assumed(town, sign_in, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    report(town, "1")
    page = sign_in(town.people["anna"]).get(f"/maja/?menesis={MONTH}").text
    assert "Ko skaitītāji vēl nerāda" in page
    assert "pieņemts kā iepriekš" in page
    assert "Trūkst rādījumu" in page


def test_a_house_without_an_intake_meter_has_no_difference(town, sign_in, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    UsagePoint.objects.filter(pk=town.intake.usage_point_id).update(starts_on="2027-01-01")
    page = sign_in(town.people["anna"]).get(f"/maja/?menesis={MONTH}")
    assert "Jūsu mājai starpības nav" in page.text


def test_who_only_submits_readings_and_strangers_do_not_see_it(billed, sign_in):
    anna = sign_in(billed.people["anna"])
    assert anna.get("/maja/?konts=1000002").status_code == 404
    assert anna.get("/maja/?menesis=2031-01").status_code == 404
    Access.objects.filter(user=billed.people["anna"]).update(kind=Access.Kind.SUBMIT)
    assert anna.get("/maja/").status_code == 404
    assert Building.objects.count() == 1
