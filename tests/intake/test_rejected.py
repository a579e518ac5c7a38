"""Rows that cannot be used come back as a file to mend; loading it takes only the mended ones."""

import io
import re

import pytest
from openpyxl import load_workbook

from avots.core import clock, sheets
from avots.intake import actions, jobs, queries
from avots.intake.files import tables_of
from avots.intake.kinds import KINDS, kind_of
from avots.intake.models import Item, StagedRow
from avots.meters.models import Building
from tests.intake.test_import import BY, NOW

HEADER = "building_code;street;house;town;postcode;note"
ROWS = [
    "X1;Jūras iela;1;Ventspils;LV-3601;",
    "X2;;2;Ventspils;LV-3601;'=1+1",
    "X3;Jūras iela;'-3;Ventspils;LV-3601;kept",
    "=X4;Jūras iela;4;;LV-3601;",
    "X5;Jūras iela;5;Ventspils;LV-3601;;over",
]
FILE = "\n".join([HEADER, *ROWS]).encode()


def take(name: str, data: bytes) -> Item:
    return actions.apply(actions.stage(name, data, now=NOW, by=BY), now=NOW, by=BY)


def as_csv(item: Item) -> bytes:
    return sheets.to_csv(queries.rejected(item)[0])


def as_book(item: Item) -> bytes:
    return sheets.to_workbook(queries.rejected(item))


FORMS = pytest.mark.parametrize("form", [as_csv, as_book])


@FORMS
def test_the_rejected_rows_are_all_there_as_written_with_number_and_reason(db, form):
    [table] = tables_of(form(take("x.csv", FILE)))
    assert table.header == (*HEADER.split(";"), "", "row_number", "reason")
    assert [line[:7] for line in table.lines] == [
        ("X2", "", "2", "Ventspils", "LV-3601", "=1+1", ""),
        ("=X4", "Jūras iela", "4", "", "LV-3601", "", ""),
        ("X5", "Jūras iela", "5", "Ventspils", "LV-3601", "", "over"),
    ]
    assert [line[7] for line in table.lines] == ["3", "5", "6"]
    assert [line[8] for line in table.lines] == [
        "Trūkst vērtības: street.",
        "Trūkst vērtības: town.",
        "Rindā ir vērtība bez kolonnas nosaukuma: „over”.",
    ]


@FORMS
def test_loading_it_again_unmended_takes_nothing_and_loses_nothing(db, form):
    first = take("x.csv", FILE)
    again = take("again", form(first))
    assert set(queries.counts_of(again)) == {"bad"}
    assert [row.problem for row in queries.rejected_rows(again)] == [
        row.problem for row in queries.rejected_rows(first)
    ]
    third = take("third", form(again))
    assert [table.header for table in tables_of(form(third))] == [table.header for table in tables_of(form(first))]


def test_loading_it_again_takes_only_the_mended_rows(db):
    book = load_workbook(io.BytesIO(as_book(take("x.csv", FILE))))
    book.active["B2"] = "Jūras iela"
    out = io.BytesIO()
    book.save(out)
    item = take("mended.xlsx", out.getvalue())
    assert queries.counts_of(item) == {"applied": 1, "bad": 2}
    assert set(Building.objects.values_list("code", flat=True)) == {"X1", "X2", "X3"}
    assert not [one for one in queries.summaries(item) if {"row_number", "reason"} & set(one.unused_columns)]


def test_what_might_be_computed_leaves_harmless_and_comes_back_as_it_was(db):
    item = take("x.csv", FILE)
    assert Building.objects.get(code="X3").house == "'-3"
    text = as_csv(item).decode()
    assert "'=1+1" in text
    assert "'=X4" in text
    assert not re.search(r'(^|;)"?[=+@]', text.removeprefix("\ufeff"), re.MULTILINE)


def test_two_rows_that_say_different_things_of_the_same_are_told_by_number(db):
    rows = ["X1;A iela;1;V;LV-1;", "X1;A iela;1;V;LV-1;", "X1;B iela;1;V;LV-1;"]
    item = take("x.csv", "\n".join([HEADER, *rows]).encode())
    assert queries.counts_of(item) == {"applied": 1, "same": 1, "bad": 1}
    [bad] = queries.rejected_rows(item)
    assert (bad.number, bad.problem, bad.facts) == (4, "row_twice", {"row": "2"})


def test_a_text_longer_than_where_it_is_kept_is_told_not_cut(db):
    item = take("x.csv", f"{HEADER}\nX1;{'a' * 121};1;V;LV-1;\n".encode())
    assert queries.rejected_rows(item)[0].problem == "row_value_too_long"


def many(count: int) -> bytes:
    note = "garš komentārs " * 8
    return "\n".join([HEADER, *(f"N{n};Jūras iela;{n};Ventspils;LV-3601;{note}" for n in range(count))]).encode()


@pytest.fixture
def laima(town, sign_in, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    return sign_in(town.people["laima"])


def test_the_page_tells_what_would_happen_and_gives_the_rejected_rows(laima):
    page = laima.post("/birojs/ienakosie/", {"file": io.BytesIO(FILE)}, follow=True)
    assert "pārbaudīts" in page.text
    path = page.redirect_chain[-1][0]
    book = laima.get(f"{path}noraiditas.xlsx")
    assert book.headers["Content-Disposition"].startswith("attachment")
    assert load_workbook(io.BytesIO(book.content)).active.max_row == 4
    assert b"row_number" in laima.get(f"{path}noraiditas.csv").content
    assert "Fails ielasts" in laima.post(f"{path}pielietot/", follow=True).text


def test_the_reasons_are_in_the_readers_language(laima):
    page = laima.post("/birojs/ienakosie/", {"file": io.BytesIO(FILE)}, follow=True)
    laima.post("/valoda/", {"language": "en", "next": "/"})
    assert "A value is missing: street." in laima.get(f"{page.redirect_chain[-1][0]}noraiditas.csv").text


def test_a_file_that_cannot_be_used_keeps_its_reason_on_its_page(laima):
    page = laima.post("/birojs/ienakosie/", {"file": io.BytesIO(b"x;y\n1;2\n")}, follow=True)
    assert "noraidīts" in page.text
    assert "Virsraksta rindā trūkst kolonnu" in page.text
    assert laima.get(f"{page.redirect_chain[-1][0]}noraiditas.xlsx").status_code == 404


def test_a_long_file_is_checked_and_written_by_the_worker_and_the_page_shows_how_far(laima):
    page = laima.post("/birojs/ienakosie/", {"file": io.BytesIO(many(800))}, follow=True)
    path, item = page.redirect_chain[-1][0], Item.objects.get()
    assert "gaida pārbaudi" in page.text
    jobs.check_file.func(item.pk)
    assert queries.counts_of(item) == {"new": 800}
    Item.objects.filter(pk=item.pk).update(rows_done=400, state="checking")
    assert "Apstrādātas 400 no 800 rindām" in laima.get(path).text.replace("\u00a0", "").replace("&nbsp;", "")
    Item.objects.filter(pk=item.pk).update(state="staged")
    assert "Ielasīšana sākta" in laima.post(f"{path}pielietot/", follow=True).text
    assert not Building.objects.filter(code="N0").exists()
    jobs.apply_file.func(item.pk)
    assert Building.objects.filter(code__startswith="N").count() == 800
    item.refresh_from_db()
    assert (item.state, item.rows_done) == ("applied", 800)


def test_a_lost_job_is_handed_over_again_and_a_second_one_does_no_harm(db):
    item = actions.stage("x.csv", many(150), now=NOW, by=BY)
    actions.begin_applying(item, now=NOW, by=BY)
    assert jobs.sweep_files.func() == 1
    for _ in range(2):
        jobs.check_file.func(item.pk)
        jobs.apply_file.func(item.pk)
    assert queries.counts_of(item) == {"applied": 150}
    assert Building.objects.count() == 150
    assert jobs.sweep_files.func() == 0


def test_a_check_cut_off_half_way_goes_on_where_it_was(db):
    item = actions.stage("x.csv", many(700), now=NOW, by=BY)
    StagedRow.objects.filter(number__gt=300).delete()
    Item.objects.filter(pk=item.pk).update(state="checking")
    assert actions.check(item, now=NOW).state == "staged"
    assert queries.counts_of(item) == {"new": 700}


def test_the_template_holds_every_kind_by_its_columns(laima):
    page = laima.get("/birojs/ienakosie/paraugs.xlsx")
    book = load_workbook(io.BytesIO(page.content))
    headers = [tuple(cell.value for cell in next(sheet.iter_rows())) for sheet in book.worksheets]
    assert [kind_of(header).name for header in headers] == [kind.name for kind in KINDS]
    assert "paraugs" in laima.get("/birojs/ienakosie/").text


def test_the_same_bytes_are_one_item(db):
    actions.stage("x.csv", FILE, now=NOW, by=BY)
    actions.stage("again.csv", FILE, now=NOW, by=BY)
    assert Item.objects.get().name == "again.csv"
