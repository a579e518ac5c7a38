"""Promising, sending and holding back messages."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.db import transaction

from avots.core import audit, bulk
from avots.core.audit import By
from avots.core.claims import claim
from avots.core.errors import KeyReused, Refused
from avots.core.letters import Letter
from avots.outbox.models import Message
from avots.outbox.rules import next_try


@dataclass(frozen=True)
class Attachment:
    """A file a message carries, by reference: ``settings.OUTBOX_ATTACHMENTS`` says who hands over a kind."""

    kind: str
    ref: str
    name: str
    type: str


@dataclass(frozen=True)
class Draft:
    """A message to promise: its key, address, rendered letter, and since when when not now."""

    key: str
    to: str
    letter: Letter
    template: str
    language: str
    headers: dict[str, str] = field(default_factory=dict)
    expires_at: datetime | None = None
    at: datetime | None = None
    attachments: Sequence[Attachment] = ()

    @property
    def content_hash(self) -> str:
        files = [f"{file.kind}:{file.ref}" for file in self.attachments]
        parts = [self.to, self.letter.subject, self.letter.text, self.letter.html, *files]
        return sha256("\x1f".join(parts).encode()).hexdigest()


def queue(
    *,
    key: str,
    to: str,
    letter: Letter,
    template: str,
    language: str,
    now: datetime,
    headers: dict[str, str] | None = None,
    expires_at: datetime | None = None,
) -> None:
    """Promise one message, inside the transaction of the fact it tells.

    :raises KeyReused: when the key was promised with other content
    """
    queue_many([Draft(key, to, letter, template, language, headers or {}, expires_at)], now=now)


def queue_many(drafts: Sequence[Draft], *, now: datetime) -> int:
    """Promise the messages not promised yet and return how many; refusals as for :func:`queue`."""
    keys = [draft.key for draft in drafts]
    known = dict(Message.objects.filter(key__in=keys).values_list("key", "content_hash"))
    for draft in drafts:
        if known.get(draft.key, draft.content_hash) != draft.content_hash:
            raise KeyReused(draft.key)
    new = [_message(draft, now) for draft in drafts if draft.key not in known]
    return len(Message.objects.bulk_create(new, ignore_conflicts=True))


def _message(draft: Draft, now: datetime) -> Message:
    return Message(
        key=draft.key,
        to=draft.to,
        subject=draft.letter.subject[:200],
        text=draft.letter.text,
        html=draft.letter.html,
        headers={"Auto-Submitted": "auto-generated", **draft.headers},
        attachments=[asdict(file) for file in draft.attachments],
        template=draft.template,
        language=draft.language or settings.LANGUAGE_CODE,
        content_hash=draft.content_hash,
        queued_at=draft.at or now,
        next_try_at=draft.at or now,
        expires_at=draft.expires_at,
    )


def take_due(*, now: datetime, limit: int) -> list[Message]:
    """Claim up to so many due messages for this worker; those past their time are dropped."""
    Message.objects.filter(state=Message.State.QUEUED, expires_at__lte=now).update(
        state=Message.State.FAILED, error="expired"
    )
    due = Message.objects.filter(state=Message.State.QUEUED, next_try_at__lte=now)
    with transaction.atomic():
        rows = due.order_by("next_try_at", "pk").select_for_update(skip_locked=True)
        messages = list(rows[:limit])
        lease = now + timedelta(minutes=10)
        taken = Message.objects.filter(pk__in=[message.pk for message in messages])
        taken.update(state=Message.State.SENDING, next_try_at=lease)
    return messages


def mark_sent(messages: Sequence[Message], *, now: datetime) -> None:
    """Record that the relay took these messages: it has them, whatever else became of the row."""
    bulk.update(Message, ["state", "sent_at", "error"], [(Message.State.SENT, now, "", row.pk) for row in messages])


def mark_refused(message: Message, *, error: str, permanent: bool, now: datetime) -> None:
    """Record that the relay did not take a message: try again later, or give up."""
    attempts = message.attempts + 1
    again = None if permanent else next_try(attempts, now)
    Message.objects.filter(pk=message.pk, state=Message.State.SENDING).update(
        state=Message.State.QUEUED if again else Message.State.FAILED,
        attempts=attempts,
        error=error[:300],
        next_try_at=again or now,
    )


def release_stuck(*, now: datetime) -> int:
    """Queue again what a dead worker left in sending; its Message-ID stays the same."""
    stuck = Message.objects.filter(state=Message.State.SENDING, next_try_at__lte=now)
    return stuck.update(state=Message.State.QUEUED, next_try_at=now)


def pause(message: Message, *, now: datetime, by: By) -> None:
    """Hold a waiting message back.

    :raises Refused: ``already_decided`` when it has left or is leaving
    """
    waiting = Message.objects.filter(pk=message.pk, state=Message.State.QUEUED)
    if not claim(waiting, state=Message.State.PAUSED):
        raise Refused("already_decided")
    audit.record(now=now, by=by, verb="pause_message", subject=f"message:{message.pk}")


def resume(message: Message, *, now: datetime, by: By) -> None:
    """Let a held message go; refusals as for :func:`pause`."""
    paused = Message.objects.filter(pk=message.pk, state=Message.State.PAUSED)
    if not claim(paused, state=Message.State.QUEUED, next_try_at=now):
        raise Refused("already_decided")
    audit.record(now=now, by=by, verb="resume_message", subject=f"message:{message.pk}")


def forget(addresses: Iterable[str]) -> int:
    """Empty every message that went to these addresses; that it was promised and what became of it stays."""
    rows = Message.objects.filter(to__in=list(addresses))
    rows.filter(state__in=[Message.State.QUEUED, Message.State.PAUSED]).update(
        state=Message.State.FAILED, error="forgotten"
    )
    return rows.update(to="", subject="", text="", html="", headers={})
