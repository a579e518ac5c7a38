"""What makes an entry of a bank account the same entry when it is seen again."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
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

    Two equal payments on one day are two payments. ``before`` counts equal entries without a reference
    that earlier statements of the statement's first day have brought, where this one continues them.

    >>> same = Entry(500, date(2026, 11, 2), date(2026, 11, 2), "", False, ())
    >>> keys = Keys(date(2026, 11, 2))
    >>> [keys.key_of(same)[-2:], keys.key_of(same)[-2:]]
    [':1', ':2']
    """

    def __init__(self, first_day: date, before: Mapping[str, int] | None = None) -> None:
        self.first_day, self.before = first_day, before or {}
        self.seen: Counter[str] = Counter()

    def key_of(self, entry: Entry) -> str:
        """Return the key of the next entry."""
        digest = digest_of(entry)
        self.seen[digest] += 1
        continued = not entry.bank_reference and entry.booked_on == self.first_day
        return f"{digest}:{self.seen[digest] + (self.before.get(digest, 0) if continued else 0)}"
