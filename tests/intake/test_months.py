"""Months billed before going live: from readings, or from another system's consumption."""

import os
from pathlib import Path

import pytest

from avots.core.dates import Month
from avots.intake import actions, queries
from avots.intake.models import Item, StagedRow
from avots.readings.actions import plan_round
from avots.readings.models import Reading
from avots.usage import checks
from avots.usage.models import Usage
from avots.usage.queries import facts
from tests.intake.test_import import BY, NOW, bad_rows, take

DATA = Path(os.environ.get("AVOTS_SAMPLES", Path(__file__).parents[3] / "shared" / "data"))
MUNICIPAL = DATA / "consumption" / "municipal_monthly_consumption.csv.gz"
REGISTER = {
    "b.csv": "building_code;street;house;town;postcode;segment\nM1;Loču iela;1;Ventspils;LV-3601;private\n",
    "p.csv": "building_code;premise;position\nM1;1;1\nM1;2;2\nM1;3;3\n",
    "c.csv": (
        "account;name;since;building_code;premise\n"
        "VENX;A;2012-12-28;M1;1\nGRXC;B;2012-12-28;M1;2\nNONE;C;2012-12-28;M1;3\n"
    ),
    "a.csv": "agreement;building_code;since\nD-M1;M1;2012-12-28\n",
    "m.csv": (
        "point_code;building_code;premise;meter_serial;installed_on;start_m3;digits_before\n"
        "M1-1;M1;1;S1;2012-12-28;99990;5\nM1-2;M1;2;S2;2012-12-28;0;5\nM1-2b;M1;2;S3;2012-12-28;0;5\n"
    ),
}


@pytest.fixture
def registered(db):
    for name, text in REGISTER.items():
        assert set(queries.counts_of(take(name, text.encode()))) == {"applied"}, name


def use(*rows: str, header: str = "Year,Month,Consumption,Consumer_number,Installation_zone") -> Item:
    return take("use.csv", "\n".join([header, *rows]).encode())


def months_of(serial: str) -> list[tuple[str, int, int]]:
    rows = Usage.objects.filter(installation__meter__serial=serial).order_by("round__first_day")
    return [(str(row.round), row.litres, row.to_litres) for row in rows]


def test_another_systems_consumption_becomes_the_meters_months(registered):
    item = use("2013,3,8,VENX,z", "2013,1,5,VENX,z")
    assert queries.counts_of(item) == {"applied": 2}
    assert months_of("S1") == [("2013-01", 5_000, 99_995_000), ("2013-03", 8_000, 3_000)]
    assert list(Reading.objects.values_list("litres", "quality").order_by("read_on")) == [(99_995_000, 7), (3_000, 7)]
    assert not [*checks.tiles_meet(), *checks.tiles_add_up()]
    [summary] = queries.summaries(item)
    assert (summary.total, summary.unused_columns) == (13_000, ["Installation_zone"])


def test_a_month_told_twice_is_reported_by_row_and_the_sum_is_told(registered):
    item = use("2013,1,11,VENX,z", "2013,1,10,VENX,z", "2013,2,1,VENX,z")
    [bad] = queries.rejected_rows(item)
    assert (bad.number, bad.problem, bad.facts) == (3, "row_twice", {"row": "2"})
    [summary] = queries.summaries(item)
    assert (summary.total, summary.total_used) == (22_000, 12_000)


def test_what_stands_is_not_changed_and_months_come_oldest_first(registered):
    use("2013,2,4,VENX,z")
    item = use("2013,2,4,VENX,z", "2013,2,5,VENX,y")
    assert queries.counts_of(item) == {"same": 1, "bad": 1}
    assert bad_rows(use("2013,2,5,VENX,z", "2013,1,3,VENX,z")) == [
        (2, "row_month_differs"),
        (3, "row_later_month_stands"),
    ]
    assert months_of("S1") == [("2013-02", 4_000, 99_994_000)]


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("2013,13,5,VENX,z", "row_bad_date"),
        ("2013,1,-5,VENX,z", "row_bad_number"),
        ("2013,1,,VENX,z", "row_value_missing"),
        ("2013,1,5,OTHER,z", "row_unknown_account"),
        ("2013,1,5,NONE,z", "row_account_without_meter"),
        ("2013,1,5,GRXC,z", "row_several_meters"),
    ],
)
def test_a_month_that_cannot_be_used_is_told(registered, row, problem):
    assert bad_rows(use(row)) == [(2, problem)]


def test_one_of_several_meters_is_named(registered):
    header = "account;meter_serial;month;used_m3"
    item = take("use.csv", f"{header}\nGRXC;S3;2013-01;5,250\nGRXC;S2;2013-01-01;1\n".encode())
    assert queries.counts_of(item) == {"applied": 2}
    assert months_of("S3") == [("2013-01", 5_250, 5_250)]


def test_the_municipal_file_is_told_before_its_consumers_are_known(db):
    """The dry run of the whole file: 12,194 rows, their sum, and nobody known yet."""
    if not MUNICIPAL.exists():
        pytest.skip(f"the municipal months are not on this machine: {MUNICIPAL}")
    item = actions.stage("municipal.csv.gz", MUNICIPAL.read_bytes(), now=NOW, by=BY)
    [summary] = queries.summaries(item)
    assert (summary.rows, summary.total) == (12_194, 78_923_000)
    problems = StagedRow.objects.values_list("problem", flat=True).distinct()
    assert list(problems) == ["row_unknown_account"]


def test_the_average_is_made_of_the_months_that_came(registered):
    use("2013,1,5,VENX,z", "2013,2,6,VENX,z")
    tile = Usage.objects.filter(installation__meter__serial="S1").first()
    round = plan_round(Month(2013, 3), now=NOW, by=BY)
    known = facts(tile.usage_point.building, round)
    assert {one.usage_point_id: one.history for one in known.points}[tile.usage_point_id] == (5_000, 6_000)
