"""The municipal months of use: 1,092 consumers, whole cubic metres, gaps; taken by the import as they are."""

import csv
import gzip
from datetime import date
from pathlib import Path

from avots.core.dates import at_local
from avots.core.sheets import Cell, Sheet
from avots.demo.samples import data
from avots.demo.samples.people import BY, Say, register, staff
from avots.intake import actions
from avots.intake.models import Item

SINCE = date(2012, 12, 28)
TAKEN_ON = date(2021, 1, 15)
COLUMNS = ("Consumer_number", "Installation_zone")


def path_in(folder: Path) -> Path:
    return folder / "consumption" / "municipal_monthly_consumption.csv.gz"


def consumers(raw: bytes) -> dict[str, str]:
    """Return each consumer's zone: the first one named."""
    found: dict[str, str] = {}
    for row in csv.DictReader(gzip.decompress(raw).decode().splitlines()):
        found.setdefault(*(row[name] for name in COLUMNS))
    return found


def tables(folder: Path, raw: bytes) -> list[Sheet]:
    """Return a register for the consumers: a building a zone, a premise and a meter a consumer."""
    people, zones = data.names(folder), consumers(raw)
    streets = data.addresses(folder)
    codes = {zone: f"Z{zone.rpartition(' ')[2].zfill(2)}" for zone in sorted(set(zones.values()))}
    places: list[list[Cell]] = []
    for at, code in enumerate(codes.values()):
        where = streets[at % len(streets)]
        places.append([code, where.street, where.house, "Ventspils", "LV-3601", "other"])
    every = [(codes[zone], f"{at}", number) for at, (number, zone) in enumerate(zones.items(), 1)]
    return [
        Sheet("Mājas", "building_code street house town postcode segment".split(), places),
        Sheet("Telpas", "building_code premise position".split(), [[c, at, int(at)] for c, at, _ in every]),
        Sheet(
            "Klienti",
            "account name since building_code premise".split(),
            [[number, next(people), SINCE, code, at] for code, at, number in every],
        ),
        Sheet(
            "Skaitītāji",
            "point_code building_code premise meter_serial installed_on start_m3".split(),
            [[f"{code}-{at}", code, at, number, SINCE, "0.000"] for code, at, number in every],
        ),
    ]


def take(folder: Path, raw: bytes, *, say: Say) -> Item:
    """Register the consumers and take their months; return the file with what came of its rows."""
    started, now = at_local(SINCE, 9), at_local(TAKEN_ON, 9)
    staff(SINCE, started)
    register("municipal.xlsx", tables(folder, raw), now=started, say=say)
    item = actions.stage("municipal_monthly_consumption.csv.gz", raw, now=now, by=BY)
    return actions.apply(item, now=now, by=BY)
