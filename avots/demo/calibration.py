"""How much water households use: figures drawn once from real meters into calibration.toml.

Only aggregates are kept. `derive` says how they came about, and a test repeats it on the data.
"""

import csv
import gzip
import itertools
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

TABLE = Path(__file__).with_name("calibration.toml")
HOT_FROM_DEGREES, HOT_AT, COLD_AT = 30, 55, 12
LIVED_IN = 500


@dataclass(frozen=True)
class Calibration:
    """Litres a month.

    ``household_litres``: 21 quantiles (0 to 100 %) of each household's own median month.
    ``month_permille``: 11 quantiles of a month's use against its household's median.
    ``season_permille``: January to December against the year.
    ``hot_permille``: hot part of the use, from the mixing temperature of showers.
    """

    household_litres: tuple[int, ...]
    month_permille: tuple[int, ...]
    season_permille: tuple[int, ...]
    hot_permille: int


@cache
def load() -> Calibration:
    """Return the kept figures."""
    with TABLE.open("rb") as file:
        values: dict[str, Any] = tomllib.load(file)["figures"]
    whole: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in values.items()}
    return Calibration(**whole)


def derive(folder: Path) -> Calibration:
    """Return the figures from the folder with the meters' registers and the shower events."""
    months = _months_of(folder / "daiad_monthly_register.csv")
    medians = {key: int(median(litres for _, litres in rows)) for key, rows in months.items()}
    usual = {key: value for key, value in medians.items() if value >= LIVED_IN}
    against = [(month, litres * 1_000 // usual[key]) for key in usual for month, litres in months[key]]
    by_month = [median(permille for m, permille in against if m == number) for number in range(1, 13)]
    mean = sum(by_month) / 12
    return Calibration(
        _quantiles(sorted(usual.values()), 21),
        _quantiles(sorted(permille for _, permille in against), 11),
        tuple(round(value * 1_000 / mean) for value in by_month),
        _hot_part(folder / "amphiro_shower_events.csv.gz"),
    )


def _months_of(path: Path) -> dict[str, list[tuple[int, int]]]:
    registers: dict[str, list[tuple[str, int]]] = defaultdict(list)
    with path.open() as file:
        for row in csv.DictReader(file):
            whole, _, part = row["register_m3_end_of_month"].partition(".")
            registers[row["customer"]].append((row["month"], int(whole) * 1_000 + int(part.ljust(3, "0")[:3])))
    return {
        customer: [(int(month[5:]), litres - before) for (_, before), (month, litres) in itertools.pairwise(rows)]
        for customer, rows in registers.items()
    }


def _quantiles(values: list[int], count: int) -> tuple[int, ...]:
    return tuple(values[i * (len(values) - 1) // (count - 1)] for i in range(count))


def _hot_part(path: Path) -> int:
    """Return the hot part of shower water in thousandths: 55 °C mixed with 12 °C to the warmth felt."""
    hot = total = 0
    with gzip.open(path, "rt") as file:
        for row in csv.DictReader(file, delimiter=";"):
            tenths = int(row["volume"].replace(",", ".").partition(".")[0]) * 10
            degrees = int(row["temperature"].replace(",", ".").partition(".")[0])
            if tenths and degrees >= HOT_FROM_DEGREES:
                total += tenths
                hot += tenths * (min(degrees, HOT_AT) - COLD_AT) // (HOT_AT - COLD_AT)
    return hot * 1_000 // total
