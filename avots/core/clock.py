"""The only place that reads the clock; called by doors, jobs, the demo and commands alone."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return the present instant in UTC."""
    return datetime.now(UTC)
