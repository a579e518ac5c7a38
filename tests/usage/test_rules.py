"""The law of the month's litres: worked examples of domain.md 4 and what must always hold."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avots.core.dates import Month
from avots.core.errors import Refused
from avots.usage.rules.balance import balance
from avots.usage.rules.difference import Unit, share_difference
from avots.usage.rules.estimate import settle_point, settled_months
from avots.usage.rules.facts import BuildingFacts, Law, MeterFacts, PointFacts, PremiseFacts

LAW = Law(3, 3, 6_080, 1, True, 0, "carry_forward", True)
DAY = date(2026, 11, 28)


def meter(start: int, read: int | None, *, number: int = 1, end: int | None = None, digits: int = 5) -> MeterFacts:
    return MeterFacts(number, digits, start, end, read, DAY if read is not None else None)


def flat(number: int, used: int | None, *, misses: int = 0, returning: bool = False) -> PointFacts:
    read = None if used is None else 100_000 + used
    history = (2_000, 2_000, 2_000)
    return PointFacts(number, "unit", number, (meter(100_000, read, number=number),), history, misses, returning)


def building(intake: int | None, flats: list[PointFacts], **changes) -> BuildingFacts:
    read = None if intake is None else 1_000_000 + intake
    inlet = PointFacts(999, "intake", None, (meter(1_000_000, read, number=999, digits=6),))
    premises = tuple(PremiseFacts(p.usage_point_id, p.usage_point_id, 2) for p in flats)
    values = {
        "building_id": 1,
        "month": Month(2026, 11),
        "sharing": "equal",
        "indirect": False,
        "carried_in_litres": 0,
        "law": LAW,
        "points": (inlet, *flats),
        "premises": premises,
    }
    return BuildingFacts(**values | changes)


def shares_of(result) -> list[int]:
    return [share.litres for share in result.shares]


# worked example 1: two estimates, then a reading below what was billed
def test_example_1_estimates_are_settled_by_the_next_reading():
    history = settled_months([("actual", 2_412), ("actual", 3_105), ("actual", 2_790)])
    point = PointFacts(1, "unit", 1, (meter(145_300, None),), history)
    [first] = settle_point(point, months=3, max_estimates=3, norm_litres=6_080)
    assert (first.litres, first.misses) == (2_769, 1)
    point = PointFacts(1, "unit", 1, (meter(150_838, 149_900),), history, misses=2)
    [back] = settle_point(point, months=3, max_estimates=3, norm_litres=6_080)
    assert (back.litres, back.misses, back.method) == (-938, 0, "actual")


@pytest.mark.parametrize(("intake", "shares"), [(187_400, [370] * 20), (187_405, [371] * 5 + [370] * 15)])
def test_example_2_all_compliant_share_equally(intake, shares):
    result = balance(building(intake, [flat(n, 9_000) for n in range(1, 21)]))
    assert shares_of(result) == shares


def in_default(difference: int, **changes):
    """Two flats that have not read for long, with two persons and one; eighteen that have."""
    flats = [flat(n, None, misses=3) for n in (1, 2)] + [flat(n, 9_000) for n in range(3, 21)]
    premises = tuple(PremiseFacts(n, n, {1: 2, 2: 1}.get(n, 2)) for n in range(1, 21))
    return balance(building(162_000 + difference, flats, premises=premises, **changes))


def test_example_3_the_non_compliant_carry_it_up_to_their_norm():
    assert [(s.premise_id, s.stage, s.litres) for s in in_default(12_000).shares] == [(1, 1, 8_000), (2, 1, 4_000)]


def test_example_4_what_is_above_the_norm_all_share():
    result = in_default(25_000)
    first = sum(share.litres for share in result.shares if share.premise_id == 1)
    assert first == 12_498
    assert sum(shares_of(result)) == 25_000


def test_example_4_or_only_the_compliant_where_that_is_the_rule():
    law = Law(3, 3, 6_080, 1, False, 0, "carry_forward", True)
    result = in_default(25_000, law=law)
    second = sorted(share.litres for share in result.shares if share.stage == 2)
    assert second == [375] * 8 + [376] * 10


def test_the_fourth_month_without_a_reading_is_no_estimate():
    [tile] = settle_point(flat(1, None, misses=2), months=3, max_estimates=3, norm_litres=0)
    assert (tile.method, tile.litres, tile.misses) == ("estimate", 2_000, 3)
    [tile] = settle_point(flat(1, None, misses=3), months=3, max_estimates=3, norm_litres=0)
    assert (tile.method, tile.litres, tile.misses) == ("noncompliant", 0, 4)


def test_without_history_the_norm_is_taken():
    point = PointFacts(1, "unit", 1, (meter(100_000, None),))
    [tile] = settle_point(point, months=3, max_estimates=3, norm_litres=12_160)
    assert tile.litres == 12_160


def test_an_exchange_makes_two_tiles_and_no_estimate_of_what_was_read():
    old, new = meter(100_000, None, number=1, end=101_500), meter(0, 700, number=2)
    point = PointFacts(1, "unit", 1, (old, new), (2_000,))
    tiles = settle_point(point, months=3, max_estimates=3, norm_litres=0)
    assert [(tile.installation_id, tile.litres, tile.method) for tile in tiles] == [
        (1, 1_500, "actual"),
        (2, 700, "actual"),
    ]
    unread = PointFacts(1, "unit", 1, (old, meter(0, None, number=2)), (2_000,))
    tiles = settle_point(unread, months=3, max_estimates=3, norm_litres=0)
    assert [(tile.litres, tile.method) for tile in tiles] == [(1_500, "actual"), (500, "estimate")]


def test_a_face_that_starts_again_at_nothing_is_no_negative_use():
    point = PointFacts(1, "unit", 1, (meter(99_998_000, 1_500),), (2_000,))
    [tile] = settle_point(point, months=3, max_estimates=3, norm_litres=0)
    assert (tile.litres, tile.basis) == (3_500, {"rolled_over": True})


def test_a_return_is_net_of_what_was_shared_and_only_once():
    points = [flat(1, 5_000, misses=5, returning=True)]
    second = PointFacts(50, "unit", 1, (meter(100_000, 104_000, number=50),), (2_000,), 5, True)
    premises = (PremiseFacts(1, 1, 2, shared_litres=6_000),)
    result = balance(building(9_000, [*points, second], premises=premises))
    assert [tile.shared_before_litres for tile in result.tiles if tile.usage_point_id != 999] == [5_000, 1_000]
    assert result.units == 3_000


def test_a_negative_difference_is_carried_forward():
    result = balance(building(17_000, [flat(1, 9_000), flat(2, 9_000)]))
    assert (result.difference, result.shared, result.carried_out, result.shares) == (-1_000, 0, -1_000, ())
    after = balance(building(18_500, [flat(1, 9_000), flat(2, 9_000)], carried_in_litres=-1_000))
    assert (after.shared, after.carried_out) == (0, -500)


def test_inside_the_dead_band_nothing_is_billed():
    law = Law(3, 3, 6_080, 1, True, 50, "carry_forward", True)
    result = balance(building(18_900, [flat(1, 9_000), flat(2, 9_000)], law=law))
    assert (result.difference, result.waived, result.shared, result.carried_out) == (900, 900, 0, 0)


def test_a_ground_without_a_valid_meter_counts_nothing_and_carries_first():
    premises = (PremiseFacts(1, 1, 1, grounds=("N6",)), PremiseFacts(2, 2, 1))
    result = balance(building(12_000, [flat(1, 9_000), flat(2, 9_000)], premises=premises))
    assert [(s.premise_id, s.stage, s.litres) for s in result.shares] == [(1, 1, 3_000)]


def test_no_intake_reading_is_refused():
    with pytest.raises(Refused, match="no_intake_reading"):
        balance(building(None, [flat(1, 9_000)]))


def test_indirect_settlement_shares_nothing_among_the_flats():
    result = balance(building(20_000, [flat(1, 9_000)], indirect=True))
    assert (result.shares, result.carried_out) == ((), 0)


METHODS = {
    "equal": [3_334, 3_333, 3_333],
    "pro_rata": [1_667, 3_333, 5_000],
    "three_month_average": [5_000, 3_333, 1_667],
    "per_person": [2_000, 4_000, 4_000],
}


@pytest.mark.parametrize(("method", "litres"), METHODS.items())
def test_each_method_shares_by_its_weights(method, litres):
    units = [Unit(1, 1_000, 3_000, 1), Unit(2, 2_000, 2_000, 2), Unit(3, 3_000, 1_000, 2)]
    shares = share_difference(10_000, units, method=method, include_noncompliant=True)
    assert [share.litres for share in shares] == litres


UNITS = st.lists(
    st.builds(
        Unit,
        premise_id=st.integers(1, 10_000),
        litres=st.integers(-5_000, 50_000),
        average_litres=st.integers(0, 50_000),
        persons=st.integers(1, 6),
        norm_litres=st.integers(0, 40_000),
        noncompliant=st.booleans(),
    ),
    min_size=1,
    max_size=60,
    unique_by=lambda unit: unit.premise_id,
)


@given(st.integers(0, 10_000_000), UNITS, st.sampled_from(list(METHODS)), st.booleans(), st.randoms())
def test_litres_add_up_exactly_and_the_order_of_flats_decides_nothing(litres, units, method, include, random):
    shares = share_difference(litres, units, method=method, include_noncompliant=include)
    assert sum(share.litres for share in shares) == litres
    assert all(share.litres >= 0 for share in shares)
    shuffled = list(units)
    random.shuffle(shuffled)
    assert share_difference(litres, shuffled, method=method, include_noncompliant=include) == shares


@given(
    st.lists(
        st.tuples(
            st.integers(0, 60_000), st.lists(st.one_of(st.none(), st.integers(0, 9_000)), min_size=4, max_size=4)
        ),
        min_size=1,
        max_size=14,
    )
)
def test_over_any_span_billed_litres_are_the_intake_and_the_balance_carried(months):
    carried, billed, intake = 0, 0, 0
    for used, flats in months:
        result = balance(building(used, [flat(n, f) for n, f in enumerate(flats, 1)], carried_in_litres=carried))
        carried = result.carried_out
        intake += result.intake
        billed += result.units + result.common + sum(shares_of(result))
    assert intake == billed + carried
