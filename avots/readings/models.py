"""Rounds, and everything a meter was said to show."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import models
from django.db.models import F, Q

from avots.core.dates import Month, local_day
from avots.customers.models import CustomerAccount
from avots.meters.models import MeterInstallation, Premise


class Round(models.Model):
    """A month's reading round with its four moments (house.md 10)."""

    class Stage(models.TextChoices):
        PLANNED = "planned"
        OPEN = "open"
        CLOSED = "closed"
        COMPLETE = "complete"

    first_day = models.DateField(unique=True)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    complete_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(opens_at__lt=F("closes_at"), closes_at__lte=F("complete_at")),
                name="round_moments_in_order",
            )
        ]

    def __str__(self) -> str:
        return str(self.month)

    @property
    def month(self) -> Month:
        return Month.of(self.first_day)

    def stage(self, now: datetime) -> Stage:
        """Return where the round stands at an instant; each moment begins its stage."""
        if now < self.opens_at:
            return self.Stage.PLANNED
        if now < self.closes_at:
            return self.Stage.OPEN
        return self.Stage.CLOSED if now < self.complete_at else self.Stage.COMPLETE

    @property
    def cut_on(self) -> date:
        """The last local day of the window: a month's tiles end here."""
        return local_day(self.closes_at - timedelta(microseconds=1))


class Receipt(models.Model):
    """One submission of a household: what was recorded together, under one reference."""

    reference = models.CharField(max_length=12, unique=True)
    round = models.ForeignKey(Round, on_delete=models.PROTECT)
    premise = models.ForeignKey(Premise, on_delete=models.PROTECT)
    account = models.ForeignKey(CustomerAccount, on_delete=models.PROTECT, null=True)
    submitted_at = models.DateTimeField()
    by = models.CharField(max_length=80)


class Reading(models.Model):
    """What one channel said a meter showed; rows are kept, at most one a round counts."""

    class Source(models.TextChoices):
        PORTAL = "portal"
        LINK = "link"
        COUPON = "coupon"
        PHOTO = "photo"
        PHONE = "phone"
        STAFF = "staff"
        IMPORT = "import"
        API = "api"
        TELEGRAM = "telegram"

    class Kind(models.TextChoices):
        REGULAR = "regular"
        INSTALLATION = "installation"
        REMOVAL = "removal"
        CONTROL = "control"
        OWNER = "change_of_owner"

    class State(models.TextChoices):
        RECEIVED = "received"
        HELD = "held"
        ACCEPTED = "accepted"
        SUPERSEDED = "superseded"
        REJECTED = "rejected"

    class Quality(models.IntegerChoices):
        """ESPI quality of reading."""

        VALID = 0
        EDITED = 7
        ESTIMATED = 8
        QUESTIONABLE = 10
        VERIFIED = 18
        REVENUE = 19

    # Without indexes of their own: those below begin with them.
    installation = models.ForeignKey(MeterInstallation, on_delete=models.PROTECT, db_index=False)
    round = models.ForeignKey(Round, on_delete=models.PROTECT, db_index=False)
    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT, null=True)
    litres = models.BigIntegerField()
    read_on = models.DateField()
    received_at = models.DateTimeField()
    source = models.CharField(max_length=10, choices=Source)
    source_key = models.CharField(max_length=120)
    kind = models.CharField(max_length=16, choices=Kind, default=Kind.REGULAR)
    state = models.CharField(max_length=12, choices=State, default=State.RECEIVED)
    quality = models.PositiveSmallIntegerField(choices=Quality, default=Quality.VALID)
    findings = models.JSONField(default=list)
    by = models.CharField(max_length=80)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=80, blank=True)
    decision = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "source_key"], name="reading_heard_once"),
            models.UniqueConstraint(
                fields=["installation", "round"],
                condition=Q(state__in=["accepted", "held"], kind="regular"),
                name="reading_counts_once_a_round",
            ),
            models.CheckConstraint(condition=Q(litres__gte=0), name="reading_not_negative"),
        ]
        indexes = [
            models.Index(fields=["round", "state"], name="reading_of_round"),
            models.Index(fields=["installation", "round"], name="reading_of_meter"),
            models.Index(fields=["installation"], condition=Q(kind="change_of_owner"), name="reading_of_owners"),
            models.Index(fields=["state"], condition=Q(state="held"), name="reading_waiting"),
            models.Index(
                fields=["decided_by", "decided_at"], condition=Q(decided_at__isnull=False), name="reading_decided"
            ),
            models.Index(fields=["round"], condition=Q(quality=10), name="reading_odd_but_stood_by"),
        ]


class LinkGeneration(models.Model):
    """Raising the generation revokes every earlier personal link of this account and premise."""

    account = models.ForeignKey(CustomerAccount, on_delete=models.PROTECT)
    premise = models.ForeignKey(Premise, on_delete=models.PROTECT)
    generation = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "premise"], name="link_generation_once")]


class Photo(models.Model):
    """A cleaned picture of a meter: evidence, never required; the file lies under its random name."""

    installation = models.ForeignKey(MeterInstallation, on_delete=models.PROTECT)
    round = models.ForeignKey(Round, on_delete=models.PROTECT)
    name = models.CharField(max_length=32, unique=True)
    sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField()
    by = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["installation", "round", "sha256"], name="photo_kept_once"),
        ]


class CannotRead(models.Model):
    """A household cannot read a meter this round: it sent a photo, wants a call, or takes its average."""

    class Way(models.TextChoices):
        PHOTO = "photo"
        CALL = "call"
        AVERAGE = "average"

    installation = models.ForeignKey(MeterInstallation, on_delete=models.PROTECT)
    round = models.ForeignKey(Round, on_delete=models.PROTECT)
    way = models.CharField(max_length=8, choices=Way)
    asked_at = models.DateTimeField()
    by = models.CharField(max_length=80)
    handled_at = models.DateTimeField(null=True)
    handled_by = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["installation", "round"], name="cannot_read_said_once_a_round"),
        ]


class Correction(models.Model):
    """Somebody says an earlier reading was wrong; staff decide. ``litres``: the right value, if known."""

    class State(models.TextChoices):
        WAITING = "waiting"
        GRANTED = "granted"
        DECLINED = "declined"

    reading = models.ForeignKey(Reading, on_delete=models.PROTECT)
    litres = models.BigIntegerField(null=True)
    why = models.CharField(max_length=300, blank=True)
    asked_at = models.DateTimeField()
    by = models.CharField(max_length=80)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=80, blank=True)
    replacement = models.ForeignKey(Reading, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["reading"], condition=Q(state="waiting"), name="correction_waits_once_a_reading"
            ),
        ]
