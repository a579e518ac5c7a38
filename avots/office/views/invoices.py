"""One invoice with its whole calculation, for the person who answers the phone."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from avots.billing import documents
from avots.billing.actions import corrections
from avots.billing.models import Invoice
from avots.billing.pdf import file_name
from avots.billing.queries import compared
from avots.core import clock
from avots.core.dates import Month
from avots.core.models import Approval
from avots.customers.queries import names_of
from avots.office.access import MONEY, TILL
from avots.office.views.common import attempt, by_staff
from avots.payments.queries import history
from avots.ui import downloads
from avots.ui.who import roles_in


def _issued(number: str, invoice: str) -> Invoice:
    rows = Invoice.objects.select_related("account__party", "delivery")
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
    roles = roles_in(request)
    asked = _asked(found)
    context = {
        "account": found.account,
        "invoice": found,
        "content": found.content,
        "row": next(row for row in history(found.account) if row.invoice.pk == found.pk),
        "month": Month.of(found.first_day),
        "why": compared(found),
        "delivery": getattr(found, "delivery", None),
        "own_litres": sum(meter["litres"] for meter in found.content["meters"]),
        "asked": asked,
        "names": names_of([asked.requested_by]) if asked else {},
        "reasons": corrections.REASONS,
        "may_ask": bool(roles & set(TILL)),
        "may_decide": bool(roles & set(MONEY)),
    }
    return render(request, "office/invoice.html", context)


def _asked(invoice: Invoice) -> Approval | None:
    rows = Approval.objects.filter(kind=corrections.KIND, subject=corrections.subject_of(invoice))
    return rows.filter(state=Approval.State.OPEN).first()


@require_POST
def ask_credit(request: HttpRequest, number: str, invoice: str) -> HttpResponse:
    """Ask a second person to take an invoice back."""
    found, sent = _issued(number, invoice), request.POST
    attempt(
        request,
        _("Apstiprinājums lūgts. Tagad vajag otru cilvēku."),
        lambda: corrections.ask_credit_note(
            found,
            reason=sent.get("reason", ""),
            text=sent.get("text", ""),
            bill_anew=bool(sent.get("anew")),
            account=sent.get("account", "").strip(),
            now=clock.now(),
            by=by_staff(request),
        ),
    )
    return redirect("office:invoice", number, invoice)


@require_POST
def decide(request: HttpRequest, number: str, invoice: str) -> HttpResponse:
    """Take an invoice back as a second person, or let it stand; who only asked may only withdraw."""
    now, found = clock.now(), _issued(number, invoice)
    asked = _asked(found)
    own = asked is not None and asked.requested_by == str(by_staff(request))
    withdraws = own and request.POST.get("decision") == "decline"
    if not withdraws and not roles_in(request) & set(MONEY):
        raise PermissionDenied
    if request.POST.get("decision") == "grant":
        done, act = _("Rēķins atcelts ar kredītrēķinu."), corrections.grant_credit_note
        attempt(request, done, lambda: act(found, now=now, by=by_staff(request)))
    else:
        done, decline = _("Rēķins paliek spēkā."), corrections.decline_credit_note
        attempt(request, done, lambda: decline(found, now=now, by=by_staff(request)))
    return redirect("office:invoice", number, invoice)


@require_GET
def corrected(request: HttpRequest) -> HttpResponse:
    """What waits for a second person, and the latest credit notes."""
    open_ones = list(Approval.objects.filter(kind=corrections.KIND, state=Approval.State.OPEN).order_by("pk"))
    numbers = {row.subject.removeprefix("invoice:"): row for row in open_ones}
    rows = Invoice.objects.select_related("account__party", "corrects")
    context = {
        "waiting": [(numbers[str(row.number)], row) for row in rows.filter(number__in=numbers)],
        "names": names_of(row.requested_by for row in open_ones),
        "notes": rows.filter(kind=Invoice.Kind.CREDIT, corrects__isnull=False).order_by("-pk")[:100],
    }
    return render(request, "office/corrected.html", context)
