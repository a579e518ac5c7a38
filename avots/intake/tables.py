"""A table as text, wherever it came from, and the bounds every file keeps."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from avots.core.errors import Refused
from avots.core.sheets import as_meant

MOST_BYTES = 20 * 1024 * 1024
MOST_ROWS = 400_000
MOST_COLUMNS = 100
LONGEST_CELL = 2_000
CONTROL = {code: None for code in (*range(32), 127) if chr(code) not in "\t\n\r"}
TWICE_ENCODED = re.compile(r"[^\x00-\x7f]{2,}")
OLD_ENCODINGS = ("cp1252", "cp1257", "latin-1")

Line = tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A header and its rows; ``first`` is the number a spreadsheet shows for the first of them."""

    name: str
    encoding: str
    header: Line
    lines: tuple[Line, ...]
    first: int = 2

    def rows(self) -> Iterator[tuple[int, Line]]:
        """Yield each row that is not empty with its number."""
        for number, line in enumerate(self.lines, self.first):
            if any(line):
                yield number, line

    def below(self, skipped: int) -> "Table":
        """Return the table whose header is so many lines further down, under a title."""
        if not skipped:
            return self
        head = self.lines[skipped - 1]
        return Table(self.name, self.encoding, head, self.lines[skipped:], self.first + skipped)


def clean(cell: str) -> str:
    """Return a cell's text: no control characters, no spaces around, no apostrophe of an export.

    >>> clean(" 0045\\x07 "), clean("'=1+1")
    ('0045', '=1+1')

    :raises Refused: ``file_cell_too_long``
    """
    if len(cell) > LONGEST_CELL:
        raise Refused("file_cell_too_long", text=cell[:30], most=LONGEST_CELL)
    return as_meant(cell.translate(CONTROL).strip()).strip()


def trimmed(line: list[str]) -> Line:
    """Return a line without the empty cells at its end.

    >>> trimmed(["a", "", "b", "", ""])
    ('a', '', 'b')

    :raises Refused: ``file_too_wide``
    """
    while line and not line[-1]:
        line.pop()
    if len(line) > MOST_COLUMNS:
        raise Refused("file_too_wide", most=MOST_COLUMNS)
    return tuple(line)


def twice_encoded(text: str) -> str:
    """Return what a text was before it was encoded twice, or nothing when it looks right.

    >>> twice_encoded("QuÃ© edad"), twice_encoded("Ķempes gāte"), twice_encoded("SIA „Ķiršu dārzs”")
    ('Qué edad', '', '')
    """
    if not TWICE_ENCODED.search(text):
        return ""
    for encoding in OLD_ENCODINGS:
        try:
            return text.encode(encoding).decode("utf-8")
        except UnicodeError:
            continue
    return ""
