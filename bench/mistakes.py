"""Households that report their meters, some of them mistaken: material for ``bench/doctor.py``.

Imports nothing of Avots. Months of use come from the registers in ``data/consumption`` (61 household
meters, month-ends); the hot part of each household and its wobble from month to month come from the
shower events. Said aloud, because every figure of the bench depends on it:

- a household has a cold and a hot meter, one in three a second cold one; meters are 3 months to 10
  years old, so their registers are as far apart as their use; a building has 30 homes;
- the month judged is a real month of the register; one in ten is replaced by one outside the usual
  band: absence (two in five: 0 to 35 % of the use, a quarter of them nothing at all), guests (two in
  five: 1.6 to 3 times), a leak (one in five: 1 to 20 m3 more on one meter, small ones oftener);
- history is 0 to 13 months; in one home of eight some months have no reading;
- one sheet in two has one mistake, each kind alike. A digit error replaces one of the five whole-m3
  digits by another, each alike; whoever reports months without litres loses them (the other way of
  x1000); a mistake that leaves the value as it was is no mistake and is drawn again.
"""

import csv
import gzip
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from random import Random

COLD, HOT = "cold", "hot"
CAPACITY = 10**8
HOMES = 30
OUTSIDE_PER_100 = 10
KINDS = (
    "swap cold/hot",
    "swap same kind",
    "neighbour",
    "x1000",
    "x10",
    "whole-m3 digit",
    "transposed",
    "consumption typed",
    "repeated",
)


@dataclass
class Dial:
    """A meter: what it showed at month-ends (litres by month's number), and what it shows now."""

    commodity: str
    past: dict[int, int] = field(default_factory=dict)
    now: int = 0


@dataclass
class Sheet:
    """A household's report: meters, what was typed, which mistake was planted where, what was true."""

    dials: list[Dial]
    month: int
    typed: list[int]
    kind: str = "none"
    wrong: tuple[int, ...] = ()
    outside: str = ""
    neighbours: list[Dial] = field(default_factory=list)
    digit: int | None = None

    @property
    def true(self) -> list[int]:
        return [dial.now for dial in self.dials]


class Town:
    """Draws sheets from the real registers with one seed."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.random = Random(seed)
        self.months = _registers(folder / "daiad_monthly_register.csv")
        self.hot_parts = _hot_parts(folder / "amphiro_shower_events.csv.gz")

    def building(self) -> list[Sheet]:
        """Return the honest sheets of a building's homes in one month."""
        homes = [self._home() for _ in range(HOMES)]
        dials = [dial for home in homes for dial in home.dials]
        for home in homes:
            own = {id(dial) for dial in home.dials}
            home.neighbours = [dial for dial in dials if id(dial) not in own]
        return homes

    def sheets(self, count: int) -> list[Sheet]:
        """Return so many sheets, every second one with a mistake."""
        found: list[Sheet] = []
        while len(found) < count:
            for sheet in self.building():
                if self.random.random() < 0.5:
                    self._plant(sheet)
                found.append(sheet)
        return found[:count]

    def _home(self) -> Sheet:
        random = self.random
        used = random.choice(self.months)
        at = random.randrange(0, len(used))
        hot, kitchen = random.choice(self.hot_parts), random.uniform(0.35, 0.65)
        second = random.random() < 1 / 3
        parts = [self._parts(hot, kitchen, second) for _ in used[: at + 1]]
        dials = [Dial(COLD), Dial(HOT)] + ([Dial(COLD)] if second else [])
        outside = self._outside() if random.random() * 100 < OUTSIDE_PER_100 else ""
        self._turn(dials, used[: at + 1], parts, outside)
        return Sheet(dials, at + 1, [dial.now for dial in dials], outside=outside)

    def _parts(self, hot: list[float], kitchen: float, second: bool) -> list[float]:
        """Return each meter's part of a month: twenty of the household's showers say the hot one."""
        share = sum(self.random.choice(hot) for _ in range(20)) / 20
        split = min(0.95, max(0.05, kitchen * self.random.gauss(1, 0.1)))
        return [(1 - share) * split, share, (1 - share) * (1 - split)] if second else [1 - share, share]

    def _outside(self) -> str:
        return self.random.choices(["absence", "guests", "leak"], [2, 2, 1])[0]

    def _turn(self, dials: list[Dial], used: list[int], parts: list[list[float]], outside: str) -> None:
        random = self.random
        age, gaps = random.randint(3, 120), random.random() < 1 / 8
        mean = sum(used) / len(used)
        leaking = random.randrange(len(dials))
        for index, dial in enumerate(dials):
            share = sum(part[index] for part in parts) / len(parts)
            stands = int(mean * share * age * random.uniform(0.8, 1.2))
            dial.past[0] = stands
            for month, litres in enumerate(used[:-1], 1):
                stands += int(litres * parts[month - 1][index])
                dial.past[month] = stands
            dial.now = stands + int(used[-1] * parts[-1][index])
            self._move(dial, stands, outside, index == leaking)
        if gaps:
            for month in range(1, len(used)):
                if random.random() < 0.3:
                    for dial in dials:
                        dial.past.pop(month, None)

    def _move(self, dial: Dial, stands: int, outside: str, leaking: bool) -> None:
        """Turn the last month into one outside the usual band."""
        random, used = self.random, dial.now - stands
        if outside == "leak" and leaking:
            dial.now += int(1_000 * 20 ** random.random())
        factor = {"absence": (0.0, 0.35), "guests": (1.6, 3.0)}.get(outside)
        if factor:
            nothing = outside == "absence" and random.random() < 0.25
            dial.now = stands + (0 if nothing else int(used * random.uniform(*factor)))

    def _plant(self, sheet: Sheet) -> None:
        kinds = [kind for kind in KINDS if kind != "swap same kind" or len(sheet.dials) == 3]
        for _ in range(200):
            kind = self.random.choice(kinds)
            wrong, typed = getattr(self, PLANTS[kind])(sheet)
            if typed != sheet.true and all(0 <= litres < CAPACITY for litres in typed):
                sheet.kind, sheet.wrong, sheet.typed = kind, wrong, typed
                return

    def _swap(self, sheet: Sheet, one: int, other: int) -> tuple[tuple[int, ...], list[int]]:
        typed = sheet.true
        typed[one], typed[other] = typed[other], typed[one]
        return (one, other), typed

    def swap_kinds(self, sheet: Sheet) -> tuple[tuple[int, ...], list[int]]:
        return self._swap(sheet, self.random.choice([0, 2]) if len(sheet.dials) == 3 else 0, 1)

    def swap_same(self, sheet: Sheet) -> tuple[tuple[int, ...], list[int]]:
        return self._swap(sheet, 0, 2)

    def _one(self, sheet: Sheet, change: Callable[[Dial], int]) -> tuple[tuple[int, ...], list[int]]:
        at, typed = self.random.randrange(len(sheet.dials)), sheet.true
        typed[at] = change(sheet.dials[at])
        return (at,), typed

    def neighbour(self, sheet: Sheet) -> tuple[tuple[int, ...], list[int]]:
        def theirs(dial: Dial) -> int:
            same = [one for one in sheet.neighbours if one.commodity == dial.commodity]
            return self.random.choice(same).now

        return self._one(sheet, theirs)

    def thousand(self, sheet: Sheet) -> tuple[tuple[int, ...], list[int]]:
        up = self.random.random() < 0.5
        return self._one(sheet, lambda dial: dial.now * 1_000 if up and dial.now < 10**5 else dial.now // 1_000)

    def ten(self, sheet: Sheet) -> tuple[tuple[int, ...], list[int]]:
        up = self.random.random() < 0.5
        return self._one(sheet, lambda dial: dial.now * 10 if up and dial.now < 10**7 else dial.now // 10)

    def digit(self, sheet: Sheet) -> tuple[tuple[int, ...], list[int]]:
        sheet.digit = self.random.randrange(5)

        def wrong(dial: Dial) -> int:
            text = f"{dial.now:08d}"
            others = [one for one in "0123456789" if one != text[sheet.digit or 0]]
            at = sheet.digit or 0
            return int(text[:at] + self.random.choice(others) + text[at + 1 :])

        return self._one(sheet, wrong)

    def transposed(self, sheet: Sheet) -> tuple[tuple[int, ...], list[int]]:
        def wrong(dial: Dial) -> int:
            text, at = f"{dial.now:08d}", self.random.randrange(7)
            return int(text[:at] + text[at + 1] + text[at] + text[at + 2 :])

        return self._one(sheet, wrong)

    def consumption(self, sheet: Sheet) -> tuple[tuple[int, ...], list[int]]:
        return self._one(sheet, lambda dial: dial.now - dial.past[max(dial.past)])

    def repeated(self, sheet: Sheet) -> tuple[tuple[int, ...], list[int]]:
        return self._one(sheet, lambda dial: dial.past[max(dial.past)])


PLANTS = dict(
    zip(
        KINDS,
        ("swap_kinds", "swap_same", "neighbour", "thousand", "ten", "digit", "transposed", "consumption", "repeated"),
        strict=True,
    )
)


def _registers(path: Path) -> list[list[int]]:
    """Return each meter's litres a month, those of at least six months."""
    rows: dict[str, list[int]] = defaultdict(list)
    with path.open() as file:
        for row in csv.DictReader(file):
            whole, _, part = row["register_m3_end_of_month"].partition(".")
            rows[row["customer"]].append(int(whole) * 1_000 + int(part.ljust(3, "0")[:3]))
    months = [[end - start for start, end in pairwise(litres)] for litres in rows.values()]
    return [used for used in months if len(used) >= 6 and sum(used) > 500 * len(used)]


def _hot_parts(path: Path) -> list[list[float]]:
    """Return for each household the hot part of each of its showers (55 °C mixed with 12 °C), a
    fifth less for what runs cold in kitchen and toilet."""
    parts: dict[str, list[float]] = defaultdict(list)
    with gzip.open(path, "rt") as file:
        for row in csv.DictReader(file, delimiter=";"):
            degrees = float(row["temperature"].replace(",", "."))
            if degrees >= 30:
                parts[row["user.key"]].append((min(degrees, 55) - 12) / (55 - 12) * 0.8)
    return [found for found in parts.values() if len(found) >= 20]
