"""Whom we thank: those who reported and paid on time, month after month."""

from collections.abc import Sequence


def deserves_thanks(reported: Sequence[bool], paid: Sequence[bool], *, months: int) -> bool:
    """Return whether a household did both on time in each of so many months, newest first.

    ``reported``: all its meters within the window of a month; ``paid``: an invoice by its due date.
    Who has fewer months behind is not thanked yet; a policy of 0 months thanks nobody.

    >>> deserves_thanks([True, True, True, False], [True, True, True], months=3)
    True
    >>> deserves_thanks([True, True, True], [True, False, True], months=3)
    False
    >>> deserves_thanks([True], [True], months=3), deserves_thanks([], [], months=0)
    (False, False)
    """
    enough = months > 0 and len(reported) >= months and len(paid) >= months
    return enough and all(reported[:months]) and all(paid[:months])
