"""What cannot be computed is parked with a sentence that says what to do; the rest is computed by rule."""

from dataclasses import replace
from datetime import date

import pytest

from avots.billing import actions as billing
from avots.billing.models import BuildingRun
from avots.billing.rules import lines_of
from avots.core.dates import Month
from avots.core.errors import Refused
from avots.meters.actions import remove_meter
from avots.meters.models import UsagePoint
from avots.tariffs.rules import Price
from avots.ui.words import words
from avots.usage.actions import compute_building
from avots.usage.queries import facts
from avots.usage.rules.anatomy import live_anatomy
from avots.usage.rules.balance import balance
from tests.billing.test_month import ILZE
from tests.town import AFTER
from tests.usage.build import building, flat, law, meter, point, premise
from tests.usage.test_facts import another_building

CALM = building(20_000, [flat(1, 9_000), flat(2, 9_000)])
HELD_BY_NOBODY = replace(CALM, premises=(premise(1), premise(2, holdings=())))
BEYOND = point(1, meter(100_000, 100_000_000))
UNREAD = flat(1, None, misses=3)
VISIT = replace(building(None, [UNREAD], law=law(after_estimates="park")), points=(UNREAD,))
INLET = point(999, role="intake")
TAKEN_OUT = point(999, meter(1_000_000, None, end=1_010_000), role="intake")
PARKED = {
    "no agreement": (replace(CALM, sharing=""), "no_agreement"),
    "no meter at the intake": (replace(CALM, points=(INLET, *CALM.points[1:])), "no_intake_meter"),
    "the intake's meter taken out and none put in": (
        replace(CALM, points=(TAKEN_OUT, *CALM.points[1:])),
        "no_intake_meter",
    ),
    "no intake reading": (building(None, [flat(1, 9_000)]), "no_intake_reading"),
    "undecided readings": (replace(CALM, held_readings=2), "held_readings_left"),
    "nobody to bill": (HELD_BY_NOBODY, "no_account"),
    "own weights, one missing": (
        replace(CALM, sharing="own_weights", premises=(premise(1, weight=3), premise(2))),
        "no_weight",
    ),
    "a reading the face cannot show": (building(20_000, [BEYOND]), "reading_beyond_face"),
    "a meter behind a flat's": (
        building(20_000, [flat(1, 9_000), point(2, meter(0, 3_000, number=2), premise=1, parent=1)]),
        "behind_a_flats_meter",
    ),
    "a private house after its estimates, where a visit is the rule": (VISIT, "visit_needed"),
}


@pytest.mark.parametrize(("facts", "code"), PARKED.values(), ids=PARKED)
def test_what_cannot_be_computed_is_parked_with_a_sentence(facts, code):
    with pytest.raises(Refused) as refused:
        balance(facts)
    assert refused.value.code == code
    sentence = words(code, **refused.value.facts)
    assert "—" not in sentence, "a fact of the sentence is missing"


def test_an_intake_below_the_flats_is_carried_forward():
    result = balance(building(17_000, [flat(1, 9_000), flat(2, 9_000)]))
    assert (result.difference, result.carried_out, result.shares) == (-1_000, -1_000, ())


def test_one_flat_bears_its_difference_alone():
    [share] = balance(building(10_000, [flat(1, 9_000)])).shares
    assert (share.premise_id, share.litres) == (1, 1_000)


@pytest.mark.parametrize("sharing", ["equal", "pro_rata", "three_month_average", "per_person", "own_weights"])
def test_without_persons_use_or_history_the_difference_is_still_shared(sharing):
    flats = [flat(1, 0, history=()), flat(2, 0, history=())]
    facts = building(1_001, flats, sharing=sharing, premises=(premise(1, 0, weight=1), premise(2, 0, weight=1)))
    assert [share.litres for share in balance(facts).shares] == [501, 500]


def test_without_history_and_persons_the_norm_of_one_person_is_taken():
    facts = building(10_000, [flat(1, None, history=())], premises=(premise(1, 0),))
    assert balance(facts).units == 6_080


def test_a_day_without_a_tariff_is_refused():
    prices = {"water": [Price(date(2026, 11, 2), 89_000)], "sewerage": [Price(date(2020, 1, 1), 151_000)]}
    usual = {"own_litres": 1, "share_litres": 0, "services": ("water", "sewerage"), "month": Month(2026, 11)}
    with pytest.raises(Refused, match="no_tariff"):
        lines_of(**usual, prices=prices, paper=False)
    with pytest.raises(Refused, match="no_tariff"):
        lines_of(**usual, prices={}, paper=False)


def test_an_intake_without_its_meter_is_no_house_without_an_intake(town):
    """Else the difference of that month would silently be nothing."""
    remove_meter(town.intake.usage_point, end_litres=1_200_000, on=date(2026, 10, 20), now=AFTER, by=ILZE)
    with pytest.raises(Refused, match="no_intake_meter"):
        compute_building(town.round, town.building, now=AFTER)
    assert live_anatomy(facts(town.building, town.round), intake_before=42_000).assumed
    UsagePoint.objects.filter(pk=town.intake.usage_point_id).update(ends_on=date(2026, 10, 20))
    month = compute_building(town.round, town.building, now=AFTER)
    assert month.intake_litres == 1_200_000 - 1_126_000, "what it showed at its end is billed once"


def test_a_parked_building_does_not_stop_the_run(town):
    another_building(1, town.round)
    run = billing.open_run(town.round, now=AFTER, by=ILZE)
    for place in BuildingRun.objects.filter(run=run):
        billing.compute(place, now=AFTER)
    found = dict(BuildingRun.objects.values_list("building__code", "state"))
    assert found == {"A14": "parked", "O1": "drafted"}
    assert BuildingRun.objects.get(state="parked").facts == {"serial": "90000001"}
