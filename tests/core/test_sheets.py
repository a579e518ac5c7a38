"""What leaves as a table cannot run in a spreadsheet, and comes back as it was."""

import csv
import io
import unicodedata
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import load_workbook

from avots.core.sheets import PURE_NUMBER, Sheet, as_meant, harmless, name_of, starts_a_formula, to_csv, to_workbook

LEADS = ["=", "+", "-", "@", "\t", "\r", " =", "'=", '"+', "＝", "　＠", "\ufeff-", "\u200b=", "“="]
TEXT = st.builds(str.__add__, st.sampled_from(["", *LEADS]), st.text(max_size=12))


@pytest.mark.parametrize("lead", LEADS)
def test_what_a_spreadsheet_might_compute_gets_an_apostrophe(lead):
    assert harmless(f"{lead}cmd|' /C calc'!A0") == f"'{lead}cmd|' /C calc'!A0"


@given(TEXT)
@example("'-5")
@example("''=1")
def test_every_text_comes_back_exactly(text):
    assert as_meant(harmless(text)) == text


@given(TEXT)
def test_nothing_that_leaves_can_be_computed(text):
    cell = harmless(text)
    bare = unicodedata.normalize("NFKC", cell).lstrip(" \u00a0\u3000\u200b\ufeff")
    assert PURE_NUMBER.fullmatch(cell) or bare[:1] not in "=+-@\t\r" or not bare


@pytest.mark.parametrize("text", ["-12.50", "-5,00", "0", "70000011", "145.300"])
def test_a_plain_number_stays_a_number(text):
    assert not starts_a_formula(text)
    assert harmless(text) == text


PRINTED = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]))


@given(st.lists(st.tuples(PRINTED.filter(bool), PRINTED)))
def test_a_csv_file_and_a_workbook_hold_the_same_harmless_texts(rows):
    sheet = Sheet("Rindas", ["a", "b"], rows)
    in_csv = list(csv.reader(io.StringIO(to_csv(sheet).decode("utf-8-sig"), newline=""), delimiter=";"))
    book = load_workbook(io.BytesIO(to_workbook([sheet])))
    in_book = [[cell.value or "" for cell in row] for row in book.active.iter_rows()]
    assert not [cell for row in book.active.iter_rows() for cell in row if cell.data_type not in {"s", "n"}]
    expected = [["a", "b"], *([harmless(cell) for cell in row] for row in rows)]
    assert in_csv == expected
    assert in_book == expected


def test_amounts_are_typed_with_their_decimals():
    cell = load_workbook(io.BytesIO(to_workbook([Sheet("x", ["m"], [[Decimal("-12.50")]])]))).active["A2"]
    assert (cell.value, cell.number_format, cell.data_type) == (-12.5, "0.00", "n")


def test_names_of_sheets_are_allowed_and_differ():
    names: set[str] = set()
    for wanted in ("Mājas/2", "a" * 40, "A" * 40, "", "[x]"):
        names.add(name_of(wanted, names))
    assert len(names) == 5
    assert all(len(name) <= 31 and not set(name) & set("[]:*?/\\'") for name in names)
