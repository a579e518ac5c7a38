"""The books as a plain-text journal, which hledger, ledger and beancount's kin add up independently."""

from collections.abc import Iterator
from datetime import date

from avots.ledger.models import Posting


def journal(*, until: date | None = None) -> Iterator[str]:
    """Yield the postings as journal entries, in the order they were made; amounts in euros.

    An entry names its document and, behind the semicolon, its key. The customer's side is
    ``receivable:NUMBER``; no names leave the books.

    :source: hledger journal format 1.x: date, status, description, two-space separated postings
    """
    rows = Posting.objects.order_by("pk").select_related("debit", "credit")
    for row in (rows.filter(booked_on__lte=until) if until else rows).iterator(chunk_size=5_000):
        amount = f"{row.cents // 100}.{row.cents % 100:02d} EUR"
        yield (
            f"{row.booked_on} * {row.document}  ; {row.key}\n"
            f"    {row.debit.code}  {amount}\n"
            f"    {row.credit.code}  -{amount}\n\n"
        )
