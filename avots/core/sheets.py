"""Tables as files that people open in a spreadsheet: harmless there, and the same when they come back."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

STARTS_A_FORMULA = frozenset("=+-@\t\r\n")
QUOTES = frozenset("'\"`’‘“”„«»")
PURE_NUMBER = re.compile(r"-?\d{1,15}([.,]\d{1,6})?", re.ASCII)
BAD_IN_A_NAME = re.compile(r"[\[\]:*?/\\']")
MOST_OF_A_NAME = 31

Cell = str | int | Decimal | date


@dataclass(frozen=True)
class Sheet:
    """One table of a workbook."""

    name: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def starts_a_formula(text: str) -> bool:
    """Return whether a spreadsheet might compute a text, also behind spaces, quotes and wide forms.

    >>> [starts_a_formula(text) for text in ("=1+1", " '＝cmd", "\\t@SUM", "-12.50", "Jūras iela", "+371 6366")]
    [True, True, True, False, False, True]

    Source: quality.md 4.3 row 28 (OWASP ASVS V1.2): = + - @ TAB CR.
    """
    if PURE_NUMBER.fullmatch(text):
        return False
    for char in text:
        skipped = char in QUOTES or char.isspace() or unicodedata.category(char) == "Cf"
        if char in STARTS_A_FORMULA or not skipped:
            return unicodedata.normalize("NFKC", char)[:1] in STARTS_A_FORMULA
    return False


def harmless(text: str) -> str:
    """Return a text as it may stand in an exported cell: what might be computed gets an apostrophe.

    >>> harmless("=cmd|' /C calc'!A0"), harmless("-12.50"), harmless("-2+3")
    ("'=cmd|' /C calc'!A0", '-12.50', "'-2+3")
    """
    return f"'{text}" if starts_a_formula(text) else text


def as_meant(text: str) -> str:
    """Return the text of a cell without the apostrophe of :func:`harmless`: its exact inverse.

    >>> as_meant("'=1+1"), as_meant("'s-Gravenhage"), as_meant("'-2+3")
    ('=1+1', "'s-Gravenhage", '-2+3')
    """
    return text[1:] if text[:1] == "'" and starts_a_formula(text[1:]) else text


def to_csv(sheet: Sheet) -> bytes:
    """Return a table as CSV that spreadsheets open as it is: UTF-8 with its mark, semicolons."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, delimiter=";")
    writer.writerow([harmless(name) for name in sheet.header])
    writer.writerows([harmless(cell) if isinstance(cell, str) else cell for cell in row] for row in sheet.rows)
    return out.getvalue().encode("utf-8-sig")


def to_workbook(sheets: Iterable[Sheet]) -> bytes:
    """Return tables as one XLSX workbook; texts stay texts, numbers and days are typed."""
    book = Workbook(write_only=True)
    for sheet in sheets:
        page = book.create_sheet(name_of(sheet.name, {str(name) for name in book.sheetnames}))
        page.freeze_panes = "A2"
        page.append([_text(page, name, bold=True) for name in sheet.header])
        for row in sheet.rows:
            page.append([_cell(page, cell) for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def name_of(wanted: str, taken: set[str]) -> str:
    """Return a name that a workbook allows for a further sheet.

    >>> name_of("a/b", set()), name_of("Maksas", {"Maksas"})
    ('a b', 'Maksas 2')
    """
    base = BAD_IN_A_NAME.sub(" ", wanted).strip()[:MOST_OF_A_NAME] or "Sheet"
    name, number = base, 1
    while name.casefold() in {other.casefold() for other in taken}:
        number += 1
        name = f"{base[: MOST_OF_A_NAME - 4]} {number}"
    return name


def _cell(page: object, value: Cell) -> object:
    """Return a typed cell; an amount keeps the decimals it is written with."""
    if isinstance(value, str):
        return _text(page, value) if value else None
    if not isinstance(value, Decimal):
        return value
    cell = WriteOnlyCell(page, value=value)
    decimals = -int(value.as_tuple().exponent)
    cell.number_format = f"0.{'0' * decimals}" if decimals > 0 else "0"
    return cell


def _text(page: object, text: str, *, bold: bool = False) -> object:
    """Return a cell that is a text whatever it looks like."""
    cell = WriteOnlyCell(page, value=harmless(text))
    cell.data_type = "s"
    if bold:
        cell.font = Font(bold=True)
    return cell
