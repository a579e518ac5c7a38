"""The mistake doctor: each mistake is named first, and the right value is what it proposes."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as some

from avots.core.policies import Policies, default_on
from avots.readings.queries.judging import limits_from
from avots.readings.rules.doctor import Shown
from avots.readings.rules.history import expected, fit
from avots.readings.rules.judgement import FINE, judge, judge_sheet, verdict_when_confirmed

LIMITS = limits_from(Policies(**default_on(date(2026, 11, 28))))
USUAL = (2_412, 3_105, 2_790, 2_600, 2_950, 2_700)
PREVIOUS = 418_207
TRUE = 420_912


def shown(litres: int, **changes) -> Shown:
    values = {"previous": PREVIOUS, "usual": USUAL, "digits_before": 5, "commodity": "cold"}
    return Shown(litres, **values | changes)


CALM = [PREVIOUS + used for used in (1_500, 2_000, 2_700, 3_400, 4_000)]


@pytest.mark.parametrize("litres", CALM)
def test_a_calm_month_is_not_asked_about(litres):
    assert judge(shown(litres), LIMITS).verdict == FINE


# what was typed -> what we saw, our first guess, and the value it would record
MISTAKEN = {
    "comma one place right": (4_209_120, "doubtful_use", "shifted_decimal", TRUE),
    "comma one place left": (42_091, "lower_than_previous", "shifted_decimal", 420_910),
    "only cubic metres, taken as litres": (420, "lower_than_previous", "shifted_decimal", 420_000),
    "first digit": (40_420_912, "doubtful_use", "wrong_digit", TRUE),
    "hundreds": (620_912, "doubtful_use", "wrong_digit", TRUE),
    "tens": (470_912, "higher_than_usual", "wrong_digit", TRUE),
    "tens, downwards": (410_912, "lower_than_previous", "wrong_digit", TRUE),
    "two digits swapped": (240_912, "lower_than_previous", "transposed_digits", TRUE),
    "use instead of reading": (TRUE - PREVIOUS, "lower_than_previous", "consumption_typed", TRUE),
}


@pytest.mark.parametrize("name", MISTAKEN)
def test_a_mistake_is_guessed_first_and_its_fix_is_true(name):
    typed, fact, guess, right = MISTAKEN[name]
    found = judge(shown(typed), LIMITS)
    assert (found.findings[0], found.guesses[0].code) == (fact, guess)
    assert found.guesses[0].fix == ((0, right),)


def test_the_same_value_again_is_asked_about_where_water_is_usual():
    found = judge(shown(PREVIOUS), LIMITS)
    assert found.findings == ("zero_use", "repeated_reading")
    assert judge(shown(PREVIOUS, usual=(0, 2_500, 0)), LIMITS).verdict == FINE
    assert judge(shown(PREVIOUS, usual=(90, 120, 100)), LIMITS).verdict == FINE


def test_an_older_value_again_is_recognised():
    found = judge(shown(415_417, before=(415_417, 2)), LIMITS)
    assert found.findings[:2] == ("lower_than_previous", "repeated_reading")


def test_a_wrong_earlier_value_is_guessed_where_both_months_together_fit():
    wrong = PREVIOUS + 40_000
    usual = (*USUAL[:-1], USUAL[-1] + 40_000)
    found = judge(shown(TRUE, previous=wrong, usual=usual, before=(PREVIOUS - USUAL[-1], 2)), LIMITS)
    assert found.findings[0] == "lower_than_previous"
    assert "previous_wrong" in [guess.code for guess in found.guesses]


def test_a_wrong_earlier_value_gives_no_false_rollover():
    wrong = 95_000_000
    usual = (*USUAL[:-1], wrong - PREVIOUS)
    found = judge(shown(TRUE, previous=wrong, usual=usual, before=(PREVIOUS - USUAL[-1], 2)), LIMITS)
    assert found.verdict != FINE
    assert found.findings[:2] == ("rollover_likely", "previous_wrong")


def test_a_face_that_starts_again_is_believed_without_a_question():
    assert judge(shown(1_300, previous=99_998_500), LIMITS).verdict == FINE


def test_two_meters_of_one_kind_are_seen_to_be_swapped():
    kitchen, bath = shown(90_100), shown(420_500, previous=88_000, usual=(2_000, 2_100))
    found = judge_sheet({1: kitchen, 2: bath}, LIMITS)
    assert {one.guesses[0].code for one in found.values()} == {"swapped_same_kind"}
    assert dict(found[1].guesses[0].fix) == {1: 420_500, 2: 90_100}


def test_a_swap_is_asked_only_where_it_is_the_best_guess_of_both():
    odd, calm = shown(470_912), shown(90_000, previous=88_000, usual=(2_000, 2_100), commodity="hot")
    found = judge_sheet({1: odd, 2: calm}, LIMITS)
    assert found[1].guesses[0].code == "wrong_digit"
    assert found[2].verdict == FINE


def test_guests_who_raise_both_meters_make_a_high_use_of_each_likelier():
    high = shown(PREVIOUS + 9_500)
    hot = shown(96_000, previous=88_000, usual=(2_000, 2_100), commodity="hot")
    assert judge_sheet({1: high}, LIMITS)[1].verdict != FINE
    assert {one.verdict for one in judge_sheet({1: high, 2: hot}, LIMITS).values()} == {FINE}


def test_a_leak_is_asked_above_four_times_the_median_and_ten_cubic_metres():
    centre = 2_745
    for used, asked in ((centre + 10_000, False), (centre + 10_001, True)):
        found = judge(shown(PREVIOUS + used), LIMITS)
        assert ("higher_than_usual" in found.findings) is asked
    large = shown(PREVIOUS + 40_000, usual=(10_000,) * 6)
    assert "higher_than_usual" not in judge(large, LIMITS).findings


@given(some.lists(some.integers(0, 40_000), max_size=13), some.integers(1, 6), some.integers(0, 10**8 - 1))
def test_whatever_is_typed_has_a_verdict_and_a_way_on(usual, months, litres):
    judged = judge(shown(litres, usual=tuple(usual), months=months), LIMITS)
    assert (judged.verdict == FINE) is (judged.findings == ())
    token = f"7:{litres}:{'+'.join(judged.findings)}"
    assert verdict_when_confirmed(7, litres, judged, frozenset({token})) != "ask"
    assert all(0 <= value < 10**8 for guess in judged.guesses for _, value in guess.fix)


@given(some.integers(1, 10**6), some.integers(0, 10**8), some.integers(0, 10**8))
def test_what_lies_nearer_to_the_centre_never_fits_worse(usual, one, other):
    found = expected((usual,) * 3, LIMITS)
    near, far = sorted((one, other), key=lambda used: abs(used - found.centre))
    assert fit(found, near) >= fit(found, far)
