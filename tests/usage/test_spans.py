"""What must hold over any span of months, on towns made up at random and played through the rules alone."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import pairwise
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from avots.core.dates import Month
from avots.usage.rules import past
from avots.usage.rules.anatomy import anatomy, live_anatomy
from avots.usage.rules.balance import Balance, balance
from avots.usage.rules.facts import BuildingFacts, Holding, MeterFacts, PointFacts, PremiseFacts
from avots.usage.rules.past import Past
from tests.usage.build import GROUNDS, LAW

CAPACITY = 100_000_000
METHODS = ("equal", "pro_rata", "three_month_average", "per_person", "own_weights")


@dataclass
class Device:
    """A meter's true face: litres passed since the town began, and the figure it began with."""

    pk: int
    start: int
    installed_on: date
    shows: int = 0
    passed: int = 0
    removed_on: date | None = None

    def turn(self, litres: int) -> None:
        self.shows = (self.shows + litres) % CAPACITY
        self.passed += litres


@dataclass
class Point:
    pk: int
    premise: int | None
    role: str
    devices: list[Device]
    diligence: float = 0.7
    tiles: list[Past] = field(default_factory=list)


@dataclass
class House:
    """A building with everything that can happen to it, month after month."""

    random: Random
    law: object
    sharing: str
    month: Month = field(default_factory=lambda: Month(2026, 1))
    points: list[Point] = field(default_factory=list)
    accounts: dict[int, int] = field(default_factory=dict)
    grounds: dict[int, tuple[str, ...]] = field(default_factory=dict)
    shares: list[tuple[int, date, int]] = field(default_factory=list)
    carried: int = 0
    key: int = 0
    results: list[Balance] = field(default_factory=list)

    def device(self, start: int | None = None, on: date = date(2025, 1, 1)) -> Device:
        self.key += 1
        shows = self.random.choice([0, 50_000_000, CAPACITY - 5_000]) if start is None else start
        return Device(self.key, shows, on, shows)

    def build(self, flats: int, common: bool) -> None:
        self.points.append(Point(1_000, None, "intake", [self.device(0)]))
        if common:
            self.points.append(Point(1_001, None, "common", [self.device(0)]))
        for flat in range(1, flats + 1):
            self.accounts[flat] = flat
            for at in range(self.random.choice([1, 1, 2])):
                diligence = self.random.choice([0.9, 0.6, 0.2])
                self.points.append(Point(flat * 10 + at, flat, "unit", [self.device()], diligence))

    @property
    def cut(self) -> date:
        return self.month.first_day.replace(day=28)

    @property
    def before(self) -> date:
        return self.month.previous.first_day.replace(day=28)

    def use_water(self) -> None:
        random, total = self.random, 0
        for point in self.points[1:]:
            litres = random.choice([0, random.randint(0, 9_000), random.randint(0, 40_000)])
            if point.role == "unit" and random.random() < 0.08:
                self.exchange(point, litres // 2)
                litres -= litres // 2
            point.devices[-1].turn(litres)
            total += litres
        leak = random.choice([0, random.randint(0, 30_000), -random.randint(0, 500)])
        self.points[0].devices[-1].turn(max(0, total + leak))

    def exchange(self, point: Point, litres: int) -> None:
        day = self.before + timedelta(days=self.random.randint(1, 27))
        point.devices[-1].turn(litres)
        point.devices[-1].removed_on = day
        point.devices.append(self.device(self.random.choice([0, 12_345]), day))

    def facts(self, *, all_read: bool) -> BuildingFacts:
        since = past.default_since(tile for point in self.points for tile in point.tiles)
        borne = past.borne_since(since, self.shares, [t for point in self.points for t in point.tiles])
        recent = past.recent_of([t for point in self.points for t in point.tiles], months=3)
        premises = tuple(self.premise(pk, borne, recent, calm=all_read) for pk in self.accounts)
        points = tuple(self.point(point, all_read=all_read) for point in self.points)
        return BuildingFacts(
            building_id=1,
            address="",
            month=self.month,
            before_on=self.before,
            cut_on=self.cut,
            sharing=self.sharing,
            indirect=False,
            carried_in_litres=self.carried,
            held_readings=0,
            law=self.law,
            points=points,
            premises=premises,
        )

    def premise(self, pk: int, borne: dict, recent: dict, *, calm: bool) -> PremiseFacts:
        random = self.random
        if random.random() < 0.1:
            self.grounds[pk] = () if self.grounds.get(pk) else (random.choice(GROUNDS[1:]),)
        holdings = [Holding(self.accounts[pk], self.before + timedelta(days=1))]
        if random.random() < 0.15:
            self.accounts[pk] += 100
            holdings.append(Holding(self.accounts[pk], self.before + timedelta(days=random.randint(2, 30))))
        away = 0 if calm else random.choice([0, 0, 0, 0, 5, 31])
        return PremiseFacts(
            pk,
            str(pk),
            tuple(holdings),
            random.randint(0, 4),
            () if calm else self.grounds.get(pk, ()),
            borne.get(pk, 0),
            recent.get(pk, ()),
            random.randint(1, 90),
            away,
            away > 0,
        )

    def point(self, point: Point, *, all_read: bool) -> PointFacts:
        tiles = sorted(point.tiles)
        meters = []
        for device in point.devices:
            if device.removed_on and device.removed_on <= self.before:
                continue
            own = [tile for tile in tiles if tile.installation_id == device.pk]
            read = all_read or point.role == "intake" or self.random.random() < point.diligence
            gone = device.removed_on is not None
            day = self.cut - timedelta(days=self.random.randint(0, 3))
            meters.append(
                MeterFacts(
                    device.pk,
                    str(device.pk),
                    5,
                    device.installed_on,
                    device.removed_on,
                    own[-1].to_litres if own else device.start,
                    device.shows if gone else None,
                    device.shows if read and not gone else None,
                    day if read and not gone else None,
                    in_default=past.in_default(own) is not None,
                )
            )
        record = vars(past.record_of(tiles, months=3))
        return PointFacts(
            point.pk, point.role, point.premise, 1_000 if point.role != "intake" else None, tuple(meters), **record
        )

    def play(self, *, all_read: bool = False) -> BuildingFacts:
        self.use_water()
        facts = self.facts(all_read=all_read)
        result = balance(facts)
        self.remember(result)
        self.month = self.month.next
        return facts

    def remember(self, result: Balance) -> None:
        self.results.append(result)
        self.carried = result.carried_out
        by_point = {point.pk: point for point in self.points}
        for tile in result.tiles:
            self.key += 1
            point = by_point[tile.usage_point_id]
            point.tiles.append(
                Past(
                    tile.usage_point_id,
                    self.month.first_day,
                    self.key,
                    tile.installation_id,
                    point.premise,
                    tile.method,
                    tile.metered,
                    tile.shared_before_litres,
                    tile.to_litres,
                    tile.misses,
                    tile.read_on,
                )
            )
        first = self.month.first_day
        self.shares += [(share.premise_id, first, share.litres) for share in result.shares if share.stage == 1]


def make(seed: int, law, sharing: str, flats: int, common: bool) -> House:
    house = House(Random(seed), law, sharing)
    house.build(flats, common)
    return house


HOUSES = st.builds(
    make,
    seed=st.integers(0, 2**32),
    law=st.builds(
        lambda include, band, negative, limit: replace(
            LAW,
            stage2_include_noncompliant=include,
            deadband_permille=band,
            negative_difference=negative,
            stage1_limit=limit,
        ),
        st.booleans(),
        st.sampled_from([0, 50]),
        st.sampled_from(["carry_forward", "credit"]),
        st.sampled_from(["norm", "norm", "none"]),
    ),
    sharing=st.sampled_from(METHODS),
    flats=st.integers(1, 6),
    common=st.booleans(),
)


MONTHS = st.integers(1, 14)
FAST = settings(max_examples=120, deadline=None)


@FAST
@given(HOUSES, MONTHS)
def test_over_any_span_billed_litres_are_the_intake_and_the_balance_carried(house, months):
    for _ in range(months):
        house.play()
        billed = sum(r.units + sum(s.litres for s in r.shares) + r.waived for r in house.results)
        assert billed + house.carried == sum(r.intake for r in house.results)
        assert all(r.common == sum(s.litres for s in r.shares if s.stage == 0) for r in house.results)
        accounts = sum(t.litres for r in house.results for t in r.tiles if t.account_id)
        assert accounts == sum(r.units for r in house.results), "every litre of a flat has its account"


@FAST
@given(HOUSES, MONTHS)
def test_what_a_meter_is_billed_for_tiles_its_time_line(house, months):
    for _ in range(months):
        house.play()
    for point in house.points:
        for device in point.devices:
            own = [t for r in house.results for t in r.tiles if t.installation_id == device.pk]
            assert not own or own[0].from_litres == device.start
            assert all(before.to_litres == after.from_litres for before, after in pairwise(own))
            rolls = CAPACITY * sum(bool(t.basis.get("rolled_over")) for t in own)
            if own:
                assert sum(t.metered for t in own) == own[-1].to_litres - device.start + rolls


@FAST
@given(HOUSES, MONTHS)
def test_the_next_reading_settles_everything_to_the_litre(house, months):
    """After estimates, defaults, absence, exchanges, rollovers: a meter is billed for what passed it."""
    for _ in range(months):
        house.play()
    house.grounds = {}
    house.play(all_read=True)
    for point in house.points:
        device = point.devices[-1]
        own = [t for r in house.results for t in r.tiles if t.installation_id == device.pk]
        assert sum(t.litres + t.shared_before_litres for t in own) == device.passed


@FAST
@given(HOUSES, MONTHS)
def test_nobody_is_freed_of_more_than_was_borne(house, months):
    for _ in range(months):
        house.play()
    for premise in house.accounts:
        borne = sum(litres for pk, _, litres in house.shares if pk == premise)
        netted = sum(t.shared_before for point in house.points if point.premise == premise for t in point.tiles)
        assert 0 <= netted <= borne


@FAST
@given(HOUSES, MONTHS, st.randoms())
def test_the_order_of_points_and_premises_decides_nothing(house, months, random):
    for _ in range(months):
        facts = house.play()
    points, premises = list(facts.points), list(facts.premises)
    random.shuffle(points)
    random.shuffle(premises)
    other = balance(replace(facts, points=tuple(points), premises=tuple(premises)))
    assert other == house.results[-1]
    assert anatomy(facts, other) == anatomy(facts, house.results[-1])


@FAST
@given(HOUSES, MONTHS)
def test_the_causes_add_up_to_the_gap(house, months):
    for _ in range(months):
        facts = house.play()
        result = house.results[-1]
        found = anatomy(facts, result)
        assert sum(part.litres for part in found.parts) == found.gap == result.difference + result.common
        live = live_anatomy(facts, intake_before=0)
        assert sum(part.litres for part in live.parts) == live.gap
