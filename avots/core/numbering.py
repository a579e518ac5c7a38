"""Gap-free fiscal series (invoice, credit note, cash receipt).

A counter row, never a sequence: the number is drawn in the transaction that uses it, so a
rollback returns it. Draw last, just before the commit, because the row is locked until then.
"""

from django.db import transaction
from django.db.models import F

from avots.core.models import Series


def draw(series: str, count: int = 1) -> range:
    """Return the next ``count`` numbers of a series, inside the caller's transaction.

    :raises RuntimeError: outside a transaction, where a crash would leave a gap
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("numbers are drawn inside the transaction that uses them")
    Series.objects.get_or_create(name=series)
    Series.objects.filter(name=series).update(next_number=F("next_number") + count)
    after = Series.objects.values_list("next_number", flat=True).get(name=series)
    return range(after - count, after)
