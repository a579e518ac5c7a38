"""Invariants of money received (quality.md 5.2: 11, 12)."""

from django.db.models import Sum

from avots.ledger.models import Posting
from avots.payments.models import Payment


def payments_are_posted() -> list[str]:
    """Return a sentence when received money and its postings differ."""
    received = Payment.objects.aggregate(sum=Sum("cents"))["sum"] or 0
    posted = Posting.objects.filter(key__startswith="payment:").aggregate(sum=Sum("cents"))["sum"] or 0
    return [] if received == posted else [f"payments {received}, postings {posted}"]
