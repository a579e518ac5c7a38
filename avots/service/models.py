"""What the utility tells its customers, and on which days its desk keeps other hours."""

from django.db import models
from django.db.models import F, Q

from avots.customers.models import CustomerAccount
from avots.meters.models import Building


class Announcement(models.Model):
    """A text for everybody, a street or a house, from one day to another, both included."""

    class Kind(models.TextChoices):
        EMERGENCY = "emergency"
        PLANNED = "planned"
        NEWS = "news"

    class Audience(models.TextChoices):
        ALL = "all"
        STREET = "street"
        HOUSE = "house"

    key = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=10, choices=Kind)
    title = models.CharField(max_length=120)
    text = models.TextField()
    audience = models.CharField(max_length=6, choices=Audience, default=Audience.ALL)
    street = models.CharField(max_length=120, blank=True)
    building = models.ForeignKey(Building, on_delete=models.PROTECT, null=True)
    starts_on = models.DateField()
    last_on = models.DateField()
    written_at = models.DateTimeField()
    written_by = models.CharField(max_length=80)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(starts_on__lte=F("last_on")), name="announcement_has_a_day"),
            models.CheckConstraint(
                condition=Q(audience="all", street="", building=None)
                | (Q(audience="street", building=None) & ~Q(street=""))
                | Q(audience="house", street="", building__isnull=False),
                name="announcement_reaches_its_audience",
            ),
        ]
        indexes = [models.Index(fields=["last_on"], name="announcement_until")]

    def __str__(self) -> str:
        return self.title

    @property
    def place(self) -> str:
        """Return whom it is for, as an address; empty for everybody."""
        return str(self.building) if self.building is not None else self.street


class SpecialDay(models.Model):
    """A day on which the desk keeps other hours than on its weekday; no hours mean closed."""

    on = models.DateField(unique=True)
    hours = models.CharField(max_length=40, blank=True)
    note = models.CharField(max_length=120, blank=True)
    decided_at = models.DateTimeField()
    decided_by = models.CharField(max_length=80)


class Look(models.Model):
    """Somebody of the staff opened a customer's page; the customer can see when and in which role."""

    account = models.ForeignKey(CustomerAccount, on_delete=models.PROTECT)
    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    role = models.CharField(max_length=16)

    class Meta:
        indexes = [models.Index(fields=["account", "-at"], name="look_of_account")]
