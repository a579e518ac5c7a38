"""How long a session lives: for residents a month idle and three in all, for staff half an hour and a day's work."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from avots.customers.actions.own import note_seen


@dataclass(frozen=True)
class Life:
    """How long a session lives unused and in all, and how exactly its last use is kept."""

    idle: timedelta
    whole: timedelta
    noted: timedelta


RESIDENT = Life(timedelta(days=30), timedelta(days=90), timedelta(hours=1))
STAFF = Life(timedelta(minutes=30), timedelta(hours=12), timedelta(minutes=1))


def is_over(session: Any, life: Life, *, now: datetime) -> bool:
    """Return whether a session has been idle, or has lived, for too long."""
    at = int(now.timestamp())
    since, seen = session.get("since", at), session.get("seen", at)
    return at - seen >= life.idle.total_seconds() or at - since >= life.whole.total_seconds()


def touch(session: Any, life: Life, *, now: datetime) -> None:
    """Note that a session is in use, not more often than its life asks for; a new key keeps its start."""
    at = int(now.timestamp())
    session.setdefault("since", at)
    moved = session.get("key") != session.session_key
    if moved or at - session.get("seen", 0) >= life.noted.total_seconds():
        note_seen(session.get("key", ""), session_key_now=session.session_key, now=now)
        session["seen"], session["key"] = at, session.session_key
