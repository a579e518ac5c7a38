"""The only place that reads the clock; called by doors, jobs, the demo and commands alone."""

import os
from datetime import UTC, datetime, timedelta

# The demo town lives on the 27th of a month, whatever day it is outside.
_AHEAD = timedelta(seconds=int(os.environ.get("AVOTS_DEMO_AHEAD", "0"))) if os.environ.get("AVOTS_DEMO") else None


def now() -> datetime:
    """Return the present instant in UTC; in the demo, the town's own."""
    return datetime.now(UTC) + (_AHEAD or timedelta())
