"""What was told about a meter's term."""

from django.db import models

from avots.meters.models import MeterInstallation


class TermNotice(models.Model):
    """A notice of one meter's term was promised: once for each kind, term and ordinal."""

    class Kind(models.TextChoices):
        VERIFICATION = "verification"
        REPLACEMENT = "replacement"

    installation = models.ForeignKey(MeterInstallation, on_delete=models.PROTECT)
    kind = models.CharField(max_length=12, choices=Kind)
    term = models.DateField()
    ordinal = models.PositiveSmallIntegerField()
    noticed_at = models.DateTimeField()
    message_key = models.CharField(max_length=160)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["installation", "kind", "term", "ordinal"], name="term_noticed_once")
        ]
