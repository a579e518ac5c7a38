"""The sample registers as they are: read, in litres, and nothing added."""

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from avots.core.dates import Month
from avots.core.volume import litres_from_m3

LAST_DAY_OF_A_WINDOW = 28
# The beginnings of the keys to take; none for all.
Keys = Sequence[str]


@dataclass(frozen=True)
class Household:
    """A household meter's figures at the ends of months, oldest first; a month may be missing."""

    key: str
    readings: tuple[tuple[Month, int], ...]

    @property
    def litres(self) -> int:
        """What it used in all: last minus first."""
        return self.readings[-1][1] - self.readings[0][1]


@dataclass(frozen=True)
class Visited:
    """A meter's figures as somebody read them each quarter; ``repeated``: lines that said the same twice."""

    key: str
    readings: tuple[tuple[date, int], ...]
    repeated: int

    def by_month(self) -> dict[Month, list[tuple[date, int]]]:
        """Return the readings by the month's round they come in for; after the window it is the next one."""
        found: dict[Month, list[tuple[date, int]]] = defaultdict(list)
        for day, litres in self.readings:
            month = Month.of(day)
            found[month if day.day <= LAST_DAY_OF_A_WINDOW else month.next].append((day, litres))
        return found


@dataclass(frozen=True)
class Address:
    """A real address of Ventspils."""

    street: str
    house: str


def households(folder: Path, keys: Keys = ()) -> list[Household]:
    """Return the monthly registers (DAIAD trial A, Alicante 2016-17), by key."""
    readings: dict[str, list[tuple[Month, int]]] = defaultdict(list)
    with (folder / "consumption" / "daiad_monthly_register.csv").open() as file:
        for row in csv.DictReader(file):
            figure = litres_from_m3(row["register_m3_end_of_month"])
            readings[row["customer"]].append((Month.parse(row["month"]), figure))
    return [Household(key, tuple(sorted(readings[key]))) for key in _wanted(readings, keys)]


def visited(folder: Path, keys: Keys = ()) -> list[Visited]:
    """Return the quarterly registers (San Joan, 1993-2017), by key."""
    readings: dict[str, list[tuple[date, int]]] = defaultdict(list)
    with (folder / "consumption" / "sanjoan_quarterly_register.csv").open() as file:
        for row in csv.DictReader(file, delimiter=";"):
            figure = litres_from_m3(row["register_m3"])
            readings[row["user key"]].append((date.fromisoformat(row["date"]), figure))
    found = {key: sorted(set(readings[key])) for key in _wanted(readings, keys)}
    return [Visited(key, tuple(figures), len(readings[key]) - len(figures)) for key, figures in found.items()]


def _wanted(readings: Iterable[str], keys: Keys) -> list[str]:
    """Return the keys in order: all, or those that begin as asked."""
    return [key for key in sorted(readings) if not keys or key.startswith(tuple(keys))]


def addresses(folder: Path) -> list[Address]:
    """Return the addresses of Ventspils that have a house number, in the file's order."""
    text = (folder / "latvia" / "ventspils_adreses.txt").read_text("utf-8")
    found = (line.removesuffix(", Ventspils").rpartition(" ") for line in text.splitlines())
    return [Address(street, house) for street, _, house in found if house[:1].isdigit()]


def names(folder: Path) -> Iterator[str]:
    """Yield Latvian names, with every letter of the alphabet among them."""
    kept = json.loads((folder / "latvia" / "person_names_lv.json").read_text("utf-8"))
    families, given = kept["last_names_female"], kept["first_names_female"]
    at = 0
    while True:
        yield f"{given[at % len(given)]} {families[at % len(families)]}"
        at += 1
