"""The history of invoices, and one invoice that explains itself."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from avots.billing import documents
from avots.billing.models import Invoice
from avots.billing.pdf import file_name
from avots.billing.queries import compared, invoices_of
from avots.core import clock
from avots.core.dates import Month, local_day
from avots.customers.queries import accounts_of
from avots.ledger.queries import balance_of
from avots.payments.queries import history
from avots.portal import access
from avots.ui import downloads


@require_GET
def invoices(request: HttpRequest) -> HttpResponse:
    """Every invoice with its sum, period, due date and payment date."""
    now = clock.now()
    held = access.full_account_of(request, now)
    context = {
        "held": held,
        "rows": history(held.account),
        "balance": balance_of(held.account),
        "today": local_day(now),
        "query": f"?konts={held.account.number}",
    }
    return render(request, "portal/invoices.html", context)


def _mine(request: HttpRequest, number: str) -> Invoice:
    """Return an invoice of an account the person may act for; a foreign one and none are the same."""
    today = local_day(clock.now())
    mine = [held.account for held in accounts_of(request.user, on=today) if not held.submit_only]
    found = next((row for account in mine for row in invoices_of(account).filter(number=number)), None)
    if found is None:
        raise Http404
    return found


@require_GET
def document(request: HttpRequest, number: str) -> HttpResponse:
    """The invoice as PDF, as it went to the customer; a registration code on it is masked."""
    found = _mine(request, number)
    return downloads.pdf(documents.copy(found), file_name(found))


@require_GET
def invoice(request: HttpRequest, number: str) -> HttpResponse:
    """One invoice from its frozen content; each line opens to readings x tariff x share."""
    found = _mine(request, number)
    row = next(row for row in history(found.account) if row.invoice.pk == found.pk)
    content = found.content
    context = {
        "invoice": found,
        "content": content,
        "row": row,
        "month": Month.parse(content["month"]),
        "why": compared(found),
        "own_litres": sum(meter["litres"] for meter in content["meters"]),
        "query": f"?konts={found.account.number}",
    }
    return render(request, "portal/invoice.html", context)
