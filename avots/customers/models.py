"""Parties, users, accounts, agreements, and who may act for whom, all dated."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q

from avots.meters.models import Building, Premise


class UserAccounts(BaseUserManager["User"]):
    """Creates users by e-mail address; Django's commands ask for this by name."""

    def create_user(self, email: str, password: str | None = None, **extra: Any) -> User:
        user = self.model(email=email.strip().lower(), **extra)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str | None = None, **extra: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **extra)


class User(AbstractBaseUser, PermissionsMixin):
    """Someone who signs in, by e-mail address."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=8, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    joined_at = models.DateTimeField(null=True)

    USERNAME_FIELD = "email"
    objects = UserAccounts()

    def __str__(self) -> str:
        return self.email

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.get_first_name() or self.email

    def get_first_name(self) -> str:
        """Return the first name of a person; an organisation has none."""
        parts = self.name.split()
        return parts[0] if len(parts) == 2 and parts[0].isalpha() and not parts[0].isupper() else ""


class DatedQuerySet(models.QuerySet[Any]):
    """Rows that hold from ``starts_on`` up to, not including, ``ends_on``."""

    def valid(self, *, on: date) -> DatedQuerySet:
        return self.filter(Q(ends_on=None) | Q(ends_on__gt=on), starts_on__lte=on)


class Dated(models.Model):
    """What holds from a day on, up to another day or open."""

    starts_on = models.DateField()
    ends_on = models.DateField(null=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        abstract = True


class RoleGrant(Dated):
    """A staff role, or a house manager's right to one building."""

    class Role(models.TextChoices):
        CLERK = "clerk"
        ACCOUNTANT = "accountant"
        LEAD = "lead"
        ADMINISTRATOR = "administrator"
        MANAGER = "manager"

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    role = models.CharField(max_length=16, choices=Role)
    building = models.ForeignKey(Building, on_delete=models.PROTECT, null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(role="manager", building__isnull=False) | (~Q(role="manager") & Q(building=None)),
                name="only_a_manager_has_a_building",
            )
        ]


class Party(models.Model):
    """A person or an organisation."""

    class Kind(models.TextChoices):
        PERSON = "person"
        COMPANY = "company"
        BUDGET = "budget"

    kind = models.CharField(max_length=10, choices=Kind, default=Kind.PERSON)
    name = models.CharField(max_length=160)
    registration_number = models.CharField(max_length=20, blank=True)
    vat_number = models.CharField(max_length=20, blank=True)
    phone = models.CharField(max_length=30, blank=True)
    email = models.EmailField(blank=True)
    address = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=8, blank=True)
    search = models.CharField(max_length=160, blank=True, help_text="name without case and diacritics")

    def __str__(self) -> str:
        return self.name


class CustomerAccount(models.Model):
    """The account that pays: one number, one party, one way of delivery."""

    class Delivery(models.TextChoices):
        EMAIL = "email"
        PAPER = "paper"

    number = models.CharField(max_length=20, unique=True)
    party = models.ForeignKey(Party, on_delete=models.PROTECT)
    delivery = models.CharField(max_length=8, choices=Delivery, default=Delivery.PAPER)
    invoice_email = models.EmailField(blank=True)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(delivery="paper") | ~Q(invoice_email=""),
                name="email_delivery_has_an_address",
            )
        ]

    def __str__(self) -> str:
        return self.number


class ServiceAgreement(Dated):
    """The building's agreement: who pays, who reports, how the difference is shared."""

    class Settlement(models.TextChoices):
        DIRECT = "direct"
        INDIRECT = "indirect"

    class Sharing(models.TextChoices):
        EQUAL = "equal"
        PRO_RATA = "pro_rata"
        AVERAGE = "three_month_average"
        PERSONS = "per_person"
        OWN_WEIGHTS = "own_weights"

    class Reporting(models.TextChoices):
        FLATS = "flats"
        MANAGER = "manager"

    class Services(models.TextChoices):
        FULL = "full"
        TREATMENT = "treatment"

    number = models.CharField(max_length=40)
    building = models.ForeignKey(Building, on_delete=models.PROTECT)
    settlement = models.CharField(max_length=10, choices=Settlement, default=Settlement.DIRECT)
    payer = models.ForeignKey(CustomerAccount, on_delete=models.PROTECT, null=True)
    sharing = models.CharField(max_length=20, choices=Sharing, default=Sharing.EQUAL)
    reporting = models.CharField(max_length=10, choices=Reporting, default=Reporting.FLATS)
    services = models.CharField(max_length=12, choices=Services, default=Services.FULL)
    decision = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["number", "starts_on"], name="agreement_starts_once"),
            models.UniqueConstraint(
                fields=["building"], condition=Q(ends_on=None), name="building_has_one_agreement"
            ),
            models.CheckConstraint(
                condition=Q(settlement="indirect", payer__isnull=False) | Q(settlement="direct", payer=None),
                name="indirect_settlement_has_its_payer",
            ),
            models.CheckConstraint(
                condition=~Q(sharing="own_weights") | ~Q(decision=""), name="own_weights_name_their_decision"
            ),
        ]


class SharingWeight(models.Model):
    """A premise's weight in sharing, as the owners decided in the decision the agreement names."""

    agreement = models.ForeignKey(ServiceAgreement, on_delete=models.CASCADE)
    premise = models.ForeignKey(Premise, on_delete=models.PROTECT)
    weight = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "premise"], name="premise_weighs_once"),
            models.CheckConstraint(condition=Q(weight__gt=0), name="weight_is_positive"),
        ]


class Occupancy(Dated):
    """An account answers for a premise from one day to another."""

    account = models.ForeignKey(CustomerAccount, on_delete=models.PROTECT)
    premise = models.ForeignKey(Premise, on_delete=models.PROTECT)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["premise"], condition=Q(ends_on=None), name="premise_has_one_account")
        ]


class DeclaredPersons(models.Model):
    """How many people are declared at a premise from a day on; the latest row holds."""

    premise = models.ForeignKey(Premise, on_delete=models.PROTECT)
    persons = models.PositiveSmallIntegerField()
    starts_on = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["premise", "starts_on"], name="persons_declared_once_a_day")]


class Management(Dated):
    """Who manages a building, and where the coupon mailbox hangs."""

    building = models.ForeignKey(Building, on_delete=models.PROTECT)
    manager = models.ForeignKey(Party, on_delete=models.PROTECT)
    mailbox_place = models.CharField(max_length=160, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["building"], condition=Q(ends_on=None), name="building_has_one_manager")
        ]


class Access(Dated):
    """A user may see and act for an account.

    Its holder and a delegate see all of it, a tenant what is his own time's, the last only reports.
    """

    class Kind(models.TextChoices):
        HOLDER = "holder"
        DELEGATE = "delegate"
        TENANT = "tenant"
        SUBMIT = "submit"

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    account = models.ForeignKey(CustomerAccount, on_delete=models.PROTECT)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.HOLDER)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "account"], condition=Q(ends_on=None), name="access_given_once")
        ]


class AbsenceNotice(Dated):
    """Nobody lives at a premise for a time, told beforehand (MK 524 p. 3.2); nothing is billed for it.

    A notice that was taken back ends on the day it starts.
    """

    premise = models.ForeignKey(Premise, on_delete=models.PROTECT)
    announced_at = models.DateTimeField()
    by = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=models.F("starts_on")), name="absence_ends_after_it_starts"
            ),
            models.UniqueConstraint(fields=["premise", "starts_on"], name="absence_announced_once"),
        ]


class CodeGeneration(models.Model):
    """Which registration codes of a customer number are alive, and how often a wrong one was tried.

    Kept by number, whether or not it is a customer's, so that both cost the same.
    """

    number = models.CharField(max_length=20, unique=True)
    generation = models.PositiveIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)


class CodeRequest(models.Model):
    """Somebody asked for a registration code; the worker looks whether and how it can be sent."""

    class State(models.TextChoices):
        ASKED = "asked"
        MAILED = "mailed"
        LETTER = "letter"
        PRINTED = "printed"
        NONE = "none"

    number = models.CharField(max_length=20)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    settled_at = models.DateTimeField(null=True)


class SignIn(models.Model):
    """A session of a user, so that they can see and end it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    session_key = models.CharField(max_length=40, unique=True)
    device = models.CharField(max_length=80, blank=True)
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()


class Invitation(models.Model):
    """A holder asks somebody by e-mail to act for an account."""

    class State(models.TextChoices):
        OPEN = "open"
        ACCEPTED = "accepted"
        WITHDRAWN = "withdrawn"

    account = models.ForeignKey(CustomerAccount, on_delete=models.PROTECT)
    email = models.EmailField()
    kind = models.CharField(max_length=10, choices=Access.Kind)
    ends_on = models.DateField(null=True)
    invited_by = models.ForeignKey(User, on_delete=models.CASCADE)
    invited_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "email"], condition=Q(state="open"), name="invited_once")
        ]


class EmailChange(models.Model):
    """A user's address changed; the old one may undo it for a day."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    old = models.EmailField()
    new = models.EmailField()
    changed_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)


class Consent(models.Model):
    """What a user asked for or agreed to: purpose, choice, which text, when, and who recorded it."""

    class Purpose(models.TextChoices):
        LANGUAGE = "language"

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    purpose = models.CharField(max_length=20, choices=Purpose)
    choice = models.CharField(max_length=40)
    version = models.CharField(max_length=20)
    at = models.DateTimeField()
    by = models.CharField(max_length=80)


class LegalHold(Dated):
    """Personal data of an account is kept while a dispute or a claim needs it."""

    account = models.ForeignKey(CustomerAccount, on_delete=models.PROTECT)
    reason = models.CharField(max_length=200)
    by = models.CharField(max_length=80)


class Erasure(models.Model):
    """A user asked to be forgotten; done at once, or as soon as no legal hold stands against it."""

    user = models.OneToOneField(User, on_delete=models.PROTECT)
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
