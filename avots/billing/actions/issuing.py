"""The one place where a draft becomes an invoice: number, postings, promise of delivery."""

from datetime import datetime

from django.conf import settings
from django.utils import translation

from avots.billing import emails, queries, rules
from avots.billing.actions.printing import fix_printed
from avots.billing.content import TEMPLATE
from avots.billing.models import Delivery, Document, Invoice, InvoiceLine, Run
from avots.core import audit, bulk, numbering, policies
from avots.core.audit import By
from avots.core.dates import Month
from avots.customers.models import CustomerAccount
from avots.ledger import actions as ledger
from avots.ui.words import thanks
from avots.usage.models import BuildingMonth

BILLING = By("job", "billing")


def issue_drafts(run: Run, building_id: int, *, now: datetime) -> int:
    """Issue a building's drafts inside the caller's transaction; return how many.

    The numbers are drawn after everything has been read and checked, because the series is
    locked from then to the commit.
    """
    invoices = list(
        Invoice.objects.filter(run=run, building=building_id, state=Invoice.State.DRAFT)
        .select_related("account__party", "premise__building", "building")
        .order_by("premise__position", "account__number")
    )
    if not invoices or run.issue_on is None:
        return 0
    lines: dict[int, list[InvoiceLine]] = {invoice.pk: [] for invoice in invoices}
    for line in InvoiceLine.objects.filter(invoice__in=invoices).order_by("position"):
        lines[line.invoice_id].append(line)
    BuildingMonth.objects.filter(round=run.round_id, building=building_id, final=False).update(final=True)
    _date(invoices, run)
    _thank(invoices, run)
    fix_printed(invoices, now=now, by=BILLING)
    _number(invoices, run)
    fields = ["number", "reference", "state", "issued_on", "due_on", "printed"]
    bulk.update(Invoice, fields, [(*(getattr(row, name) for name in fields), row.pk) for row in invoices])
    ledger.post([entry for invoice in invoices for entry in entries_of(invoice, lines[invoice.pk])], now=now)
    promise(invoices, now)
    numbers = [invoice.number for invoice in invoices]
    audit.record(
        now=now,
        by=BILLING,
        verb="issue_invoices",
        subject=f"run:{run.pk}:{building_id}",
        first=numbers[0],
        last=numbers[-1],
    )
    return len(invoices)


def _thank(invoices: list[Invoice], run: Run) -> None:
    """Copy the line of thanks into the invoices of those who reported and paid on time."""
    day = run.issue_on or run.round.first_day
    months = policies.on(day).thanks_months
    accounts = sorted({invoice.account_id for invoice in invoices})
    thanked = queries.thanked(accounts, round=run.round, on=day, months=months)
    rows = []
    for invoice in (one for one in invoices if one.account_id in thanked):
        with translation.override(invoice.account.party.language or settings.LANGUAGE_CODE):
            invoice.content["thanks"] = thanks(months)
        rows.append((invoice.content, invoice.pk))
    bulk.update(Invoice, ["content"], rows)


def _date(invoices: list[Invoice], run: Run) -> None:
    day = run.issue_on or run.round.first_day
    rule = policies.on(day).due_date_rule
    for invoice in invoices:
        invoice.state = Invoice.State.ISSUED
        invoice.issued_on = day
        invoice.due_on = rules.due_on(Month.of(invoice.first_day), rule)


def _number(invoices: list[Invoice], run: Run) -> None:
    day = run.issue_on or run.round.first_day
    prefix = f"{settings.AVOTS_UTILITY['invoice_prefix']}{day:%y}"
    for invoice, number in zip(invoices, numbering.draw(f"invoice:{day:%Y}", len(invoices)), strict=True):
        invoice.number = f"{prefix}-{number:06d}"
        invoice.reference = rules.rf_reference(invoice.number)


def promise(invoices: list[Invoice], now: datetime) -> None:
    """Promise each invoice its document and its way to the customer: an e-mail now, or paper."""
    waiting = Document.State.WAITING
    documents = [(row.pk, waiting, TEMPLATE, "", 0, "", now) for row in invoices]
    bulk.insert(Document, ["invoice", "state", "template", "sha256", "attempts", "error", "changed_at"], documents)
    deliveries = [(row.pk, row.account.delivery, Delivery.State.WAITING, "") for row in invoices]
    bulk.insert(Delivery, ["invoice", "mode", "state", "bounced"], deliveries)
    by_email = [row for row in invoices if row.account.delivery == CustomerAccount.Delivery.EMAIL]
    emails.invoices_ready(by_email, now=now)


def entries_of(invoice: Invoice, lines: list[InvoiceLine]) -> list[ledger.Entry]:
    """Return the postings of an invoice or credit note: each line against its income, and the VAT."""
    owed = ledger.receivable(invoice.account.number)
    number, day = str(invoice.number), invoice.issued_on or invoice.first_day
    amounts = [
        (f"{line.position}:{line.service}", f"{ledger.INCOME}{line.service}", line.net_cents) for line in lines
    ]
    amounts.append(("vat", ledger.VAT, invoice.vat_cents))
    return [
        entry
        for name, income, cents in amounts
        for entry in ledger.either_way(f"{invoice.kind}:{number}:{name}", owed, income, cents, day, number)
    ]
