"""Links in letters: each opens one thing for one purpose until a moment, and is never a way to sign in."""

from datetime import datetime
from typing import Any

from django.core import signing

from avots.core.errors import Refused


def seal(purpose: str, *, until: datetime, **facts: int | str) -> str:
    """Return the token of a capability, signed with a salt of its own purpose."""
    return signing.dumps({**facts, "until": int(until.timestamp())}, salt=f"avots.{purpose}")


def opened(purpose: str, token: str, *, now: datetime) -> dict[str, Any]:
    """Return what a token of this purpose was sealed with.

    :raises Refused: ``link_broken`` when we did not make it for this purpose, ``link_expired``
    """
    try:
        facts: dict[str, Any] = signing.loads(token, salt=f"avots.{purpose}")
    except signing.BadSignature:
        raise Refused("link_broken") from None
    if facts["until"] <= now.timestamp():
        raise Refused("link_expired")
    return facts
