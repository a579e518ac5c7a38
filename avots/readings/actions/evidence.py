"""When a meter cannot be read: a photo, a call, the average; never a dead end."""

from datetime import datetime

from django.db import transaction

from avots.core import audit
from avots.core.audit import By
from avots.core.claims import claim
from avots.core.errors import Refused
from avots.core.evidence import keep_picture
from avots.meters.models import MeterInstallation
from avots.readings.models import CannotRead, Photo, Round

PHOTOS_A_ROUND = 10


def keep_photo(installation: MeterInstallation, round: Round, *, data: bytes, now: datetime, by: By) -> Photo:
    """Keep a photo of a meter as evidence; the same picture again is the same photo.

    :raises Refused: as :func:`avots.core.evidence.keep_picture`; ``photo_limit`` after so many in a round
    """
    if Photo.objects.filter(installation=installation, round=round).count() >= PHOTOS_A_ROUND:
        raise Refused("photo_limit")
    kept = keep_picture(data)
    values = {"name": kept.name, "received_at": now, "by": str(by)}
    key = {"installation": installation, "round": round, "sha256": kept.sha256}
    with transaction.atomic():
        photo, new = Photo.objects.get_or_create(**key, defaults=values)
        if new:
            audit.record(now=now, by=by, verb="keep_photo", subject=f"installation:{installation.pk}")
    return photo


@transaction.atomic
def say_cannot_read(
    installation: MeterInstallation, round: Round, *, way: CannotRead.Way, now: datetime, by: By
) -> CannotRead:
    """Record that a household cannot read a meter this round, and what it wants instead.

    :raises Refused: ``round_not_open``, ``round_closed`` once readings are complete
    """
    stage = round.stage(now)
    if stage in {Round.Stage.PLANNED, Round.Stage.COMPLETE}:
        raise Refused("round_not_open" if stage == Round.Stage.PLANNED else "round_closed", month=str(round))
    values = {"way": way, "asked_at": now, "by": str(by), "handled_at": None, "handled_by": ""}
    row, _ = CannotRead.objects.update_or_create(installation=installation, round=round, defaults=values)
    subject = f"installation:{installation.pk}"
    audit.record(now=now, by=by, verb="say_cannot_read", subject=subject, way=str(way), month=str(round))
    return row


def mark_handled(row: CannotRead, *, now: datetime, by: By) -> None:
    """Record that staff called, or that nothing more can be done this round.

    :raises Refused: ``already_decided``
    """
    waiting = CannotRead.objects.filter(pk=row.pk, handled_at=None)
    if not claim(waiting, handled_at=now, handled_by=str(by)):
        raise Refused("already_decided")
    audit.record(now=now, by=by, verb="mark_handled", subject=f"installation:{row.installation_id}")
