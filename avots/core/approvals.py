"""The second pair of eyes."""

from datetime import datetime

from avots.core.audit import By
from avots.core.claims import claim
from avots.core.errors import Refused
from avots.core.models import Approval


def request(*, kind: str, subject: str, now: datetime, by: By, **facts: object) -> Approval:
    """Return the open approval of this subject, asking for one when there is none."""
    approval, _ = Approval.objects.get_or_create(
        kind=kind,
        subject=subject,
        state=Approval.State.OPEN,
        defaults={"requested_by": str(by), "requested_at": now, "facts": facts},
    )
    return approval


def grant(approval: Approval, *, now: datetime, by: By) -> None:
    """Grant an open approval as a second person.

    :raises Refused: ``needs_second_person`` for the one who asked, ``already_decided`` when late
    """
    if approval.requested_by == str(by):
        raise Refused("needs_second_person")
    _decide(approval, Approval.State.GRANTED, now=now, by=str(by))


def decline(approval: Approval, *, now: datetime, by: By) -> None:
    """Decline an open approval as a second person, or withdraw what one asked for oneself.

    :raises Refused: ``already_decided`` when late
    """
    if approval.requested_by == str(by):
        _decide(approval, Approval.State.WITHDRAWN, now=now, by="")
    else:
        _decide(approval, Approval.State.DECLINED, now=now, by=str(by))


def _decide(approval: Approval, state: Approval.State, *, now: datetime, by: str) -> None:
    waiting = Approval.objects.filter(pk=approval.pk, state=Approval.State.OPEN)
    if not claim(waiting, state=state, decided_by=by, decided_at=now):
        raise Refused("already_decided")
