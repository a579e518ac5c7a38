"""Who of those who held a home bears which litres, once more (docs/adr/0005)."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import Decimal
from types import SimpleNamespace

from tests.independent.tables import day, m3
from tests.independent.tiles import NOTHING, Tile, spread


class Hands:
    """What a building's homes and their holders say of its litres."""

    occupancies: list[SimpleNamespace]
    readings: list[SimpleNamespace]
    rounds: list[SimpleNamespace]

    def changes(self, premise: int) -> list[tuple[int, date]]:
        """Return (account, since) in order; days between two of them fall to the one who comes."""
        opens = min(self.before + timedelta(days=1), self.first)
        mine = [
            o
            for o in self.occupancies
            if o.premise_id == premise
            and day(o.starts_on) <= self.last
            and (not o.ends_on or (day(o.ends_on) > opens and day(o.ends_on) > day(o.starts_on)))
        ]
        found: list[tuple[int, date]] = []
        for index, living in enumerate(mine):
            since = day(mine[index - 1].ends_on) or day(living.starts_on) if index else date.min
            if not found or found[-1][0] != living.account_id:
                found.append((living.account_id, since))
        return found

    def holders(self, premise: int, start: date, end: date) -> list[tuple[int, date, date]]:
        """Return (account, from, until) over some days."""
        changes, found = self.changes(premise), []
        for index, (account, since) in enumerate(changes):
            until = changes[index + 1][1] if index + 1 < len(changes) else date.max
            left, right = max(since, start), min(until, end)
            if left < right:
                found.append((account, left, right))
        return found or ([(changes[-1][0], start, end)] if changes else [])

    def split_tile(self, tile: Tile) -> dict[int, Decimal]:
        """Return what each account used of a tile: by a reading at the change of owner, else by days."""
        changes = self.changes(tile.point.premise_id) if tile.point.premise_id else []
        if not changes:
            return {}
        start, end = self.running(tile)
        told = self.told(tile)
        first, cuts = changes[0][0], []
        for account, since in changes[1:]:
            read = told.get(since)
            left, right = (start, end) if read is None else (self.before, self.cut)
            if since <= left:
                first, cuts = account, []
            elif since < right or (read is not None and since == right):
                cuts.append((since, account, read))
        tile.last = cuts[-1][1] if cuts else first
        if not cuts or not tile.used:
            return {tile.last: tile.own}
        parts, shared, found = self.between(tile, cuts, start, end), tile.shared, defaultdict(Decimal)
        for account, part in zip([first, *(cut[1] for cut in cuts)], parts, strict=True):
            netted = max(NOTHING, min(shared, part))
            found[account] += part - netted
            shared -= netted
        return found

    def running(self, tile: Tile) -> tuple[date, date]:
        start, removed = max(self.first, day(tile.meter.installed_on)), day(tile.meter.removed_on)
        return start, max(start, min(self.end, removed if removed and removed <= self.cut else self.end))

    def told(self, tile: Tile) -> dict[date, Decimal]:
        """Return what had been used of a tile on each day on which an owner changed and the meter was read."""
        rows_ = [r for r in self.readings if r.kind == "change_of_owner" and r.installation_id == tile.meter.id]
        return {day(r.read_on): self.used_between(tile.meter, tile.start, m3(r.litres)) for r in rows_}

    def between(self, tile: Tile, cuts: list, start: date, end: date) -> list[Decimal]:
        parts: list[Decimal] = []
        since, used, days = start, NOTHING, []
        for at, read in [*((cut[0], cut[2]) for cut in cuts), (end, tile.used)]:
            days.append(max(0, (at - since).days))
            since = max(since, at)
            if read is not None:
                parts += spread(read - used, days if any(days) else [1] * len(days))
                used, days = read, []
        return parts

    def to_accounts(self, by_premise: dict[int, Decimal]) -> dict[int, Decimal]:
        found: dict[int, Decimal] = defaultdict(Decimal)
        for premise, litres in by_premise.items():
            holders = self.holders(premise, self.first, self.end)
            parts = spread(litres, [(until - since).days for _, since, until in holders])
            for (account, _, _), part in zip(holders, parts, strict=True):
                found[account] += part
        return found
