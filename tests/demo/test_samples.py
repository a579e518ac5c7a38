"""Registers that no one here wrote: what they say is what is billed, to the litre.

The sums are added up here a second time, by decimals, straight from the files.
"""

import csv
import gzip
import os
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from avots.config.jobs import problems
from avots.demo.samples import municipal, sums
from avots.demo.samples.quarters import Quarters
from avots.demo.samples.town import Town, months_of
from avots.intake import queries
from avots.intake.models import Item
from avots.meters.models import MeterInstallation
from avots.usage.models import BuildingMonth, Usage

DATA = Path(os.environ.get("AVOTS_SAMPLES", Path(__file__).parents[3] / "shared" / "data"))
CONSUMPTION = DATA / "consumption"
# A plain one, one whose figures end early, one unread for two months, one that begins late and is unread for six.
FEW = ("00248e83", "10757a1f", "3bff485c", "feccd95f")
pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(
        not CONSUMPTION.is_dir(), reason=f"the sample registers are not on this machine: {CONSUMPTION}"
    ),
]


def silent(what: str) -> None:
    pass


def last_minus_first() -> dict[str, Decimal]:
    figures: dict[str, dict[str, Decimal]] = defaultdict(dict)
    with (CONSUMPTION / "daiad_monthly_register.csv").open() as file:
        for row in csv.DictReader(file):
            figures[row["customer"][:8]][row["month"]] = Decimal(row["register_m3_end_of_month"])
    return {key: months[max(months)] - months[min(months)] for key, months in figures.items()}


def play(keys: tuple[str, ...] = (), *, loss: int = 60, full_return: bool = False) -> Town:
    town = Town(DATA, say=silent, keys=keys, loss_permille=loss)
    people = town.build()
    if full_return:
        town.settle_in_full()
    for month in months_of(town.first, town.last):
        town.play(month, people)
        assert list(problems()) == [], month
    return town


def prove(town: Town) -> list[sums.BuildingSum]:
    """What holds of every played town; returns its sums."""
    found = [sums.sum_of(house) for house in town.houses]
    wanted = {flat.home.key[:8]: last_minus_first()[flat.home.key[:8]] for h in town.houses for flat in h.flats}
    metered = sums.metered_litres(town.houses)
    assert {key: Decimal(metered[key]).scaleb(-3) for key in wanted} == wanted
    assert not sums.wrong_meters(town.houses)
    for one in found:
        assert one.metered == one.own + one.borne
        assert one.intake == one.own + one.shared + one.carried
    list(sums.corrections(town.houses))  # raises where less than nothing settles nothing
    return found


def test_a_few_households_are_billed_last_minus_first_through_gaps_and_ends():
    town = play(FEW)
    [found] = prove(town)
    used = sum(flat.home.litres for house in town.houses for flat in house.flats)
    assert found.metered == used
    assert found.borne > 0, "the one unread for six months bore its share of the difference"
    assert BuildingMonth.objects.count() == 14
    methods = Counter(Usage.objects.filter(premise__isnull=False).values_list("method", flat=True))
    assert methods["estimate"] == 5
    assert methods["noncompliant"] == 3


def test_settled_in_full_the_own_litres_alone_are_the_register():
    town = play(FEW, full_return=True)
    [found] = prove(town)
    assert found.borne == 0
    assert found.own == sum(flat.home.litres for house in town.houses for flat in house.flats)


@pytest.mark.drill
def test_a_building_that_loses_nothing_is_billed_what_its_flats_used():
    town = play(FEW, loss=0)
    [found] = prove(town)
    assert found.intake == sum(flat.home.litres for house in town.houses for flat in house.flats)


@pytest.mark.drill
@pytest.mark.parametrize("full_return", [False, True])
def test_all_61_households_are_billed_5893_703_cubic_metres(full_return):
    town = play(full_return=full_return)
    found = prove(town)
    assert sum(last_minus_first().values()) == Decimal("5893.703")
    assert sum(one.metered for one in found) == 5_893_703
    assert sum(one.flats for one in found) == 61
    assert sum(one.own for one in found) == (5_893_703 if full_return else 5_893_703 - sum(o.borne for o in found))


def quarterly() -> dict[str, list[tuple[date, Decimal]]]:
    figures: dict[str, set[tuple[date, Decimal]]] = defaultdict(set)
    with (CONSUMPTION / "sanjoan_quarterly_register.csv").open() as file:
        for row in csv.DictReader(file, delimiter=";"):
            figures[row["user key"][:8]].add((date.fromisoformat(row["date"]), Decimal(row["register_m3"])))
    return {key: sorted(found) for key, found in figures.items()}


def drops_of(figures: list[tuple[date, Decimal]]) -> list[tuple[date, date]]:
    return [(start, end) for (start, before), (end, after) in pairwise(figures) if after < before]


def used_by(figures: list[tuple[date, Decimal]]) -> Decimal:
    """What a register used: each rise, and after a fall what the new meter shows."""
    return sum(
        (after - before if after >= before else after for (_, before), (_, after) in pairwise(figures)), Decimal(0)
    )


def prove_quarters(run: Quarters) -> None:
    figures = quarterly()
    run.play(run.build())
    keys = [stand.visits.key[:8] for stand in run.stands]
    assert len(run.drops) == sum(len(drops_of(figures[key])) for key in keys)
    assert all("  exchange: " in drop for drop in run.drops)
    for stand in run.stands:
        key = stand.visits.key[:8]
        tiles = Usage.objects.filter(usage_point__building=stand.building)
        assert not tiles.filter(litres__lt=0).exists()
        assert Decimal(sum(tiles.values_list("litres", flat=True))).scaleb(-3) == used_by(figures[key]), key
        assert stand.used == sum(tiles.values_list("litres", flat=True))
        assert MeterInstallation.objects.filter(usage_point__building=stand.building).count() == stand.meters
    assert list(problems()) == []


def test_a_quarterly_register_passes_with_its_meters_exchanged():
    run = Quarters(DATA, say=silent, keys=("d8a96b13",))
    prove_quarters(run)
    assert run.drops == [
        "d8a96b13  2016-12-14  1334 -> 2017-03-13  11  exchange: at most 84.272 m3 can have been used"
    ]


@pytest.mark.drill
def test_all_19_falls_of_the_quarterly_registers_are_explained():
    run = Quarters(DATA, say=silent)
    prove_quarters(run)
    assert len(run.drops) == 19
    assert sum(stand.visits.repeated for stand in run.stands) == 92


TWICE = ("EDOD07461150815386", "LUXR65263864699877", "CNAT23481971464760")


def rows_of(raw: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(gzip.decompress(raw).decode().splitlines()))


def some(count: int) -> bytes:
    """The municipal file with the consumers told twice and some others, its rows in their order."""
    with gzip.open(municipal.path_in(DATA), "rt") as file:
        header, *rows = file.read().splitlines()
    others = {row.split(",")[3] for row in rows[:count]}
    return gzip.compress("\n".join([header, *(r for r in rows if r.split(",")[3] in {*TWICE, *others})]).encode())


def prove_municipal(raw: bytes) -> Item:
    item = municipal.take(DATA, raw, say=silent)
    rows = rows_of(raw)
    [summary] = queries.summaries(item)
    assert (summary.rows, summary.total) == (len(rows), sum(int(row["Consumption"]) for row in rows) * 1_000)
    told = queries.rejected_rows(item)
    assert [row.problem for row in told] == ["row_twice"] * 3
    assert {row.cells[3] for row in told} == set(TWICE)
    assert all(int(row.facts["row"]) == row.number - 1 for row in told)
    taken = sum(Usage.objects.values_list("litres", flat=True))
    assert taken == summary.total_used == summary.total - sum(int(row.cells[2]) for row in told) * 1_000
    assert Usage.objects.count() == len(rows) - 3
    assert list(problems()) == []
    return item


def test_municipal_months_pass_the_import_and_what_is_told_twice_is_named():
    prove_municipal(some(12))


@pytest.mark.drill
def test_all_12194_municipal_months_pass_the_import():
    item = prove_municipal(municipal.path_in(DATA).read_bytes())
    [summary] = queries.summaries(item)
    assert (summary.rows, summary.total, summary.total_used) == (12_194, 78_923_000, 78_850_000)
    assert [row.number for row in queries.rejected_rows(item)] == [1_117, 8_995, 9_355]


def test_a_sample_town_is_played_in_a_database_of_its_own(town, settings):
    with pytest.raises(CommandError, match="holds a town already"):
        call_command("town", "--from-samples", str(DATA))
    settings.DEMO = False
    with pytest.raises(CommandError, match="AVOTS_DEMO"):
        call_command("town", "--from-samples", str(DATA))
