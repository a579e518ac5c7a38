"""Buildings, premises, usage points, meters and where each meter stood when."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q


class Building(models.Model):
    """A house with one service agreement and, as a rule, one intake meter."""

    class Segment(models.TextChoices):
        APARTMENTS = "apartments"
        PRIVATE = "private"
        OTHER = "other"

    code = models.CharField(max_length=40, unique=True)
    street = models.CharField(max_length=120)
    house = models.CharField(max_length=40)
    town = models.CharField(max_length=80)
    postcode = models.CharField(max_length=10)
    segment = models.CharField(max_length=12, choices=Segment, default=Segment.APARTMENTS)
    walking_order = models.PositiveIntegerField(default=0)
    search = models.CharField(max_length=160, blank=True, help_text="address without case and diacritics")

    def __str__(self) -> str:
        return self.address

    @property
    def address(self) -> str:
        return f"{self.street} {self.house}"


class Premise(models.Model):
    """A flat, a private house or business premises inside a building."""

    building = models.ForeignKey(Building, on_delete=models.PROTECT)
    number = models.CharField(max_length=20, blank=True)
    position = models.PositiveIntegerField(default=0)
    stairwell = models.CharField(max_length=10, blank=True)
    floor = models.SmallIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["building", "number"], name="premise_numbered_once")]

    @property
    def address(self) -> str:
        return f"{self.building.address}-{self.number}" if self.number else self.building.address

    def __str__(self) -> str:
        return self.address


class UsagePoint(models.Model):
    """Where one commodity is measured; balance = parent less the sum of its children."""

    class Role(models.TextChoices):
        INTAKE = "intake"
        UNIT = "unit"
        COMMON = "common"

    class Commodity(models.TextChoices):
        COLD = "cold"
        HOT = "hot"

    code = models.CharField(max_length=40, unique=True)
    building = models.ForeignKey(Building, on_delete=models.PROTECT)
    premise = models.ForeignKey(Premise, on_delete=models.PROTECT, null=True)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True)
    role = models.CharField(max_length=10, choices=Role, default=Role.UNIT)
    commodity = models.CharField(max_length=6, choices=Commodity, default=Commodity.COLD)
    place = models.CharField(max_length=60, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(role="unit", premise__isnull=False) | (~Q(role="unit") & Q(premise=None)),
                name="usage_point_of_a_unit_has_its_premise",
            )
        ]


class Meter(models.Model):
    """A device, known by maker and serial number; it carries no account and no flat."""

    serial = models.CharField(max_length=40)
    make = models.CharField(max_length=60, blank=True)
    life_years = models.PositiveSmallIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["make", "serial"], name="meter_known_once")]

    def __str__(self) -> str:
        return self.serial


class Register(models.Model):
    """The face a person reads: digits before and after the point, rollers only or dials too."""

    class Face(models.TextChoices):
        ROLLERS = "rollers"
        DIALS = "dials"

    meter = models.OneToOneField(Meter, on_delete=models.PROTECT)
    digits_before = models.PositiveSmallIntegerField(default=5)
    digits_after = models.PositiveSmallIntegerField(default=3)
    face = models.CharField(max_length=8, choices=Face, default=Face.ROLLERS)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(digits_before__range=(1, 8), digits_after__range=(0, 3)),
                name="register_face_is_readable",
            )
        ]


class InstallationQuerySet(models.QuerySet["MeterInstallation"]):
    def standing(self, *, on: date) -> InstallationQuerySet:
        """Those in place on a day."""
        return self.filter(Q(removed_on=None) | Q(removed_on__gt=on), installed_on__lte=on)

    def of_units(self) -> InstallationQuerySet:
        return self.filter(usage_point__role=UsagePoint.Role.UNIT)


class MeterInstallation(models.Model):
    """A meter at a usage point from one day to another, with its start and end reading."""

    usage_point = models.ForeignKey(UsagePoint, on_delete=models.PROTECT)
    meter = models.ForeignKey(Meter, on_delete=models.PROTECT)
    installed_on = models.DateField()
    removed_on = models.DateField(null=True)
    start_litres = models.BigIntegerField()
    end_litres = models.BigIntegerField(null=True)
    verified_until = models.DateField(null=True)
    replace_by = models.DateField(null=True)
    seal = models.CharField(max_length=40, blank=True)
    remote_read = models.BooleanField(default=False)

    objects = InstallationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["usage_point"], condition=Q(removed_on=None), name="usage_point_has_one_meter"
            ),
            models.UniqueConstraint(fields=["meter"], condition=Q(removed_on=None), name="meter_stands_in_one_place"),
            models.CheckConstraint(
                condition=Q(removed_on=None, end_litres=None)
                | Q(removed_on__gte=F("installed_on"), end_litres__gte=0),
                name="removed_meter_has_its_end_reading",
            ),
            models.CheckConstraint(condition=Q(start_litres__gte=0), name="start_reading_not_negative"),
        ]
        indexes = [models.Index(fields=["usage_point"], condition=Q(remote_read=True), name="meter_read_by_radio")]

    def stands(self, *, on: date) -> bool:
        """Return whether it is in place on a day."""
        return self.installed_on <= on and (self.removed_on is None or self.removed_on > on)


class ExchangeAct(models.Model):
    """The paper of an exchange: which meter went, which came, who did it, and when the act reached us."""

    removed = models.OneToOneField(MeterInstallation, on_delete=models.PROTECT, related_name="act_of_removal")
    installed = models.OneToOneField(MeterInstallation, on_delete=models.PROTECT, related_name="act_of_installation")
    performed_by = models.CharField(max_length=120)
    acted_on = models.DateField()
    handed_in_on = models.DateField()
    removed_seal = models.CharField(max_length=40, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(handed_in_on__gte=F("acted_on")), name="act_handed_in_after_it_was_made"
            )
        ]


class Noncompliance(models.Model):
    """A dated ground (N1-N7, MK 524 / MK 1013 p. 19.1) with its evidence; the customer sees it."""

    class Ground(models.TextChoices):
        N1 = "N1", "no reading in term, at least three months in a row"
        N2 = "N2", "meter not installed"
        N3 = "N3", "meter not replaced or re-verified when that is the owner's duty"
        N4 = "N4", "meter installed against metrology rules or the owners' decision"
        N5 = "N5", "inspection refused repeatedly"
        N6 = "N6", "seal, mark or meter damaged, removed or influenced"
        N7 = "N7", "access refused repeatedly, or unmetered take-off point"

    premise = models.ForeignKey(Premise, on_delete=models.PROTECT)
    ground = models.CharField(max_length=2, choices=Ground)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    evidence = models.CharField(max_length=300)
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["premise", "ground", "starts_on"], name="noncompliance_recorded_once"),
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="noncompliance_ends_after_it_began"
            ),
        ]
