"""Invariants of invoices (quality.md 5.2: 3, 4, 5)."""

from collections import defaultdict

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from avots.billing.models import Invoice
from avots.core.models import Series
from avots.ledger.models import Posting

ISSUED = Invoice.objects.filter(state=Invoice.State.ISSUED)
KINDS = tuple(f"{kind}:" for kind in Invoice.Kind)


def numbers_have_no_gaps() -> list[str]:
    """Return series whose issued numbers are not exactly 1 to the last one drawn."""
    numbers: dict[str, list[int]] = defaultdict(list)
    for kind, number, issued_on in ISSUED.values_list("kind", "number", "issued_on").iterator():
        numbers[f"{kind}:{issued_on:%Y}"].append(int(str(number).rpartition("-")[2]))
    return [
        f"series {series.name}: {len(numbers[series.name])} documents, {series.next_number - 1} drawn"
        for series in Series.objects.all()
        if series.name.startswith(KINDS) and sorted(numbers[series.name]) != list(range(1, series.next_number))
    ]


def lines_add_up() -> list[str]:
    """Return invoices whose net is not the sum of their lines."""
    wrong = Invoice.objects.annotate(sum=Coalesce(Sum("invoiceline__net_cents"), 0)).exclude(sum=F("net_cents"))
    return [f"invoice {row.number or row.pk}: lines {row.sum}, net {row.net_cents}" for row in wrong[:100]]


def postings_are_the_total() -> list[str]:
    """Return issued invoices whose postings on the customer's side are not their total."""
    sums: dict[str, int] = defaultdict(int)
    postings = Posting.objects.filter(Q(key__startswith="invoice:") | Q(key__startswith="credit:"))
    for side, sign in (("debit", 1), ("credit", -1)):
        rows = postings.filter(**{f"{side}__customer__isnull": False}).values_list("document")
        for document, cents in rows.annotate(Sum("cents")).order_by():
            sums[document] += sign * cents
    return [
        f"invoice {number}: postings {sums[str(number)]}, total {total}"
        for number, total in ISSUED.values_list("number", "total_cents").iterator()
        if sums[str(number)] != total
    ]


def every_invoice_goes_somewhere() -> list[str]:
    """Return issued invoices without a document or a way to their customer."""
    lost = ISSUED.filter(Q(delivery=None) | Q(document=None)).exclude(printed={})
    return [f"invoice {number}: no delivery or no document" for number in lost.values_list("number", flat=True)[:100]]


def pages_show_the_total() -> list[str]:
    """Return issued invoices whose frozen lines do not add up to their net."""
    return [
        f"invoice {number}: shows {shown}, net {net}"
        for number, net, content in ISSUED.values_list("number", "net_cents", "content").iterator()
        if (shown := sum(line["net_cents"] for line in content["lines"])) != net
    ]


def credit_notes_take_back_all() -> list[str]:
    """Return credit notes that are not exactly their invoice with the other sign, to the same account."""
    notes = Invoice.objects.filter(kind=Invoice.Kind.CREDIT)
    wrong = notes.exclude(
        account=F("corrects__account"),
        net_cents=-F("corrects__net_cents"),
        vat_cents=-F("corrects__vat_cents"),
        corrects__kind=Invoice.Kind.INVOICE,
    )
    return [f"credit note {number} is not its invoice" for number in wrong.values_list("number", flat=True)[:100]]


def what_is_billed_anew_was_taken_back() -> list[str]:
    """Return invoices billed anew whose first invoice still stands beside them (quality.md 5.2: 4)."""
    anew = Invoice.objects.issued().filter(kind=Invoice.Kind.INVOICE, corrects__isnull=False)
    double = anew.filter(corrects__in=Invoice.objects.standing().values("pk"))
    return [f"invoice {number} bills a month twice" for number in double.values_list("number", flat=True)[:100]]
