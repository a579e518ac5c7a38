"""The facts of a building's month, read in bulk; a constant number of queries per building."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256
from itertools import groupby

from avots.core import policies
from avots.core.dates import Month
from avots.core.errors import Refused
from avots.customers.models import DeclaredPersons, Occupancy, ServiceAgreement
from avots.meters.models import Building, MeterInstallation, Noncompliance, Premise, UsagePoint
from avots.readings.models import Reading, Round
from avots.usage.models import BuildingMonth, DifferenceShare, Usage
from avots.usage.rules import facts as known
from avots.usage.rules.estimate import settled_months

MONTHS_LOOKED_BACK = 24


@dataclass(frozen=True)
class Past:
    """One earlier tile of a usage point."""

    usage_point_id: int
    installation_id: int
    premise_id: int | None
    month: Month
    method: str
    litres: int
    shared_before: int
    to_litres: int
    misses: int


def facts(building: Building, round: Round) -> known.BuildingFacts:
    """Return everything that decides a building's month.

    :raises Refused: ``no_agreement``, ``held_readings_left``, ``no_account``
    """
    month = round.month
    agreement = agreement_of(building, on=month.last_day)
    past = _past_tiles(building, before=round)
    latest = BuildingMonth.objects.filter(building=building, round__first_day__lt=round.first_day)
    carried = latest.order_by("-round__first_day").values_list("carried_out_litres", flat=True).first()
    return known.BuildingFacts(
        building_id=building.pk,
        month=month,
        sharing=agreement.sharing,
        indirect=agreement.settlement == ServiceAgreement.Settlement.INDIRECT,
        carried_in_litres=carried or 0,
        law=_law(building, month),
        points=tuple(_points(building, round, past)),
        premises=tuple(_premises(building, month, past, agreement)),
    )


def input_hash(building: known.BuildingFacts) -> str:
    """Return the hash of the facts a month was computed from."""
    plain = json.dumps(asdict(building), sort_keys=True, default=str)
    return sha256(plain.encode()).hexdigest()


def agreement_of(building: Building, *, on: date) -> ServiceAgreement:
    """Return the agreement in force on a day.

    :raises Refused: ``no_agreement``
    """
    found = ServiceAgreement.objects.valid(on=on).filter(building=building).first()
    if found is None:
        raise Refused("no_agreement", building=building.address)
    return found


def cut_days(round: Round) -> tuple[date, date]:
    """Return the last days of the window before and of this window: a tile runs between them."""
    cut = round.cut_on
    before = Round.objects.filter(first_day__lt=round.first_day).order_by("-first_day").first()
    if before is not None:
        return before.cut_on, cut
    previous = round.month.previous
    return date(previous.year, previous.number, min(cut.day, previous.last_day.day)), cut


def _law(building: Building, month: Month) -> known.Law:
    policy = policies.on(month.last_day)
    flats = building.segment == Building.Segment.APARTMENTS
    return known.Law(
        average_months=policy.average_months_flat if flats else policy.average_months_other,
        max_estimates=policy.max_consecutive_estimates,
        norm_litres=policy.norm_litres_person_month,
        persons_when_none=policy.persons_when_none_declared,
        stage2_include_noncompliant=policy.stage2_include_noncompliant,
        deadband_permille=policy.difference_deadband_permille,
        negative_difference=policy.negative_difference,
        net_of_shared=policy.return_after_noncompliance == "net_of_shared_litres",
    )


def _past_tiles(building: Building, *, before: Round) -> list[Past]:
    since = before.month.plus(-MONTHS_LOOKED_BACK).first_day
    rows = Usage.objects.filter(
        usage_point__building=building,
        round__first_day__lt=before.first_day,
        round__first_day__gte=since,
    ).order_by("usage_point_id", "round__first_day", "pk")
    columns = rows.values_list(
        "usage_point_id",
        "installation_id",
        "premise_id",
        "round__first_day",
        "method",
        "litres",
        "shared_before_litres",
        "to_litres",
        "misses",
    )
    return [
        Past(point, inst, premise, Month.of(day), method, litres, shared, to, misses)
        for point, inst, premise, day, method, litres, shared, to, misses in columns
    ]


def _points(building: Building, round: Round, past: list[Past]) -> Iterable[known.PointFacts]:
    before, cut = cut_days(round)
    points = UsagePoint.objects.filter(building=building, starts_on__lte=cut).order_by("pk")
    meters = _meters_of(building, before, cut)
    readings = _readings_of(building, round)
    tiles = {point: list(rows) for point, rows in groupby(past, lambda tile: tile.usage_point_id)}
    for point in points.values_list("pk", "role", "premise_id"):
        standing = tuple(_meter(m, readings, tiles.get(point[0], [])) for m in meters[point[0]])
        if standing:
            yield known.PointFacts(*point, standing, *_record_of(tiles.get(point[0], [])))


def _record_of(tiles: list[Past]) -> tuple[tuple[int, ...], int, bool]:
    """Return a point's settled months, misses in a row, and whether it was non-compliant last."""
    months = []
    for _, rows in groupby(tiles, lambda tile: tile.month):
        of_month = list(rows)
        worst = next((t.method for t in of_month if t.method != Usage.Method.ACTUAL), Usage.Method.ACTUAL)
        months.append((str(worst), sum(t.litres + t.shared_before for t in of_month)))
    if not tiles:
        return (), 0, False
    return settled_months(months), tiles[-1].misses, tiles[-1].method == Usage.Method.NONCOMPLIANT


def _meters_of(building: Building, before: date, cut: date) -> dict[int, list[MeterInstallation]]:
    """Return each point's meters that stood at the cut or were removed since the one before."""
    of_building = MeterInstallation.objects.filter(usage_point__building=building)
    rows = of_building.standing(on=cut) | of_building.filter(removed_on__gt=before, removed_on__lte=cut)
    by_point: dict[int, list[MeterInstallation]] = defaultdict(list)
    for row in rows.select_related("meter__register").order_by("installed_on", "pk"):
        row.still_stands = row.removed_on is None or row.removed_on > cut  # type: ignore[attr-defined]
        by_point[row.usage_point_id].append(row)
    return by_point


def _readings_of(building: Building, round: Round) -> dict[int, tuple[int, date]]:
    of_building = Reading.objects.filter(
        round=round, kind=Reading.Kind.REGULAR, installation__usage_point__building=building
    )
    if held := of_building.filter(state=Reading.State.HELD).count():
        raise Refused("held_readings_left", count=held)
    rows = of_building.filter(state=Reading.State.ACCEPTED)
    return {inst: (litres, day) for inst, litres, day in rows.values_list("installation_id", "litres", "read_on")}


def _meter(row: MeterInstallation, readings: dict[int, tuple[int, date]], tiles: list[Past]) -> known.MeterFacts:
    billed = next((t.to_litres for t in reversed(tiles) if t.installation_id == row.pk), row.start_litres)
    stands = row.still_stands  # type: ignore[attr-defined]
    litres, read_on = readings.get(row.pk, (None, None)) if stands else (None, row.removed_on)
    end = None if stands else row.end_litres
    return known.MeterFacts(row.pk, row.meter.register.digits_before, billed, end, litres, read_on)


def _premises(
    building: Building, month: Month, past: list[Past], agreement: ServiceAgreement
) -> Iterable[known.PremiseFacts]:
    accounts = dict(
        Occupancy.objects.valid(on=month.last_day)
        .filter(premise__building=building)
        .values_list("premise_id", "account_id")
    )
    persons = _persons_of(building, month)
    grounds = _grounds_of(building, month)
    shared = _shared_since(building, month, past)
    recent = _recent_of(past)
    for premise_id, number in Premise.objects.filter(building=building).order_by("pk").values_list("pk", "number"):
        if premise_id not in accounts and agreement.settlement == ServiceAgreement.Settlement.DIRECT:
            raise Refused("no_account", premise=number)
        yield known.PremiseFacts(
            premise_id,
            accounts.get(premise_id),
            persons.get(premise_id, 0),
            grounds.get(premise_id, ()),
            shared.get(premise_id, 0),
            recent.get(premise_id, ()),
        )


def _persons_of(building: Building, month: Month) -> dict[int, int]:
    """Return the persons declared on the first of the month."""
    rows = DeclaredPersons.objects.filter(premise__building=building, starts_on__lte=month.first_day)
    return dict(rows.order_by("starts_on").values_list("premise_id", "persons"))


def _grounds_of(building: Building, month: Month) -> dict[int, tuple[str, ...]]:
    rows = Noncompliance.objects.filter(premise__building=building, starts_on__lte=month.last_day)
    found: dict[int, tuple[str, ...]] = {}
    for premise_id, ground, ends_on in rows.order_by("ground").values_list("premise_id", "ground", "ends_on"):
        if ends_on is None or ends_on > month.last_day:
            found[premise_id] = (*found.get(premise_id, ()), ground)
    return found


def _shared_since(building: Building, month: Month, past: list[Past]) -> dict[int, int]:
    """Return what each premise bore in stage 1 during the non-compliant months it is still in."""
    last_good: dict[int, Month] = {}
    in_default: dict[int, Month] = {}
    for tile in sorted(past, key=lambda tile: tile.month):
        if tile.premise_id is not None and tile.method == Usage.Method.NONCOMPLIANT:
            in_default.setdefault(tile.usage_point_id, tile.month)
        else:
            in_default.pop(tile.usage_point_id, None)
    premise_of = {tile.usage_point_id: tile.premise_id for tile in past}
    for point, since in in_default.items():
        premise_id = premise_of[point] or 0
        last_good[premise_id] = min(since, last_good.get(premise_id, since))
    shares = DifferenceShare.objects.filter(
        premise__in=last_good,
        stage=1,
        building_month__building=building,
        building_month__round__first_day__lt=month.first_day,
    )
    borne: dict[int, int] = defaultdict(int)
    for premise_id, day, litres in shares.values_list("premise_id", "building_month__round__first_day", "litres"):
        if Month.of(day) >= last_good[premise_id]:
            borne[premise_id] += litres
    return borne


def _recent_of(past: list[Past]) -> dict[int, tuple[int, ...]]:
    """Return each premise's litres of its last three months, for sharing by average."""
    totals: dict[int, dict[Month, int]] = defaultdict(lambda: defaultdict(int))
    for tile in past:
        if tile.premise_id is not None:
            totals[tile.premise_id][tile.month] += tile.litres
    return {premise: tuple(by[month] for month in sorted(by)[-3:]) for premise, by in totals.items()}
