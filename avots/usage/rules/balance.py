"""A building's month: intake less what the meters saw is the difference, and who bears it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from avots.core.errors import Refused
from avots.core.money import divide_half_up
from avots.core.volume import capacity_of
from avots.usage.rules.difference import Share, Unit, share_common, share_difference
from avots.usage.rules.estimate import Setting, Tile, average, settle_point
from avots.usage.rules.facts import (
    COMMON,
    INTAKE,
    OWN_WEIGHTS,
    UNIT,
    BuildingFacts,
    MeterFacts,
    PointFacts,
    PremiseFacts,
)
from avots.usage.rules.holding import split_share, split_tile
from avots.usage.rules.past import NONCOMPLIANT


@dataclass(frozen=True)
class Balance:
    """The month's result in litres; difference + carried in = shared + waived + carried out.

    The shares are of what is ``shared`` and of the measured ``common`` use.
    """

    intake: int
    units: int
    common: int
    difference: int
    carried_in: int
    shared: int
    waived: int
    carried_out: int
    tiles: tuple[Tile, ...]
    shares: tuple[Share, ...]
    noncompliant: frozenset[int]


def balance(facts: BuildingFacts) -> Balance:
    """Return a building's month from its facts; the order in which they are given decides nothing.

    A building without an intake point (a private house) has no difference. Under indirect
    settlement the payer is billed the intake, so nothing is shared among the premises. An intake
    below the flats gives a negative difference, carried forward or credited by policy. What was put
    right in the month before counts here: that month is never shared again (domain.md 4.7).

    :raises Refused: what :func:`refuse_what_cannot_be_computed` refuses, and ``visit_needed``
    """
    refuse_what_cannot_be_computed(facts)
    facts = in_order(facts)
    tiles = settle(facts)
    units, common = _sum_of(UNIT, tiles, facts) + facts.corrected_litres, common_use(tiles, facts)
    intake = _sum_of(INTAKE, tiles, facts) if facts.has_intake else units + common
    difference = intake - units - common
    noncompliant = _noncompliant(tiles, facts)
    to_share, waived = _to_share(difference, intake, facts)
    shares = [] if facts.indirect else _shares(to_share, common, tiles, noncompliant, facts)
    carried_out = difference + facts.carried_in_litres - to_share - waived
    amounts = intake, units, common, difference, facts.carried_in_litres, to_share, waived, carried_out
    return Balance(*amounts, tuple(_by_account(tiles, facts)), tuple(shares), noncompliant)


def refuse_what_cannot_be_computed(facts: BuildingFacts) -> None:
    """Refuse a month whose facts are not enough; the sentence of each code says what to do.

    :raises Refused: ``no_agreement``, ``held_readings_left``, ``no_intake_meter``, ``no_intake_reading``,
        ``no_account``, ``no_weight``, ``reading_beyond_face``, ``behind_a_flats_meter``
    """
    if not facts.sharing:
        raise Refused("no_agreement", building=facts.address)
    if facts.held_readings:
        raise Refused("held_readings_left", count=facts.held_readings)
    units = {point.usage_point_id for point in facts.points if point.role == UNIT}
    for point in facts.points:
        if point.parent_id in units:
            raise Refused("behind_a_flats_meter", serial=_serial_of(point))
        if point.role == INTAKE and not point.ended and not point.has_meter:
            raise Refused("no_intake_meter", building=facts.address)
        for meter in point.meters:
            _refuse_meter(point, meter)
    for premise in facts.premises:
        if not facts.indirect and not premise.holdings:
            raise Refused("no_account", premise=premise.number or facts.address)
        if not facts.indirect and facts.sharing == OWN_WEIGHTS and premise.weight is None:
            raise Refused("no_weight", premise=premise.number or facts.address)


def _serial_of(point: PointFacts) -> str:
    return point.meters[-1].serial if point.meters else str(point.usage_point_id)


def _refuse_meter(point: PointFacts, meter: MeterFacts) -> None:
    if point.role == INTAKE and meter.shows is None:
        raise Refused("no_intake_reading", serial=meter.serial)
    capacity = capacity_of(meter.digits_before)
    for litres in (meter.shows, *(litres for _, litres in meter.owner_readings)):
        if litres is not None and litres >= capacity:
            raise Refused("reading_beyond_face", serial=meter.serial, digits=meter.digits_before)


def in_order(facts: BuildingFacts) -> BuildingFacts:
    """Return the same facts with points and premises by their keys, so that no order decides."""
    points = tuple(sorted(facts.points, key=lambda point: point.usage_point_id))
    premises = tuple(sorted(facts.premises, key=lambda premise: premise.premise_id))
    return replace(facts, points=points, premises=premises)


def settle(facts: BuildingFacts) -> list[Tile]:
    """Return every point's tiles; what a premise bore as non-compliant is netted once."""
    premises = {premise.premise_id: premise for premise in facts.premises}
    borne = {premise.premise_id: premise.shared_litres for premise in facts.premises}
    points_of = Counter(point.premise_id for point in facts.points)
    tiles: list[Tile] = []
    for point in facts.points:
        premise = premises.get(point.premise_id or 0)
        new = settle_point(point, setting_of(point, premise, points_of[point.premise_id], borne, facts))
        if premise:
            borne[premise.premise_id] -= sum(tile.shared_before_litres for tile in new)
        tiles += new
    return tiles


def setting_of(
    point: PointFacts, premise: PremiseFacts | None, points: int, borne: dict[int, int], facts: BuildingFacts
) -> Setting:
    """Return what a premise and its building say of one of its so many points."""
    law = facts.law
    if premise is None:
        return Setting(law, facts.days)
    invalid = set(law.grounds_without_meter) & {*_counting(premise, facts)}
    lapsed = any(meter.lapsed and meter.removed_on is None for meter in point.meters)
    invalid |= {"N3"} & set(law.grounds_first) if lapsed else set()  # not while the ground is suspended
    return Setting(
        law,
        facts.days,
        norm_of_point(premise, points, facts),
        borne[premise.premise_id] if law.net_of_shared else 0,
        not invalid,
        premise.absent_days,
        premise.excused,
    )


def norm_of_point(premise: PremiseFacts | None, points: int, facts: BuildingFacts) -> int:
    """Return what the norm allows one of a premise's so many points in a month."""
    return divide_half_up(_norm_of(premise, facts), points) if premise else 0


def _counting(premise: PremiseFacts, facts: BuildingFacts) -> Iterable[str]:
    """Return the premise's grounds that make it carry the difference first in this month."""
    return (ground for ground in premise.grounds if ground in facts.law.grounds_first)


def _norm_of(premise: PremiseFacts, facts: BuildingFacts) -> int:
    return facts.law.norm_litres * (premise.persons or facts.law.persons_when_none)


def _sum_of(role: str, tiles: Sequence[Tile], facts: BuildingFacts) -> int:
    points = {point.usage_point_id for point in facts.points if point.role == role}
    return sum(tile.litres for tile in tiles if tile.usage_point_id in points)


def common_use(tiles: Sequence[Tile], facts: BuildingFacts) -> int:
    """Return the measured common use, less what sub-meters behind a common meter saw; never below 0."""
    common = {point.usage_point_id for point in facts.points if point.role == COMMON}
    behind = {point.usage_point_id for point in facts.points if point.parent_id in common}
    litres = sum(tile.litres for tile in tiles if tile.usage_point_id in common)
    return max(0, litres - sum(tile.litres for tile in tiles if tile.usage_point_id in behind))


def _noncompliant(tiles: Sequence[Tile], facts: BuildingFacts) -> frozenset[int]:
    premise_of = {point.usage_point_id: point.premise_id for point in facts.points}
    unread = {premise_of[tile.usage_point_id] for tile in tiles if tile.method == NONCOMPLIANT}
    flagged = {premise.premise_id for premise in facts.premises if any(_counting(premise, facts))}
    return frozenset(flagged | {premise for premise in unread if premise is not None})


def _to_share(difference: int, intake: int, facts: BuildingFacts) -> tuple[int, int]:
    """Return the litres to share now and those waived inside the dead band."""
    if facts.indirect:
        return difference + facts.carried_in_litres, 0
    inside = abs(difference) * 1_000 <= abs(intake) * facts.law.deadband_permille
    waived = difference if facts.law.deadband_permille and inside else 0
    to_share = difference - waived + facts.carried_in_litres
    carried = to_share < 0 and facts.law.negative_difference == "carry_forward"
    return (0 if carried else to_share), waived


def _shares(
    to_share: int, common: int, tiles: Sequence[Tile], noncompliant: frozenset[int], facts: BuildingFacts
) -> list[Share]:
    if not facts.premises:
        return []
    law = facts.law
    units = _units(tiles, noncompliant, facts)
    shares = share_common(common, units, method=facts.sharing)
    include = law.stage2_include_noncompliant
    shares += share_difference(
        to_share, units, method=facts.sharing, include_noncompliant=include, limit=law.stage1_limit
    )
    holdings = {premise.premise_id: premise.holdings for premise in facts.premises}
    return [part for share in shares for part in split_share(share, holdings[share.premise_id], facts)]


def _units(tiles: Sequence[Tile], noncompliant: frozenset[int], facts: BuildingFacts) -> list[Unit]:
    premise_of = {point.usage_point_id: point.premise_id for point in facts.points}
    own: dict[int | None, int] = defaultdict(int)
    for tile in tiles:
        own[premise_of[tile.usage_point_id]] += tile.litres
    return [
        Unit(
            premise.premise_id,
            own[premise.premise_id],
            average(premise.recent, len(premise.recent)) if premise.recent else 0,
            premise.persons or facts.law.persons_when_none,
            _norm_of(premise, facts),
            premise.premise_id in noncompliant,
            premise.weight or 0,
        )
        for premise in facts.premises
    ]


def _by_account(tiles: Sequence[Tile], facts: BuildingFacts) -> Iterable[Tile]:
    """Yield each tile with its account, in parts where the premise changed hands."""
    holdings = {premise.premise_id: premise.holdings for premise in facts.premises}
    premise_of = {point.usage_point_id: point.premise_id for point in facts.points}
    meters = {meter.installation_id: meter for point in facts.points for meter in point.meters}
    for tile in tiles:
        held_by = holdings.get(premise_of[tile.usage_point_id] or 0, ())
        yield from split_tile(tile, meters[tile.installation_id], held_by, facts)
