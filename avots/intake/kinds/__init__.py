"""What a file may hold: one module a topic, known by its header."""

from avots.core.errors import Refused
from avots.intake.kinds import buildings, customers, cutoff, golive, meters
from avots.intake.kinds.kind import Kind

KINDS: tuple[Kind, ...] = (*buildings.KINDS, *customers.KINDS, *meters.KINDS, *cutoff.KINDS, *golive.KINDS)


def kind_of(header: tuple[str, ...]) -> Kind:
    """Return the kind whose needed columns a header has; the one that uses most of it.

    :raises Refused: ``columns_missing``
    """
    found = [kind for kind in KINDS if set(kind.needed) <= set(header)]
    if not found:
        raise Refused("columns_missing")
    return max(found, key=lambda kind: len(set(kind.needed) | (set(kind.columns) & set(header))))


def kind_named(name: str) -> Kind:
    """Return a kind by its name."""
    return next(kind for kind in KINDS if kind.name == name)
