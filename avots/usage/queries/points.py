"""A month's usage points: their meters, what was read, and their earlier tiles."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

from django.db.models import F, OuterRef, Subquery

from avots.core.policies import Policies
from avots.core.volume import capacity_of
from avots.meters.models import Building, MeterInstallation, UsagePoint
from avots.meters.rules import consumption, grace_days, verification
from avots.readings.models import Reading
from avots.usage.models import Usage
from avots.usage.queries.frame import Frame
from avots.usage.rules import facts as known
from avots.usage.rules import past
from avots.usage.rules.past import ACTUAL, Past

POINT = ("pk", "building_id", "role", "premise_id", "parent_id", "ends_on")
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Points:
    """Each building's points and undecided readings; the meters that ran, and all earlier tiles read."""

    facts: dict[int, list[known.PointFacts]]
    held: dict[int, int]
    standing: frozenset[int]
    tiles: list[Past]


def points_of(batch: Mapping[int, Building], frame: Frame) -> Points:
    """Return the points of many buildings in five queries."""
    rows = UsagePoint.objects.filter(building__in=list(batch), starts_on__lte=frame.cut_on).order_by("pk")
    points = list(rows.values_list(*POINT))
    meters = _meters(batch, frame)
    readings = _readings([row[0] for of_point in meters.values() for row in of_point], frame)
    tiles = _tiles(points, meters, readings, frame)
    laws = {segment: frame.law(segment) for segment in {building.segment for building in batch.values()}}
    found: dict[int, list[known.PointFacts]] = defaultdict(list)
    held: dict[int, int] = defaultdict(int)
    for pk, building_id, role, premise_id, parent_id, ends_on in points:
        standing = meters.get(pk, [])
        ended = ends_on is not None and ends_on <= frame.cut_on
        if not standing and (role != known.INTAKE or ended):
            continue
        segment, own = batch[building_id].segment, tiles.get(pk, [])
        flat = role == known.UNIT and segment == Building.Segment.APARTMENTS
        shown = tuple(_meter(row, role, readings.get(row[0], ()), own, frame, flat=flat) for row in standing)
        record = vars(past.record_of(own, months=laws[segment].average_months))
        found[building_id].append(known.PointFacts(pk, role, premise_id, parent_id, shown, **record, ended=ended))
        held[building_id] += sum(read.held for row in standing for read in readings.get(row[0], ()))
    _tell_where_they_stood(found, tiles, frame)
    ran = frozenset(row[0] for of_point in meters.values() for row in of_point)
    return Points(found, held, ran, [tile for own in tiles.values() for tile in own])


METER = (
    "pk",
    "usage_point_id",
    "meter__serial",
    "meter__register__digits_before",
    "installed_on",
    "removed_on",
    "start_litres",
    "end_litres",
    "verified_until",
    "remote_read",
)


def _meters(batch: Iterable[int], frame: Frame) -> dict[int, list[Row]]:
    """Return each point's meters that stood at the cut-off or were removed since the one before.

    A meter whose act reached us after its month was billed is settled now (domain.md 2.6): it counts
    until its last tile ends at its end reading.
    """
    here = MeterInstallation.objects.filter(usage_point__building__in=list(batch), installed_on__lte=frame.cut_on)
    rows = list(here.order_by("installed_on", "pk").values_list(*METER))
    gone = {row[0] for row in rows if row[5] is not None and row[5] <= frame.before_on}
    settled = gone - _open_still(gone, frame)
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        if row[0] not in settled:
            found[row[1]].append(row)
    return found


def _open_still(gone: Collection[int], frame: Frame) -> set[int]:
    """Return which meters that are gone were billed, but not up to what they showed at the end."""
    if not gone:
        return set()
    earlier = Usage.objects.filter(installation=OuterRef("pk"), round__first_day__lt=frame.month.first_day)
    billed = Subquery(earlier.order_by("-round__first_day", "-pk").values("to_litres")[:1])
    known_to = MeterInstallation.objects.filter(pk__among=gone).annotate(billed=billed).exclude(billed=None)
    return set(known_to.exclude(billed=F("end_litres")).values_list("pk", flat=True))


class _Read(NamedTuple):
    kind: str
    litres: int
    read_on: date
    held: bool


def _readings(installations: Sequence[int], frame: Frame) -> dict[int, list[_Read]]:
    """Return what came of each meter: its round's readings, and those at a change of owner."""
    Kind, heard = Reading.Kind, [Reading.State.ACCEPTED, Reading.State.HELD]
    rows = Reading.objects.filter(installation__among=installations, state__in=heard)
    of_round = rows.filter(round=frame.round, kind__in=[Kind.REGULAR, Kind.CONTROL])
    of_owners = rows.filter(kind=Kind.OWNER, read_on__gt=frame.before_on, read_on__lte=frame.last_on)
    columns = "read_on", "pk", "installation_id", "kind", "state", "litres"
    # Two questions, so that each has its index: asked together, every reading a meter ever had is looked at.
    read = sorted([*of_round.values_list(*columns), *of_owners.values_list(*columns)])
    found: dict[int, list[_Read]] = defaultdict(list)
    for read_on, _, pk, kind, state, litres in read:
        found[pk].append(_Read(kind, litres, read_on, state == Reading.State.HELD))
    return found


def _meter(
    row: Row, role: str, readings: Sequence[_Read], tiles: Sequence[Past], frame: Frame, *, flat: bool
) -> known.MeterFacts:
    pk, _, serial, digits, installed_on, removed_on, start, end, verified_until, remote = row
    own = [tile for tile in tiles if tile.installation_id == pk]
    removed_on = removed_on if removed_on and removed_on <= frame.cut_on else None
    counts = None if removed_on else _counting(readings, role, frame.policy)
    owners = [(read.read_on, read.litres) for read in readings if read.kind == Reading.Kind.OWNER and not read.held]
    standing = verification(
        verified_until,
        on=frame.last_on,
        flat=flat,
        flat_lapse_blocks=frame.policy.flat_verification_lapse_blocks,
        grace_days=grace_days(frame.policy.verification_grace_months),
    )
    return known.MeterFacts(
        installation_id=pk,
        serial=serial,
        digits_before=digits,
        installed_on=installed_on,
        removed_on=removed_on,
        from_litres=own[-1].to_litres if own else start,
        end_litres=end if removed_on else None,
        reading_litres=counts.litres if counts else None,
        read_on=counts.read_on if counts else None,
        control=bool(counts and counts.kind == Reading.Kind.CONTROL),
        remote=remote,
        lapsed=standing.counts_as_noncompliant,
        in_default=past.in_default(own) is not None,
        owner_readings=tuple(owners),
        from_on=own[-1].read_on if own else installed_on,
        from_estimated=bool(own) and own[-1].method == past.ESTIMATE,
    )


def _tell_where_they_stood(
    found: dict[int, list[known.PointFacts]], tiles: Mapping[int, Sequence[Past]], frame: Frame
) -> None:
    """Add the last accepted reading to meters that fell or leapt: few, so asked only then."""
    suspects = [meter for points in found.values() for point in points for meter in point.meters if _leaps(meter)]
    if not suspects:
        return
    earlier = Reading.objects.filter(
        installation__in=[meter.installation_id for meter in suspects],
        round__first_day__lt=frame.month.first_day,
        state=Reading.State.ACCEPTED,
    ).order_by("round__first_day", "read_on", "pk")
    rows = earlier.values_list("installation_id", "litres", "round__first_day")
    stood = {pk: (litres, first_day) for pk, litres, first_day in rows}
    for points in found.values():
        points[:] = [_stood(point, stood, tiles.get(point.usage_point_id, ())) for point in points]


def _stood(point: known.PointFacts, stood: Mapping[int, tuple[int, date]], tiles: Sequence[Past]) -> known.PointFacts:
    return point._replace(
        meters=tuple(
            _stands(meter, *stood[meter.installation_id], tiles)
            if meter.installation_id in stood and _leaps(meter)
            else meter
            for meter in point.meters
        )
    )


def _stands(meter: known.MeterFacts, litres: int, read_in: date, tiles: Sequence[Past]) -> known.MeterFacts:
    """Return a meter with its last reading, and what it had used by it beyond what was billed from there on."""
    since = [t for t in tiles if t.installation_id == meter.installation_id and t.first_day >= read_in]
    if not since:
        return meter
    start = since[0].to_litres - since[0].metered
    start += capacity_of(meter.digits_before) if start < 0 else 0
    used = consumption(start, litres, digits_before=meter.digits_before).litres
    return meter._replace(stood_litres=litres, unbilled_litres=used - sum(tile.metered for tile in since))


def _leaps(meter: known.MeterFacts) -> bool:
    """Return whether a meter shows less than it was billed to, or more than half a face more."""
    shows, start = meter.shows, meter.from_litres
    return shows is not None and (shows < start or (shows - start) * 2 > capacity_of(meter.digits_before))


def _counting(readings: Sequence[_Read], role: str, policy: Policies) -> _Read | None:
    """Return the reading a month is settled by: the regular one, else a control by staff."""
    taken = [read for read in readings if not read.held and read.kind == Reading.Kind.REGULAR]
    if not taken and policy.control_reading_counts and role != known.INTAKE:
        taken = [read for read in readings if not read.held and read.kind == Reading.Kind.CONTROL]
    return taken[-1] if taken else None


PAST = (
    "usage_point_id",
    "round_id",
    "pk",
    "installation_id",
    "premise_id",
    "method",
    "metered",
    "shared_before_litres",
    "to_litres",
    "misses",
    "read_on",
)


def _tiles(
    points: Sequence[Row],
    meters: Mapping[int, Sequence[Row]],
    readings: Mapping[int, Sequence[_Read]],
    frame: Frame,
) -> dict[int, list[Past]]:
    """Return each point's earlier tiles, oldest first: the latest months, and all where it matters.

    All of them matter where a meter was not read now, where any late month is not settled by a
    reading, and where the latest months hold nothing of a meter that already stood.
    """
    near_from = frame.month.plus(-frame.policy.average_months_flat - 1).first_day
    near = _past([row[0] for row in points], [pk for pk, day in frame.earlier.items() if day >= near_from], frame)
    unsure = {row[3] for row in points if row[3] and any(t.method != ACTUAL for t in near.get(row[0], ()))}
    far = []
    for pk, _, role, premise_id, *_ in points:
        rows, seen = meters.get(pk, ()), {tile.installation_id for tile in near.get(pk, ())}
        unread = any(
            row[5] is None and _counting(readings.get(row[0], ()), role, frame.policy) is None for row in rows
        )
        gap = any(row[0] not in seen and row[4] <= frame.before_on for row in rows)
        if unread or gap or premise_id in unsure or any(t.method != ACTUAL for t in near.get(pk, ())):
            far.append(pk)
    return {**near, **_past(far, list(frame.earlier), frame)}


def _past(points: Sequence[int], rounds: Sequence[int], frame: Frame) -> dict[int, list[Past]]:
    if not points or not rounds:
        return {}
    rows = Usage.objects.filter(usage_point__among=points, round__in=rounds)
    metered = rows.annotate(metered=F("litres") + F("shared_before_litres")).values_list(*PAST)
    tiles = sorted(Past(row[0], frame.earlier[row[1]], *row[2:]) for row in metered)
    return {point: list(of_point) for point, of_point in groupby(tiles, lambda tile: tile.usage_point_id)}
