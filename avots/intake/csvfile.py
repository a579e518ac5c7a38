"""A CSV file as it comes from anywhere: encoding, delimiter and header found out, rows as text."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from avots.core.errors import Refused

# Bytes that only one of the two Baltic encodings uses for what people write.
ONLY_WINDOWS = frozenset(range(0x80, 0xA0))
ONLY_ISO = frozenset({0xA1, 0xA5, 0xB4, 0xFF})
MOST_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True)
class Table:
    """A header and its rows; the first row of data is number 2, as a spreadsheet shows it."""

    encoding: str
    header: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]

    def rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        for number, line in enumerate(self.lines, 2):
            if any(line):
                yield number, dict(zip(self.header, line, strict=False))


def decode(data: bytes) -> tuple[str, str]:
    """Return the text of a file and its encoding: UTF-8, Windows-1257 or ISO-8859-13.

    >>> decode("Ķempes iela".encode("cp1257"))
    ('Ķempes iela', 'cp1257')

    :raises Refused: ``file_too_large``, ``file_encoding_unknown``
    """
    if len(data) > MOST_BYTES:
        raise Refused("file_too_large")
    if b"\x00" in data:
        raise Refused("file_encoding_unknown")
    seen = set(data)
    iso_first = bool(seen & ONLY_ISO) and not seen & ONLY_WINDOWS
    for encoding in ("utf-8-sig", *(("iso8859-13", "cp1257") if iso_first else ("cp1257", "iso8859-13"))):
        try:
            return data.decode(encoding), encoding.removesuffix("-sig")
        except UnicodeDecodeError:
            continue
    raise Refused("file_encoding_unknown")


def read(data: bytes) -> Table:
    """Return a file's table.

    :raises Refused: ``file_empty``, and what :func:`decode` refuses
    """
    text, encoding = decode(data)
    first = text.split("\n", 1)[0]
    delimiter = max(";,\t", key=first.count)
    lines = [tuple(cell.strip() for cell in line) for line in csv.reader(io.StringIO(text), delimiter=delimiter)]
    if len(lines) < 2:
        raise Refused("file_empty")
    return Table(encoding, tuple(name.lower() for name in lines[0]), tuple(lines[1:]))
