"""Every kind of building and client from readings to invoices: the rules alone are in tests.usage."""

from datetime import date

import pytest

from avots.billing import wording
from avots.billing.models import Invoice, InvoiceLine
from avots.core import clock
from avots.customers import actions as customers
from avots.meters.actions import record_ground
from avots.meters.models import Building, MeterInstallation, UsagePoint
from avots.tariffs.models import Tariff
from avots.usage.models import BuildingMonth, Usage
from tests.billing.test_month import compute, issue, read_intake, report
from tests.town import AFTER, BY, NOW, Town, build

FLATS = ("1", "2", "3", "4", "5", "6")


def agree(town: Town, **terms: object) -> None:
    customers.agree(town.building, number="D-0615", starts_on=date(2026, 11, 1), now=NOW, by=BY, **terms)


def billed(town: Town) -> dict[str, Invoice]:
    issue(compute(town))
    return {one.account.number: one for one in Invoice.objects.filter(state="issued").select_related("account")}


def lines_of(invoice: Invoice) -> list[tuple[str, str, int, int, int]]:
    rows = InvoiceLine.objects.filter(invoice=invoice).order_by("position")
    return list(rows.values_list("service", "part", "quantity", "price_100k", "net_cents"))


def test_a_client_with_own_networks_pays_for_treatment_alone(town):
    agree(town, services="treatment")
    report(town, *FLATS)
    read_intake(town)
    assert lines_of(billed(town)["1000001"]) == [
        ("treatment", "own", 4_200, 65_000, 273),
        ("treatment", "share", 800, 65_000, 52),
        ("paper", "fee", 1_000, 124_000, 124),
    ]


def test_under_indirect_settlement_the_payer_is_billed_the_intake_and_the_homes_nothing(town):
    agree(town, settlement="indirect", payer=town.accounts["2"])
    report(town, *FLATS)
    read_intake(town)
    [(number, invoice)] = billed(town).items()
    assert (number, [(line[0], line[2]) for line in lines_of(invoice)]) == (
        "1000002",
        [("water", 30_000), ("sewerage", 30_000), ("paper", 1_000)],
    )
    month = BuildingMonth.objects.get(round=town.round)
    assert (month.differenceshare_set.count(), month.carried_out_litres) == (0, 0)


def test_under_indirect_settlement_without_an_intake_all_that_was_measured_is_billed(town):
    agree(town, settlement="indirect", payer=town.accounts["2"])
    UsagePoint.objects.filter(pk=town.intake.usage_point_id).update(starts_on=date(2027, 1, 1))
    report(town, *FLATS)
    [invoice] = billed(town).values()
    assert lines_of(invoice)[0][2] == 6 * (2_500 + 1_700)


def as_a_private_house(town: Town) -> None:
    """One home, one meter in the house, read by its owner; no intake meter of the utility."""
    Building.objects.filter(pk=town.building.pk).update(segment="private")
    UsagePoint.objects.exclude(pk=town.cold["1"].usage_point_id).update(starts_on=date(2027, 1, 1))
    keep = MeterInstallation.objects.exclude(pk=town.cold["1"].pk)
    keep.update(installed_on=date(2027, 1, 1))


@pytest.mark.parametrize("misses", [0, 3])
def test_a_private_house_that_was_not_read_pays_its_average_and_no_difference(db, misses):
    """Also after three months: what follows then is not known, so the average goes on (after_estimates_other)."""

    def unread(town: Town) -> None:
        as_a_private_house(town)
        Usage.objects.filter(installation=town.cold["1"]).update(misses=misses)

    town = build(unread)
    invoice = billed(town)["1000001"]
    assert [line[:3] for line in lines_of(invoice)[:-1]] == [("water", "own", 2_769), ("sewerage", "own", 2_769)]
    [meter] = invoice.content["meters"]
    assert (meter["method"], meter["misses"], meter["average_of"]) == ("estimate", misses + 1, [2_412, 3_105, 2_790])


def test_a_price_that_changes_inside_the_month_splits_own_use_and_share_by_days(town):
    Tariff.objects.create(service="water", valid_from=date(2026, 11, 11), price_100k=99_000, decision="t")
    report(town, *FLATS)
    read_intake(town)
    water = [line for line in lines_of(billed(town)["1000001"]) if line[0] == "water"]
    assert water == [
        ("water", "own", 1_400, 89_000, 125),
        ("water", "own", 2_800, 99_000, 277),
        ("water", "share", 267, 89_000, 24),
        ("water", "share", 533, 99_000, 53),
    ]


def test_who_reported_on_a_meter_that_is_not_valid_is_not_told_that_nothing_came(town, sign_in, monkeypatch):
    record_ground(town.flats["1"], ground="N6", starts_on=date(2026, 11, 1), evidence="akts Nr. 5", now=NOW, by=BY)
    report(town, *FLATS)
    read_intake(town)
    invoice = billed(town)["1000001"]
    notes = dict(wording.notes(invoice.content, invoice.issued_on))
    assert "Skaitītājs nav derīgs:" in notes
    assert "Nav rādījumu:" not in notes
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    page = sign_in(town.people["anna"]).get(f"/rekini/{invoice.number}/").text
    assert "Skaitītājs nav derīgs norēķiniem" in page
    assert "mēnesi pēc kārtas. Patēriņš ir mājas starpībā" not in page
