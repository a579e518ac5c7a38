"""Putting an issued invoice right: a credit note takes it back whole, and what is due is billed anew.

An issued invoice never changes. Staff asks with a reason, a second person approves; then both
documents are written in one transaction (docs/adr/0006).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings
from django.db import transaction

from avots.billing import rules
from avots.billing.actions import issuing
from avots.billing.actions.anew import bill_anew
from avots.billing.actions.printing import address_of, fix_printed
from avots.billing.content import TEMPLATE, Content, Corrects
from avots.billing.models import BuildingRun, Invoice, InvoiceLine
from avots.core import approvals, audit, numbering
from avots.core.audit import By
from avots.core.dates import local_day
from avots.core.errors import Refused
from avots.core.models import Approval
from avots.customers.models import CustomerAccount
from avots.ledger import actions as ledger

KIND = "credit_note"
# Why an invoice is taken back: a wrong value, price, payer, or detail of who is billed; or else.
REASONS = ("reading", "tariff", "account", "details", "other")
LONGEST_TEXT = 300


@dataclass(frozen=True)
class Corrected:
    """The credit note that took an invoice back, and the invoice that bills anew."""

    credit: Invoice
    anew: Invoice | None


def subject_of(invoice: Invoice) -> str:
    """Return the name under which a correction is approved."""
    return f"invoice:{invoice.number}"


def ask_credit_note(
    invoice: Invoice, *, reason: str, text: str, bill_anew: bool, account: str = "", now: datetime, by: By
) -> Approval:
    """Ask a second person to take an issued invoice back; asked twice, the first question stands.

    :param text: what the customer reads as the reason
    :param account: the number of the customer who should have been billed, where it was another

    :raises Refused: ``not_an_issued_invoice``, ``already_credited``, ``no_such_kind``,
        ``correction_needs_a_reason``, ``no_such_account``
    """
    _refuse_what_cannot_be_corrected(invoice)
    if reason not in REASONS:
        raise Refused("no_such_kind")
    if not text.strip():
        raise Refused("correction_needs_a_reason")
    if account and not CustomerAccount.objects.filter(number=account).exists():
        raise Refused("no_such_account")
    facts = {"reason": reason, "text": text.strip()[:LONGEST_TEXT], "bill_anew": bill_anew, "account": account}
    with transaction.atomic():
        approval = approvals.request(kind=KIND, subject=subject_of(invoice), now=now, by=by, **facts)
        if approval.requested_by == str(by) and approval.requested_at == now:
            _note("ask_credit_note", invoice, now, by, reason=reason)
    return approval


def _refuse_what_cannot_be_corrected(invoice: Invoice) -> None:
    if invoice.state != Invoice.State.ISSUED or invoice.kind != Invoice.Kind.INVOICE:
        raise Refused("not_an_issued_invoice")
    if Invoice.objects.filter(corrects=invoice, kind=Invoice.Kind.CREDIT).exists():
        raise Refused("already_credited", number=invoice.number)


def _note(verb: str, invoice: Invoice, now: datetime, by: By, **facts: object) -> None:
    subject = f"account:{invoice.account.number}"
    audit.record(now=now, by=by, verb=verb, subject=subject, invoice=invoice.number, **facts)


@transaction.atomic
def decline_credit_note(invoice: Invoice, *, now: datetime, by: By) -> None:
    """Let an invoice stand: a second person declines, or who asked withdraws.

    :raises Refused: ``nobody_asked``, ``already_decided``
    """
    approvals.decline(_asked(invoice), now=now, by=by)
    _note("decline_credit_note", invoice, now, by)


def _asked(invoice: Invoice) -> Approval:
    asked = Approval.objects.filter(kind=KIND, subject=subject_of(invoice)).order_by("-pk").first()
    if asked is None:
        raise Refused("nobody_asked")
    return asked


@transaction.atomic
def grant_credit_note(invoice: Invoice, *, now: datetime, by: By) -> Corrected:
    """Take an issued invoice back by a credit note, and bill anew what is due, as a second person.

    The approval is granted once, so a double click and two people at once make one correction.

    :raises Refused: ``nobody_asked``, ``needs_second_person``, ``already_decided``,
        ``already_credited``, and what a draft refuses
    """
    asked = _asked(invoice)
    approvals.grant(asked, now=now, by=by)
    # The building's other months wait: none is issued while this one is put right.
    list(BuildingRun.objects.select_for_update().filter(building=invoice.building_id).order_by("pk"))
    _refuse_what_cannot_be_corrected(invoice)
    today = local_day(now)
    anew: Invoice | None = None
    lines: Sequence[rules.Line] = ()
    if asked.facts["bill_anew"]:
        anew, lines = bill_anew(invoice, account=asked.facts["account"], on=today, now=now, by=by)
        fix_printed([anew], now=now, by=by)
    numbers = _numbers(today, anew=anew is not None)
    corrects: Corrects = {
        "number": str(invoice.number),
        "issued_on": str(invoice.issued_on),
        "reason": asked.facts["reason"],
        "text": asked.facts["text"],
        "credit": numbers[0],
        "anew": numbers[1],
    }
    credit = _credit(invoice, corrects, today)
    _issue(credit, numbers[0], corrects, _lines_of(credit), now)
    if anew is not None:
        _issue(anew, numbers[1], corrects, lines, now)
    _note("credit_invoice", invoice, now, by, credit=numbers[0], anew=numbers[1], reason=corrects["reason"])
    return Corrected(credit, anew)


def _numbers(day: date, *, anew: bool) -> tuple[str, str]:
    """Return the number of the credit note, and of the invoice that bills anew where there is one."""
    prefix = settings.AVOTS_UTILITY["invoice_prefix"]
    (at,) = numbering.draw(f"{Invoice.Kind.CREDIT}:{day:%Y}")
    credit = f"{prefix}K{day:%y}-{at:06d}"
    if not anew:
        return credit, ""
    (at,) = numbering.draw(f"{Invoice.Kind.INVOICE}:{day:%Y}")
    return credit, f"{prefix}{day:%y}-{at:06d}"


def _credit(invoice: Invoice, corrects: Corrects, day: date) -> Invoice:
    """Return the unsaved credit note: everything of its invoice with the other sign."""
    content: Content = invoice.content
    lines = [{**line, "quantity": -line["quantity"], "net_cents": -line["net_cents"]} for line in content["lines"]]
    kept = {name: value for name, value in content.items() if name not in {"thanks", "corrects"}}
    printed = {"template": TEMPLATE, "address": invoice.printed.get("address") or address_of(invoice)}
    return Invoice(
        kind=Invoice.Kind.CREDIT,
        corrects=invoice,
        run_id=invoice.run_id,
        building_id=invoice.building_id,
        account=invoice.account,
        premise_id=invoice.premise_id,
        first_day=invoice.first_day,
        issued_on=day,
        due_on=day,
        net_cents=-invoice.net_cents,
        vat_cents=-invoice.vat_cents,
        total_cents=-invoice.total_cents,
        vat_rate_per_10000=invoice.vat_rate_per_10000,
        content=kept | {"lines": lines},
        printed=printed | {"agreement": invoice.printed.get("agreement", "")},
    )


def _lines_of(credit: Invoice) -> list[rules.Line]:
    names = ("service", "part", "quantity", "price_100k", "net_cents")
    return [rules.Line(*(row[name] for name in names)) for row in credit.content["lines"]]


def _issue(invoice: Invoice, number: str, corrects: Corrects, lines: Sequence[rules.Line], now: datetime) -> None:
    """Write a document with its lines as a draft, then issue it: to an issued one no line can be added."""
    invoice.content["corrects"] = corrects
    invoice.save(force_insert=True)
    rows = [
        InvoiceLine(
            invoice=invoice,
            position=position,
            service=line.service,
            part=line.part,
            quantity=line.quantity,
            price_100k=line.price_100k,
            net_cents=line.net_cents,
        )
        for position, line in enumerate(lines, 1)
    ]
    InvoiceLine.objects.bulk_create(rows)
    invoice.number, invoice.state = number, Invoice.State.ISSUED
    invoice.reference = rules.rf_reference(number) if invoice.kind == Invoice.Kind.INVOICE else ""
    invoice.save(update_fields=["number", "state", "reference"])
    lined = [issuing.Lined(row.position, row.service, row.net_cents) for row in rows]
    ledger.post(issuing.entries_of(invoice, lined), now=now)
    issuing.promise([invoice], now)
