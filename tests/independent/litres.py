"""A building's months once more: own use, the difference and its shares (domain.md 4)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace

from tests.independent.hands import Hands
from tests.independent.tables import day, local_day_before, m3, policy, rows
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


class House(Hands):
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

    def in_force(self, dated: list[SimpleNamespace]) -> list[SimpleNamespace]:
        return [r for r in dated if day(r.starts_on) <= self.last and (not r.ends_on or day(r.ends_on) > self.last)]

    # own use

    def own_use(self, round_: SimpleNamespace) -> list[Tile]:
        owed = {premise.id: self.borne_before(premise.id) for premise in self.premises}
        tiles: list[Tile] = []
        for point in self.points:
            meters = [m for m in self.meters if m.usage_point_id == point.id and self.ran(m)]
            if day(point.starts_on) > self.cut or not meters:
                continue
            new = self.settle(point, sorted(meters, key=lambda m: (day(m.installed_on), m.id)), round_, owed)
            for tile in new:
                tile.first = self.first
            self.history[point.id].append(new)
            tiles += new
        return tiles

    def ran(self, meter: SimpleNamespace) -> bool:
        if day(meter.installed_on) > self.cut:
            return False
        removed = day(meter.removed_on)
        if removed is None or removed > self.before:
            return True
        billed = self.stood(meter)
        return billed is not None and billed != m3(meter.end_litres)

    def stood(self, meter: SimpleNamespace) -> Decimal | None:
        tiles = [t for month in self.history[meter.usage_point_id] for t in month if t.meter.id == meter.id]
        return tiles[-1].end if tiles else None

    def shows(self, meter: SimpleNamespace, role: str, round_: SimpleNamespace) -> Decimal | None:
        removed = day(meter.removed_on)
        if removed is not None and removed <= self.cut:
            return m3(meter.end_litres)
        mine = [r for r in self.readings if r.installation_id == meter.id and r.round_id == round_.id]
        mine.sort(key=lambda r: (day(r.read_on), r.id))
        regular = [r for r in mine if r.kind == "regular"]
        control = [r for r in mine if r.kind == "control"] if role != "intake" else []
        if not policy("control_reading_counts", self.last):
            control = []
        chosen = regular or control
        return m3(chosen[-1].litres) if chosen else None

    def settle(self, point: SimpleNamespace, meters: list, round_: SimpleNamespace, owed: dict) -> list[Tile]:
        past = self.history[point.id]
        misses = past[-1][-1].misses if past else 0
        first = policy("grounds_carrying_first", self.last)
        without = policy("grounds_without_valid_meter", self.last)
        grounds = [g.ground for g in self.in_force(self.grounds) if g.premise_id == point.premise_id]
        valid = not point.premise_id or not any(g in without and g in first for g in grounds)
        valid = valid and not any(self.lapsed(point, meter) for meter in meters)
        tiles: list[Tile] = []
        for meter in meters:
            was = self.stood(meter)
            start = m3(meter.start_litres) if was is None else was
            shown = self.shows(meter, point.role, round_)
            if not valid:
                tile = Tile(point, meter, start, start, NOTHING, "noncompliant", misses)
            elif shown is not None:
                tile, misses = self.read(point, meter, start, shown, owed), 0
            else:
                tile = self.unread(point, meter, start, misses, sum((t.used for t in tiles), NOTHING))
            tiles.append(tile)
        return tiles

    def lapsed(self, point: SimpleNamespace, meter: SimpleNamespace) -> bool:
        """Return whether a flat's meter that stands is verified no more, after the grace (domain.md 5)."""
        removed, until = day(meter.removed_on), day(meter.verified_until)
        if not point.premise_id or self.row.segment != "apartments" or until is None:
            return False
        stands = removed is None or removed > self.cut
        grace = timedelta(days=31 * policy("verification_grace_months", self.last))
        counts = "N3" in policy("grounds_carrying_first", self.last)
        return stands and counts and policy("flat_verification_lapse_blocks", self.last) and self.last - until > grace

    def read(
        self, point: SimpleNamespace, meter: SimpleNamespace, start: Decimal, shown: Decimal, owed: dict
    ) -> Tile:
        used = self.used_between(meter, start, shown)
        tile = Tile(point, meter, start, shown, used, "actual", 0)
        nets = policy("return_after_noncompliance", self.last) == "net_of_shared_litres"
        if nets and point.premise_id and self.in_default(meter):
            tile.shared = max(NOTHING, min(owed[point.premise_id], used))
            owed[point.premise_id] -= tile.shared
        return tile

    def used_between(self, meter: SimpleNamespace, start: Decimal, shown: Decimal) -> Decimal:
        """Return all that passed the meter, from reading to reading as they count now, less what was billed."""
        months = {r.id: day(r.first_day) for r in self.rounds if day(r.first_day) < self.first}
        mine = [r for r in self.readings if r.installation_id == meter.id and r.round_id in months]
        mine.sort(key=lambda r: (months[r.round_id], day(r.read_on), r.id))
        capacity = Decimal(10) ** self.faces[meter.meter_id]
        passed, before = NOTHING, m3(meter.start_litres)
        for after in [*(m3(r.litres) for r in mine), shown]:
            over = before > capacity * 9 / 10 and after < capacity / 10
            passed, before = passed + after - before + (capacity if over else 0), after
        tiles = [t for month in self.history[meter.usage_point_id] for t in month if t.meter.id == meter.id]
        return passed - sum((t.used for t in tiles if t.first < self.first), NOTHING)

    def unread(
        self, point: SimpleNamespace, meter: SimpleNamespace, start: Decimal, misses: int, counted: Decimal
    ) -> Tile:
        days, away, excused = (self.cut - self.before).days, *self.absent(point.premise_id)
        if excused and away >= days:
            return Tile(point, meter, start, start, NOTHING, "absence", misses)
        flats = self.row.segment == "apartments"
        n1 = "N1" in policy("grounds_carrying_first", self.last)
        misses += bool(n1 and not excused and not meter.remote_read)
        over = n1 and misses > policy("max_consecutive_estimates", self.last)
        after = policy("after_estimates_flat" if flats else "after_estimates_other", self.last)
        if over and after == "noncompliant":
            return Tile(point, meter, start, start, NOTHING, "noncompliant", misses)
        settled = self.settled(point)
        if (over and after == "norm") or not settled:
            usual = self.norm_of_point(point)
        else:
            months = policy("average_months_flat" if flats else "average_months_other", self.last)
            last = settled[-months:]
            usual = max(NOTHING, rounded(sum(last, NOTHING) / len(last)))
        used = max(NOTHING, rounded(usual * max(0, days - away) / days) - counted)
        return Tile(point, meter, start, start + used, used, "estimate", misses)

    def settled(self, point: SimpleNamespace) -> list[Decimal]:
        """Return the months that readings vouch for; a reading after estimates tells their sum."""
        done: list[Decimal] = []
        total, count = NOTHING, 0
        for month in self.history[point.id]:
            method = next((t.method for t in month if t.method != "actual"), "actual")
            total, count = total + sum((t.used for t in month), NOTHING), count + (method != "absence")
            if method == "actual":
                done += spread(total, [1] * count)
                total, count = NOTHING, 0
        return done

    def absent(self, premise: int | None) -> tuple[int, bool]:
        if not policy("absence_bills_nothing", self.last):
            return 0, False
        away = set()
        for notice in (a for a in self.absences if a.premise_id == premise):
            stop = min(day(notice.ends_on) or self.cut + timedelta(days=1), self.cut + timedelta(days=1))
            start = max(day(notice.starts_on), self.before + timedelta(days=1))
            away |= {start + timedelta(days=i) for i in range((stop - start).days)}
        return len(away), bool(away) and max(away) >= self.opens

    def persons_of(self, premise: int) -> int:
        told = [p.persons for p in self.persons if p.premise_id == premise and day(p.starts_on) <= self.first]
        return (told[-1] if told else 0) or policy("persons_when_none_declared", self.last)

    def norm_of(self, premise: int) -> Decimal:
        return m3(policy("norm_litres_person_month", self.last)) * self.persons_of(premise)

    def norm_of_point(self, point: SimpleNamespace) -> Decimal:
        if not point.premise_id:
            return NOTHING
        points = {
            m.usage_point_id
            for m in self.meters
            for p in self.points
            if p.id == m.usage_point_id and p.premise_id == point.premise_id and self.ran(m)
        }
        return rounded(self.norm_of(point.premise_id) / len(points))

    # non-compliance

    def in_default(self, meter: SimpleNamespace) -> date | None:
        since = None
        for month in self.history[meter.usage_point_id]:
            for tile in (t for t in month if t.meter.id == meter.id):
                if tile.method == "actual":
                    since = None
                elif tile.method == "noncompliant" and since is None:
                    since = tile.first
        return since

    def borne_before(self, premise: int) -> Decimal:
        points = {p.id for p in self.points if p.premise_id == premise}
        meters = [m for m in self.meters if m.usage_point_id in points and self.ran(m)]
        since = [found for m in meters if (found := self.in_default(m))]
        if not since:
            return NOTHING
        borne = sum((litres for month, litres in self.borne[premise] if month >= min(since)), NOTHING)
        tiles = [t for p in points for month in self.history[p] for t in month]
        return borne - sum((t.shared for t in tiles if t.first >= min(since)), NOTHING)

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
