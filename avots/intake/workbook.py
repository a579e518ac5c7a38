"""An XLSX workbook as the same text rows a CSV file gives: bounded, streamed, nothing in it is run.

Macros, external links, drawings and connections are never opened: only the parts that say
what the cells show. A formula counts as its last computed value.
"""

import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from xml.parsers import expat

from openpyxl import load_workbook

from avots.core.errors import Refused
from avots.intake.tables import MOST_BYTES, MOST_ROWS, Line, Table, clean, trimmed

MOST_PARTS = 500
MOST_UNPACKED = 150 * 1024 * 1024
MOST_RATIO, RATIO_FROM = 200, 5 * 1024 * 1024
MOST_SHEETS = 40
MOST_CELLS = 8_000_000
LAST_ROW = 1_048_576
OLD_OFFICE = b"\xd0\xcf\x11\xe0"
ZIP = b"PK\x03\x04"
PADDED = re.compile(r"0{2,15}")
SHOWN_DECIMALS = re.compile(r"[#,0]*0\.(0+)")
NOISE = Decimal("1e-8")
KEPT = Decimal("0.000001")


def is_workbook(data: bytes) -> bool:
    """Return whether a file begins as a workbook does, an old or locked one included."""
    return data[:4] in {ZIP, OLD_OFFICE}


def read(data: bytes) -> list[Table]:
    """Return the tables of a workbook, one a sheet that has rows, in order.

    :raises Refused: ``file_old_workbook``, ``file_damaged``, ``file_unpacks_too_large``,
        ``file_too_large``, ``file_too_long``, ``file_too_wide``, ``file_cell_too_long``, ``file_empty``
    """
    if data[:4] == OLD_OFFICE:
        raise Refused("file_old_workbook")
    if len(data) > MOST_BYTES:
        raise Refused("file_too_large")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            _look_at(parts)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tables = list(_tables(data))
    except Refused:
        raise
    except Exception:  # the library raises whatever a broken part makes of it
        raise Refused("file_damaged") from None
    if not tables:
        raise Refused("file_empty")
    return tables


def _look_at(parts: zipfile.ZipFile) -> None:
    """Refuse a zip that would unpack too large, and XML that declares entities.

    What a part says of its size holds: the reader stops there.
    """
    members = parts.infolist()
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members) or 1
    swollen = unpacked > RATIO_FROM and unpacked > packed * MOST_RATIO
    if len(members) > MOST_PARTS or unpacked > MOST_UNPACKED or swollen:
        raise Refused("file_unpacks_too_large")
    for member in members:
        if member.filename.lower().endswith((".xml", ".rels")):
            with parts.open(member) as part:
                _refuse_a_doctype(part)


class _RootSeen(Exception):
    pass


def _refuse_a_doctype(part: Any) -> None:
    """Read a part up to its root; a document type before it is refused (XXE, billion laughs)."""

    def root(*_: object) -> None:
        raise _RootSeen

    def doctype(*_: object) -> None:
        raise Refused("file_damaged")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.StartDoctypeDeclHandler = root, doctype
    try:
        while chunk := part.read(65_536):
            parser.Parse(chunk)
    except _RootSeen:
        return


def _tables(data: bytes) -> Iterator[Table]:
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    try:
        left = MOST_CELLS
        for sheet in book.worksheets[:MOST_SHEETS]:
            lines, left = _lines(sheet, left)
            if len(lines) > 1:
                yield Table(sheet.title, "xlsx", lines[0], tuple(lines[1:]))
    finally:
        book.close()


def _lines(sheet: Any, left: int) -> tuple[list[Line], int]:
    """Return a sheet's lines up to its last with a value, and how many cells may still come."""
    sheet.reset_dimensions()
    lines: list[Line] = []
    filled = 0
    for number, row in enumerate(sheet.iter_rows(), 1):
        left -= len(row) or 1
        lines.append(trimmed([clean(text_of(cell)) for cell in row]))
        if lines[-1]:
            filled = number
        if filled > MOST_ROWS or number > LAST_ROW or left < 0:
            raise Refused("file_too_long", most=MOST_ROWS)
    return lines[:filled], left


def text_of(cell: Any) -> str:
    """Return a cell as the text a CSV file would hold."""
    value = cell.value
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, (int, float)):
        return number_text(value, str(cell.number_format or ""))
    return moment_text(value)


def moment_text(value: object) -> str:
    """Return a day as 2026-11-25; with a time of day only where it has one.

    >>> moment_text(datetime(2026, 11, 25)), moment_text(datetime(2026, 11, 25, 8, 30))
    ('2026-11-25', '2026-11-25 08:30:00')
    """
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time(0) else value.isoformat(" ", "seconds")
    return value.isoformat() if isinstance(value, (date, time)) else str(value)


def number_text(value: int | float, shown_as: str = "General") -> str:
    """Return a number as its decimal: no float noise, no exponent, the zeros its format shows.

    >>> number_text(12.3), number_text(150838.4 - 150826.1), number_text(1004231.0), number_text(-12.5, "0.00")
    ('12.3', '12.3', '1004231', '-12.50')
    >>> number_text(4711, "00000000"), number_text(145.3, "0"), number_text(1e21)
    ('00004711', '145.3', '1000000000000000000000')

    A figure with more decimals than it shows keeps them, and is told rather than cut.
    """
    exact = Decimal(value) if isinstance(value, int) else Decimal(f"{value:.15g}")
    if not exact.is_finite():
        return str(value)
    near = exact.quantize(KEPT) if abs(exact) < 10**12 else exact
    text = f"{near if abs(exact - near) < NOISE else exact:f}"
    whole, _, part = text.partition(".")
    part = part.rstrip("0")
    if PADDED.fullmatch(shown_as) and not part:
        return whole.zfill(len(shown_as))
    if shown := SHOWN_DECIMALS.fullmatch(shown_as):
        part = part.ljust(len(shown.group(1)), "0")
    return f"{whole}.{part}" if part else whole
