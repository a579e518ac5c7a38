"""Money that arrived, and the bank's statements that say so."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from avots.customers.models import CustomerAccount


class BankAccount(models.Model):
    """An account of the utility at a bank."""

    number = models.CharField(max_length=34, unique=True)
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=80)

    def __str__(self) -> str:
        return self.number


class StatementFile(models.Model):
    """A bank's file as it came: checked whole, then booked some entries at a time."""

    class State(models.TextChoices):
        ARRIVING = "arriving"
        STAGED = "staged"
        BOOKING = "booking"
        BOOKED = "booked"

    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    state = models.CharField(max_length=8, choices=State, default=State.ARRIVING)
    summary = models.JSONField(default=dict)
    uploaded_at = models.DateTimeField()
    uploaded_by = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sha256"], name="statement_file_taken_once")]


class StatementPart(models.Model):
    """A piece of the original, compressed; pieces, so that a large file needs little memory."""

    file = models.ForeignKey(StatementFile, on_delete=models.CASCADE)
    ordinal = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "ordinal"], name="statement_part_once")]


class Statement(models.Model):
    """One statement of a file. ``known``: entries that an earlier statement had brought already."""

    file = models.ForeignKey(StatementFile, on_delete=models.PROTECT)
    ordinal = models.PositiveIntegerField()
    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT)
    number = models.CharField(max_length=60, blank=True)
    from_on = models.DateField()
    to_on = models.DateField()
    opening_cents = models.BigIntegerField()
    closing_cents = models.BigIntegerField()
    entries = models.PositiveIntegerField()
    pending = models.PositiveIntegerField(default=0)
    known = models.PositiveIntegerField(default=0)
    known_cents = models.BigIntegerField(default=0)
    booked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "ordinal"], name="statement_booked_once")]
        indexes = [models.Index(fields=["account", "to_on"], name="statement_of_account")]


class BankEntry(models.Model):
    """A payment on a statement. Money in is positive; a batch stands as its parts."""

    class State(models.TextChoices):
        WAITING = "waiting"  # money of nobody yet, in the suspense account
        MATCHED = "matched"  # whose it is was certain
        ASSIGNED = "assigned"  # a person decided whose it is
        ASIDE = "aside"  # a person decided that it is no customer's
        OWN = "own"  # the utility's own payment, or nothing at all: recorded only
        REVERSED = "reversed"  # the bank took it back
        REVERSAL = "reversal"  # the taking back

    account = models.ForeignKey(BankAccount, on_delete=models.PROTECT)
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT)
    entry_key = models.CharField(max_length=48)
    part = models.PositiveIntegerField()
    cents = models.BigIntegerField()
    booked_on = models.DateField()
    value_on = models.DateField()
    bank_reference = models.CharField(max_length=80, blank=True)
    end_to_end = models.CharField(max_length=80, blank=True)
    party = models.CharField(max_length=160, blank=True)
    iban = models.CharField(max_length=34, blank=True)
    reference = models.CharField(max_length=80, blank=True)
    text = models.CharField(max_length=600, blank=True)
    state = models.CharField(max_length=8, choices=State)
    reason = models.CharField(max_length=20, blank=True)
    turn = models.PositiveSmallIntegerField(default=1)
    teaches = models.BooleanField(default=True, help_text="its IBAN is remembered for the account it pays")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "entry_key", "part"], name="bank_entry_booked_once"),
            models.CheckConstraint(
                condition=~Q(state__in=["matched", "aside"]) | ~Q(reason=""), name="bank_entry_decided_with_a_reason"
            ),
        ]
        indexes = [
            models.Index(fields=["booked_on"], condition=Q(state="waiting"), name="bank_entry_waiting"),
            models.Index(fields=["iban"], condition=~Q(iban=""), name="bank_entry_of_payer"),
            models.Index(fields=["account", "booked_on"], name="bank_entry_of_day"),
        ]


class PaymentQuerySet(models.QuerySet["Payment"]):
    """Payments, as they are asked for."""

    def standing(self) -> PaymentQuerySet:
        """Those that were not undone."""
        return self.filter(reversal=None)


class Payment(models.Model):
    """An amount received for an account, known by its key; its posting moves the money."""

    class Channel(models.TextChoices):
        BANK = "bank"
        CASH = "cash"
        CARD = "card"

    key = models.CharField(max_length=120)
    account = models.ForeignKey(CustomerAccount, on_delete=models.PROTECT)
    cents = models.BigIntegerField()
    received_on = models.DateField()
    channel = models.CharField(max_length=8, choices=Channel, default=Channel.BANK)
    reference = models.CharField(max_length=140, blank=True)
    entry = models.ForeignKey(BankEntry, on_delete=models.PROTECT, null=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=80)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], name="payment_received_once"),
            models.CheckConstraint(condition=Q(cents__gt=0), name="payment_is_positive"),
        ]


class PaymentReversal(models.Model):
    """A payment undone: the bank took it back, it had been assigned wrongly, or a desk handed it back."""

    class Reason(models.TextChoices):
        BANK = "bank"
        WRONG = "wrong"
        DESK = "desk"

    payment = models.OneToOneField(Payment, on_delete=models.PROTECT, related_name="reversal")
    reversed_on = models.DateField()
    reason = models.CharField(max_length=8, choices=Reason)
    recorded_at = models.DateTimeField()
    recorded_by = models.CharField(max_length=80)


class CashDesk(models.Model):
    """A place where customers pay in person; it has one till."""

    code = models.CharField(max_length=10, unique=True)
    name = models.CharField(max_length=80)

    def __str__(self) -> str:
        return self.name


class DeskDay(models.Model):
    """One desk's till on one day: opened with a float, closed by counting; closed it never changes.

    ``counted``: pieces by the denomination's cents. ``expected_cents`` and ``counted_cents`` are the
    whole drawer, the float included.
    """

    class State(models.TextChoices):
        OPEN = "open"
        CLOSED = "closed"

    desk = models.ForeignKey(CashDesk, on_delete=models.PROTECT)
    day = models.DateField()
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    float_cents = models.BigIntegerField()
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=80)
    counted = models.JSONField(default=dict)
    expected_cents = models.BigIntegerField(null=True)
    counted_cents = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=200, blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=80, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["desk", "day"], name="desk_opened_once_a_day"),
            models.UniqueConstraint(fields=["desk"], condition=Q(state="open"), name="desk_has_one_open_day"),
            models.CheckConstraint(condition=Q(float_cents__gte=0), name="desk_float_not_negative"),
            models.CheckConstraint(
                condition=Q(state="open") | Q(counted_cents__isnull=False, expected_cents__isnull=False),
                name="closed_desk_was_counted",
            ),
            models.CheckConstraint(
                condition=Q(state="open") | Q(counted_cents=F("expected_cents")) | ~Q(reason=""),
                name="desk_difference_has_its_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.desk_id}:{self.day}"

    @property
    def difference_cents(self) -> int:
        """Counted less expected: negative when money is missing."""
        return (self.counted_cents or 0) - (self.expected_cents or 0)


class CashReceipt(models.Model):
    """What a desk gave for money taken, or for money handed back; ``content`` is all it shows."""

    number = models.CharField(max_length=20)
    key = models.CharField(max_length=120)
    desk_day = models.ForeignKey(DeskDay, on_delete=models.PROTECT)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT)
    reverses = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="storno")
    issued_at = models.DateTimeField()
    issued_by = models.CharField(max_length=80)
    content = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["number"], name="receipt_numbered_once"),
            models.UniqueConstraint(fields=["key"], name="receipt_given_once"),
            models.UniqueConstraint(fields=["payment"], condition=Q(reverses=None), name="payment_has_one_receipt"),
        ]

    def __str__(self) -> str:
        return self.number
