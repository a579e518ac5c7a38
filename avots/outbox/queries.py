"""What waits, and what was sent to whom."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from avots.outbox.models import Message


def is_anything_due(now: datetime) -> bool:
    """Return whether a message waits to be sent, or a dead worker left one behind."""
    return Message.objects.filter(state__in=["queued", "sending"], next_try_at__lte=now).exists()


def messages_to(address: str) -> QuerySet[Message]:
    """Return the messages to an address, newest first."""
    return Message.objects.filter(to=address).order_by("-queued_at", "-pk")


def promised(keys: Iterable[str]) -> set[str]:
    """Return which of these keys were promised already."""
    return set(Message.objects.filter(key__in=list(keys)).values_list("key", flat=True))


@dataclass(frozen=True)
class Outcome:
    """What became of a message: when it left, or why it never will."""

    sent_at: datetime | None
    failed: bool
    error: str


def outcomes_of(keys: Iterable[str]) -> dict[str, Outcome]:
    """Return what became of these messages; those still on their way are left out."""
    ended = Message.objects.filter(key__in=list(keys), state__in=[Message.State.SENT, Message.State.FAILED])
    rows = ended.values_list("key", "state", "sent_at", "error")
    return {key: Outcome(sent_at, state == Message.State.FAILED, error) for key, state, sent_at, error in rows}
