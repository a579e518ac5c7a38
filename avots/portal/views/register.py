"""Registering: code from a paper, own address, code from the e-mail, signed in."""

from datetime import datetime, timedelta
from typing import cast

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from avots.core import clock
from avots.core.errors import Refused
from avots.customers.actions import registration
from avots.customers.actions.registration import Proof
from avots.customers.models import User
from avots.portal import proof as prove

PURPOSE = "register"
PROOF_LIVES = timedelta(hours=1)


def address_in(text: str) -> str:
    """Return a typed e-mail address.

    :raises Refused: ``not_an_email``
    """
    email = text.strip().lower()[:254]
    try:
        validate_email(email)
    except ValidationError:
        raise Refused("not_an_email", text=text[:80]) from None
    return email


@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Take the customer number and the code; whatever is wrong with the two, the answer is the same."""
    if request.method != "POST":
        return render(request, "portal/register.html", {"number": request.GET.get("konts", "")[:20]})
    now = clock.now()
    number, code = request.POST.get("number", "")[:40], request.POST.get("code", "")[:40]
    try:
        shown = registration.prove(number, code, network=prove.network_of(request), now=now)
        if request.user.is_authenticated:
            return _add(request, shown, now)
    except Refused as refused:
        context = {"number": number, "code": code, "problem": refused.code}
        return render(request, "portal/register.html", context, status=422)
    request.session["proof"] = [shown.number, shown.generation, (now + PROOF_LIVES).timestamp()]
    return redirect("portal:register_email")


def _add(request: HttpRequest, shown: Proof, now: datetime) -> HttpResponse:
    """Add one more account to somebody who is signed in already."""
    account = registration.redeem(shown, cast(User, request.user), by_email=False, now=now)
    messages.info(request, _("Konts ir pievienots."))
    return redirect(f"{reverse('portal:home')}?konts={account.number}")


def _shown(request: HttpRequest, now: datetime) -> Proof | None:
    number, generation, until = request.session.get("proof", ["", 0, 0])
    return Proof(number, generation) if until > now.timestamp() else None


@require_http_methods(["GET", "HEAD", "POST"])
def email(request: HttpRequest) -> HttpResponse:
    """Take the address and send it a code."""
    now = clock.now()
    if _shown(request, now) is None:
        return redirect("portal:register")
    if request.method != "POST":
        return render(request, "portal/register_email.html", {"by_email": True})
    typed = request.POST.get("email", "")
    request.session["by_email"] = request.POST.get("by_email") == "1"
    try:
        prove.send_code(request, PURPOSE, address_in(typed), now=now)
    except Refused as refused:
        context = {"email": typed, "by_email": request.session["by_email"], "problem": refused.code}
        return render(request, "portal/register_email.html", context, status=422)
    return redirect("portal:register_confirm")


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest) -> HttpResponse:
    """Take the code from the e-mail, and sign the person in."""
    now = clock.now()
    shown, address = _shown(request, now), prove.waiting_for(request, PURPOSE)
    if shown is None or not address:
        return redirect("portal:register")
    if request.method != "POST":
        return render(request, "portal/register_confirm.html", {"email": address})
    try:
        email = prove.check_code(request, PURPOSE, request.POST.get("code", ""), now=now)
        by_email = bool(request.session.pop("by_email", False))
        user = registration.register(shown, email, by_email=by_email, now=now)
    except Refused as refused:
        context = {"email": address, "problem": refused.code}
        return render(request, "portal/register_confirm.html", context, status=422)
    del request.session["proof"]
    messages.info(request, _("Reģistrācija ir pabeigta. Turpmāk ieejiet ar kodu, ko sūtām uz jūsu e-pastu."))
    record_authentication(request, user, method="code", email=email)
    answer: HttpResponse = perform_login(request, user, email=email)
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for a code by letter or to the e-mail on file; the page says nothing about the number."""
    if request.method != "POST":
        return render(request, "portal/register_ask.html", {})
    try:
        number = request.POST.get("number", "")[:40]
        registration.ask_for_code(number, network=prove.network_of(request), now=clock.now())
    except Refused as refused:
        return render(request, "portal/register_ask.html", {"problem": refused.code}, status=422)
    return render(request, "portal/register_asked.html", {})
