"""A building's month: intake less what the meters saw is the difference, and who bears it."""

from dataclasses import dataclass

from avots.core.errors import Refused
from avots.core.money import divide_half_up
from avots.usage.rules.difference import Share, Unit, share_difference
from avots.usage.rules.estimate import NONCOMPLIANT, Tile, average, settle_point
from avots.usage.rules.facts import BuildingFacts, PointFacts, PremiseFacts

INTAKE, UNIT, COMMON = "intake", "unit", "common"
# Grounds that leave no valid meter: not installed, installed against the rules, tampered with.
NO_VALID_METER = frozenset({"N2", "N4", "N6"})


@dataclass(frozen=True)
class Balance:
    """The month's result in litres; difference + carried in = shared + waived + carried out."""

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
    """Return a building's month from its facts.

    A building without an intake point (a private house) has no difference. Under indirect
    settlement the payer is billed the intake, so nothing is shared among the premises.

    :raises Refused: ``no_intake_reading`` when a standing intake meter was not read
    """
    tiles = _all_tiles(facts)
    litres = {role: _sum_of(role, tiles, facts) for role in (INTAKE, UNIT, COMMON)}
    has_intake = any(point.role == INTAKE for point in facts.points)
    intake = litres[INTAKE] if has_intake else litres[UNIT] + litres[COMMON]
    difference = intake - litres[UNIT] - litres[COMMON]
    noncompliant = _noncompliant(tiles, facts)
    to_share, waived = _to_share(difference, intake, facts)
    shares = [] if facts.indirect else _shares(to_share, tiles, noncompliant, facts)
    return Balance(
        intake,
        litres[UNIT],
        litres[COMMON],
        difference,
        facts.carried_in_litres,
        to_share,
        waived,
        difference + facts.carried_in_litres - to_share - waived,
        tuple(tiles),
        tuple(shares),
        noncompliant,
    )


def _all_tiles(facts: BuildingFacts) -> list[Tile]:
    """Return every point's tiles; what a premise bore as non-compliant is netted once."""
    premises = {premise.premise_id: premise for premise in facts.premises}
    borne = {premise.premise_id: premise.shared_litres for premise in facts.premises}
    tiles: list[Tile] = []
    for point in facts.points:
        premise = premises.get(point.premise_id or 0)
        nets = premise is not None and point.returning and facts.law.net_of_shared
        new = _tiles(point, premise, borne[premise.premise_id] if premise and nets else 0, facts)
        if premise:
            borne[premise.premise_id] -= sum(tile.shared_before_litres for tile in new)
        tiles += new
    return tiles


def _tiles(point: PointFacts, premise: PremiseFacts | None, shared_litres: int, facts: BuildingFacts) -> list[Tile]:
    if point.role == INTAKE and any(m.end_litres is None and m.reading_litres is None for m in point.meters):
        raise Refused("no_intake_reading")
    return settle_point(
        point,
        months=facts.law.average_months,
        max_estimates=facts.law.max_estimates,
        norm_litres=_norm_of_point(premise, facts),
        shared_litres=shared_litres,
        meter_valid=not (premise and NO_VALID_METER.intersection(premise.grounds)),
    )


def _norm_of_point(premise: PremiseFacts | None, facts: BuildingFacts) -> int:
    if premise is None:
        return 0
    points = sum(point.premise_id == premise.premise_id for point in facts.points)
    return divide_half_up(_norm_of(premise, facts), points)


def _norm_of(premise: PremiseFacts, facts: BuildingFacts) -> int:
    return facts.law.norm_litres * (premise.persons or facts.law.persons_when_none)


def _sum_of(role: str, tiles: list[Tile], facts: BuildingFacts) -> int:
    points = {point.usage_point_id for point in facts.points if point.role == role}
    return sum(tile.litres for tile in tiles if tile.usage_point_id in points)


def _noncompliant(tiles: list[Tile], facts: BuildingFacts) -> frozenset[int]:
    premise_of = {point.usage_point_id: point.premise_id for point in facts.points}
    unread = {premise_of[tile.usage_point_id] for tile in tiles if tile.method == NONCOMPLIANT}
    flagged = {premise.premise_id for premise in facts.premises if premise.grounds}
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


def _shares(to_share: int, tiles: list[Tile], noncompliant: frozenset[int], facts: BuildingFacts) -> list[Share]:
    if not to_share or not facts.premises:
        return []
    premise_of = {point.usage_point_id: point.premise_id for point in facts.points}
    own = dict.fromkeys((premise.premise_id for premise in facts.premises), 0)
    for tile in tiles:
        premise_id = premise_of[tile.usage_point_id]
        if premise_id is not None:
            own[premise_id] += tile.litres
    units = [
        Unit(
            premise.premise_id,
            own[premise.premise_id],
            average(premise.recent, 3) if premise.recent else 0,
            premise.persons or facts.law.persons_when_none,
            _norm_of(premise, facts),
            premise.premise_id in noncompliant,
        )
        for premise in facts.premises
    ]
    include = facts.law.stage2_include_noncompliant
    return share_difference(to_share, units, method=facts.sharing, include_noncompliant=include)
