"""The month's litres: measured, estimated, and the share of the building's difference."""

from django.db import models
from django.db.models import Q

from avots.customers.models import CustomerAccount
from avots.meters.models import Building, MeterInstallation, Premise, UsagePoint
from avots.readings.models import Round


class BuildingMonth(models.Model):
    """A building's water balance of one month, all in litres."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT)
    building = models.ForeignKey(Building, on_delete=models.PROTECT)
    computed_at = models.DateTimeField()
    input_hash = models.CharField(max_length=64)
    intake_litres = models.BigIntegerField()
    units_litres = models.BigIntegerField()
    common_litres = models.BigIntegerField(default=0)
    difference_litres = models.BigIntegerField()
    carried_in_litres = models.BigIntegerField(default=0)
    carried_out_litres = models.BigIntegerField(default=0)
    shared_litres = models.BigIntegerField(default=0)
    waived_litres = models.BigIntegerField(default=0)
    units = models.PositiveIntegerField()
    estimated_units = models.PositiveIntegerField(default=0)
    noncompliant_units = models.PositiveIntegerField(default=0)
    sharing = models.CharField(max_length=20)
    anatomy = models.JSONField(default=list, help_text="causes of the gap: cause, litres, premises")
    final = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["round", "building"], name="building_balanced_once"),
            models.CheckConstraint(
                condition=Q(
                    difference_litres=models.F("intake_litres") - models.F("units_litres") - models.F("common_litres")
                ),
                name="difference_is_intake_less_metered",
            ),
            models.CheckConstraint(
                condition=Q(
                    carried_out_litres=models.F("difference_litres")
                    + models.F("carried_in_litres")
                    - models.F("shared_litres")
                    - models.F("waived_litres")
                ),
                name="what_is_not_shared_is_carried",
            ),
        ]


class Usage(models.Model):
    """Litres of one meter at one usage point in one month: a tile of its time line.

    Where the premise changed hands inside the month, each account has its part.
    """

    class Method(models.TextChoices):
        ACTUAL = "actual"
        ESTIMATE = "estimate"
        NONCOMPLIANT = "noncompliant"
        ABSENCE = "absence"
        OPENING = "opening"

    # Those without an index of their own: one below begins with them.
    round = models.ForeignKey(Round, on_delete=models.PROTECT, db_index=False)
    building_month = models.ForeignKey(BuildingMonth, on_delete=models.CASCADE, null=True)
    usage_point = models.ForeignKey(UsagePoint, on_delete=models.PROTECT, db_index=False)
    installation = models.ForeignKey(MeterInstallation, on_delete=models.PROTECT)
    premise = models.ForeignKey(Premise, on_delete=models.PROTECT, null=True, db_index=False)
    account = models.ForeignKey(CustomerAccount, on_delete=models.PROTECT, null=True)
    part = models.PositiveSmallIntegerField(default=0)
    from_litres = models.BigIntegerField()
    to_litres = models.BigIntegerField()
    litres = models.BigIntegerField()
    shared_before_litres = models.BigIntegerField(default=0)
    method = models.CharField(max_length=14, choices=Method)
    misses = models.PositiveSmallIntegerField(default=0)
    read_on = models.DateField(null=True)
    basis = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["round", "installation", "part"], name="usage_tiled_once")]
        indexes = [
            models.Index(fields=["premise", "round"], name="usage_of_premise"),
            models.Index(fields=["usage_point", "round"], name="usage_of_point"),
        ]


class DifferenceShare(models.Model):
    """A premise's litres of its building's difference: stage 1 non-compliant, stage 2 the rest.

    Stage 0 is its part of the measured common use.
    """

    # Without an index of its own: the key begins with it.
    building_month = models.ForeignKey(BuildingMonth, on_delete=models.CASCADE, db_index=False)
    premise = models.ForeignKey(Premise, on_delete=models.PROTECT)
    account = models.ForeignKey(CustomerAccount, on_delete=models.PROTECT, null=True)
    stage = models.PositiveSmallIntegerField()
    part = models.PositiveSmallIntegerField(default=0)
    litres = models.BigIntegerField()
    basis = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["building_month", "premise", "stage", "part"], name="difference_shared_once"
            )
        ]


class BookedCorrection(models.Model):
    """A tile that puts an issued month's litres right; the building's next month counts its litres.

    The month itself stays as it was shared (domain.md 4.7).
    """

    tile = models.OneToOneField(Usage, on_delete=models.PROTECT)
    building = models.ForeignKey(Building, on_delete=models.PROTECT)
    round = models.ForeignKey(Round, on_delete=models.PROTECT)
    litres = models.BigIntegerField()
    booked_at = models.DateTimeField()
    booked_by = models.CharField(max_length=80)
