"""The law of the month's litres: worked examples of domain.md 4 and each case of its tables."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avots.core.errors import Refused
from avots.usage.rules.balance import balance
from avots.usage.rules.difference import Unit, share_difference
from avots.usage.rules.estimate import settle_point
from avots.usage.rules.facts import Holding
from avots.usage.rules.past import Past, borne_since, settled_months
from tests.usage.build import DAYS, LAW, building, flat, law, meter, point, premise, setting


def shares_of(result) -> list[int]:
    return [share.litres for share in result.shares]


# worked example 1: two estimates, then a reading below what was billed
def test_example_1_estimates_are_settled_by_the_next_reading():
    history = settled_months([("actual", 2_412), ("actual", 3_105), ("actual", 2_790)])
    [first] = settle_point(point(1, meter(145_300, None), history=history), setting())
    assert (first.litres, first.misses) == (2_769, 1)
    [back] = settle_point(point(1, meter(150_838, 149_900), history=history, misses=2), setting())
    assert (back.litres, back.misses, back.method) == (-938, 0, "actual")


@pytest.mark.parametrize(("intake", "shares"), [(187_400, [370] * 20), (187_405, [371] * 5 + [370] * 15)])
def test_example_2_all_compliant_share_equally(intake, shares):
    assert shares_of(balance(building(intake, [flat(n, 9_000) for n in range(1, 21)]))) == shares


def in_default(difference: int, **changes):
    """Two flats that have not read for long, with two persons and one; eighteen that have."""
    flats = [flat(n, None, misses=3) for n in (1, 2)] + [flat(n, 9_000) for n in range(3, 21)]
    premises = tuple(premise(n, {1: 2, 2: 1}.get(n, 2)) for n in range(1, 21))
    return balance(building(162_000 + difference, flats, premises=premises, **changes))


def test_example_3_the_non_compliant_carry_it_up_to_their_norm():
    assert [(s.premise_id, s.stage, s.litres) for s in in_default(12_000).shares] == [(1, 1, 8_000), (2, 1, 4_000)]


def test_example_4_what_is_above_the_norm_all_share():
    result = in_default(25_000)
    assert sum(share.litres for share in result.shares if share.premise_id == 1) == 12_498
    assert sum(shares_of(result)) == 25_000


def test_example_4_or_only_the_compliant_where_that_is_the_rule():
    result = in_default(25_000, law=law(stage2_include_noncompliant=False))
    assert sorted(s.litres for s in result.shares if s.stage == 2) == [375] * 8 + [376] * 10


def test_before_2019_the_non_compliant_carried_all_of_it_in_equal_parts():
    result = in_default(25_001, law=law(stage1_limit="none"))
    assert [(s.premise_id, s.stage, s.litres) for s in result.shares] == [(1, 1, 12_501), (2, 1, 12_500)]


# a missing reading
def settled(**values):
    the_law, of = values.pop("law", LAW), values.pop("setting", {})
    [tile] = settle_point(flat(1, None, **values), setting(the_law, **of))
    return tile.method, tile.litres, tile.misses


MISSING = {
    "third month in a row": ({"misses": 2}, ("estimate", 2_000, 3)),
    "fourth month in a row": ({"misses": 3}, ("noncompliant", 0, 4)),
    "no month settled yet: the norm": ({"history": (), "setting": {"norm_litres": 12_160}}, ("estimate", 12_160, 1)),
    "fewer months than the average looks back": ({"history": (1_000, 2_000)}, ("estimate", 1_500, 1)),
    "away all month, announced": (
        {"misses": 2, "setting": {"absent_days": DAYS, "excused": True}},
        ("absence", 0, 2),
    ),
    "away part of it, and in the window": (
        {"misses": 2, "setting": {"absent_days": 16, "excused": True}},
        ("estimate", 968, 2),
    ),
    "away earlier, but home in the window": ({"misses": 3, "setting": {"absent_days": 9}}, ("noncompliant", 0, 4)),
    "in an emergency nobody falls into default": (
        {"misses": 5, "law": law(grounds_first=("N2",))},
        ("estimate", 2_000, 5),
    ),
    "private house, average goes on": ({"misses": 3, "law": law(after_estimates="average")}, ("estimate", 2_000, 4)),
    "private house, norm after the last": (
        {"misses": 3, "law": law(after_estimates="norm"), "setting": {"norm_litres": 6_080}},
        ("estimate", 6_080, 4),
    ),
    "a ground that leaves no valid meter": ({"misses": 1, "setting": {"meter_valid": False}}, ("noncompliant", 0, 1)),
}


@pytest.mark.parametrize(("values", "expected"), MISSING.values(), ids=MISSING)
def test_a_missing_reading_is(values, expected):
    assert settled(**values) == expected


def test_a_visit_is_asked_for_where_that_is_the_rule():
    with pytest.raises(Refused, match="visit_needed"):
        settled(misses=3, law=law(after_estimates="park"))


def test_twelve_months_are_averaged_where_that_is_the_rule():
    history = tuple(range(1_000, 13_000, 1_000))
    assert settled(history=(90_000, *history), law=law(average_months=12)) == ("estimate", 6_500, 1)


def test_a_meter_read_by_radio_never_counts_as_missed_by_its_resident():
    point_ = point(1, meter(100_000, None, remote=True), misses=0)
    [tile] = settle_point(point_, setting())
    assert (tile.method, tile.misses) == ("estimate", 0)


def test_a_lapsed_meter_is_left_to_the_difference_while_the_law_says_so():
    points = [point(1, meter(100_000, 109_000, lapsed=True)), flat(2, 9_000)]
    result = balance(building(12_000, points, law=law(grounds_without_meter=("N3",))))
    assert [(s.premise_id, s.stage, s.litres) for s in result.shares] == [(1, 1, 3_000)]


def test_a_lapsed_meter_counts_again_while_its_ground_is_suspended():
    """In the emergency of 2020 the average and the reading applied without the penalty difference (domain.md 2.6)."""
    points = [point(1, meter(100_000, 109_000, lapsed=True)), flat(2, 9_000)]
    suspended = law(grounds_first=("N2", "N4", "N5", "N6", "N7"), grounds_without_meter=("N2", "N3", "N4", "N6"))
    result = balance(building(20_000, points, law=suspended))
    assert [tile.litres for tile in result.tiles if tile.usage_point_id == 1] == [9_000]
    assert [(s.premise_id, s.stage, s.litres) for s in result.shares] == [(1, 2, 1_000), (2, 2, 1_000)]


# exchanges and rollover
def test_several_exchanges_in_a_month_make_a_tile_each():
    meters = (
        meter(100_000, None, number=1, end=101_500),
        meter(0, None, number=2, end=300),
        meter(7_000, 7_700, number=3),
    )
    tiles = settle_point(point(1, *meters, misses=2), setting())
    assert [(t.installation_id, t.litres, t.method) for t in tiles] == [
        (1, 1_500, "actual"),
        (2, 300, "actual"),
        (3, 700, "actual"),
    ]


def test_after_an_exchange_only_what_is_left_of_the_average_is_estimated_and_the_row_of_misses_ends():
    meters = (meter(100_000, None, number=1, end=101_500), meter(0, None, number=2))
    tiles = settle_point(point(1, *meters, misses=3), setting())
    assert [(t.litres, t.method, t.misses) for t in tiles] == [(1_500, "actual", 0), (500, "estimate", 1)]


ROLLED = {
    "plainly": (99_998_000, 1_500, 3_500),
    "after estimates that went past the last figure": (100_001_000, 1_500, 500),
    "after estimates that went too far past it": (100_004_000, 3_000, -1_000),
}


@pytest.mark.parametrize(("start", "read", "used"), ROLLED.values(), ids=ROLLED)
def test_a_face_that_starts_again_at_nothing_is_no_negative_use(start, read, used):
    [tile] = settle_point(point(1, meter(start, read)), setting())
    assert (tile.litres, tile.basis) == (used, {"rolled_over": True})


OVER, BACK = {"rolled_over": True}, {"rolled_back": True}
# billed to; what it showed then as we know now; used by then beyond what was billed; shows; used
PUT_RIGHT = {
    "the earlier value was too high": (98_000_000, 8_012_000, -89_988_000, 8_014_500, -89_985_500, {}),
    "the earlier value stands": (98_000_000, 98_000_000, 0, 14_500, 2_014_500, OVER),
    "nothing was read before": (98_000_000, None, 0, 14_500, 2_014_500, OVER),
    "too low, and it began again since": (8_012_000, 98_012_000, 90_000_000, 14_500, 92_002_500, OVER),
    "it had begun again by then, which was not billed": (99_999_000, 1_000, 2_000, 3_000, 4_000, OVER),
    "billed as begun again, and it had not by then": (12_000, 99_990_000, -22_000, 99_995_000, -17_000, BACK),
    "billed as begun again, and it has only now": (12_000, 99_990_000, -22_000, 5_000, -7_000, {}),
}


@pytest.mark.parametrize(("start", "stood", "unbilled", "read", "used", "basis"), PUT_RIGHT.values(), ids=PUT_RIGHT)
def test_what_a_value_put_right_says_counts_and_not_what_was_billed(start, stood, unbilled, read, used, basis):
    meter_ = meter(start, read, stood_litres=stood, unbilled_litres=unbilled)
    [tile] = settle_point(point(1, meter_), setting())
    assert (tile.litres, tile.basis) == (used, basis)
    holdings = (Holding(1, date(2026, 10, 29)), Holding(8, date(2026, 11, 16)))
    facts = building(1_000, [point(1, meter_)], premises=(premise(1, holdings=holdings),))
    parts = [part for part in balance(facts).tiles if part.account_id]
    assert sum(part.litres for part in parts) == used
    assert parts[-1].to_litres == read
    for part in parts:
        turn = bool(part.basis.get("rolled_over")) - bool(part.basis.get("rolled_back"))
        assert part.litres == part.to_litres - part.from_litres + 100_000_000 * turn


def test_estimates_past_the_last_figure_are_taken_back_by_a_reading_before_it():
    [tile] = settle_point(point(1, meter(100_001_000, 99_999_500)), setting())
    assert (tile.litres, tile.basis) == (-1_500, {})


# return after non-compliance
def test_a_return_is_net_of_what_was_shared_and_only_once():
    points = [flat(1, 5_000, misses=5, returning=True)]
    points.append(point(50, meter(100_000, 104_000, number=50, in_default=True), premise=1, misses=5))
    result = balance(building(9_000, points, premises=(premise(1, shared_litres=6_000),)))
    assert [t.shared_before_litres for t in result.tiles if t.usage_point_id != 999] == [5_000, 1_000]
    assert result.units == 3_000


def test_a_new_meter_in_the_place_of_one_in_default_is_not_net_of_it():
    old = meter(100_000, None, number=1, end=101_000, in_default=True)
    points = [point(1, old, meter(0, 4_000, number=2), misses=5)]
    result = balance(building(9_000, points, premises=(premise(1, shared_litres=6_000),)))
    assert [t.shared_before_litres for t in result.tiles if t.usage_point_id == 1] == [1_000, 0]


def test_what_one_meter_has_netted_another_does_not_net_again():
    since, month = date(2026, 6, 1), date(2026, 9, 1)
    netted = Past(1, month, 1, 7, 1, "actual", 2_000, 1_500, 0, 0, None)
    earlier = netted._replace(first_day=date(2026, 5, 1))
    assert borne_since({1: since}, [(1, since, 6_000), (1, date(2026, 5, 1), 9_000)], [netted, earlier]) == {1: 4_500}


def test_a_return_is_billed_whole_where_that_is_the_rule():
    points = [flat(1, 5_000, misses=5, returning=True)]
    result = balance(
        building(9_000, points, premises=(premise(1, shared_litres=6_000),), law=law(net_of_shared=False))
    )
    assert result.units == 5_000


# the difference
def test_a_negative_difference_is_carried_forward():
    result = balance(building(17_000, [flat(1, 9_000), flat(2, 9_000)]))
    assert (result.difference, result.shared, result.carried_out, result.shares) == (-1_000, 0, -1_000, ())
    after = balance(building(18_500, [flat(1, 9_000), flat(2, 9_000)], carried_in_litres=-1_000))
    assert (after.shared, after.carried_out) == (0, -500)


def test_a_negative_difference_is_credited_where_that_is_the_rule():
    result = balance(building(17_000, [flat(1, 9_000), flat(2, 9_000)], law=law(negative_difference="credit")))
    assert (shares_of(result), result.carried_out) == ([-500, -500], 0)


def test_inside_the_dead_band_nothing_is_billed():
    result = balance(building(18_900, [flat(1, 9_000), flat(2, 9_000)], law=law(deadband_permille=50)))
    assert (result.difference, result.waived, result.shared, result.carried_out) == (900, 900, 0, 0)


@pytest.mark.parametrize(
    ("ground", "own"), [("N2", 0), ("N4", 0), ("N6", 0), ("N1", 9_000), ("N5", 9_000), ("N7", 9_000)]
)
def test_a_ground_carries_first_and_some_leave_no_valid_meter(ground, own):
    premises = (premise(1, 1, grounds=(ground,)), premise(2, 1))
    result = balance(building(own + 9_000 + 3_000, [flat(1, 9_000), flat(2, 9_000)], premises=premises))
    assert [(s.premise_id, s.stage, s.litres) for s in result.shares] == [(1, 1, 3_000)]


def test_a_suspended_ground_carries_nothing_first():
    premises = (premise(1, 1, grounds=("N3",)), premise(2, 1))
    facts = building(21_000, [flat(1, 9_000), flat(2, 9_000)], premises=premises, law=law(grounds_first=("N1",)))
    assert {share.stage for share in balance(facts).shares} == {2}


def test_common_use_is_shared_by_all_and_not_carried_first():
    common = point(500, meter(0, 4_000, number=500), role="common", parent=999)
    flats = [flat(1, None, misses=3), flat(2, 9_000)]
    premises = (premise(1, 1), premise(2, 1))
    result = balance(building(16_000, [*flats, common], premises=premises))
    assert (result.common, result.difference) == (4_000, 3_000)
    found = [(s.premise_id, s.stage, s.litres) for s in result.shares]
    assert found == [(1, 0, 2_000), (2, 0, 2_000), (1, 1, 3_000)]


def test_what_flats_behind_a_common_meter_used_is_no_common_use():
    boiler = point(500, meter(0, 10_000, number=500), role="common", parent=999)
    hot = point(60, meter(0, 7_000, number=60), premise=1, parent=500)
    result = balance(building(30_000, [flat(1, 9_000), hot, boiler], premises=(premise(1),)))
    assert (result.units, result.common, result.difference) == (16_000, 3_000, 11_000)


def test_indirect_settlement_shares_nothing_among_the_flats():
    result = balance(building(20_000, [flat(1, 9_000)], indirect=True))
    assert (result.shares, result.carried_out) == ((), 0)


def test_a_private_house_has_no_difference():
    facts = building(None, [flat(1, 9_000)])
    result = balance(replace(facts, points=facts.points[1:]))
    assert (result.intake, result.difference, result.shares) == (9_000, 0, ())


METHODS = {
    "equal": [3_334, 3_333, 3_333],
    "pro_rata": [1_667, 3_333, 5_000],
    "three_month_average": [5_000, 3_333, 1_667],
    "per_person": [2_000, 4_000, 4_000],
    "own_weights": [7_000, 2_000, 1_000],
}


@pytest.mark.parametrize(("method", "litres"), METHODS.items())
def test_each_method_shares_by_its_weights(method, litres):
    units = [
        Unit(1, 1_000, 3_000, 1, weight=70),
        Unit(2, 2_000, 2_000, 2, weight=20),
        Unit(3, 3_000, 1_000, 2, weight=10),
    ]
    shares = share_difference(10_000, units, method=method, include_noncompliant=True)
    assert [share.litres for share in shares] == litres


# who moves inside the month
def moved(points, *, on: date, intake: int = 10_000):
    holdings = (Holding(1, date(2026, 10, 29)), Holding(8, on))
    return balance(building(intake, points, premises=(premise(1, holdings=holdings),)))


def by_account(result):
    tiles = [(t.account_id, t.part, t.from_litres, t.to_litres, t.litres) for t in result.tiles if t.account_id]
    return tiles, [(s.account_id, s.litres) for s in result.shares]


def test_a_move_splits_the_month_by_days():
    tiles, shares = by_account(moved([flat(1, 3_000)], on=date(2026, 11, 11)))
    assert tiles == [(1, 0, 100_000, 101_000, 1_000), (8, 1, 101_000, 103_000, 2_000)]
    assert shares == [(1, 2_333), (8, 4_667)]


def test_a_reading_at_the_change_of_owner_splits_the_month_where_it_was_taken():
    read = meter(100_000, 103_000, owner_readings=((date(2026, 11, 11), 102_500),))
    tiles, _ = by_account(moved([point(1, read)], on=date(2026, 11, 11)))
    assert tiles == [(1, 0, 100_000, 102_500, 2_500), (8, 1, 102_500, 103_000, 500)]


@pytest.mark.parametrize("day", [date(2026, 11, 1), date(2026, 10, 30)])
def test_who_moves_in_by_the_first_bears_the_whole_month(day):
    assert by_account(moved([flat(1, 3_000)], on=day)) == ([(8, 0, 100_000, 103_000, 3_000)], [(8, 7_000)])


def test_a_reading_after_the_cut_off_leaves_the_month_to_who_was_there():
    read = meter(100_000, 103_000, owner_readings=((date(2026, 11, 30), 103_100),))
    tiles, shares = by_account(moved([point(1, read)], on=date(2026, 11, 30)))
    assert tiles == [(1, 0, 100_000, 103_000, 3_000)]
    assert shares == [(1, 6_767), (8, 233)]


def test_a_reading_between_the_cut_off_and_the_first_splits_the_next_tile():
    read = meter(100_000, 103_000, owner_readings=((date(2026, 10, 30), 100_200),))
    tiles, shares = by_account(moved([point(1, read)], on=date(2026, 10, 30)))
    assert [(account, litres) for account, _, _, _, litres in tiles] == [(1, 200), (8, 2_800)]
    assert shares == [(8, 7_000)]


def test_a_move_and_an_exchange_in_one_month_split_only_the_meter_that_ran_through_the_move():
    old = meter(100_000, None, number=1, end=101_000, removed_on=date(2026, 11, 5))
    new = meter(0, 2_600, number=2, installed_on=date(2026, 11, 5))
    tiles, _ = by_account(moved([point(1, old, new)], on=date(2026, 11, 11)))
    assert tiles == [(1, 0, 100_000, 101_000, 1_000), (1, 0, 0, 600, 600), (8, 1, 600, 2_600, 2_000)]


def test_a_move_across_a_rollover_keeps_both_parts_whole():
    tiles, _ = by_account(moved([point(1, meter(99_999_000, 2_000))], on=date(2026, 11, 11)))
    assert tiles == [(1, 0, 99_999_000, 0, 1_000), (8, 1, 0, 2_000, 2_000)]


UNITS = st.lists(
    st.builds(
        Unit,
        premise_id=st.integers(1, 10_000),
        litres=st.integers(-5_000, 50_000),
        average_litres=st.integers(0, 50_000),
        persons=st.integers(1, 6),
        norm_litres=st.integers(0, 40_000),
        noncompliant=st.booleans(),
        weight=st.integers(1, 900),
    ),
    min_size=1,
    max_size=60,
    unique_by=lambda unit: unit.premise_id,
)


@settings(deadline=None)
@given(
    st.integers(-10_000, 10_000_000),
    UNITS,
    st.sampled_from(list(METHODS)),
    st.booleans(),
    st.sampled_from(["norm", "none"]),
    st.randoms(),
)
def test_shares_add_up_exactly_and_the_order_of_flats_decides_nothing(litres, units, method, include, limit, random):
    rule = {"method": method, "include_noncompliant": include, "limit": limit}
    shares = share_difference(litres, units, **rule)
    assert sum(share.litres for share in shares) == litres
    assert all(share.litres * litres >= 0 for share in shares)
    shuffled = list(units)
    random.shuffle(shuffled)
    assert share_difference(litres, shuffled, **rule) == shares
