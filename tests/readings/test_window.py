"""Every window of eleven years, to the second at both edges."""

from datetime import UTC, date, datetime, timedelta

import pytest

from avots.core.dates import Month, local_day
from avots.readings.models import Round
from avots.readings.rules.window import moments_of

MONTHS = [Month(year, number) for year in range(2026, 2037) for number in range(1, 13)]
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("month", MONTHS, ids=str)
def test_a_window_opens_and_closes_at_local_midnight(month):
    found = moments_of(month, first_day=25, last_day=28, working_days=3)
    assert local_day(found.opens_at) == date(month.year, month.number, 25)
    assert local_day(found.opens_at - SECOND) == date(month.year, month.number, 24)
    assert local_day(found.closes_at - SECOND) == date(month.year, month.number, 28)
    assert local_day(found.closes_at).day in {29, 1}
    assert (found.closes_at - found.opens_at).total_seconds() / 3600 in {95, 96, 97}
    row = Round(first_day=month.first_day, **vars(found))
    stages = [
        row.stage(at) for at in (found.opens_at - SECOND, found.opens_at, found.closes_at - SECOND, found.closes_at)
    ]
    assert stages == ["planned", "open", "open", "closed"]
    assert row.stage(found.complete_at) == "complete"


FREE = {  # Law on Public Holidays: fixed days, and the two that move with Easter (Gauss)
    (1, 1), (5, 1), (5, 4), (6, 23), (6, 24), (11, 18), (12, 24), (12, 25), (12, 26), (12, 31),
}  # fmt: skip


def easter(year: int) -> date:
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    month, day = divmod(d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114, 31)
    return date(year, month, day + 1)


def is_free(day: date) -> bool:
    moving = {easter(day.year) + timedelta(days=n) for n in (-2, 0, 1)}
    weekend = [day - timedelta(days=back) for back in (1, 2)]
    # 4 May and 18 November that fall on a weekend are free on the Monday after it
    moved = day.weekday() == 0 and any((one.month, one.day) in {(5, 4), (11, 18)} for one in weekend)
    return day.weekday() > 4 or (day.month, day.day) in FREE or day in moving or moved


@pytest.mark.parametrize("month", MONTHS, ids=str)
def test_a_round_is_complete_after_three_working_days_counted_without_a_library(month):
    found = moments_of(month, first_day=25, last_day=28, working_days=3)
    day, left = date(month.year, month.number, 28), 3
    while left:
        day += timedelta(days=1)
        left -= not is_free(day)
    assert local_day(found.complete_at - SECOND) == day
    assert local_day(found.complete_at) == day + timedelta(days=1)
    row = Round(first_day=month.first_day, **vars(found))
    assert (row.stage(found.complete_at - SECOND), row.stage(found.complete_at)) == ("closed", "complete")


def test_summer_time_ends_inside_a_window_and_makes_it_an_hour_longer():
    found = moments_of(Month(2026, 10), first_day=25, last_day=28, working_days=3)
    assert found.opens_at == datetime(2026, 10, 24, 21, tzinfo=UTC)
    assert found.closes_at - found.opens_at == timedelta(hours=97)


def test_every_year_has_a_window_with_a_clock_change_or_two_plain_ones():
    lengths = {m: moments_of(m, first_day=25, last_day=28, working_days=3) for m in MONTHS}
    changed = [m for m, w in lengths.items() if w.closes_at - w.opens_at != timedelta(hours=96)]
    assert len(changed) == 13
