"""Money that arrived."""

from django.db import models
from django.db.models import Q

from avots.customers.models import CustomerAccount


class Payment(models.Model):
    """An amount received for an account, known by its key; its posting moves the money."""

    class Channel(models.TextChoices):
        BANK = "bank"
        CASH = "cash"

    key = models.CharField(max_length=120)
    account = models.ForeignKey(CustomerAccount, on_delete=models.PROTECT)
    cents = models.BigIntegerField()
    received_on = models.DateField()
    channel = models.CharField(max_length=8, choices=Channel, default=Channel.BANK)
    reference = models.CharField(max_length=140, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], name="payment_received_once"),
            models.CheckConstraint(condition=Q(cents__gt=0), name="payment_is_positive"),
        ]
