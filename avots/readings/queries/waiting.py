"""What waits for staff, and what households sent besides readings."""

from collections.abc import Sequence

from django.db.models import Count, Exists, OuterRef, QuerySet

from avots.readings.models import CannotRead, Correction, Photo, Reading, Round
from avots.readings.queries.lines import COUNTING, REGULAR, MeterLine


def cannot_read(lines: Sequence[MeterLine], round: Round) -> dict[int, CannotRead]:
    """Return what households said that cannot read their meters, by installation."""
    rows = CannotRead.objects.filter(installation__in=[line.installation.pk for line in lines], round=round)
    return {row.installation_id: row for row in rows}


def held() -> QuerySet[Reading]:
    """Return the readings that wait for a decision, oldest first."""
    rows = Reading.objects.filter(state=Reading.State.HELD).order_by("received_at", "pk")
    return rows.select_related(
        "round",
        "installation__meter__register",
        "installation__usage_point__building",
        "installation__usage_point__premise__building",
    )


def held_in(round: Round) -> int:
    """Return how many readings of a round wait for a decision."""
    return Reading.objects.filter(round=round, state=Reading.State.HELD).count()


def photos_in(round: Round, installations: Sequence[int]) -> dict[int, int]:
    """Return how many photos of each meter came in a round."""
    rows = Photo.objects.filter(round=round, installation__in=installations)
    return dict(rows.values_list("installation").annotate(Count("pk")).order_by())


def photos_of(installation: int, round: Round) -> QuerySet[Photo]:
    """Return the photos of a meter in a round, newest first."""
    return Photo.objects.filter(installation=installation, round=round).order_by("-received_at", "-pk")


def unreadable(round: Round) -> QuerySet[CannotRead]:
    """Return what waits for staff of those who cannot read: a photo to read, a person to call."""
    came = Reading.objects.filter(
        REGULAR, installation=OuterRef("installation"), round=OuterRef("round"), state__in=COUNTING
    )
    rows = CannotRead.objects.filter(~Exists(came), round=round, handled_at=None).exclude(way=CannotRead.Way.AVERAGE)
    return rows.order_by("asked_at", "pk").select_related(
        "installation__meter__register", "installation__usage_point__premise__building"
    )


def corrections() -> QuerySet[Correction]:
    """Return the requests to put an earlier reading right, oldest first."""
    rows = Correction.objects.filter(state=Correction.State.WAITING).order_by("asked_at", "pk")
    return rows.select_related(
        "reading__round",
        "reading__installation__meter__register",
        "reading__installation__usage_point__premise__building",
    )


def questionable(round: Round) -> QuerySet[Reading]:
    """Return what counts although it was odd, because the person stood by it."""
    rows = Reading.objects.filter(
        round=round, state=Reading.State.ACCEPTED, quality=Reading.Quality.QUESTIONABLE, decided_at=None
    )
    return rows.order_by("received_at", "pk").select_related(
        "installation__meter__register", "installation__usage_point__premise__building"
    )
