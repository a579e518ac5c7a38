"""Raw material as it came: the original is kept whatever happens later."""

from django.db import models


class Item(models.Model):
    """A file: checked first, and written after a person has seen what it would do."""

    class State(models.TextChoices):
        RECEIVED = "received"
        CHECKING = "checking"
        STAGED = "staged"
        APPLYING = "applying"
        APPLIED = "applied"
        REFUSED = "refused"

    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    original = models.BinaryField()
    state = models.CharField(max_length=10, choices=State, default=State.RECEIVED)
    problem = models.CharField(max_length=40, blank=True)
    facts = models.JSONField(default=dict)
    rows_total = models.PositiveIntegerField(default=0)
    rows_done = models.PositiveIntegerField(default=0)
    uploaded_at = models.DateTimeField()
    uploaded_by = models.CharField(max_length=80)
    applied_by = models.CharField(max_length=80, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sha256"], name="file_taken_once")]

    @property
    def is_working(self) -> bool:
        """Whether a worker has it, or will."""
        return self.state in {self.State.RECEIVED, self.State.CHECKING, self.State.APPLYING}


class Sheet(models.Model):
    """One table of a file; without a kind it is not used, for the reason told."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE)
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=80, blank=True)
    kind = models.CharField(max_length=20, blank=True)
    encoding = models.CharField(max_length=20)
    header = models.JSONField()
    problem = models.CharField(max_length=40, blank=True)
    facts = models.JSONField(default=dict)
    doubt = models.CharField(max_length=120, blank=True, help_text="a text that looks encoded twice")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "position"], name="sheet_taken_once")]


class StagedRow(models.Model):
    """One row of a table as it was written, with the reason when it cannot be used."""

    class State(models.TextChoices):
        NEW = "new"
        SAME = "same"
        BAD = "bad"
        APPLIED = "applied"

    sheet = models.ForeignKey(Sheet, on_delete=models.CASCADE)
    number = models.PositiveIntegerField()
    position = models.PositiveIntegerField(help_text="the order of writing")
    cells = models.JSONField()
    amount = models.BigIntegerField(null=True)
    state = models.CharField(max_length=8, choices=State)
    problem = models.CharField(max_length=40, blank=True)
    facts = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sheet", "number"], name="row_staged_once")]
        indexes = [models.Index(fields=["sheet", "state", "position"], name="rows_to_write")]
