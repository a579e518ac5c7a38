"""The four moments of a round (house.md 10)."""

from dataclasses import dataclass
from datetime import date, datetime

from avots.core.calendar import working_day_after
from avots.core.dates import Month, end_of, start_of


@dataclass(frozen=True)
class Moments:
    """Open, closed for residents, complete; instants in UTC."""

    opens_at: datetime
    closes_at: datetime
    complete_at: datetime


def moments_of(month: Month, *, first_day: int, last_day: int, working_days: int) -> Moments:
    """Return a round's moments: local days in Riga as instants, so summer time cannot shift them.

    >>> found = moments_of(Month(2026, 10), first_day=25, last_day=28, working_days=3)
    >>> (found.closes_at - found.opens_at).total_seconds() / 3600  # summer time ends on the 25th
    97.0
    >>> found.complete_at.isoformat()
    '2026-11-02T22:00:00+00:00'
    """
    first = date(month.year, month.number, first_day)
    last = date(month.year, month.number, min(last_day, month.last_day.day))
    complete = working_day_after(last, working_days)
    return Moments(start_of(first), end_of(last), end_of(complete))
