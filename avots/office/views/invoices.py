"""One invoice with its whole calculation, for the person who answers the phone."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from avots.billing import documents
from avots.billing.models import Delivery, Invoice
from avots.billing.pdf import file_name
from avots.billing.queries import compared
from avots.core.dates import Month
from avots.payments.queries import history
from avots.ui import downloads


def _issued(number: str, invoice: str) -> Invoice:
    rows = Invoice.objects.select_related("account__party")
    return get_object_or_404(rows, number=invoice, account__number=number, state=Invoice.State.ISSUED)


@require_GET
def document(request: HttpRequest, number: str, invoice: str) -> HttpResponse:
    """The invoice as PDF, as it went to the customer."""
    found = _issued(number, invoice)
    return downloads.pdf(documents.copy(found), file_name(found))


@require_GET
def invoice(request: HttpRequest, number: str, invoice: str) -> HttpResponse:
    """What an invoice charged and why it differs from the one before, as the customer sees it."""
    found = _issued(number, invoice)
    context = {
        "account": found.account,
        "invoice": found,
        "content": found.content,
        "row": next(row for row in history(found.account) if row.invoice.pk == found.pk),
        "month": Month.of(found.first_day),
        "why": compared(found),
        "delivery": Delivery.objects.filter(invoice=found).first(),
        "own_litres": sum(meter["litres"] for meter in found.content["meters"]),
    }
    return render(request, "office/invoice.html", context)
