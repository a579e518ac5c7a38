"""Which format a bank's file has; every reader yields the same values."""

from collections.abc import Iterable, Iterator
from itertools import chain

from avots.core.errors import Refused
from avots.payments import camt053, fidavista, mt940
from avots.payments.statements import Entry, Statement

LOOKED_AT = 4_000
BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def read(source: Iterable[bytes]) -> Iterator[Entry | Statement]:
    """Yield the entries and statements of a file whose format is found out from its beginning.

    :raises Refused: ``statement_unknown_format``, and what the format's own reader refuses
    """
    pieces = iter(source)
    first = b""
    while len(first) < LOOKED_AT and (piece := next(pieces, b"")):
        first += piece
    whole = chain([first], pieces)
    start = first[:LOOKED_AT].lstrip()
    if b":20:" in start and not start.startswith(b"<"):
        return mt940.read(whole)
    if start.startswith((b"<", *BYTE_ORDER_MARKS)):
        return fidavista.read(whole) if b"FIDAVISTA" in start else camt053.read(whole)
    raise Refused("statement_unknown_format")
