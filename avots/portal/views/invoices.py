"""The history of invoices, and one invoice that explains itself."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from avots.billing.queries import compared, invoices_of
from avots.core import clock
from avots.core.dates import Month, local_day
from avots.customers.queries import accounts_of
from avots.ledger.queries import balance_of
from avots.payments.queries import history
from avots.portal import access


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


@require_GET
def invoice(request: HttpRequest, number: str) -> HttpResponse:
    """One invoice from its frozen content; each line opens to readings x tariff x share."""
    now = clock.now()
    mine = [held.account for held in accounts_of(request.user, on=local_day(now)) if not held.submit_only]
    found = next((row for account in mine for row in invoices_of(account).filter(number=number)), None)
    if found is None:
        raise Http404
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
