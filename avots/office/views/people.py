"""A customer's people, for the office: codes by letter or e-mail, absence, legal holds."""

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from avots.core import clock
from avots.core.dates import local_day
from avots.core.errors import Refused
from avots.customers.actions import absence as absences
from avots.customers.actions import own, registration
from avots.customers.models import CodeRequest, CustomerAccount, LegalHold
from avots.customers.queries import premises_of
from avots.customers.registration import VALID_DAYS, grouped
from avots.office.views.common import attempt, by_staff
from avots.ui.words import words


def _account(number: str) -> CustomerAccount:
    return get_object_or_404(CustomerAccount.objects.select_related("party"), number=number)


@require_GET
def codes(request: HttpRequest) -> HttpResponse:
    """Who asked for a code and has no address on file: letters to print."""
    waiting = (
        CodeRequest.objects.filter(state=CodeRequest.State.LETTER).order_by("pk").values_list("number", "asked_at")
    )
    asked = dict(reversed(list(waiting)))
    accounts = CustomerAccount.objects.filter(number__in=asked).select_related("party").order_by("number")
    return render(request, "office/codes.html", {"rows": [(one, asked[one.number]) for one in accounts]})


@require_POST
def code_letter(request: HttpRequest, number: str) -> HttpResponse:
    """Show the letter with a registration code, to be printed and folded; that it was is recorded."""
    now, account = clock.now(), _account(number)
    code = registration.print_letter(account, now=now, by=by_staff(request))
    homes = premises_of([account], on=local_day(now))[account.pk]
    context = {"account": account, "home": homes[0] if homes else None, "code": grouped(code)}
    return render(request, "office/code_letter.html", context | {"today": local_day(now), "days": VALID_DAYS})


@require_POST
def code_mail(request: HttpRequest, number: str) -> HttpResponse:
    """Send a registration code to the address on file."""
    account = _account(number)
    send = lambda: registration.mail_code(account, now=clock.now(), by=by_staff(request))  # noqa: E731
    attempt(request, _("Kods ir nosūtīts uz zināmo e-pastu."), send)
    return redirect("office:customer", number)


@require_POST
def absence(request: HttpRequest, number: str) -> HttpResponse:
    """Record an absence a caller tells of; the caller gets the same confirmation."""
    now, account = clock.now(), _account(number)
    homes = premises_of([account], on=local_day(now))[account.pk]
    premise = next((home for home in homes if str(home.pk) == request.POST.get("premise", "")), None)
    if premise is None:
        raise Http404
    try:
        starts_on, ends_on = (_day(request, name) for name in ("starts_on", "ends_on"))
        if starts_on is None:
            raise Refused("not_a_day")
        absences.announce_absence(premise, starts_on=starts_on, ends_on=ends_on, now=now, by=by_staff(request))
    except Refused as refused:
        messages.error(request, words(refused.code))
    else:
        messages.info(request, _("Prombūtne ir pierakstīta."))
    return redirect("office:customer", number)


def _day(request: HttpRequest, name: str) -> date | None:
    text = request.POST.get(name, "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Refused("not_a_day") from None


@require_POST
def hold(request: HttpRequest, number: str) -> HttpResponse:
    """Keep an account's personal data from erasure, or let it go."""
    now, account, by = clock.now(), _account(number), by_staff(request)
    held = LegalHold.objects.filter(account=account, ends_on=None).first()
    if held is not None:
        attempt(request, _("Dati vairs nav aizturēti."), lambda: own.release_hold(held, now=now, by=by))
        return redirect("office:customer", number)
    reason = request.POST.get("reason", "")
    attempt(request, _("Dati ir aizturēti."), lambda: own.hold_data(account, reason=reason, now=now, by=by))
    return redirect("office:customer", number)
