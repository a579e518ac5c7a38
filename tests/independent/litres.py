"""A building's months once more: own use, the difference and its shares (domain.md 4)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace

from tests.independent.meters import Meters
from tests.independent.tables import day, local_day_before, policy, rows
from tests.independent.tiles import NOTHING, Tile, rounded, spread


@dataclass
class Month:
    round: SimpleNamespace
    tiles: list[Tile]
    intake: Decimal
    difference: Decimal
    shared: Decimal
    carried_out: Decimal
    by_account: dict[int, Decimal]
    common_by_account: dict[int, Decimal]
    by_premise: dict[int, Decimal]


class House(Meters):
    """One building, replayed from its first computed month."""

    def __init__(self, pk: int, seen: "Callable[[House, Month], None]" = lambda house, month: None) -> None:
        self.row = rows("meters_building", "id = %s", pk)[0]
        self.premises = rows("meters_premise", "building_id = %s", pk)
        self.points = rows("meters_usagepoint", "building_id = %s", pk)
        inside = "usage_point_id IN (SELECT id FROM meters_usagepoint WHERE building_id = %s)"
        self.meters = rows("meters_meterinstallation", inside, pk)
        self.faces = {row.meter_id: row.digits_before for row in rows("meters_register")}
        mine = f"installation_id IN (SELECT id FROM meters_meterinstallation WHERE {inside})"
        self.said = {row.id: row for row in rows("readings_reading", mine, pk)}
        self.readings = [row for row in self.said.values() if row.state == "accepted"]
        self.booked = rows("usage_bookedcorrection", "building_id = %s", pk)
        self.put_right = NOTHING
        self.agreements = rows("customers_serviceagreement", "building_id = %s", pk)
        here = "premise_id IN (SELECT id FROM meters_premise WHERE building_id = %s)"
        self.occupancies = sorted(rows("customers_occupancy", here, pk), key=lambda o: (day(o.starts_on), o.id))
        self.persons = sorted(rows("customers_declaredpersons", here, pk), key=lambda p: day(p.starts_on))
        self.grounds = rows("meters_noncompliance", here, pk)
        self.absences = rows("customers_absencenotice", here, pk)
        self.weights = rows("customers_sharingweight", here, pk)
        self.rounds = sorted(rows("readings_round"), key=lambda r: day(r.first_day))
        self.history: dict[int, list[list[Tile]]] = defaultdict(list)
        self.borne: dict[int, list[tuple[date, Decimal]]] = defaultdict(list)
        self.carried = NOTHING
        computed = {row.round_id: row.computed_at for row in rows("usage_buildingmonth", "building_id = %s", pk)}
        self.today = self.readings, self.meters
        for row in self.rounds:
            if row.id in computed:
                self.known(computed[row.id])
                month = self.month(row)
                self.known(None)
                self.book(row, month)
                seen(self, month)

    def known(self, at: object) -> list[SimpleNamespace]:
        """Know of readings and meters what was known at a moment, or all of it; return the meters."""
        self.readings, self.meters = self.today
        if at is not None:
            self.readings = [self.as_known(reading, at) for reading in self.readings]
            self.meters = list(self.standing_as_known(self.meters, at))
        return self.meters

    def as_known(self, reading: SimpleNamespace, at: object) -> SimpleNamespace:
        """Return the reading that counted at a moment, before it was put right."""
        while reading.source_key.startswith("earlier:") and reading.received_at > at:
            reading = self.said[int(reading.source_key.removeprefix("earlier:"))]
        return reading

    def standing_as_known(self, meters: list[SimpleNamespace], at: object) -> Iterator[SimpleNamespace]:
        """Yield the meters as they stood before an act that came later was known."""
        later = rows("meters_exchangeact", "recorded_at > %s", at)
        not_yet = {act.installed_id for act in later}
        still = {act.removed_id for act in later}
        for meter in (meter for meter in meters if meter.id not in not_yet):
            stands = {"removed_on": None, "end_litres": None} if meter.id in still else {}
            yield SimpleNamespace(**vars(meter) | stands)

    def book(self, round_: SimpleNamespace, month: "Month") -> None:
        """Put right, after the month was billed, what was booked: the next month starts there and counts it."""
        for row in (row for row in self.booked if row.round_id == round_.id):
            (tile,) = rows("usage_usage", "id = %s", row.tile_id)
            (meter,) = (one for one in self.known(row.booked_at) if one.id == tile.installation_id)
            (point,) = (point for point in self.points if point.id == meter.usage_point_id)
            start = self.stood(meter)
            shown = self.shows(meter, point.role, round_)
            said = sum((t.used for t in self.history[point.id][-1] if t.meter.id == meter.id), NOTHING)
            right = self.used_between(meter, start, shown) - said
            self.known(None)
            new = Tile(point, meter, start, shown, right, "actual", 0, self.first)
            billed = [t for t in month.tiles if t.meter.id == meter.id][-1]
            new.last, new.by_account = billed.last, {billed.last: right}
            self.history[point.id][-1].append(new)
            month.tiles.append(new)
            self.put_right += right

    # the month

    def month(self, round_: SimpleNamespace) -> Month:
        self.first, self.cut = day(round_.first_day), local_day_before(round_.closes_at)
        self.end = (self.first.replace(day=28) + timedelta(days=4)).replace(day=1)
        self.last = self.end - timedelta(days=1)
        at = self.rounds.index(round_)
        before = self.first - timedelta(days=1)
        self.before = local_day_before(self.rounds[at - 1].closes_at) if at else before.replace(day=self.cut.day)
        self.opens = local_day_before(round_.opens_at) + timedelta(days=1)
        agreement = self.in_force(self.agreements)[0]
        tiles = self.own_use(round_)
        total = {role: sum((t.own for t in tiles if t.point.role == role), NOTHING) for role in ("unit", "intake")}
        common = self.common_use(tiles)
        metered = total["unit"] + self.put_right + common
        self.put_right = NOTHING
        intake = total["intake"] if any(t.point.role == "intake" for t in tiles) else metered
        difference = intake - metered
        to_share = self.to_share(difference, intake, agreement)
        waived = self.waived(difference, intake, agreement)
        carried_out = difference + self.carried - to_share - waived
        shares = () if agreement.settlement == "indirect" else self.shares(to_share, tiles, agreement)
        fair = {} if agreement.settlement == "indirect" else self.by_method(common, self.premises, tiles, agreement)
        self.carried = carried_out
        for tile in tiles:
            tile.by_account = self.split_tile(tile)
        by_account, by_premise = self.added(map(self.to_accounts, shares)), self.added(shares)
        amounts = intake, difference, to_share, carried_out
        return Month(round_, tiles, *amounts, by_account, self.to_accounts(fair), by_premise)

    def added(self, tables: Iterable[dict[int, Decimal]]) -> dict[int, Decimal]:
        sums: dict[int, Decimal] = defaultdict(Decimal)
        for key, litres in (pair for table in tables for pair in table.items()):
            sums[key] += litres
        return sums

    # the difference

    def common_use(self, tiles: list[Tile]) -> Decimal:
        common = {p.id for p in self.points if p.role == "common"}
        behind = {p.id for p in self.points if p.parent_id in common}
        seen = sum((t.own for t in tiles if t.point.id in common), NOTHING)
        return max(NOTHING, seen - sum((t.own for t in tiles if t.point.id in behind), NOTHING))

    def waived(self, difference: Decimal, intake: Decimal, agreement: SimpleNamespace) -> Decimal:
        band = policy("difference_deadband_permille", self.last)
        inside = band and abs(difference) * 1000 <= abs(intake) * band and agreement.settlement != "indirect"
        return difference if inside else NOTHING

    def to_share(self, difference: Decimal, intake: Decimal, agreement: SimpleNamespace) -> Decimal:
        left = difference - self.waived(difference, intake, agreement) + self.carried
        carries = policy("negative_difference", self.last) == "carry_forward" and agreement.settlement != "indirect"
        return NOTHING if left < 0 and carries else left

    def shares(
        self, litres: Decimal, tiles: list[Tile], agreement: SimpleNamespace
    ) -> tuple[dict[int, Decimal], ...]:
        """Return what each premise bears in the first stage, and in the second."""
        first = policy("grounds_carrying_first", self.last)
        bad = {g.premise_id for g in self.in_force(self.grounds) if g.ground in first}
        bad |= {t.point.premise_id for t in tiles if t.method == "noncompliant" and t.point.premise_id}
        if not litres:
            return ()
        ordered = sorted(self.premises, key=lambda p: p.id)
        bearing = [p for p in ordered if p.id in bad]
        if policy("stage1_limit", self.last) == "none" and bearing and litres > 0:
            parts = spread(litres, [1] * len(bearing))
            limited = dict(zip([p.id for p in bearing], parts, strict=True))
        else:
            norms = [self.norm_of(p.id) for p in bearing]
            most = max(NOTHING, min(litres, sum(norms, NOTHING)))
            parts = spread(most, [int(n * 1000) for n in norms]) if most else [NOTHING] * len(bearing)
            limited = dict(zip([p.id for p in bearing], parts, strict=True))
        for premise, part in limited.items():
            self.borne[premise].append((self.first, part))
        rest = litres - sum(limited.values(), NOTHING)
        include = policy("stage2_include_noncompliant", self.last)
        others = [p for p in ordered if include or p.id not in bad] or ordered
        return limited, self.by_method(rest, others, tiles, agreement)

    def by_method(
        self, litres: Decimal, premises: list[SimpleNamespace], tiles: list[Tile], agreement: SimpleNamespace
    ) -> dict[int, Decimal]:
        if not litres or not premises:
            return {}
        ordered = sorted(premises, key=lambda p: p.id)
        weights = [self.weight(p.id, tiles, agreement) for p in ordered]
        parts = spread(litres, weights if any(weights) else [1] * len(ordered))
        return dict(zip([p.id for p in ordered], parts, strict=True))

    def weight(self, premise: int, tiles: list[Tile], agreement: SimpleNamespace) -> int:
        match agreement.sharing:
            case "equal":
                return 1
            case "per_person":
                return self.persons_of(premise)
            case "pro_rata":
                own = sum((t.own for t in tiles if t.point.premise_id == premise), NOTHING)
                return max(0, int(own * 1000))
            case "three_month_average":
                return max(0, int(self.recent(premise) * 1000))
            case "own_weights":
                mine = [w for w in self.weights if w.premise_id == premise and w.agreement_id == agreement.id]
                return mine[0].weight
        raise AssertionError(agreement.sharing)

    def recent(self, premise: int) -> Decimal:
        by_month: dict[date, Decimal] = defaultdict(Decimal)
        for point in (p for p in self.points if p.premise_id == premise):
            for month in self.history[point.id]:
                for tile in month:
                    if tile.first < self.first:
                        by_month[tile.first] += tile.own
        last = [by_month[key] for key in sorted(by_month)][-3:]
        return rounded(sum(last, NOTHING) / len(last)) if last else NOTHING

    # who bears it
