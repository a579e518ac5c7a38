"""The mistake doctor: what a person may have done instead, each guess weighed against history.

Every hypothesis says what the person meant to report. Its weight is how often such a mistake is
made times how well the meant value fits the meter's own past; it is told as how many times (in
thousandths) likelier it is than "the reading is right". All in exact integers.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from avots.core.volume import capacity_of
from avots.meters.rules import consumption
from avots.readings.rules.history import SCALE, Expected, Limits, expected, fit

IN = 100_000
# Where a wrong earlier value may have lain: a hundred cubic metres, every litre alike.
WRONG_BEFORE_LITRES = 100_000
# A use below zero is right only where something else went wrong before.
FALL_IS_RIGHT_ONCE_IN = 1_000
OFFERED, OFFERED_DOWN_TO = 3, 50


@dataclass(frozen=True)
class Shown:
    """A meter with what it showed before and what it is said to show now.

    ``usual``: litres of the months before, oldest first; ``months`` since the previous reading;
    ``last_year``: litres of the same month a year ago; ``before``: the reading before the previous
    one and the months since it; ``neighbours``: (previous reading, usual litres) of other meters
    of the building that stand near the value.
    """

    litres: int
    previous: int
    usual: tuple[int, ...]
    digits_before: int
    commodity: str
    digits_after: int = 3
    months: int = 1
    last_year: int | None = None
    before: tuple[int, int] | None = None
    neighbours: tuple[tuple[int, int], ...] = ()

    @property
    def used(self) -> int:
        return self.used_by(self.litres)

    def used_by(self, litres: int) -> int:
        return consumption(self.previous, litres, digits_before=self.digits_before).litres


@dataclass(frozen=True)
class Hypothesis:
    """One guess: its code, how many thousandths likelier than right, and what it would record.

    ``fix``: litres by meter; empty where only the person can look again.
    """

    code: str
    odds_permille: int
    meters: tuple[int, ...]
    fix: tuple[tuple[int, int], ...] = ()


Sheet = Mapping[int, Shown]


def expectations(sheet: Sheet, limits: Limits) -> dict[int, Expected]:
    """Return what to expect of each meter of a household from its own past and from the others' use."""
    own = {
        key: expected(shown.usual, limits, months=shown.months, last_year=shown.last_year)
        for key, shown in sheet.items()
    }
    return {key: _with_others(key, sheet, own) for key in sheet} if len(sheet) > 1 else own


def _with_others(key: int, sheet: Sheet, own: Mapping[int, Expected]) -> Expected:
    others = [other for other in sheet if other != key]
    used = [sheet[other].used for other in others]
    usual = sum(own[other].centre for other in others)
    if usual < 1_000 or min(used) < 0:
        return own[key]
    permille = sum(used) * 1_000 // usual
    return own[key] if 800 <= permille <= 1_250 or permille > 10_000 else own[key].with_household(permille)


def hypotheses(sheet: Sheet, limits: Limits) -> list[Hypothesis]:
    """Return every guess about a sheet that weighs anything, the likeliest first.

    >>> limits = Limits(4_000, 10_000, 100_000, 250, 3, 300, 2_500, 3_000, 500, 1_000, {"swapped_cold_hot": 500})
    >>> cold = Shown(90_100, 418_207, (2_300, 2_400), 5, "cold")
    >>> hot = Shown(420_500, 88_000, (2_100, 2_000), 5, "hot")
    >>> best = hypotheses({1: cold, 2: hot}, limits)[0]
    >>> best.code, best.fix
    ('swapped_cold_hot', ((1, 420500), (2, 90100)))
    """
    expect = expectations(sheet, limits)
    right = {key: right_weight(shown, expect[key]) for key, shown in sheet.items()}
    found = [one for key in sheet for one in _of_meter(key, sheet[key], expect[key], right[key], limits)]
    found += _swaps(sheet, expect, right, limits)
    return sorted(
        (one for one in found if one.odds_permille), key=lambda one: (-one.odds_permille, one.code, one.fix)
    )


def right_weight(shown: Shown, expect: Expected) -> int:
    """Return the weight of "the reading is right"."""
    weight = fit(expect, shown.used)
    return max(1, weight // FALL_IS_RIGHT_ONCE_IN if shown.used < 0 else weight)


def _of_meter(key: int, shown: Shown, expect: Expected, right: int, limits: Limits) -> Iterator[Hypothesis]:
    for code, values in _meant(shown).items():
        often = limits.mistakes.get(code, 0)
        for litres in values if often else ():
            used = shown.used_by(litres)
            if used >= 0:
                odds = often * fit(expect, used) * 1_000 // (IN * len(values) * right)
                yield Hypothesis(code, odds, (key,), ((key, litres),))
    if shown.litres == shown.previous or (shown.before and shown.litres == shown.before[0]):
        odds = limits.mistakes.get("repeated_reading", 0) * SCALE * 1_000 // (IN * right)
        yield Hypothesis("repeated_reading", odds, (key,))
    yield from _neighbour(key, shown, right, limits)
    yield from _previous_wrong(key, shown, right, limits)


def _meant(shown: Shown) -> dict[str, list[int]]:
    """Return the values a person may have meant, by the mistake that turns them into what was typed."""
    step = 10 ** (3 - shown.digits_after)
    text = f"{shown.litres // step:0{shown.digits_before + shown.digits_after}d}"
    return {
        "transposed_digits": [int(one) * step for one in _transposed(text)],
        "wrong_digit": [int(one) * step for one in _one_digit_off(text, shown.digits_before)],
        "shifted_decimal": _shifted(shown.litres, capacity_of(shown.digits_before), step),
        "consumption_typed": [shown.previous + shown.litres] if shown.litres < shown.previous else [],
    }


def _transposed(text: str) -> list[str]:
    """Return the text with two neighbouring digits exchanged, each way that changes it.

    >>> _transposed("1223")
    ['2123', '1232']
    """
    pairs = range(len(text) - 1)
    return [text[:i] + text[i + 1] + text[i] + text[i + 2 :] for i in pairs if text[i] != text[i + 1]]


def _one_digit_off(text: str, digits: int) -> list[str]:
    """Return the text with one of its first digits replaced, each way.

    >>> len(_one_digit_off("00420612", 5)), _one_digit_off("7", 1)[:2]
    (45, ['0', '1'])
    """
    return [text[:i] + new + text[i + 1 :] for i in range(digits) for new in "0123456789" if new != text[i]]


def _shifted(litres: int, capacity: int, step: int) -> list[int]:
    """Return the value with its decimal point one, two or three places away, as the face can show it.

    >>> _shifted(42_061, 100_000_000, 1)
    [4206, 420, 42, 420610, 4206100, 42061000]
    """
    down = [litres // 10**places // step * step for places in (1, 2, 3)]
    up = [litres * 10**places for places in (1, 2, 3) if litres * 10**places < capacity]
    return down + up if litres else []


def _neighbour(key: int, shown: Shown, right: int, limits: Limits) -> Iterator[Hypothesis]:
    """Weigh that the value stands on another meter of the building; which one is never told."""
    often = limits.mistakes.get("neighbours_meter", 0)
    weight = sum(
        fit(expected((usual,), limits), shown.litres - previous)
        for previous, usual in shown.neighbours
        if shown.litres >= previous
    )
    if often and weight:
        odds = often * weight * 1_000 // (IN * len(shown.neighbours) * right)
        yield Hypothesis("neighbours_meter", odds, (key,))


def _previous_wrong(key: int, shown: Shown, right: int, limits: Limits) -> Iterator[Hypothesis]:
    """Weigh that this value is right and the one before it was not: then both months together fit."""
    often = limits.mistakes.get("previous_wrong", 0)
    if shown.before is None or not often:
        return
    litres, months = shown.before
    both = consumption(litres, shown.litres, digits_before=shown.digits_before).litres
    first = consumption(litres, shown.previous, digits_before=shown.digits_before).litres
    if both < 0:
        return
    earlier = shown.usual[:-1] if first >= 0 else shown.usual
    span = expected(earlier, limits, months=months)
    before = max(1, fit(expected(earlier, limits, months=max(1, months - shown.months)), first))
    odds = often * fit(span, both) * SCALE * 1_000 // (IN * WRONG_BEFORE_LITRES * before * right)
    yield Hypothesis("previous_wrong", odds, (key,))


def _swaps(
    sheet: Sheet, expect: Mapping[int, Expected], right: Mapping[int, int], limits: Limits
) -> Iterator[Hypothesis]:
    keys = list(sheet)
    for at, one in enumerate(keys):
        for other in keys[at + 1 :]:
            code = "swapped_same_kind" if sheet[one].commodity == sheet[other].commodity else "swapped_cold_hot"
            weight = _swapped_weight(one, other, sheet, expect)
            if weight is not None:
                odds = limits.mistakes.get(code, 0) * weight * 1_000 // (IN * right[one] * right[other])
                fix = ((one, sheet[other].litres), (other, sheet[one].litres))
                yield Hypothesis(code, odds, (one, other), fix)


def _swapped_weight(one: int, other: int, sheet: Sheet, expect: Mapping[int, Expected]) -> int | None:
    first, second = sheet[one], sheet[other]
    longest = min(capacity_of(first.digits_before), capacity_of(second.digits_before))
    used = first.used_by(second.litres), second.used_by(first.litres)
    if min(used) < 0 or max(first.litres, second.litres) >= longest:
        return None
    # The others' use was read off swapped values here, so each meter's own past alone speaks.
    own = [replace(expect[key], centres=expect[key].centres[:1]) for key in (one, other)]
    return fit(own[0], used[0]) * fit(own[1], used[1])


def offered(found: Sequence[Hypothesis]) -> tuple[Hypothesis, ...]:
    """Return the guesses worth showing: the likeliest, and up to two others that come near it."""
    near = [one for one in found if one.odds_permille * OFFERED_DOWN_TO >= found[0].odds_permille]
    return tuple(near[:OFFERED])
