"""Audit rows, and who acts."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from avots.core import bulk
from avots.core.errors import Refused
from avots.core.models import AuditEntry

COLUMNS = ["at", "by", "verb", "subject", "facts", "refused"]
Done = TypeVar("Done")


@dataclass(frozen=True)
class By:
    """Who acts: a person, a personal link, or the utility's own job.

    >>> str(By("staff", 12)), str(By("job", "reminders"))
    ('staff:12', 'job:reminders')
    """

    kind: str
    ref: int | str

    def __str__(self) -> str:
        return f"{self.kind}:{self.ref}"


def entry(*, now: datetime, by: By, verb: str, subject: str, **facts: object) -> AuditEntry:
    """Return an unsaved audit row, for actions that write many at once."""
    return AuditEntry(at=now, by=str(by), verb=verb, subject=subject, facts=facts)


def record(*, now: datetime, by: By, verb: str, subject: str, **facts: object) -> None:
    """Write one audit row inside the caller's transaction."""
    entry(now=now, by=by, verb=verb, subject=subject, **facts).save(force_insert=True)


def record_many(entries: Iterable[AuditEntry]) -> None:
    """Write audit rows made by :func:`entry`, inside the caller's transaction."""
    bulk.insert(AuditEntry, COLUMNS, [[getattr(row, name) for name in COLUMNS] for row in entries])


def tried(act: Callable[[], Done], *, now: datetime, by: By, verb: str, subject: str) -> Done:
    """Do what a door was asked to and return its answer; a refusal is written down and goes on to the door.

    The refused action has rolled back by then, so the row has a transaction of its own.

    :raises Refused: as the action does
    """
    try:
        return act()
    except Refused as refused:
        facts = {name: str(value)[:120] for name, value in refused.facts.items()}
        record_refusal(now=now, by=by, verb=verb, subject=subject[:120], code=refused.code, facts=facts)
        raise


def record_refusal(*, now: datetime, by: By, verb: str, subject: str, **facts: object) -> None:
    """Write that an attempt was refused; call it after the refused transaction has ended."""
    row = entry(now=now, by=by, verb=verb, subject=subject, **facts)
    row.refused = True
    row.save(force_insert=True)
