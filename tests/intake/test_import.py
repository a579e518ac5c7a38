"""The register from files: a dry run first, bad rows told, and the second time nothing changes."""

import gzip
import os
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from avots.core.audit import By
from avots.core.errors import Refused
from avots.customers.models import CustomerAccount, Occupancy, SharingWeight, User
from avots.intake import actions, csvfile, queries
from avots.intake.models import Item, Sheet, StagedRow
from avots.ledger.queries import balance_of
from avots.meters.models import Building, MeterInstallation
from avots.outbox.models import Message
from avots.readings import actions as readings
from avots.readings.models import Reading, Round
from avots.tariffs.actions import load_history
from avots.usage.models import Usage
from avots.usage.queries import facts

SAMPLES = sorted((Path(actions.__file__).parent / "samples").glob("*.csv"))
DATA = Path(os.environ.get("AVOTS_SAMPLES", Path(__file__).parents[3] / "shared" / "data"))
NOW = datetime(2026, 11, 10, 8, tzinfo=UTC)
BY = By("staff", 1)


def take(name: str, data: bytes) -> Item:
    return actions.apply(actions.stage(name, data, now=NOW, by=BY), now=NOW, by=BY)


@pytest.fixture
def registered(db) -> list[Item]:
    return [take(path.name, path.read_bytes()) for path in SAMPLES]


def bad_rows(item: Item) -> list[tuple[int, str]]:
    return [(row.number, row.problem) for row in queries.rejected_rows(item)]


def counts() -> dict[str, int]:
    kept = {"core_auditentry", "intake_item", "intake_sheet", "intake_stagedrow"}
    return {m._meta.db_table: m.objects.count() for m in apps.get_models() if m._meta.db_table not in kept}


def test_a_dry_run_tells_and_changes_nothing(db):
    before = counts()
    item = actions.stage("buildings.csv", SAMPLES[0].read_bytes(), now=NOW, by=BY)
    assert queries.counts_of(item) == {"new": 2}
    assert bytes(item.original) == SAMPLES[0].read_bytes()
    assert counts() == before


def test_the_samples_make_a_register(registered):
    assert [bad_rows(item) for item in registered] == [[]] * len(SAMPLES)
    assert Building.objects.count() == 2
    assert MeterInstallation.objects.count() == 6
    assert Occupancy.objects.get(premise__number="3").account.party.name == "Ģirts Žagars"
    assert MeterInstallation.objects.get(meter__serial="70000011").usage_point.parent.code == "L07-in"
    assert MeterInstallation.objects.get(meter__serial="70000031").replace_by == date(2034, 1, 1)


def test_the_second_import_changes_nothing(registered):
    before = counts()
    for path in SAMPLES:
        item = take(path.name, path.read_bytes())
        assert set(queries.counts_of(item)) == {"same"}, path.name
    assert counts() == before


def test_going_live_brings_averages_counters_balances_and_sign_in(registered):
    cold = Usage.objects.filter(installation__meter__serial="70000011").order_by("round__first_day")
    assert [row.litres for row in cold] == [2_412, 3_105, 2_790]
    hot = Usage.objects.filter(installation__meter__serial="70000012").latest("round__first_day")
    assert (hot.method, hot.misses, hot.to_litres) == ("estimate", 2, 56_000)
    assert balance_of(CustomerAccount.objects.get(number="3000001")) == 1_915
    assert balance_of(CustomerAccount.objects.get(number="3000003")) == -500
    assert User.objects.get(email="liga@example.lv").access_set.get().account.number == "3000001"


def test_a_month_can_be_computed_after_going_live(registered):
    load_history(now=NOW, by=BY)
    round = readings.plan_round(Round.objects.latest("first_day").month.next, now=NOW, by=BY)
    known = facts(Building.objects.get(code="L07"), round)
    by_point = {point.usage_point_id: point for point in known.points}
    cold = by_point[MeterInstallation.objects.get(meter__serial="70000011").usage_point_id]
    hot = by_point[MeterInstallation.objects.get(meter__serial="70000012").usage_point_id]
    assert cold.history == (2_412, 3_105, 2_790)
    assert (hot.misses, hot.meters[0].from_litres) == (2, 56_000)
    assert Reading.objects.filter(installation__meter__serial="70000011").count() == 3


def test_a_verified_address_signs_in_by_code_without_registering(registered, visitor):
    visitor.post("/konts/login/code/", {"email": "liga@example.lv"})
    letter = Message.objects.get(template="sign-in-code")
    code = re.search(r"^\s+(\S{6,})$", letter.text, re.MULTILINE).group(1)
    page = visitor.post("/konts/login/code/confirm/", {"code": code}, follow=True)
    assert "Liepu iela 7-1" in page.text


BAD = (
    "building_code;street;house;town;postcode;walking_order\n"
    "X1;Jūras iela;1;Ventspils;LV-3601;1\n"
    "X2;;2;Ventspils;LV-3601;2\n"
    "X3;Jūras iela;3;Ventspils;LV-3601;many\n"
)


def test_every_bad_row_is_told_by_number_and_the_others_go_on(db):
    item = take("bad.csv", BAD.encode())
    assert bad_rows(item) == [(3, "row_value_missing"), (4, "row_bad_number")]
    assert list(Building.objects.values_list("code", flat=True)) == ["X1"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1257", "iso8859-13"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_encodings_and_delimiters_are_found_out(encoding, delimiter):
    table = csvfile.read(f"street{delimiter}house\nĶempes gāte{delimiter}7\n".encode(encoding))
    assert table.lines[0] == ("Ķempes gāte", "7")
    assert table.header == ("street", "house")


def test_quotes_tell_windows_from_iso():
    assert csvfile.decode("SIA „Ķiršu dārzs”".encode("cp1257")) == ("SIA „Ķiršu dārzs”", "cp1257")
    assert csvfile.decode("SIA „Ķiršu dārzs”".encode("iso8859-13")) == ("SIA „Ķiršu dārzs”", "iso8859-13")


def test_real_addresses_in_windows_1257_are_read():
    path = DATA / "latvia" / "riga_adreses_cp1257.csv.gz"
    if not path.exists():
        pytest.skip(f"the real addresses are not on this machine: {path.name}")
    with gzip.open(path) as file:
        table = csvfile.read(file.read())
    assert table.encoding == "cp1257"
    assert len(table.lines) == 33_560
    assert any("Pūku iela" in " ".join(line) for line in table.lines)


@pytest.mark.parametrize("data", [b"", b"a;b", b"\x00\x01\x02", b"nothing;known\n1;2\n"])
def test_a_file_we_cannot_use_is_refused_whole(db, data):
    with pytest.raises(Refused) as refused:
        actions.stage("x.csv", data, now=NOW, by=BY)
    kept = Item.objects.get()
    assert (kept.state, kept.problem) == ("refused", refused.value.code)
    assert bytes(kept.original) == data
    assert not StagedRow.objects.exists()


def test_no_transaction_takes_more_than_a_batch(db):
    rows = [f"B{n};Iela;{n};Ventspils;LV-3601;{n}" for n in range(250)]
    data = "\n".join(["building_code;street;house;town;postcode;walking_order", *rows]).encode()
    item = actions.stage("many.csv", data, now=NOW, by=BY)
    with CaptureQueriesContext(connection) as queries:
        actions.apply(item, now=NOW, by=BY)
    depth = most = written = 0
    for query in queries:
        sql = query["sql"]
        depth += sql.startswith("SAVEPOINT") - sql.startswith("RELEASE SAVEPOINT")
        written = written + sql.startswith('INSERT INTO "meters_building"') if depth else 0
        most = max(most, written)
    assert 0 < most <= actions.BATCH
    assert Building.objects.count() == 250


def test_an_interrupted_import_goes_on_where_it_was(registered):
    sheet = Sheet.objects.get(kind="buildings")
    cells = ["half", "Y", "2", "V", "LV-3601"]
    StagedRow.objects.create(sheet=sheet, number=99, position=99, cells=cells, state="new")
    Item.objects.filter(pk=sheet.item_id).update(state="applying")
    actions.apply_rows(Item.objects.get(pk=sheet.item_id), now=NOW)
    assert Building.objects.filter(code="half").exists()


def test_the_lead_uploads_sees_and_applies(town, sign_in):
    laima = sign_in(town.people["laima"])
    with SAMPLES[0].open("rb") as file:
        page = laima.post("/birojs/ienakosie/", {"file": file}, follow=True)
    assert "1-buildings.csv" in page.text
    done = laima.post(f"/birojs/ienakosie/{Item.objects.get().pk}/pielietot/", follow=True)
    assert "Fails ielasts" in done.text
    assert Building.objects.filter(code="L07").exists()
    assert sign_in(town.people["ilze"]).get("/birojs/ienakosie/").status_code == 403


def test_the_command_checks_and_applies(db, capsys, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text(BAD)
    call_command("import_register", str(path))
    assert not Building.objects.exists()
    call_command("import_register", str(path), "--apply")
    assert "3: Trūkst vērtības: street." in capsys.readouterr().out
    assert Building.objects.count() == 1


def test_the_utilitys_own_meters_come_as_a_file_and_only_they(town):
    type(town.hot["1"]).objects.filter(pk=town.hot["1"].pk).update(remote_read=True)
    remote = town.previous(town.hot["1"]) + 1_500
    rows = [
        "meter_serial;read_on;cutoff_m3",
        f"90000001;28.11.2026.;{(town.previous(town.intake) + 30_000) / 1000:.3f}",
        f"51200001;2026-11-28;{remote / 1000:.3f}",
        "44710001;2026-11-28;200",
        "unknown;2026-11-28;200",
        "90000001;2030-01-28;200",
    ]
    cut = town.round.closes_at
    data = "\n".join(rows).encode()
    item = actions.apply(actions.stage("c.csv", data, now=cut, by=BY), now=cut, by=BY)
    assert bad_rows(item) == [(4, "row_resident_reads"), (5, "row_unknown_meter"), (6, "row_bad_date")]
    came = Reading.objects.filter(round=town.round, state="accepted")
    assert set(came.values_list("installation", "source")) == {
        (town.intake.pk, "import"),
        (town.hot["1"].pk, "telegram"),
    }
    again = actions.apply(actions.stage("c.csv", data, now=cut, by=BY), now=cut, by=BY)
    assert "applied" not in queries.counts_of(again)
    assert came.count() == 2


def test_owners_own_weights_come_with_the_decision_that_sets_them(registered):
    head = "agreement;building_code;since;sharing;decision"
    refused = take("a.csv", f"{head}\nD-99;L07;01.12.2026.;own_weights;\n".encode())
    assert bad_rows(refused) == [(2, "decision_missing")]
    take("b.csv", f"{head}\nD-99;L07;01.12.2026.;own_weights;Kopsapulce 12.10.2026.\n".encode())
    rows = "agreement;building_code;premise;weight\nD-99;L07;1;60\nD-99;L07;2;40\nD-98;L07;3;1\nD-99;L07;3;0\n"
    assert bad_rows(take("w.csv", rows.encode())) == [(4, "row_unknown_agreement"), (5, "row_bad_number")]
    assert list(SharingWeight.objects.order_by("premise__position").values_list("weight", flat=True)) == [60, 40]
    again = take("w.csv", rows.replace("1;60", "1;61").encode())
    assert bad_rows(again)[0] == (2, "weight_decided")


def test_a_meter_behind_a_flats_meter_is_refused_by_the_dry_run(town):
    parent, inlet = town.cold["1"].usage_point.code, town.intake.usage_point.code
    rows = [
        "point_code;building_code;premise;meter_serial;installed_on;start_m3;parent_code",
        f"A14-2-x;A14;2;7000001;2026-11-01;0;{parent}",
        f"A14-2-y;A14;2;7000002;2026-11-01;0;{inlet}",
    ]
    item = actions.stage("meters.csv", "\n".join(rows).encode(), now=NOW, by=BY)
    assert bad_rows(item) == [(2, "parent_is_a_flats")]
    assert queries.counts_of(item)["new"] == 1
