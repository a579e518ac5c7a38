"""Payments recorded by hand, and the latest ones."""

import secrets
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from avots.core import clock
from avots.core.dates import local_day
from avots.core.errors import KeyReused, Refused
from avots.customers.models import CustomerAccount
from avots.office.forms import cents_of
from avots.office.views.common import attempt, by_staff
from avots.payments.actions import record_payment
from avots.payments.models import Payment


@require_http_methods(["GET", "HEAD", "POST"])
def payments(request: HttpRequest) -> HttpResponse:
    """Record a payment, and see the latest."""
    now = clock.now()
    if request.method == "POST" and attempt(request, _("Maksājums ierakstīts."), lambda: _record(request)):
        return redirect("office:payments")
    context = {
        "latest": Payment.objects.select_related("account__party").order_by("-pk")[:30],
        "typed": request.POST,
        "key": request.POST.get("key") or secrets.token_urlsafe(9),
        "today": local_day(now),
    }
    return render(request, "office/payments.html", context, status=422 if request.method == "POST" else 200)


def _record(request: HttpRequest) -> None:
    account = CustomerAccount.objects.filter(number=request.POST.get("account", "").strip()).first()
    if account is None:
        raise Refused("no_such_account")
    try:
        day = date.fromisoformat(request.POST.get("received_on", ""))
    except ValueError:
        raise Refused("not_a_day") from None
    if day > local_day(clock.now()):
        raise Refused("day_in_future")
    cents = cents_of(request.POST.get("amount", ""))
    try:
        _book(request, account, cents, day)
    except KeyReused:
        raise Refused("already_decided") from None


def _book(request: HttpRequest, account: CustomerAccount, cents: int, day: date) -> None:
    record_payment(
        key=f"office:{request.POST.get('key', '')[:24]}",
        account=account,
        cents=cents,
        received_on=day,
        channel=Payment.Channel.BANK,
        reference=request.POST.get("reference", "")[:140],
        now=clock.now(),
        by=by_staff(request),
    )
