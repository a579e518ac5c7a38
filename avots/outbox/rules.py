"""When to try a message again (quality.md 3.2)."""

from datetime import datetime, timedelta

QUICK_TRIES = 48
QUICK = timedelta(minutes=5)
SLOW = timedelta(hours=1)
ALL_TRIES = QUICK_TRIES + 68


def next_try(attempts: int, now: datetime) -> datetime | None:
    """Return when to try again after so many attempts: 48 times in 5 minutes, then hourly to 72 h.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 11, 25, 12, tzinfo=UTC)
    >>> next_try(1, noon) - noon, next_try(60, noon) - noon, next_try(116, noon)
    (datetime.timedelta(seconds=300), datetime.timedelta(seconds=3600), None)
    """
    if attempts >= ALL_TRIES:
        return None
    return now + (QUICK if attempts <= QUICK_TRIES else SLOW)
