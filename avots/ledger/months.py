"""What stands in each month of the books; postings never change, so what was added up once is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.core.cache import cache
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from avots.core.dates import Month
from avots.ledger.models import ClosedMonth, Posting
from avots.ledger.queries import closed_until

# The number grows when Kept or what is in it changes: what an earlier release kept is then not read.
KEY, KEPT_SECONDS = "months-of-books:1", 60 * 60 * 24 * 40
# Longer than any transaction: what was posted before is there to be seen.
SETTLES = timedelta(hours=1)


class Sums(NamedTuple):
    """How many postings a month has, and what was billed and received in it, in cents."""

    postings: int = 0
    billed_cents: int = 0
    received_cents: int = 0

    def plus(self, more: "Sums") -> "Sums":
        return Sums(*(one + other for one, other in zip(self, more, strict=True)))


class Kept(NamedTuple):
    """The sums of all postings up to one."""

    until: int
    months: Mapping[Month, Sums]


@dataclass(frozen=True)
class MonthOfBooks:
    """A month of the books with its sums, and who closed it."""

    month: Month
    sums: Sums
    closed: ClosedMonth | None


def months_of_books(last: Month, *, months: int, now: datetime) -> list[MonthOfBooks]:
    """Return so many months of the books up to one, newest first."""
    found = sums_of_months(now)
    since, latest = last.plus(1 - months), closed_until()
    closed = {Month.of(row.first_day): row for row in ClosedMonth.objects.filter(first_day__gte=since.first_day)}
    shown = [
        MonthOfBooks(month, found.get(month, Sums()), closed.get(month))
        for month in (last.plus(-back) for back in range(months))
    ]
    return [row for row in shown if row.sums.postings or row.closed or (latest and row.month.last_day > latest)]


def sums_of_months(now: datetime) -> Mapping[Month, Sums]:
    """Return the sums of every month that has a posting; only what came lately is added up."""
    kept: Kept = cache.get(KEY) or Kept(0, {})
    settled = Posting.objects.filter(pk__gt=kept.until, posted_at__lt=now - SETTLES)
    until = settled.order_by("-pk").values_list("pk", flat=True).first()
    if until is not None:
        older = _added_up(Posting.objects.filter(pk__gt=kept.until, pk__lte=until))
        kept = Kept(until, _together(kept.months, older))
        cache.set(KEY, kept, KEPT_SECONDS)
    return _together(kept.months, _added_up(Posting.objects.filter(pk__gt=kept.until)))


def _together(some: Mapping[Month, Sums], more: Mapping[Month, Sums]) -> dict[Month, Sums]:
    return {month: some.get(month, Sums()).plus(more.get(month, Sums())) for month in some.keys() | more.keys()}


def _added_up(postings: QuerySet[Posting]) -> dict[Month, Sums]:
    received, undone = Q(key__startswith="payment:"), Q(key__startswith="undone:")
    billed = Q(key__startswith="invoice:") | Q(key__startswith="credit:")
    rows = postings.annotate(first_day=TruncMonth("booked_on")).values("first_day").order_by("first_day")
    sums = rows.annotate(
        postings=Count("pk"),
        debited=Sum("cents", filter=billed & Q(debit__customer__isnull=False), default=0),
        credited=Sum("cents", filter=billed & Q(credit__customer__isnull=False), default=0),
        came=Sum("cents", filter=received, default=0),
        went=Sum("cents", filter=undone, default=0),
    )
    return {
        Month.of(row["first_day"]): Sums(row["postings"], row["debited"] - row["credited"], row["came"] - row["went"])
        for row in sums
    }
