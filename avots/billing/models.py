"""Runs, the state of each building in a run, and invoices."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from avots.core.fastjson import Decoder, Encoder
from avots.customers.models import CustomerAccount
from avots.meters.models import Building, Premise
from avots.readings.models import Round
from avots.tariffs.models import Tariff


class Run(models.Model):
    """The billing of one round: computed, looked at, approved by a second person, issued."""

    class State(models.TextChoices):
        COMPUTING = "computing"
        REVIEW = "review"
        APPROVED = "approved"
        ISSUED = "issued"

    round = models.OneToOneField(Round, on_delete=models.PROTECT)
    state = models.CharField(max_length=10, choices=State, default=State.COMPUTING)
    started_at = models.DateTimeField()
    started_by = models.CharField(max_length=80)
    approved_at = models.DateTimeField(null=True)
    issue_on = models.DateField(null=True)


class BuildingRun(models.Model):
    """Where one building stands in a run; the unit of work, claimed by a conditional update."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DRAFTED = "drafted"
        PARKED = "parked"
        ISSUED = "issued"

    run = models.ForeignKey(Run, on_delete=models.PROTECT)
    building = models.ForeignKey(Building, on_delete=models.PROTECT)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    input_hash = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=40, blank=True)
    facts = models.JSONField(default=dict)
    attempts = models.PositiveSmallIntegerField(default=0)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "building"], name="building_runs_once"),
            models.CheckConstraint(condition=~Q(state="parked") | ~Q(reason=""), name="parked_with_a_reason"),
        ]
        indexes = [
            models.Index(fields=["run"], condition=Q(state__in=["waiting", "drafted"]), name="building_left_in_run")
        ]


class KeptTerms(models.Model):
    """Prices, policies and seller that drafts were made with; kept once for all buildings that had the same."""

    digest = models.CharField(max_length=64)
    data = models.TextField(help_text="as text, because its order is part of what was hashed")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["digest"], name="terms_kept_once")]


class KeptInputs(models.Model):
    """What a building's drafts were made from, packed by ``billing.kept``; frozen with the issued building."""

    place = models.OneToOneField(BuildingRun, on_delete=models.PROTECT)
    terms = models.ForeignKey(KeptTerms, on_delete=models.PROTECT)
    data = models.BinaryField()


class InvoiceQuerySet(models.QuerySet[Any]):
    """Invoices and credit notes; both are documents with a number of their own series."""

    def issued(self) -> InvoiceQuerySet:
        """Return every issued document, credit notes among them."""
        return self.filter(state="issued")

    def of_runs(self) -> InvoiceQuerySet:
        """Return what runs made: no credit notes, and nothing billed anew."""
        return self.filter(corrects=None)

    def standing(self) -> InvoiceQuerySet:
        """Return issued invoices that no credit note took back."""
        credit = Invoice.objects.filter(corrects=OuterRef("pk"), kind="credit")
        return self.issued().filter(~Exists(credit), kind="invoice")


class Invoice(models.Model):
    """A draft, then frozen for ever: everything shown is copied in when it is issued.

    What was wrong is taken back whole by a credit note and, where something is to be billed, billed
    anew by another invoice; both name the invoice they correct (docs/adr/0006). A credit note's
    amounts are the negative ones of its invoice, so sums over documents need no case of their own.
    """

    class Kind(models.TextChoices):
        INVOICE = "invoice"
        CREDIT = "credit"

    class State(models.TextChoices):
        DRAFT = "draft"
        PARKED = "parked"
        ISSUED = "issued"

    objects = InvoiceQuerySet.as_manager()

    kind = models.CharField(max_length=8, choices=Kind, default=Kind.INVOICE, db_default=Kind.INVOICE)
    # Those without an index of their own: one below begins with them.
    corrects = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, related_name="corrections", db_index=False
    )
    run = models.ForeignKey(Run, on_delete=models.PROTECT, db_index=False)
    building = models.ForeignKey(Building, on_delete=models.PROTECT)
    account = models.ForeignKey(CustomerAccount, on_delete=models.PROTECT, db_index=False)
    premise = models.ForeignKey(Premise, on_delete=models.PROTECT, null=True)
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT)
    reason = models.CharField(max_length=40, blank=True)
    accepted_by = models.CharField(max_length=80, blank=True)
    number = models.CharField(max_length=20, null=True)  # noqa: DJ001 - unique, and absent in drafts
    reference = models.CharField(max_length=25, blank=True)
    first_day = models.DateField()
    issued_on = models.DateField(null=True)
    due_on = models.DateField(null=True)
    net_cents = models.BigIntegerField()
    vat_cents = models.BigIntegerField()
    total_cents = models.BigIntegerField()
    vat_rate_per_10000 = models.PositiveIntegerField()
    content = models.JSONField(default=dict, encoder=Encoder, decoder=Decoder)
    printed = models.JSONField(
        default=dict, encoder=Encoder, decoder=Decoder, help_text="what only the paper shows, fixed at issue"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["run", "building", "account"], condition=Q(corrects=None), name="invoiced_once_a_run"
            ),
            models.UniqueConstraint(
                fields=["corrects", "kind"], condition=Q(corrects__isnull=False), name="corrected_once_each_way"
            ),
            models.CheckConstraint(
                condition=Q(kind="invoice") | Q(corrects__isnull=False), name="a_credit_note_names_its_invoice"
            ),
            models.UniqueConstraint(fields=["number"], name="invoice_number_once"),
            models.CheckConstraint(condition=Q(total_cents=F("net_cents") + F("vat_cents")), name="invoice_adds_up"),
            models.CheckConstraint(
                condition=Q(state="issued", number__isnull=False, issued_on__isnull=False, due_on__isnull=False)
                | (~Q(state="issued") & Q(number=None)),
                name="only_an_issued_invoice_has_its_number",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "-first_day"], name="invoice_of_account"),
            models.Index(fields=["run", "building"], name="invoice_of_building"),
        ]


class DraftBefore(models.Model):
    """What a draft asked for before its building was computed again: shows what the new dry run changed."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE)
    building = models.ForeignKey(Building, on_delete=models.CASCADE)
    account = models.ForeignKey(CustomerAccount, on_delete=models.CASCADE)
    total_cents = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "building", "account"], name="draft_remembered_once")]


class InvoiceLine(models.Model):
    """Quantity times unit price, rounded to the cent once."""

    class Part(models.TextChoices):
        OWN = "own"
        SHARE = "share"
        FEE = "fee"

    invoice = models.ForeignKey(Invoice, on_delete=models.CASCADE, db_index=False)  # the key begins with it
    position = models.PositiveSmallIntegerField()
    service = models.CharField(max_length=10, choices=Tariff.Service)
    part = models.CharField(max_length=6, choices=Part)
    quantity = models.BigIntegerField(help_text="litres, or thousandths of a piece")
    price_100k = models.BigIntegerField()
    net_cents = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["invoice", "position"], name="line_stands_once")]


class Document(models.Model):
    """The PDF of an issued invoice: rendered by the worker, or when somebody first needs it."""

    class State(models.TextChoices):
        WAITING = "waiting"
        RENDERING = "rendering"
        DONE = "done"
        FAILED = "failed"

    invoice = models.OneToOneField(Invoice, on_delete=models.PROTECT)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    template = models.PositiveSmallIntegerField(help_text="version of the layout")
    sha256 = models.CharField(max_length=64, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    changed_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["changed_at"], condition=Q(state__in=["waiting", "rendering"]), name="document_waiting"
            ),
            models.Index(fields=["invoice"], condition=Q(state="failed"), name="document_failed"),
        ]


class Delivery(models.Model):
    """How an issued invoice reaches its customer: one row each; a refused e-mail goes on as paper."""

    class Mode(models.TextChoices):
        EMAIL = "email"
        PAPER = "paper"

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        PRINTED = "printed"

    invoice = models.OneToOneField(Invoice, on_delete=models.PROTECT)
    mode = models.CharField(max_length=8, choices=Mode)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    done_at = models.DateTimeField(null=True)
    bounced = models.CharField(max_length=300, blank=True, help_text="why the e-mail did not arrive")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="waiting", done_at=None) | (~Q(state="waiting") & Q(done_at__isnull=False)),
                name="delivered_with_its_moment",
            ),
            models.CheckConstraint(
                condition=Q(mode="email", state__in=["waiting", "sent"])
                | Q(mode="paper", state__in=["waiting", "printed"]),
                name="paper_is_printed_and_email_is_sent",
            ),
        ]
        indexes = [models.Index(fields=["mode"], condition=Q(state="waiting"), name="delivery_waiting")]
