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
from avots.customers.queries import Held, accounts_of
from avots.payments.queries import history
from avots.portal import access
from avots.ui import downloads


@require_GET
def invoices(request: HttpRequest) -> HttpResponse:
    """Every invoice with its sum, period, due date and payment date."""
    now = clock.now()
    held = access.full_account_of(request, now)
    rows = [row for row in history(held.account) if held.shows(row.invoice.first_day)]
    context = {
        "held": held,
        "rows": rows,
        "balance": access.balance_for(held, rows),
        "today": local_day(now),
        "query": f"?konts={held.account.number}",
    }
    return render(request, "portal/invoices.html", context)


def _mine(request: HttpRequest, number: str) -> tuple[Held, Invoice]:
    """Return an invoice of an account the person may act for, and how; a foreign one and none are the same."""
    mine = [held for held in accounts_of(request.user, on=local_day(clock.now())) if not held.submit_only]
    numbered = Invoice.objects.issued().filter(number=number, account__in=[held.account for held in mine])
    row = numbered.select_related("account__party").first()
    seen = (held for held in mine if row and held.account == row.account and held.shows(row.first_day))
    held = next(seen, None)
    if row is None or held is None:
        raise Http404
    return held, row


@require_GET
def document(request: HttpRequest, number: str) -> HttpResponse:
    """The invoice as PDF, as it went to the customer; a registration code on it is masked.

    Its chart goes back thirteen months, so a tenant reads the page instead.
    """
    held, found = _mine(request, number)
    if held.since:
        raise Http404
    return downloads.pdf(documents.copy(found), file_name(found))


@require_GET
def invoice(request: HttpRequest, number: str) -> HttpResponse:
    """One invoice from its frozen content; each line opens to readings x tariff x share."""
    held, found = _mine(request, number)
    why = compared(found)
    row = next(row for row in history(found.account) if row.invoice.pk == found.pk)
    content = found.content
    context = {
        "held": held,
        "invoice": found,
        "content": content,
        "row": row,
        "month": Month.parse(content["month"]),
        "why": why if why and held.shows(why.before.first_day) else None,
        "own_litres": sum(meter["litres"] for meter in content["meters"]),
        "query": f"?konts={found.account.number}",
    }
    if found.kind == Invoice.Kind.CREDIT:
        return render(request, "portal/credit.html", context | {"anew": _seen(held, content["corrects"]["anew"])})
    return render(request, "portal/invoice.html", context)


def _seen(held: Held, number: str) -> str:
    """Return the number of the invoice billed anew where it is the same account's; another's is none of theirs."""
    return number if invoices_of(held.account).filter(number=number).exists() else ""
