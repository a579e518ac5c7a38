"""When a household that has not reported is written to, and when a meter's term is told."""

from collections.abc import Sequence
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


def term_notice_due(term: date, *, on: date, days: Sequence[int]) -> int:
    """Return which notice of a term is due on a day: 1 from the first of these days before it, 0 none.

    A notice missed on its day is due until the next one's; after the term none is.

    >>> term, days = date(2026, 12, 31), [90, 30, 7]
    >>> [term_notice_due(term, on=date(2026, *day), days=days) for day in ((10, 1), (10, 2), (12, 1), (12, 24))]
    [0, 1, 2, 3]
    >>> term_notice_due(term, on=term, days=days), term_notice_due(term, on=date(2027, 1, 1), days=days)
    (3, 0)
    """
    left = (term - on).days
    return sum(left <= before for before in days) if left >= 0 else 0
