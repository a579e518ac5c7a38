"""What a month is computed from, on real tables: in bulk, dated, and the same for ever once final."""

from dataclasses import replace
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from avots.core.dates import Month, at_local
from avots.core.errors import Refused
from avots.customers import actions as customers
from avots.customers.models import AbsenceNotice, CustomerAccount, Occupancy, Party, ServiceAgreement
from avots.meters import actions as meters
from avots.meters.models import Building, Noncompliance, UsagePoint
from avots.readings import actions as readings
from avots.readings import queries as sheets
from avots.readings.models import Reading, Round
from avots.readings.rules.window import moments_of
from avots.usage import queries
from avots.usage.actions import change_rule, compute_building, compute_buildings
from avots.usage.models import BuildingMonth, Usage
from avots.usage.rules.balance import balance
from tests.billing.test_month import compute, issue, read_intake, report
from tests.town import AFTER, BY, MONTH, NOW

SINCE = date(2026, 7, 1)
FLATS = ("1", "2", "3", "4", "5", "6")


def another_building(number: int, round: Round) -> Building:
    """A building with an intake and two flats, all read."""
    facts = {"street": "Ostas iela", "house": str(number), "town": "Ventspils", "postcode": "LV-3601"}
    house = meters.register_building(code=f"O{number}", search="", now=NOW, by=BY, **facts)
    customers.agree(house, number=f"D-{number}", starts_on=SINCE, now=NOW, by=BY)
    inlet = point(house, "in", role=UsagePoint.Role.INTAKE)
    used = {inlet.pk: 9_000}
    for flat in ("1", "2"):
        premise = meters.register_premise(house, number=flat, position=int(flat), now=NOW, by=BY)
        account = new_account(f"20{number}{flat}")
        customers.move(premise, account=account, on=SINCE, now=NOW, by=BY)
        used[point(house, flat, premise=premise).pk] = 4_000
    for pk, litres in used.items():
        Reading.objects.create(
            installation_id=pk,
            round=round,
            litres=litres,
            read_on=round.cut_on,
            received_at=AFTER,
            source="staff",
            source_key=f"o:{pk}",
            state="accepted",
            by="test",
        )
    return house


def point(house: Building, code: str, **facts):
    where = meters.register_point(house, code=f"{house.code}-{code}", starts_on=SINCE, now=NOW, by=BY, **facts)
    device = meters.Device(serial=f"{house.code}{code}", start_litres=0, remote_read=bool(facts.get("remote")))
    return meters.install_meter(where, device, on=SINCE, now=NOW, by=BY)


def new_account(number: str) -> CustomerAccount:
    return customers.register_customer(
        number=number, name=f"N {number}", kind=Party.Kind.PERSON, opened_on=SINCE, now=NOW, by=BY
    )


def asked(buildings, round) -> int:
    frame = queries.frame_of(round)
    with CaptureQueriesContext(
        connection,
    ) as seen:
        queries.facts_of(buildings, round, frame)
    return len(seen)


def test_a_batch_takes_as_many_queries_as_one_building_and_says_the_same(town):
    report(town, *FLATS)
    read_intake(town)
    houses = [town.building, *(another_building(number, town.round) for number in (1, 2, 3))]
    assert asked(houses, town.round) == asked(houses[-1:], town.round) <= 14
    together = queries.facts_of(houses, town.round)
    assert together == {house.pk: queries.facts(house, town.round) for house in houses}
    months = compute_buildings(town.round, houses, now=AFTER)
    for house in houses:
        hashed = months[house.pk].input_hash
        assert hashed == queries.input_hash(together[house.pk])
        assert hashed == compute_building(town.round, house, now=AFTER).input_hash


def test_one_building_that_cannot_be_computed_does_not_hold_up_the_others(town):
    other = another_building(1, town.round)
    answers = compute_buildings(town.round, [town.building, other], now=AFTER)
    assert isinstance(answers[town.building.pk], Refused)
    assert answers[other.pk].shared_litres == 1_000
    assert list(BuildingMonth.objects.filter(round=town.round).values_list("building", flat=True)) == [other.pk]


# rules as dated data
def law_on(month: Month, segment: str = "apartments"):
    moments = moments_of(month, first_day=25, last_day=28, working_days=3)
    round, _ = Round.objects.get_or_create(first_day=month.first_day, defaults=vars(moments))
    return queries.frame_of(round).law(segment)


def test_each_month_has_the_law_of_its_time(db):
    assert law_on(Month(2019, 1)).stage1_limit == "none"
    assert law_on(Month(2022, 6)).stage1_limit == "norm"
    assert "N3" in law_on(Month(2025, 5)).grounds_without_meter
    assert "N3" not in law_on(Month(2025, 6)).grounds_without_meter
    assert "N1" not in law_on(Month(2020, 4)).grounds_first
    assert "N1" in law_on(Month(2020, 7)).grounds_first
    assert (law_on(MONTH).average_months, law_on(MONTH, "private").average_months) == (3, 12)
    assert (law_on(MONTH).after_estimates, law_on(MONTH, "private").after_estimates) == ("noncompliant", "average")


@pytest.mark.parametrize(("month", "counted"), [(Month(2025, 5), "noncompliant"), (Month(2025, 6), "actual")])
def test_a_lapsed_verification_counted_against_a_flat_until_june_2025(town, month, counted):
    law_on(month.previous)
    law_on(month)
    round = Round.objects.get(first_day=month.first_day)
    for inst in (town.cold["1"], town.intake):
        type(inst).objects.filter(pk=inst.pk).update(installed_on=date(2024, 1, 1), verified_until=date(2024, 12, 1))
        UsagePoint.objects.filter(pk=inst.usage_point_id).update(starts_on=date(2024, 1, 1))
        Reading.objects.create(
            installation=inst,
            round=round,
            litres=1_005_000 if inst == town.intake else 105_000,
            read_on=round.cut_on,
            received_at=AFTER,
            source="staff",
            source_key=f"v:{inst.pk}",
            state="accepted",
            by="test",
        )
    Occupancy.objects.update(starts_on=date(2024, 1, 1))
    compute_building(round, town.building, now=AFTER)
    assert Usage.objects.get(round=round, installation=town.cold["1"]).method == counted


def test_changing_a_rule_never_changes_the_past(town):
    report(town, "2", "3", "4", "5", "6")
    read_intake(town)
    issue(compute(town))
    month = BuildingMonth.objects.get(round=town.round)
    before = balance(queries.facts(town.building, town.round))
    for name, value in {
        "norm_litres_person_month": 1,
        "max_consecutive_estimates": 0,
        "negative_difference": "credit",
        "difference_deadband_permille": 1_000,
    }.items():
        change_rule(name=name, valid_from=date(2026, 12, 1), value=value, basis="test", now=AFTER, by=BY)
        with pytest.raises(Refused, match="rule_in_settled_month"):
            change_rule(name=name, valid_from=date(2026, 11, 30), value=value, basis="test", now=AFTER, by=BY)
    known = queries.facts(town.building, town.round)
    assert queries.input_hash(known) == month.input_hash
    assert balance(known) == before
    assert law_on(MONTH.next) != known.law
    stored = {(share.premise_id, share.stage): share.litres for share in month.differenceshare_set.all()}
    assert stored == {(share.premise_id, share.stage): share.litres for share in before.shares}


# the cases of a month
def test_an_announced_absence_bills_nothing_and_is_no_miss(town):
    away = date(2026, 10, 20), date(2026, 12, 5)
    AbsenceNotice.objects.create(premise=town.flats["1"], starts_on=away[0], ends_on=away[1], announced_at=NOW)
    taken_back = date(2026, 11, 1)
    AbsenceNotice.objects.create(premise=town.flats["2"], starts_on=taken_back, ends_on=taken_back, announced_at=NOW)
    report(town, "3", "4", "5", "6")
    read_intake(town)
    compute_building(town.round, town.building, now=AFTER)
    tiles = Usage.objects.filter(round=town.round, installation__in=[town.cold["1"], town.cold["2"]])
    found = {(tile.premise.number, tile.method, tile.litres, tile.misses) for tile in tiles}
    assert found == {("1", "absence", 0, 0), ("2", "estimate", 8_100, 1)}


def control(town, litres: int, **values):
    facts = {"kind": Reading.Kind.CONTROL, "read_on": date(2026, 11, 12), "key": "control:1"} | values
    at = at_local(date(2026, 12, 2), 9)
    previous = town.previous(town.cold["1"])
    return readings.record_visit_reading(town.cold["1"], litres=previous + litres, now=at, by=BY, **facts)


def tile_of(town, flat: str = "1") -> Usage:
    compute_building(town.round, town.building, now=AFTER)
    return Usage.objects.get(round=town.round, installation=town.cold[flat])


def test_a_control_by_staff_settles_a_month_nobody_reported(town):
    control(town, 1_400)
    assert control(town, 1_400) == Reading.objects.get(kind="control"), "the same key records nothing again"
    assert town.cold["1"].pk in {row.pk for row in sheets.unreported(town.round)}, "the resident still reports"
    read_intake(town)
    tile = tile_of(town)
    assert (tile.method, tile.litres, tile.misses) == ("actual", 1_400, 0)
    assert (tile.read_on, tile.basis) == (date(2026, 11, 12), {"control": True})


def test_a_report_of_the_window_goes_before_a_control(town):
    control(town, 1_400)
    report(town, "1")
    read_intake(town)
    assert tile_of(town).litres == 2_500


def test_a_control_that_looks_odd_waits_for_a_decision(town):
    assert control(town, -5_000).state == Reading.State.HELD
    read_intake(town)
    with pytest.raises(Refused, match="held_readings_left"):
        tile_of(town)


def moved(town, on: date) -> CustomerAccount:
    account = new_account("3000001")
    customers.move(town.flats["1"], account=account, on=on, now=NOW, by=BY)
    return account


def test_both_accounts_of_a_move_are_billed(town):
    account = moved(town, date(2026, 11, 16))
    control(town, 900, kind=Reading.Kind.OWNER, read_on=date(2026, 11, 16), key="move:1")
    report(town, *FLATS)
    read_intake(town)
    issue(compute(town))
    parts = list(Usage.objects.filter(round=town.round, premise=town.flats["1"]).order_by("installation", "part"))
    old = town.accounts["1"]
    assert [(tile.account, tile.litres) for tile in parts] == [
        (old, 900),
        (account, 1_600),
        (old, 850),
        (account, 850),
    ]
    first, second = (account_.invoice_set.get(state="issued").content for account_ in (old, account))
    assert [meter["litres"] for meter in first["meters"]] == [900, 850]
    assert second["meters"][0]["from_on"] == first["meters"][0]["read_on"] == "2026-11-16"
    assert (second["meters"][0]["from_estimated"], second["meters"][1]["from_estimated"]) == (False, True)
    assert first["building"]["share_litres"] + second["building"]["share_litres"] == 800


def test_a_share_is_by_the_owners_own_weights(town):
    terms = {"sharing": ServiceAgreement.Sharing.OWN_WEIGHTS}
    when = {"number": "D-0615", "starts_on": date(2026, 11, 1), "now": NOW, "by": BY}
    with pytest.raises(Refused, match="decision_missing"):
        customers.agree(town.building, **when, **terms)
    agreement = customers.agree(town.building, **when, **terms, decision="Kopsapulce 12.10.2026., 3. punkts")
    report(town, *FLATS)
    read_intake(town)
    place = compute(town)
    assert (place.state, place.reason, place.facts) == ("parked", "no_weight", {"premise": "1"})
    for flat, weight in zip(FLATS, (35, 13, 13, 13, 13, 13), strict=True):
        customers.weigh(agreement, town.flats[flat], weight=weight, now=NOW, by=BY)
    month = compute_building(town.round, town.building, now=AFTER)
    litres = [share.litres for share in month.differenceshare_set.order_by("premise__position")]
    assert litres == [1_680, 624, 624, 624, 624, 624]


def test_a_meter_read_by_radio_that_is_silent_is_no_miss_of_its_resident(town):
    inst = town.cold["1"]
    type(inst).objects.filter(pk=inst.pk).update(remote_read=True)
    read_intake(town)
    tile = tile_of(town)
    assert (tile.method, tile.litres, tile.misses) == ("estimate", 2_769, 0)


def test_a_ground_that_was_recorded_for_a_later_month_is_no_fact_of_this_one(town):
    report(town, *FLATS)
    read_intake(town)
    before = queries.facts(town.building, town.round)
    for starts, ends in ((date(2026, 12, 1), None), (date(2026, 9, 1), date(2026, 11, 30))):
        Noncompliance.objects.create(
            premise=town.flats["1"],
            ground="N6",
            starts_on=starts,
            ends_on=ends,
            evidence="akts",
            recorded_at=NOW,
            recorded_by="test",
        )
    assert queries.facts(town.building, town.round) == before
    Noncompliance.objects.update(ends_on=date(2026, 12, 1))
    changed = queries.facts(town.building, town.round)
    assert changed == replace(before, premises=changed.premises)
    assert changed.premises[0].grounds == ("N6",)


def test_a_final_month_never_changes(town):
    report(town, *FLATS)
    read_intake(town)
    issue(compute(town))
    with pytest.raises(Refused, match="month_is_final"):
        compute_building(town.round, town.building, now=AFTER)
    month = BuildingMonth.objects.get(round=town.round)
    assert sum(part["litres"] for part in month.anatomy) == month.intake_litres - month.units_litres


@pytest.mark.parametrize(("beyond", "counts"), [(0, False), (300, True)])
def test_a_meter_gone_before_the_window_counts_only_while_its_end_is_not_billed(town, beyond, counts):
    old = town.cold["1"]
    device = meters.Device(serial="99000001", start_litres=0)
    end = town.previous(old) + beyond
    new = meters.exchange_meter(old.usage_point, device, end_litres=end, on=date(2026, 10, 20), now=AFTER, by=BY)
    known = queries.facts_of([town.building], town.round)[town.building.pk]
    (shown,) = (one for one in known.points if one.usage_point_id == old.usage_point_id)
    assert [meter.installation_id for meter in shown.meters] == ([old.pk] if counts else []) + [new.pk]
