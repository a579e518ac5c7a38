"""A CSV file as it comes from anywhere: encoding, delimiter and header found out, rows as text."""

import csv
import gzip
import io
import zlib

from avots.core.errors import Refused
from avots.intake.tables import MOST_BYTES, MOST_ROWS, Table, clean, trimmed

# Bytes that only one of the two Baltic encodings uses for what people write.
ONLY_WINDOWS = frozenset(range(0x80, 0xA0))
ONLY_ISO = frozenset({0xA1, 0xA5, 0xB4, 0xFF})
LINES_OF_A_HEAD = 10


def decode(data: bytes) -> tuple[str, str]:
    """Return the text of a file and its encoding: UTF-8, Windows-1257 or ISO-8859-13.

    >>> decode("Ķempes iela".encode("cp1257"))
    ('Ķempes iela', 'cp1257')

    :raises Refused: ``file_too_large``, ``file_encoding_unknown``
    """
    if len(data) > MOST_BYTES:
        raise Refused("file_too_large")
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return _utf_16(data), "utf-16"
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


def _utf_16(data: bytes) -> str:
    """Return the text of what a spreadsheet calls Unicode text."""
    try:
        text = data.decode("utf-16")
    except UnicodeDecodeError:
        raise Refused("file_encoding_unknown") from None
    if "\x00" in text:
        raise Refused("file_encoding_unknown")
    return text


def unpacked(data: bytes) -> bytes:
    """Return what a gzip file holds, read no further than the bound.

    >>> unpacked(gzip.compress(b"a;b"))
    b'a;b'

    :raises Refused: ``file_too_large``, ``file_damaged``
    """
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            whole = file.read(MOST_BYTES + 1)
    except (OSError, EOFError, zlib.error):
        raise Refused("file_damaged") from None
    if len(whole) > MOST_BYTES:
        raise Refused("file_too_large")
    return whole


def read(data: bytes) -> Table:
    """Return a file's table.

    :raises Refused: ``file_empty``, ``file_damaged``, ``file_too_long``, ``file_too_wide``,
        ``file_cell_too_long``, and what :func:`decode` refuses
    """
    text, encoding = decode(data)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    lines = []
    try:
        for row in rows:
            lines.append(trimmed([clean(cell) for cell in row]))
            if len(lines) > MOST_ROWS:
                raise Refused("file_too_long", most=MOST_ROWS)
    except csv.Error:
        raise Refused("file_damaged") from None
    if len(lines) < 2:
        raise Refused("file_empty")
    return Table("", encoding, lines[0], tuple(lines[1:]))


def _delimiter(text: str) -> str:
    """Return the delimiter that the first line with one has most of."""
    for line in text.split("\n", LINES_OF_A_HEAD)[:LINES_OF_A_HEAD]:
        found = max(";,\t", key=line.count)
        if found in line:
            return found
    return ";"
