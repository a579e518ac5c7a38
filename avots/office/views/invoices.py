"""One invoice with its whole calculation, for the person who answers the phone."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from avots.billing.models import Invoice
from avots.billing.queries import compared
from avots.core.dates import Month
from avots.payments.queries import history


@require_GET
def invoice(request: HttpRequest, number: str, invoice: str) -> HttpResponse:
    """What an invoice charged and why it differs from the one before, as the customer sees it."""
    found = get_object_or_404(
        Invoice.objects.select_related("account__party"),
        number=invoice,
        account__number=number,
        state=Invoice.State.ISSUED,
    )
    context = {
        "account": found.account,
        "invoice": found,
        "content": found.content,
        "row": next(row for row in history(found.account) if row.invoice.pk == found.pk),
        "month": Month.of(found.first_day),
        "why": compared(found),
        "own_litres": sum(meter["litres"] for meter in found.content["meters"]),
    }
    return render(request, "office/invoice.html", context)
