"""When a household that has not reported is written to."""

from datetime import date, datetime

from avots.core.dates import at_local


def reminder_due(now: datetime, *, opens_on: date, last_on: date, hour: int) -> int:
    """Return which reminder of a round is due: 1 from the first day, 2 on the last, 0 none.

    >>> from datetime import UTC
    >>> days = {"opens_on": date(2026, 11, 25), "last_on": date(2026, 11, 28), "hour": 9}
    >>> [reminder_due(datetime(2026, 11, day, 12, tzinfo=UTC), **days) for day in (24, 25, 27, 28, 29)]
    [0, 1, 1, 2, 0]
    """
    if at_local(last_on, hour) <= now < at_local(last_on, 23, 0):
        return 2
    return 1 if at_local(opens_on, hour) <= now < at_local(last_on, hour) else 0
