"""What a file may hold: one module a topic, known by its header."""

from collections import Counter
from collections.abc import Sequence

from avots.core.errors import Refused
from avots.intake.kinds import buildings, customers, cutoff, golive, meters, months
from avots.intake.kinds.kind import Kind
from avots.intake.tables import Table

# In the order in which one file's tables are written: each names only what stands before it.
KINDS: tuple[Kind, ...] = (
    *buildings.KINDS,
    *customers.KINDS,
    *meters.KINDS,
    *months.KINDS,
    *cutoff.KINDS,
    *golive.KINDS,
)
LINES_ABOVE_A_HEADER = 9


def kind_of(header: Sequence[str]) -> Kind:
    """Return the kind whose needed columns a header has; the one that uses most of it.

    :raises Refused: ``columns_missing``, ``column_twice``
    """
    best = max(KINDS, key=lambda kind: kind.fits(header))
    if not best.fits(header):
        raise Refused("columns_missing")
    names = Counter(best.names(header))
    for column in (*best.needed, *best.columns):
        if names[column] > 1:
            raise Refused("column_twice", column=column)
    return best


def recognise(table: Table) -> tuple[Kind, Table]:
    """Return a table's kind, and the table from its header on: titles may stand above it.

    :raises Refused: what :func:`kind_of` refuses of the first line
    """
    for skipped in range(min(LINES_ABOVE_A_HEADER, len(table.lines)) + 1):
        candidate = table.below(skipped)
        if any(kind.fits(candidate.header) for kind in KINDS):
            return kind_of(candidate.header), candidate
    return kind_of(table.header), table


def kind_named(name: str) -> Kind:
    """Return a kind by its name."""
    return next(kind for kind in KINDS if kind.name == name)
