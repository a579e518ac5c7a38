"""What each meter of a building used, once more: read, estimated, or left to the difference (domain.md 3 to 5)."""

from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace

from tests.independent.hands import Hands
from tests.independent.tables import day, m3, policy
from tests.independent.tiles import NOTHING, Tile, rounded, spread


class Meters(Hands):
    """What a building's meters and its registers of people say of its own use."""

    def in_force(self, dated: list[SimpleNamespace]) -> list[SimpleNamespace]:
        return [r for r in dated if day(r.starts_on) <= self.last and (not r.ends_on or day(r.ends_on) > self.last)]

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
