"""Coupons: which paper stands for which meters in which round; and the papers that came back."""

from django.db import models
from django.db.models import Q

from avots.customers.models import CustomerAccount
from avots.meters.models import Building, Premise
from avots.readings.models import Receipt, Round


class Coupon(models.Model):
    """The tear-off part for one home and round; its code is random and opens nothing.

    ``installations`` names the meters in the order of the rows on the paper.
    """

    code = models.CharField(max_length=12)
    round = models.ForeignKey(Round, on_delete=models.PROTECT, db_index=False)  # a key begins with it
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


class Batch(models.Model):
    """Papers collected together from a mailbox; it names the round they count in.

    ``papers``: how many were counted in the hand. Out of the window they are kept for the next round.
    """

    round = models.ForeignKey(Round, on_delete=models.PROTECT)
    building = models.ForeignKey(Building, on_delete=models.PROTECT, null=True)
    place = models.CharField(max_length=120, blank=True)
    collected_on = models.DateField()
    in_window = models.BooleanField()
    papers = models.PositiveIntegerField()
    key = models.CharField(max_length=40)
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=80)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key"], name="batch_opened_once")]

    def __str__(self) -> str:
        return self.place or str(self.building or "")


class Slip(models.Model):
    """One paper of a batch and what became of it; ``values`` are (installation, litres) as keyed."""

    class State(models.TextChoices):
        KEYED = "keyed"
        REJECTED = "rejected"
        EXCEPTION = "exception"  # keyed twice with other content: a person looks at the paper
        VOID = "void"  # the same paper keyed again: it stands once

    class Reason(models.TextChoices):
        UNREADABLE = "unreadable"
        EMPTY = "empty"
        FOREIGN = "foreign"
        REPEATED = "repeated"

    class Second(models.TextChoices):
        NONE = "none"
        DUE = "due"
        AGREED = "agreed"
        DIFFERED = "differed"

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT)
    round = models.ForeignKey(Round, on_delete=models.PROTECT)
    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, null=True)
    key = models.CharField(max_length=80)
    state = models.CharField(max_length=10, choices=State)
    reason = models.CharField(max_length=12, choices=Reason, blank=True)
    values = models.JSONField(default=list)
    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT, null=True)
    second = models.CharField(max_length=8, choices=Second, default=Second.NONE)
    second_by = models.CharField(max_length=80, blank=True)
    keyed_at = models.DateTimeField()
    keyed_by = models.CharField(max_length=80)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], name="slip_keyed_once"),
            models.UniqueConstraint(
                fields=["round", "coupon"], condition=Q(state="keyed"), name="coupon_counts_once_a_round"
            ),
            models.CheckConstraint(
                condition=~Q(state="rejected") | ~Q(reason=""), name="rejected_slip_has_its_reason"
            ),
            models.CheckConstraint(
                condition=~Q(state="keyed") | Q(coupon__isnull=False, receipt__isnull=False),
                name="keyed_slip_has_its_readings",
            ),
        ]

    @property
    def litres(self) -> dict[int, int]:
        """What was keyed, in litres by installation."""
        return dict(self.values)
