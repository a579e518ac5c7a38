"""Why the flats' meters saw less (or more) than the building's: causes in litres that add up exactly.

The gap is the intake less what the flats are billed for; measured common use is one of its causes.
What was measured is exact, the rest is reckoned from what is known, and what nobody can explain
stays on the list under its own name (product.md 2).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from avots.core.dates import Month
from avots.core.money import divide_half_up
from avots.usage.rules.balance import Balance, common_use, in_order, norm_of_point, settle
from avots.usage.rules.estimate import NO_VALID_METER, Tile, usual_of
from avots.usage.rules.facts import INTAKE, UNIT, BuildingFacts, PointFacts
from avots.usage.rules.past import ABSENCE, ACTUAL, ESTIMATE, NONCOMPLIANT

NOT_REPORTED, ESTIMATED, NONCOMPLIANT_FLATS = "not_reported", "estimated", "noncompliant"
SKEW, CORRECTIONS, COMMON_USE = "date_skew", "corrections", "common"
THRESHOLD, UNEXPLAINED, FLATS = "threshold", "unexplained", "flats"
CAUSES = (NOT_REPORTED, ESTIMATED, NONCOMPLIANT_FLATS, SKEW, CORRECTIONS, COMMON_USE, THRESHOLD, UNEXPLAINED)
# Causes that in a small building would tell one neighbour about another.
OF_SINGLE_FLATS = (NOT_REPORTED, ESTIMATED, NONCOMPLIANT_FLATS, CORRECTIONS)

Found = dict[str, int]


@dataclass(frozen=True)
class Part:
    """A cause's litres (negative where flats are billed more than they used) and how many premises."""

    cause: str
    litres: int
    premises: int = 0


@dataclass(frozen=True)
class Anatomy:
    """A building's gap in parts, in the order of ``CAUSES``; ``assumed`` without an intake reading."""

    intake: int
    units: int
    parts: tuple[Part, ...]
    assumed: bool = False

    @property
    def gap(self) -> int:
        return self.intake - self.units


def anatomy(facts: BuildingFacts, result: Balance) -> Anatomy:
    """Return the causes of a computed month's gap."""
    facts = in_order(facts)
    return _anatomy(facts, result.tiles, result.intake, result.common)


def live_anatomy(facts: BuildingFacts, *, intake_before: int) -> Anatomy:
    """Return the causes from what is known so far: who has not reported yet is not counted yet.

    :param intake_before: taken for the intake until it is read: what the month before took in
    """
    facts = in_order(replace(facts, law=replace(facts.law, after_estimates=NONCOMPLIANT)))
    meters = {meter.installation_id: meter for point in facts.points for meter in point.meters}
    tiles = [tile for tile in settle(facts) if _is_known(tile, meters[tile.installation_id].shows)]
    inlet = {point.usage_point_id: point for point in facts.points if point.role == INTAKE}
    assumed = not inlet or not all(_is_shown(point) for point in inlet.values())
    read = sum(tile.litres for tile in tiles if tile.usage_point_id in inlet)
    intake = intake_before if assumed else read
    return _anatomy(facts, tiles, intake, common_use(tiles, facts), assumed=assumed)


def _is_shown(point: PointFacts) -> bool:
    return (point.has_meter or point.ended) and all(meter.shows is not None for meter in point.meters)


def _is_known(tile: Tile, shows: int | None) -> bool:
    return shows is not None or tile.method == ABSENCE or tile.basis.get("reason") == NO_VALID_METER


def _anatomy(
    facts: BuildingFacts, tiles: Sequence[Tile], intake: int, common: int, *, assumed: bool = False
) -> Anatomy:
    points = _points(facts, tiles)
    trend, span = _trend(points), _span(facts, tiles)
    causes: dict[str, int] = defaultdict(int)
    premises: dict[str, set[int | None]] = defaultdict(set)
    for point in points:
        for cause, litres in _causes(point, trend, span, facts).items():
            causes[cause] += litres
            if litres or cause not in {SKEW, CORRECTIONS}:
                premises[cause].add(point.facts.premise_id)
    units = sum(point.counted for point in points) + facts.corrected_litres
    causes[COMMON_USE] = common
    causes[CORRECTIONS] -= facts.corrected_litres
    left = intake - units - sum(causes.values())
    causes[THRESHOLD] = max(0, min(left, _below_threshold(points, facts)))
    causes[UNEXPLAINED] = left - causes[THRESHOLD]
    parts = tuple(Part(cause, causes[cause], len(premises[cause])) for cause in CAUSES)
    return Anatomy(intake, units, parts, assumed)


@dataclass(frozen=True)
class _Point:
    """A flat's point with its tiles and what it usually uses: without history, as much as those that were read."""

    facts: PointFacts
    tiles: tuple[Tile, ...]
    usual: int

    @property
    def counted(self) -> int:
        return sum(tile.litres for tile in self.tiles)

    @property
    def metered(self) -> int:
        return sum(tile.metered for tile in self.tiles)

    @property
    def is_read(self) -> bool:
        unread = any(meter.shows is None for meter in self.facts.meters)
        return bool(self.tiles) and not unread and all(tile.method == ACTUAL for tile in self.tiles)


def _points(facts: BuildingFacts, tiles: Sequence[Tile]) -> list[_Point]:
    by_point: dict[int, list[Tile]] = defaultdict(list)
    for tile in tiles:
        by_point[tile.usage_point_id].append(tile)
    premises = {premise.premise_id: premise for premise in facts.premises}
    points_of = Counter(point.premise_id for point in facts.points)
    found = []
    for point in facts.points:
        if point.role == UNIT:
            norm = norm_of_point(premises.get(point.premise_id or 0), points_of[point.premise_id], facts)
            usual = usual_of(point, facts.law, norm)
            found.append(_Point(point, tuple(by_point[point.usage_point_id]), usual))
    read = [point.metered for point in found if point.is_read and not point.facts.open_months]
    mean = max(0, divide_half_up(sum(read), len(read))) if read else None
    return [point if point.facts.history or mean is None else replace(point, usual=mean) for point in found]


def _span(facts: BuildingFacts, tiles: Sequence[Tile]) -> tuple[date, date]:
    """Return the days between which the intake was read: as a rule, but not always, the cut-offs."""
    inlets = [point for point in facts.points if point.role == INTAKE and point.meters]
    if len(inlets) != 1:
        return facts.before_on, facts.cut_on
    read = [tile.read_on for tile in tiles if tile.usage_point_id == inlets[0].usage_point_id and tile.read_on]
    return inlets[0].meters[0].from_on or facts.before_on, max(read, default=facts.cut_on)


def _causes(point: _Point, trend: tuple[int, int], span: tuple[date, date], facts: BuildingFacts) -> Found:
    """Return what a point used beyond what it is billed for, by cause."""
    if point.is_read:
        return _of_reading(point, span, facts)
    methods = {tile.method for tile in point.tiles}
    if ESTIMATE in methods:
        guessed = sum(tile.litres for tile in point.tiles if tile.method == ESTIMATE)
        return {ESTIMATED: _scaled(guessed, trend) - guessed}
    if ABSENCE in methods:
        return {}
    invalid = any(tile.basis.get("reason") == NO_VALID_METER for tile in point.tiles)
    missing = max(0, _scaled(point.usual, trend) - point.counted)
    return {NONCOMPLIANT_FLATS if invalid else NOT_REPORTED: missing}


def _of_reading(point: _Point, span: tuple[date, date], facts: BuildingFacts) -> Found:
    """Return how far a point's reading is from its use between the readings of the intake.

    The use since its last actual reading is spread evenly over the days. What falls before this
    month settles earlier months (a correction); what falls between its reading and the intake's is
    the skew of the dates. Together they are use while the intake ran less litres billed.
    """
    known = point.facts
    read_on = max(tile.read_on or facts.cut_on for tile in point.tiles)
    since = known.read_on or facts.before_on - timedelta(days=facts.days * known.open_months)
    days = (read_on - since).days
    if days <= 0:
        return {}
    begins = since if known.is_new else span[0]
    total = point.metered + known.open_litres
    of_month = divide_half_up(total * (span[1] - begins).days, days)
    if not known.open_months:
        return {SKEW: of_month - point.counted}
    by_reading = divide_half_up(total * (read_on - begins).days, days)
    return {CORRECTIONS: by_reading - point.counted, SKEW: of_month - by_reading}


def _trend(points: Iterable[_Point]) -> tuple[int, int]:
    """Return how this month's use of those read stands to their usual use.

    Those not read count as usual on both sides: the fewer are read, the less the trend says.
    """
    now, usual = 0, 0
    for point in points:
        if point.facts.history:
            read = point.is_read and not point.facts.open_months
            now += max(0, point.metered) if read else point.usual
            usual += point.usual
    return (now, usual) if now and usual else (1, 1)


def _scaled(litres: int, trend: tuple[int, int]) -> int:
    return divide_half_up(litres * trend[0], trend[1])


def _below_threshold(points: Sequence[_Point], facts: BuildingFacts) -> int:
    """Return what small flows below the starting flow of the meters that ran may have let by."""
    running = sum(point.metered > 0 for point in points)
    return running * facts.law.threshold_litres_day * facts.days


def anonymous(parts: Sequence[Part], *, units: int, minimum: int) -> list[Part]:
    """Return the parts as residents may see them: without counts, and in a small house causes that
    would tell of a single neighbour as one.

    >>> parts = [Part("estimated", 5, 1), Part("corrections", -2, 1), Part("unexplained", 9)]
    >>> [(part.cause, part.litres) for part in anonymous(parts, units=3, minimum=5)]
    [('flats', 3), ('unexplained', 9)]
    """
    if units >= minimum:
        return [Part(part.cause, part.litres) for part in parts]
    of_flats = sum(part.litres for part in parts if part.cause in OF_SINGLE_FLATS)
    return [Part(FLATS, of_flats), *(Part(p.cause, p.litres) for p in parts if p.cause not in OF_SINGLE_FLATS)]


def months_in_a_row(permilles: Sequence[tuple[Month, int]], *, over: int) -> int:
    """Return for how many of the last months, oldest first, the difference was above a limit.

    Three over 20 % in a row and an owner's application: the manager finds the causes within six
    months and tells the owners in writing (MK 1013 p. 30). A month nobody computed ends the row.

    >>> shown = [250, 190, 210, 226, 219]
    >>> months_in_a_row([(Month(2026, at), permille) for at, permille in enumerate(shown, 1)], over=200)
    3
    >>> months_in_a_row([(Month(2026, 1), 210), (Month(2026, 3), 226), (Month(2026, 4), 219)], over=200)
    2
    """
    count, after = 0, permilles[-1][0].next if permilles else None
    for month, permille in reversed(permilles):
        if permille <= over or month.next != after:
            break
        count, after = count + 1, month
    return count
