"""Which format a bank's file has; every reader yields the same values."""

from collections.abc import Iterable, Iterator
from itertools import chain

from avots.core.errors import Refused
from avots.payments import camt053
from avots.payments.statements import Entry, Statement

BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def read(source: Iterable[bytes]) -> Iterator[Entry | Statement]:
    """Yield the entries and statements of a file whose format is found out from its beginning.

    :raises Refused: ``statement_unknown_format``, and what the format's own reader refuses
    """
    pieces = iter(source)
    first = next(pieces, b"")
    whole = chain([first], pieces)
    start = first[:4_000].lstrip()
    if start.startswith((b"<", *BYTE_ORDER_MARKS)):
        return camt053.read(whole)
    raise Refused("statement_unknown_format")
