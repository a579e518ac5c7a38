"""Raw material as it came: the original is kept whatever happens later."""

from django.db import models


class Item(models.Model):
    """An uploaded file: staged and judged first, applied after a person has seen the summary."""

    class State(models.TextChoices):
        STAGED = "staged"
        APPLYING = "applying"
        APPLIED = "applied"
        REFUSED = "refused"

    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    original = models.BinaryField()
    encoding = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=State, default=State.STAGED)
    summary = models.JSONField(default=dict)
    uploaded_at = models.DateTimeField()
    uploaded_by = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sha256"], name="file_taken_once")]


class StagedRow(models.Model):
    """One row of a staged file, with the reason when it cannot be used."""

    class State(models.TextChoices):
        NEW = "new"
        CHANGED = "changed"
        SAME = "same"
        BAD = "bad"
        APPLIED = "applied"

    item = models.ForeignKey(Item, on_delete=models.CASCADE)
    number = models.PositiveIntegerField()
    values = models.JSONField()
    state = models.CharField(max_length=8, choices=State)
    problem = models.CharField(max_length=40, blank=True)
    facts = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "number"], name="row_staged_once")]
