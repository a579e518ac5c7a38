"""Buildings taken together stand each for itself (ADR 7)."""

import pytest

from avots.billing import actions as billing
from avots.billing.models import BuildingRun, Invoice, Run
from avots.billing.queries import places_together
from avots.meters.models import Building, Register
from avots.readings.models import Reading
from tests.billing.test_month import ILZE, ISSUE_ON, LAIMA, read_intake, report
from tests.town import AFTER, Town
from tests.usage.test_facts import another_building


@pytest.fixture
def houses(town) -> list[Building]:
    report(town, "1", "2", "3", "4", "5", "6")
    read_intake(town)
    return [town.building, another_building(1, town.round), another_building(2, town.round)]


def opened(town: Town) -> tuple[Run, list[BuildingRun]]:
    run = billing.open_run(town.round, now=AFTER, by=ILZE)
    return run, list(BuildingRun.objects.filter(run=run))


def approve(run: Run) -> None:
    run.refresh_from_db()
    billing.ask_approval(run, issue_on=ISSUE_ON, now=AFTER, by=ILZE)
    billing.approve(run, now=AFTER, by=LAIMA)


def states(run: Run) -> dict[str, tuple[str, str]]:
    rows = BuildingRun.objects.filter(run=run).values_list("building__code", "state", "reason")
    return {code: (state, reason) for code, state, reason in rows}


def test_what_is_made_of_a_building_does_not_depend_on_what_it_is_taken_with(town, houses):
    run, places = opened(town)
    billing.compute_many(places, now=AFTER)

    def made() -> list[tuple[object, ...]]:
        columns = ("account", "premise", "total_cents", "content")
        return list(Invoice.objects.filter(run=run).order_by("account").values_list(*columns))

    hashes = dict(BuildingRun.objects.filter(run=run).values_list("pk", "input_hash"))
    together = made()
    assert len(together) == 10
    BuildingRun.objects.filter(run=run).update(state="waiting")
    for place in places:
        billing.compute(place, now=AFTER)
    assert made() == together
    assert dict(BuildingRun.objects.filter(run=run).values_list("pk", "input_hash")) == hashes


def test_one_that_is_refused_is_parked_and_the_others_are_drafted(town, houses):
    Reading.objects.filter(installation__usage_point__building=houses[1], source_key__startswith="o:").delete()
    run, places = opened(town)
    billing.compute_many(places, now=AFTER)
    assert states(run) == {
        "A14": ("drafted", ""),
        "O1": ("parked", "no_intake_reading"),
        "O2": ("drafted", ""),
    }
    run.refresh_from_db()
    assert run.state == "review"


def test_one_that_breaks_does_not_hold_up_the_others_and_is_heard_of(town, houses):
    Register.objects.filter(meter__serial="O1in").delete()  # a register torn by hand: no rule knows what to say
    run, places = opened(town)
    with pytest.raises(ExceptionGroup) as broken:
        billing.compute_many(places, now=AFTER)
    assert len(broken.value.exceptions) == 1
    assert states(run) == {"A14": ("drafted", ""), "O1": ("waiting", ""), "O2": ("drafted", "")}


def test_one_that_changed_is_parked_at_issue_and_the_others_get_their_numbers(town, houses):
    run, places = opened(town)
    billing.compute_many(places, now=AFTER)
    approve(run)
    changed = Reading.objects.filter(installation__usage_point__building=houses[1], litres=4_000).first()
    Reading.objects.filter(pk=changed.pk).update(litres=4_100)
    billing.issue_many(places, now=AFTER)
    assert states(run) == {"A14": ("issued", ""), "O1": ("parked", "inputs_changed"), "O2": ("issued", "")}
    issued = Invoice.objects.issued().filter(run=run).order_by("number")
    assert [row.number for row in issued] == [f"VU26-00000{n}" for n in range(1, 9)]
    assert not issued.filter(building=houses[1]).exists()
    run.refresh_from_db()
    assert run.state == "issued"


def test_nothing_to_issue_is_no_fault(town, houses):
    billing.issue_many([], now=AFTER)
    billing.compute_many([], now=AFTER)


def test_buildings_are_taken_so_many_homes_at_a_time_and_never_two_runs_at_once(town, houses):
    run, _ = opened(town)
    all_of_them = BuildingRun.objects.filter(run=run)
    by_code = {place.building.code: place.pk for place in all_of_them.select_related("building")}
    assert [len(some) for some in places_together(all_of_them)] == [3]
    small, large = [by_code["O1"], by_code["O2"]], [by_code["A14"]]
    assert sorted(places_together(all_of_them, homes_together=4)) == sorted([small, large])
    assert sorted(places_together(all_of_them, homes_together=1)) == sorted([[pk] for pk in by_code.values()])
    other = Run.objects.create(round=min(town.rounds.values(), key=lambda r: r.first_day), started_at=AFTER)
    BuildingRun.objects.create(run=other, building=houses[0], changed_at=AFTER)
    assert len(places_together(BuildingRun.objects.all())) == 2
