"""Who owes what. A posting names both sides and a positive amount; it never changes."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from avots.customers.models import CustomerAccount


class LedgerAccount(models.Model):
    """A side of the books: a customer's receivable, income, VAT, bank or cash."""

    code = models.CharField(max_length=40, unique=True)
    customer = models.OneToOneField(CustomerAccount, on_delete=models.PROTECT, null=True)

    def __str__(self) -> str:
        return self.code


class Posting(models.Model):
    """An amount moved from the credit side to the debit side; undo is the opposite posting."""

    key = models.CharField(max_length=120)
    # Without indexes of their own: those below begin with them.
    debit = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="+", db_index=False)
    credit = models.ForeignKey(LedgerAccount, on_delete=models.PROTECT, related_name="+", db_index=False)
    cents = models.BigIntegerField()
    booked_on = models.DateField()
    posted_at = models.DateTimeField()
    document = models.CharField(max_length=60)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], name="posting_made_once"),
            models.CheckConstraint(condition=Q(cents__gt=0), name="posting_is_positive"),
            models.CheckConstraint(condition=~Q(debit=F("credit")), name="posting_has_two_sides"),
        ]
        indexes = [
            models.Index(fields=["debit", "booked_on"], name="posting_debit"),
            models.Index(fields=["credit", "booked_on"], name="posting_credit"),
        ]


class ClosedMonth(models.Model):
    """A month of the books that is closed: no posting is added to it, or to any before it."""

    first_day = models.DateField()
    closed_at = models.DateTimeField()
    asked_by = models.CharField(max_length=80)
    closed_by = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["first_day"], name="month_closed_once")]
