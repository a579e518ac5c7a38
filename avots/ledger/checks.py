"""Invariants of the books (quality.md 5.2: 1)."""

from django.db.models import Count, F, Q

from avots.ledger.models import LedgerAccount, Posting


def postings_have_two_sides() -> list[str]:
    """Return postings that are not a positive amount between two different sides."""
    wrong = Posting.objects.filter(Q(cents__lte=0) | Q(debit=F("credit")))
    return [f"posting {key} is unbalanced" for key in wrong.values_list("key", flat=True)[:100]]


def keys_are_unique() -> list[str]:
    """Return keys that stand for more than one posting."""
    keys = Posting.objects.values("key").annotate(n=Count("pk")).filter(n__gt=1)
    return [f"posting key {row['key']} stands {row['n']} times" for row in keys[:100]]


def receivables_belong_to_someone() -> list[str]:
    """Return receivables without their customer."""
    lost = LedgerAccount.objects.filter(code__startswith="receivable:", customer=None)
    return [f"{account.code} belongs to no customer" for account in lost[:100]]
