"""How often Python looks for garbage in cycles."""

import gc

# Rows of a batch are tuples in lists and make no cycles; Python's own 700 looks through them many times over.
ALLOCATIONS = 50_000


def look_rarely() -> None:
    """Let the collector look after so many new objects, and never again at what the program itself is made of."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(ALLOCATIONS, 20, 20)
