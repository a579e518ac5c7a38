"""Coupons: which paper stands for which meters in which round."""

from django.db import models

from avots.customers.models import CustomerAccount
from avots.meters.models import Premise
from avots.readings.models import Round


class Coupon(models.Model):
    """The tear-off part for one home and round; its code is random and opens nothing.

    ``installations`` names the meters in the order of the rows on the paper.
    """

    code = models.CharField(max_length=12)
    round = models.ForeignKey(Round, on_delete=models.PROTECT)
    account = models.ForeignKey(CustomerAccount, on_delete=models.PROTECT)
    premise = models.ForeignKey(Premise, on_delete=models.PROTECT)
    part = models.PositiveSmallIntegerField(default=1)
    layout = models.CharField(max_length=1)
    installations = models.JSONField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code"], name="coupon_code_once"),
            models.UniqueConstraint(fields=["round", "account", "premise", "part"], name="coupon_made_once"),
        ]

    def __str__(self) -> str:
        return self.code
