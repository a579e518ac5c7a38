"""What a usage point's own past lets us expect of the month: a band, and how well a use fits it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isqrt

from avots.core.money import divide_half_up
from avots.meters.rules import consumption

MONTHS = 6
SCALE = 10**36
# Student's t with 3 degrees of freedom: 6 * sqrt(3) / pi, in thousandths.
T3_PERMILLE = 3_308


@dataclass(frozen=True)
class Limits:
    """The dated policies a judgement uses: litres, thousandths, and mistakes in 100,000 readings.

    What each one means and where it comes from stands in ``core/policies.toml``.
    """

    leak_multiple_permille: int
    leak_above_litres: int
    doubtful_litres: int
    spread_permille: int
    spread_months: int
    spread_floor_litres: int
    band_permille: int
    new_meter_litres: int
    zero_asks_above_litres: int
    ask_odds_permille: int
    mistakes: Mapping[str, int]


@dataclass(frozen=True)
class Expected:
    """Litres we expect between two readings: where the use should lie, and how far it strays.

    ``centres``: from the last months, and where known from the same month a year ago;
    ``low`` and ``high``: the band a picture shows; ``leak``: above it we always ask.
    """

    centres: tuple[int, ...]
    spread: int
    low: int
    high: int
    leak: int

    @property
    def centre(self) -> int:
        return self.centres[0]

    def holds(self, used: int) -> bool:
        """Return whether a use lies in the usual band."""
        return self.low <= used <= self.high

    def with_household(self, permille: int) -> "Expected":
        """Return the same with one more centre: a household away, or with guests, moves all its meters."""
        moved = max(0, self.centre) * permille // 1_000
        return Expected((*self.centres, moved), self.spread, self.low, self.high, self.leak)


def months_between(earlier: int, later: int) -> int:
    """Return the months from one reading to a later one, both as months since year 0; at least one.

    >>> months_between(24_322, 24_323), months_between(24_322, 24_325), months_between(5, 5)
    (1, 3, 1)
    """
    return max(1, later - earlier)


def monthly(stood: Sequence[tuple[int, int]], digits_before: int) -> tuple[int, ...]:
    """Return the litres a month between neighbouring readings, oldest first, leaving out what fell.

    :param stood: (litres, months since year 0) of each reading; months without one share evenly

    >>> monthly([(10_000, 100), (12_000, 101), (18_000, 103)], 5)
    (2000, 3000)
    """
    usual = []
    for (start, since), (end, month) in pairwise(stood):
        used = consumption(start, end, digits_before=digits_before).litres
        if used >= 0:
            usual.append(divide_half_up(used, months_between(since, month)))
    return tuple(usual)


def median(values: Sequence[int]) -> int:
    """Return the middle value, of an even number the mean of the two in the middle.

    >>> median([3, 1, 2]), median([1, 2, 3, 10])
    (2, 3)
    """
    ordered, half = sorted(values), len(values) // 2
    return ordered[half] if len(values) % 2 else divide_half_up(ordered[half - 1] + ordered[half], 2)


def expected(usual: Sequence[int], limits: Limits, *, months: int = 1, last_year: int | None = None) -> Expected:
    """Return what to expect over so many months (quality.md 2.5).

    The centre lies half-way between the median of the last six months and the last month (that
    one taken as half to twice the median at most: one wrong value must not move the band). The
    spread is their median distance from it, leaning on a usual part of the centre while months
    are few. Medians and the floor keep one leak or one absence from moving the band.

    >>> limits = Limits(4_000, 10_000, 100_000, 250, 3, 300, 2_500, 3_000, 500, 1_000, {})
    >>> found = expected((2_300, 2_500, 2_600), limits)
    >>> found.centre, found.spread, (found.low, found.high), found.leak
    (2550, 351, (1673, 3427), 12500)

    :param months: since the previous reading; the spread grows with their root
    :param last_year: litres of the same month a year ago, where known
    """
    recent = usual[-MONTHS:]
    middle = median(recent) if recent else limits.new_meter_litres
    centre = divide_half_up(middle + min(max(recent[-1], middle // 2), middle * 2), 2) if recent else middle
    spread = _spread(recent, centre, limits)
    span, wider = max(1, months), isqrt(max(1, months) * 10_000)
    centres = (centre * span,) if last_year is None or months > 1 else (centre, last_year)
    spread = spread * wider // 100
    reach = spread * limits.band_permille // 1_000
    most = max(median(recent) if recent else middle, 0) * span
    leak = max(most * limits.leak_multiple_permille // 1_000, most + limits.leak_above_litres * span)
    return Expected(centres, spread, max(0, min(centres) - reach), max(centres) + reach, leak)


def _spread(recent: Sequence[int], centre: int, limits: Limits) -> int:
    """Return the litres a month strays: 1.3 times the median distance, leaning on a usual part."""
    usual = max(centre, limits.new_meter_litres // 3) * limits.spread_permille // 1_000
    if not recent:
        return max(limits.spread_floor_litres, centre // 2)
    strays = median([abs(value - centre) for value in recent]) * 13 // 10
    lean = limits.spread_months
    return max(limits.spread_floor_litres, (strays * len(recent) + usual * lean) // (len(recent) + lean))


def fit(found: Expected, used: int) -> int:
    """Return how well a use fits, as whole parts of :data:`SCALE` a litre: the larger the better.

    The density of Student's t with 3 degrees of freedom around each centre, in exact integers;
    its long tails leave room for parties, leaks and absence.

    >>> usual = Expected((2_550,), 400, 1_550, 3_550, 12_550)
    >>> fit(usual, 2_600) > fit(usual, 3_500) > fit(usual, 60_000) > 0
    True
    """
    spread = found.spread
    top, base = SCALE * T3_PERMILLE * spread**3, 3 * spread * spread
    return sum(top // (base + (used - centre) ** 2) ** 2 for centre in found.centres) // (1_000 * len(found.centres))
