"""What a cubic metre, or a delivered paper invoice, costs since when."""

from django.db import models
from django.db.models import Q


class Tariff(models.Model):
    """A net unit price in 1/100,000 EUR, valid from a day until the next one of its service."""

    class Service(models.TextChoices):
        WATER = "water"
        SEWERAGE = "sewerage"
        TREATMENT = "treatment"
        PAPER = "paper"

    service = models.CharField(max_length=10, choices=Service)
    valid_from = models.DateField()
    price_100k = models.PositiveBigIntegerField()
    decision = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "valid_from"], name="tariff_starts_once"),
            models.CheckConstraint(condition=Q(price_100k__gt=0), name="tariff_costs_something"),
        ]
