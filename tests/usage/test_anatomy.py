"""The causes of a building's gap: each on its own, reckoned by hand; that they add up is in test_spans."""

from dataclasses import replace
from datetime import date

import pytest

from avots.usage.rules.anatomy import CAUSES, anatomy, live_anatomy
from avots.usage.rules.balance import balance
from tests.usage.build import building, flat, law, meter, point, premise

BEFORE = date(2026, 10, 28)


def causes(facts) -> dict[str, int]:
    """What explains a gap, without the drops nobody measures."""
    found = anatomy(facts, balance(facts))
    assert [part.cause for part in found.parts] == list(CAUSES)
    return {part.cause: part.litres for part in found.parts if part.litres}


def calm(intake: int, points: list, **changes):
    return building(intake, points, law=changes.pop("law", law(threshold_litres_day=0)), **changes)


def test_read_early_leaves_the_last_days_to_the_gap():
    """From 28 October to 25 November are 28 days; the building's month has 31: 2 800 litres are 3 100."""
    early = point(1, meter(100_000, 102_800, read_on=date(2026, 11, 25)))
    assert causes(calm(3_100, [early])) == {"date_skew": 300}


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [
        (None, date(2026, 11, 30), 200),
        (date(2026, 10, 30), date(2026, 11, 28), -200),
        (date(2026, 10, 30), None, -200),
    ],
)
def test_an_intake_read_on_another_day_is_a_skew_of_dates_too(since, until, found):
    """100 litres a day, 31 days between the cut-offs; the intake ran two days more, or two less."""
    read = {"from_on": since, "read_on": until or date(2026, 11, 28)}
    intake = point(999, meter(1_000_000, 1_003_100 + found, number=999, digits_before=6, **read), role="intake")
    facts = calm(0, [flat(1, 3_100)])
    facts = replace(facts, points=(intake, *facts.points[1:]))
    assert causes(facts) == {"date_skew": found}


def test_read_early_month_after_month_leaves_nothing():
    early = point(1, meter(100_000, 103_100, read_on=date(2026, 11, 25)), read_on=date(2026, 10, 25))
    assert causes(calm(3_100, [early])) == {}


def test_a_meter_put_in_within_the_month_is_reckoned_from_its_first_day():
    new = point(1, meter(0, 1_000, read_on=date(2026, 11, 23)), read_on=date(2026, 11, 13), history=(), is_new=True)
    assert causes(calm(1_500, [new])) == {"date_skew": 500}


def test_a_reading_after_estimates_books_the_months_before():
    """Two estimates of 2 769; 7 200 litres were used in 92 days, 2 426 of them in the last 31."""
    values = {"open_litres": 5_538, "open_months": 2, "misses": 2, "read_on": date(2026, 8, 28)}
    back = point(1, meter(105_538, 107_200), history=(2_412, 3_105, 2_790), **values)
    assert causes(calm(2_426, [back])) == {"corrections": 2_426 - 1_662}


def test_a_return_after_default_books_what_was_shared_meanwhile():
    values = {"open_litres": 0, "open_months": 1, "misses": 4, "read_on": date(2026, 9, 28)}
    back = point(1, meter(100_000, 106_100, in_default=True), **values)
    facts = calm(3_100, [back], premises=(premise(1, shared_litres=2_000),))
    assert causes(facts) == {"corrections": 3_100 - 4_100}


def test_an_estimate_is_as_wrong_as_the_others_differ_from_their_average():
    """Three flats used half as much again as usual, one was estimated at 2 000: the trend is 11 to 8."""
    flats = [flat(n, 3_000) for n in (1, 2, 3)] + [flat(4, None)]
    assert causes(calm(12_000, flats)) == {"estimated": 750, "unexplained": 250}


def test_who_is_left_to_the_difference_is_expected_to_use_as_usual():
    flats = [flat(1, 2_000), flat(2, None, misses=3)]
    assert causes(calm(4_500, flats)) == {"not_reported": 2_000, "unexplained": 500}


def test_without_history_as_much_as_those_that_were_read():
    flats = [flat(1, 2_400), flat(2, None, misses=3, history=())]
    assert causes(calm(5_000, flats))["not_reported"] == 2_880  # 2 400 and the trend of 1.2


def test_without_a_valid_meter_is_a_cause_of_its_own():
    premises = (premise(1), premise(2, grounds=("N6",)))
    assert causes(calm(4_000, [flat(1, 2_000), flat(2, 9_000)], premises=premises)) == {"noncompliant": 2_000}


def test_announced_absence_is_no_cause():
    premises = (premise(1), premise(2, absent_days=31, excused=True))
    assert causes(calm(2_000, [flat(1, 2_000), flat(2, None)], premises=premises)) == {}


def test_common_use_is_measured():
    common = point(500, meter(0, 700, number=500), role="common")
    assert causes(calm(2_900, [flat(1, 2_000), common])) == {"common": 700, "unexplained": 200}


@pytest.mark.parametrize(
    ("intake", "found"),
    [
        (5_000, {"threshold": 186, "unexplained": 814}),
        (4_100, {"threshold": 100}),
        (3_900, {"unexplained": -100}),
    ],
)
def test_drops_explain_no_more_than_is_left(intake, found):
    """Two meters that ran, three litres a day each, 31 days: 186."""
    facts = building(intake, [flat(1, 2_000), flat(2, 2_000)])
    assert causes(facts) == found


def test_an_open_month_counts_who_has_not_reported_yet_as_missing():
    flats = [flat(1, 2_000), flat(2, None), flat(3, None, misses=3)]
    facts = building(None, flats, law=law(threshold_litres_day=0, after_estimates="park"))
    found = live_anatomy(facts, intake_before=6_300)
    assert (found.assumed, found.gap) == (True, 4_300)
    assert [(p.cause, p.litres, p.premises) for p in found.parts if p.litres] == [
        ("not_reported", 4_000, 2),
        ("unexplained", 300, 0),
    ]
    read = live_anatomy(building(6_000, flats), intake_before=6_300)
    assert (read.assumed, read.gap) == (False, 4_000)
