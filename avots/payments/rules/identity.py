"""What makes an entry of a bank account the same entry when it is seen again."""

from collections import Counter
from collections.abc import Mapping
from hashlib import blake2b

from avots.payments.statements import Entry


def digest_of(entry: Entry) -> str:
    """Return what identifies an entry, but for its place among equal ones.

    Where the bank gives a reference, that with day and amount: banks use a reference again next year,
    and for a payment and its fee. Where it gives none, everything that is said of the entry.
    """
    named = (entry.bank_reference, entry.booked_on, entry.cents)
    return blake2b(repr(named if entry.bank_reference else entry).encode(), digest_size=16).hexdigest()


class Keys:
    """Gives each entry of one statement its key: the digest and its place among equal ones.

    Two equal payments on one day are two payments. ``elsewhere`` counts, by digest, entries without a
    reference that stand in other statements of the same day which this one follows or precedes.

    >>> from datetime import date
    >>> same = Entry(500, date(2026, 11, 2), date(2026, 11, 2), "", False, ())
    >>> keys = Keys()
    >>> [keys.key_of(same)[-2:], keys.key_of(same)[-2:]]
    [':1', ':2']
    """

    def __init__(self, elsewhere: Mapping[str, int] | None = None) -> None:
        self.elsewhere = elsewhere or {}
        self.seen: Counter[str] = Counter()

    def key_of(self, entry: Entry) -> str:
        """Return the key of the next entry."""
        digest = digest_of(entry)
        self.seen[digest] += 1
        return f"{digest}:{self.seen[digest] + self.elsewhere.get(digest, 0)}"
