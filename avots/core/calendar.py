"""Working days of Latvia."""

from datetime import date, timedelta
from functools import cache

import holidays


@cache
def holidays_of(year: int) -> frozenset[date]:
    """Return the public holidays of a year (Law on Public Holidays), moved days included.

    >>> date(2026, 11, 18) in holidays_of(2026)
    True
    """
    return frozenset(holidays.country_holidays("LV", years=year))


def is_working(day: date) -> bool:
    """Return whether people work on a day.

    >>> is_working(date(2026, 11, 18)), is_working(date(2026, 11, 19))
    (False, True)
    """
    return day.weekday() < 5 and day not in holidays_of(day.year)


def working_day_after(day: date, count: int) -> date:
    """Return the count-th working day after a day.

    >>> working_day_after(date(2026, 11, 28), 3)  # Saturday; Mon, Tue, Wed
    datetime.date(2026, 12, 2)
    """
    while count:
        day += timedelta(days=1)
        count -= is_working(day)
    return day
