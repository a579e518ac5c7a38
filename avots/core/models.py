"""Tables every room leans on: audit, approvals, number series, dated policies, ticks."""

from django.db import models
from django.db.models import Q


class AuditEntry(models.Model):
    """Who did what to which subject; written in the change's own transaction, never changed."""

    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    verb = models.CharField(max_length=80)
    subject = models.CharField(max_length=120)
    facts = models.JSONField(default=dict)
    refused = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["subject"], name="audit_by_subject")]


class AuditSeal(models.Model):
    """One link of the tamper-evident chain over a batch of audit entries."""

    sealed_at = models.DateTimeField()
    entries = models.PositiveIntegerField()
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)


class SealedEntry(models.Model):
    """Which seal covers an audit entry, and at which place."""

    entry = models.OneToOneField(AuditEntry, on_delete=models.PROTECT, primary_key=True)
    seal = models.ForeignKey(AuditSeal, on_delete=models.PROTECT)
    position = models.PositiveIntegerField()


class Approval(models.Model):
    """A change that waits for a second pair of eyes."""

    class State(models.TextChoices):
        OPEN = "open"
        GRANTED = "granted"
        DECLINED = "declined"
        WITHDRAWN = "withdrawn"

    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=120)
    facts = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    requested_by = models.CharField(max_length=80)
    requested_at = models.DateTimeField()
    decided_by = models.CharField(max_length=80, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject"], condition=Q(state="open"), name="approval_open_once"),
            models.CheckConstraint(
                condition=~Q(decided_by=models.F("requested_by")),
                name="approval_by_a_second_person",
            ),
        ]


class Series(models.Model):
    """A gap-free fiscal number series: the counter row is part of the drawing transaction."""

    name = models.CharField(max_length=40, unique=True)
    next_number = models.PositiveIntegerField(default=1)


class PolicyChange(models.Model):
    """A dated value of a policy that overrides the shipped default from that day on."""

    name = models.CharField(max_length=60)
    valid_from = models.DateField()
    value = models.JSONField()
    basis = models.CharField(max_length=300)
    decided_at = models.DateTimeField()
    decided_by = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "valid_from"], name="policy_decided_once_a_day")]


class Tick(models.Model):
    """The timetable has started this job for this slot; the key lets only one worker do it."""

    job = models.CharField(max_length=80)
    slot = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "slot"], name="tick_once")]


class Throttle(models.Model):
    """How often something was tried in one slot of time."""

    name = models.CharField(max_length=100)
    slot = models.DateTimeField()
    tries = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "slot"], name="throttle_counted_once")]
