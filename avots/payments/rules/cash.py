"""What counted cash is worth, and what is given back."""

from collections.abc import Mapping

from avots.core.errors import Refused

# Euro notes and coins, in cents; the 500 EUR note is no longer issued but still money.
DENOMINATIONS = (50_000, 20_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 20, 10, 5, 2, 1)


def counted_cents(pieces: Mapping[int, int]) -> int:
    """Return what counted notes and coins are worth.

    >>> counted_cents({5_000: 2, 200: 3, 1: 7})
    10607

    :raises Refused: ``no_such_money`` for a denomination that is not euro cash
    """
    for cents, count in pieces.items():
        if cents not in DENOMINATIONS or count < 0:
            raise Refused("no_such_money")
    return sum(cents * count for cents, count in pieces.items())


def change_of(given: int, due: int) -> int:
    """Return the change for money given, in cents.

    >>> change_of(5_000, 1_915)
    3085

    :raises Refused: ``given_too_little``
    """
    if given < due:
        raise Refused("given_too_little")
    return given - due
