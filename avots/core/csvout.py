"""Tables that leave as CSV: a spreadsheet must not take a text for a formula (OWASP, quality.md 4.3 row 28)."""

import csv
import io
from collections.abc import Iterable, Sequence

RISKY = frozenset("=+-@\t\r\n＝＋－＠")
QUOTE = "'"


def safe(value: object) -> object:
    """Return a cell that no spreadsheet computes: a risky text gets an apostrophe, numbers stay numbers.

    >>> safe("=HYPERLINK(1)"), safe(" @SUM(1)"), safe(-12), safe("Ķempes iela 1")
    ("'=HYPERLINK(1)", "' @SUM(1)", -12, 'Ķempes iela 1')
    """
    if not isinstance(value, str):
        return value
    first = value.lstrip(" \"'\u00a0")[:1]
    return QUOTE + value if first in RISKY and first else value


def plain(text: str) -> str:
    """Return a cell's text without the apostrophe :func:`safe` put before it.

    >>> plain(str(safe("=1+1"))), plain("'t Hof")
    ('=1+1', "'t Hof")
    """
    return text[1:] if text.startswith(QUOTE) and safe(text[1:]) == text else text


def csv_of(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Return a table as CSV in UTF-8 with a byte order mark, cells between semicolons, every text safe.

    >>> csv_of(["a", "b"], [["=1", 2]]).decode("utf-8-sig")
    "a;b\\r\\n'=1;2\\r\\n"
    """
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")
    writer.writerow([safe(name) for name in header])
    writer.writerows([safe(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")
