"""A workbook gives the same text rows as a CSV file, and nothing in it can hurt."""

import io
import os
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from avots.core.audit import By
from avots.core.errors import Refused
from avots.core.volume import litres_from_m3
from avots.intake import actions, queries, workbook
from avots.intake.files import tables_of
from avots.intake.kinds import KINDS
from avots.intake.models import Item, Sheet
from avots.meters.models import MeterInstallation
from avots.ui.words import words
from tests.intake.test_import import BY, NOW, SAMPLES, counts

DATA = Path(os.environ.get("AVOTS_SAMPLES", Path(__file__).parents[3] / "shared" / "data"))


def book(*sheets: tuple[str, list[list[object]]], **formats: str) -> bytes:
    made = Workbook()
    made.remove(made.active)
    for name, rows in sheets:
        page = made.create_sheet(name)
        for row in rows:
            page.append(row)
        for cell, shown in formats.items():
            page[cell].number_format = shown
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def text_rows(data: bytes) -> list[tuple[str, ...]]:
    [table] = tables_of(data)
    return [table.header, *table.lines]


def register_as_book() -> bytes:
    """The sample register as one workbook, each file a sheet, its figures typed as a person would."""
    sheets = []
    for path in reversed(SAMPLES):
        [table] = tables_of(path.read_bytes())
        rows = [[_typed(cell) for cell in line] for line in table.lines]
        sheets.append((path.stem, [list(table.header), *rows]))
    return book(*sheets)


def _typed(text: str) -> object:
    if len(text) == 10 and text[4:5] == "-" and text[:4].isdigit():
        return date.fromisoformat(text)
    if text and text.replace(",", "", 1).isdigit() and not text.startswith("0"):
        return float(text.replace(",", ".")) if "," in text else int(text)
    return text or None


def test_figures_days_and_texts_become_the_text_a_person_meant():
    rows = [
        ["serial", "m3", "day", "remote"],
        ["0045", 12.3, datetime(2026, 11, 25), True],
        [1004231.0, 150838.4 - 150826.1, date(2026, 1, 2), False],
        [70000011, 145.3004, "25.11.2026.", None],
    ]
    assert text_rows(book(("x", rows))) == [
        ("serial", "m3", "day", "remote"),
        ("0045", "12.3", "2026-11-25", "1"),
        ("1004231", "12.3", "2026-01-02", "0"),
        ("70000011", "145.3004", "25.11.2026."),
    ]


def test_zeros_that_the_format_shows_are_kept_and_none_are_lost():
    data = book(("x", [["serial", "m3"], [4711, 145.3], [4711, 145.3]]), A2="00000000", B2="0.000", B3="0")
    assert text_rows(data)[1:] == [("00004711", "145.300"), ("4711", "145.3")]


@given(st.integers(0, 10**11 - 1))
def test_a_reading_typed_into_a_spreadsheet_is_the_same_litres(litres):
    shown = Decimal(litres).scaleb(-3)
    assert litres_from_m3(workbook.number_text(float(shown))) == litres


@given(st.integers(0, 10**8), st.integers(0, 10**8))
def test_a_difference_that_a_spreadsheet_computed_has_no_float_noise(one, other):
    computed = max(one, other) / 1000 - min(one, other) / 1000
    assert litres_from_m3(workbook.number_text(computed)) == abs(one - other)


def test_every_sheet_is_a_table_of_its_own_in_whatever_order(db):
    item = actions.stage("register.xlsx", register_as_book(), now=NOW, by=BY)
    assert {sheet.kind for sheet in Sheet.objects.all()} == {kind.name for kind in KINDS} - {
        "cutoff",
        "consumption",
        "weights",
    }
    assert set(queries.counts_of(item)) == {"new"}
    actions.apply(item, now=NOW, by=BY)
    assert set(queries.counts_of(item)) == {"applied"}
    assert MeterInstallation.objects.get(meter__serial="70000011").usage_point.parent.code == "L07-in"


def test_a_workbook_makes_the_same_register_as_the_files(db):
    actions.apply(actions.stage("register.xlsx", register_as_book(), now=NOW, by=BY), now=NOW, by=BY)
    before = counts()
    for path in SAMPLES:
        item = actions.apply(actions.stage(path.name, path.read_bytes(), now=NOW, by=BY), now=NOW, by=BY)
        assert set(queries.counts_of(item)) == {"same"}, path.name
    assert counts() == before


def test_a_sheet_we_do_not_know_is_told_and_the_others_are_used(db):
    [table] = tables_of(SAMPLES[0].read_bytes())
    item = actions.stage(
        "b.xlsx", book(("Piezīmes", [["x", "y"], [1, 2]]), ("Mājas", [table.header, *table.lines])), now=NOW, by=BY
    )
    assert [(sheet.name, sheet.kind, sheet.problem) for sheet in item.sheet_set.order_by("position")] == [
        ("Piezīmes", "", "columns_missing"),
        ("Mājas", "buildings", ""),
    ]
    assert queries.counts_of(item) == {"new": 2}


def test_a_title_above_the_header_is_skipped_and_rows_keep_their_numbers(db):
    rows = [
        ["Reģistrs 2026"],
        [],
        ["building_code", "street", "house", "town", "postcode"],
        ["X1", "", "1", "V", "LV-3601"],
    ]
    item = actions.stage("b.xlsx", book(("x", rows)), now=NOW, by=BY)
    assert [(row.number, row.problem) for row in queries.rejected_rows(item)] == [(4, "row_value_missing")]


def test_a_header_may_not_name_a_column_twice(db):
    header = "building_code;street;house;town;postcode;street"
    with pytest.raises(Refused, match="column_twice"):
        actions.stage("x.csv", f"{header}\nX;a;1;V;LV-3601;b\n".encode(), now=NOW, by=BY)


def remade(data: bytes, change) -> bytes:
    """A workbook with its parts changed: `change(name, content)` returns the new content."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
    return out.getvalue()


def sheet_of(content: bytes) -> bytes:
    plain = book(("x", [["a", "b"], ["1", "2"]]))
    return remade(plain, lambda name, old: content if name == "xl/worksheets/sheet1.xml" else old)


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE worksheet [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>'
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1">'
    b'<c t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>'
)
FAR = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    b'<row r="1"><c r="A1"><v>1</v></c></row><row r="%s"><c r="A%s"><v>1</v></c></row></sheetData></worksheet>'
)
WIDE = (
    b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    b'<row r="1"><c r="ZZZ1"><v>1</v></c></row><row r="2"><c r="A2"><v>1</v></c></row></sheetData></worksheet>'
)


def zip_bomb() -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as parts,
        parts.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(200):
            part.write(b" " * 1024 * 1024)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (zip_bomb(), "file_unpacks_too_large"),
        (sheet_of(BOMB), "file_damaged"),
        (sheet_of(FAR % (b"9" * 9, b"9" * 9)), "file_too_long"),
        (sheet_of(WIDE), "file_too_wide"),
        (sheet_of(b"<worksheet"), "file_damaged"),
        (book(("x", [["a"], ["y" * 3_000]])), "file_cell_too_long"),
        (book(("x", [["a", "b"]])), "file_empty"),
        (b"PK\x03\x04 no zip", "file_damaged"),
        (b"\xd0\xcf\x11\xe0 an old or a locked one", "file_old_workbook"),
        (b"\x1f\x8b no gzip", "file_damaged"),
        (b'a;b\n"' + b"x" * 200_000, "file_damaged"),
        (b"a;b\n" + b"x" * 3_000, "file_cell_too_long"),
    ],
)
def test_a_hostile_or_broken_file_is_refused_whole_with_a_sentence(data, code):
    with pytest.raises(Refused) as refused:
        tables_of(data)
    assert refused.value.code == code
    assert "—" not in words(code, **refused.value.facts)


def test_macros_links_and_drawings_are_never_opened():
    plain = book(("x", [["a", "b"], ["1", "2"]]))
    out = io.BytesIO(plain)
    with zipfile.ZipFile(out, "a") as parts:
        for name in ("xl/vbaProject.bin", "xl/externalLinks/externalLink1.xml", "xl/media/image1.emf"):
            parts.writestr(name, b"<broken")
    assert text_rows(remade(out.getvalue(), lambda name, old: b"<ok/>" if name.endswith("Link1.xml") else old))[
        1
    ] == ("1", "2")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 4_000), st.binary(min_size=1, max_size=8))
def test_a_damaged_workbook_is_read_or_refused_and_nothing_else(at, bytes_):
    data = bytearray(book(("x", [["a", "b"], ["1", 2.5], ["2", date(2026, 1, 1)]])))
    data[at % len(data) : at % len(data) + len(bytes_)] = bytes_
    try:
        tables_of(bytes(data))
    except Refused:
        return


HOSTILE = ["csv_quirks/*", "upload_fuzz/csv_injection/*", "upload_fuzz/fuzzdb/*", "upload_fuzz/xml_bombs/*"]
HOSTILE += ["upload_fuzz/images/*", "upload_fuzz/pdf/*", "upload_fuzz/pdf_fuzz/*", "peer_condo/xlsx/*"]


def test_every_odd_file_of_the_samples_ends_in_a_sentence_or_a_clean_table(db):
    found = sorted(path for pattern in HOSTILE for path in DATA.glob(pattern) if path.is_file())
    if not found:
        pytest.skip(f"the odd files are not on this machine: {DATA}")
    assert len(found) >= 100
    for path in found:
        try:
            item = actions.stage(path.name, path.read_bytes(), now=NOW, by=BY)
        except Refused as refused:
            assert words(refused.code, **refused.facts)
            assert Item.objects.get(name=path.name[:200]).state in {"refused"}
        else:
            assert queries.counts_of(item), path.name


def test_a_text_encoded_twice_is_shown_and_doubted_not_mended(db, town, sign_in):
    twice = "Ķīšu iela".encode().decode("latin-1")
    data = f"building_code;street;house;town;postcode\nX;{twice};1;V;LV-3601\n".encode()
    item = actions.stage("twice.csv", data, now=NOW, by=By("staff", 1))
    assert Sheet.objects.get().doubt == twice
    page = sign_in(town.people["laima"]).get(f"/birojs/ienakosie/{item.pk}/")
    assert "divreiz kodēts" in page.text
    assert twice in page.text


ODD = ["", *"2026-11-25 99999-99-99 31.12.9999. 1e9 -0 ² 1.² ٣ 99999999999999999999 A E".split(), "x" * 300]
CELL = st.one_of(st.text(max_size=20), st.sampled_from(ODD))


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_no_row_of_any_kind_can_break_an_import(town, data):
    kind = data.draw(st.sampled_from(KINDS))
    known = {"building_code": "A14", "premise": "1", "account": "1000001", "meter_serial": "44710001"}
    header = [*kind.needed, *kind.columns]
    cell = [st.one_of(CELL, st.just(known[name])) if name in known else CELL for name in header]
    rows = data.draw(st.lists(st.tuples(*cell), min_size=1, max_size=3))
    made = book(("x", [header, *(["".join(c for c in text if c.isprintable()) for text in row] for row in rows)]))
    try:
        item = actions.apply(actions.stage("x.xlsx", made, now=NOW, by=BY), now=NOW, by=BY)
    except Refused:
        return
    assert "new" not in queries.counts_of(item)
    for row in queries.rejected_rows(item):
        assert words(row.problem, **row.facts)
