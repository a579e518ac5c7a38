"""Finding a customer, the page that answers a call, and entering readings by phone."""

import secrets
from collections.abc import Sequence
from datetime import date, datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from avots.core import clock
from avots.core.dates import local_day
from avots.core.errors import Refused
from avots.core.models import AuditEntry
from avots.customers import queries as customers
from avots.customers.actions import set_delivery
from avots.customers.models import Access, CustomerAccount, DeclaredPersons, LegalHold
from avots.ledger.queries import balance_of
from avots.meters.models import Premise
from avots.office.access import LEAD
from avots.office.forms import ReadingForm
from avots.office.views.common import attempt, by_staff, tried
from avots.outbox.queries import messages_to
from avots.payments.queries import change_of, history, latest_of
from avots.readings import queries
from avots.readings.actions import Asked, Question, record_readings
from avots.readings.models import Reading
from avots.readings.queries.rounds import rounds_at
from avots.service.actions import note_look
from avots.service.queries import announcements
from avots.ui.who import roles_in

MONTHS = 15


@require_GET
def search(request: HttpRequest) -> HttpResponse:
    """Customers by flat address, name, number or meter."""
    q = request.GET.get("q", "")[:80]
    found = customers.search(q, on=local_day(clock.now()))
    if len(found) == 1:
        return redirect("office:customer", found[0].account.number)
    return render(request, "office/search.html", {"q": q, "found": found})


@require_http_methods(["GET", "HEAD"])
def customer(request: HttpRequest, number: str) -> HttpResponse:
    """One screen that answers a call; who looked is written down, and the customer can see it."""
    now, account = clock.now(), _account(number)
    if request.method == "GET":
        note_look(account, roles=roles_in(request), now=now, by=by_staff(request))
    return _page(request, account, now)


def _account(number: str) -> CustomerAccount:
    return get_object_or_404(CustomerAccount.objects.select_related("party"), number=number)


def _page(
    request: HttpRequest,
    account: CustomerAccount,
    now: datetime,
    *,
    form: ReadingForm | None = None,
    questions: Sequence[Question] = (),
    status: int = 200,
) -> HttpResponse:
    today = local_day(now)
    premises = customers.premises_of([account], on=today)[account.pk]
    round = rounds_at(now).latest
    sheets = queries.sheets([premise.pk for premise in premises], round) if round else {}
    rows = history(account)
    may_hold = LEAD in roles_in(request)
    context = {
        **_people(account, premises, today),
        "account": account,
        "premises": premises,
        "sheets": [(premise, sheets.get(premise.pk, [])) for premise in premises],
        "round": round,
        "stage": round.stage(now) if round else "",
        "rows": rows[:MONTHS],
        "latest": latest_of(rows),
        "why": change_of(rows),
        "balance": balance_of(account),
        "audit": (done := list(AuditEntry.objects.filter(subject=f"account:{account.number}").order_by("-pk")[:12])),
        "names": customers.names_of(row.by for row in done),
        "announcements": announcements(premises, on=today),
        "may_hold": may_hold,
        "held": LegalHold.objects.filter(account=account, ends_on=None).first() if may_hold else None,
        "form": form,
        "questions": questions,
        "tokens": " ".join(question.token for question in questions),
        "key": secrets.token_urlsafe(9),
        "today": today,
    }
    return render(request, "office/customer.html", context, status=status)


def _people(account: CustomerAccount, premises: Sequence[Premise], today: date) -> dict[str, object]:
    """Return who is reached for an account and how, who acts for it, and who lives there."""
    people = list(Access.objects.valid(on=today).filter(account=account).select_related("user"))
    contact = customers.contact_among(account, people)
    return {
        "letters": messages_to(contact.email)[:12] if contact else [],
        "contact": contact,
        "people": people,
        "persons": DeclaredPersons.objects.filter(premise__in=premises).order_by("-starts_on").first(),
        "absences": customers.absences_of(premises, on=today),
    }


@require_POST
def phone(request: HttpRequest, number: str) -> HttpResponse:
    """Record what a caller reads out; the same rule as in the portal."""
    now, account = clock.now(), _account(number)
    premises = customers.premises_of([account], on=local_day(now))[account.pk]
    wanted = request.POST.get("premise", "")
    premise = next((premise for premise in premises if str(premise.pk) == wanted), None)
    if premise is None:
        raise Http404
    round = queries.round_at(now)
    form = ReadingForm.read(request.POST.dict(), queries.sheet(premise, round))
    if form.problems:
        return _page(request, account, now, form=form, status=422)
    try:
        answer = tried(
            request,
            lambda: record_readings(
                round=round,
                premise=premise,
                account=account,
                values=form.values,
                source=Reading.Source.PHONE,
                key=f"phone:{request.POST.get('key', '')[:24]}:{form.digest}",
                by=by_staff(request),
                now=now,
                confirmed=form.confirmed,
            ),
        )
    except Refused as refused:
        form.refused = refused.code
        return _page(request, account, now, form=form, status=422)
    if isinstance(answer, Asked):
        return _page(request, account, now, form=form, questions=answer.questions)
    attempt(request, _("Rādījumi ierakstīti. Numurs: ") + answer.receipt.reference, lambda: None)
    return redirect("office:customer", number)


@require_POST
def delivery(request: HttpRequest, number: str) -> HttpResponse:
    """Switch a customer's invoices between paper and e-mail."""
    now, account = clock.now(), _account(number)
    paper = request.POST.get("delivery") == "paper"
    mode = CustomerAccount.Delivery.PAPER if paper else CustomerAccount.Delivery.EMAIL
    email = request.POST.get("email", "").strip()
    attempt(
        request,
        _("Piegāde mainīta."),
        lambda: set_delivery(account, delivery=mode, email=email, now=now, by=by_staff(request)),
    )
    return redirect("office:customer", number)
