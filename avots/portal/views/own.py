"""A person's own sign-in: proving again, address, devices, language, their data and the end."""

from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods
from django.views.i18n import set_language

from avots.core import clock
from avots.core.audit import By
from avots.core.dates import local_day
from avots.core.errors import Refused
from avots.customers.actions import own
from avots.customers.models import User
from avots.customers.queries import sessions_of
from avots.portal import export, proof
from avots.portal.views.register import address_in
from avots.ui.words import words


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


@require_http_methods(["GET", "HEAD", "POST"])
def prove(request: HttpRequest) -> HttpResponse:
    """Prove again who is there, by a code to the person's address."""
    now, user = clock.now(), _user(request)
    wanted = request.POST.get("next") or request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    context = {"next": wanted if safe else reverse("portal:settings"), "email": user.email, "query": ""}
    try:
        if request.method == "POST" and request.POST.get("send"):
            proof.send_code(request, "prove", user.email, now=now)
        elif request.method == "POST":
            proof.check_code(request, "prove", request.POST.get("code", ""), now=now)
            proof.note_proof(request)
            return redirect(context["next"])
    except Refused as refused:
        context["problem"] = refused.code
    context["waiting"] = proof.waiting_for(request, "prove")
    return render(request, "portal/prove.html", context, status=422 if "problem" in context else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def email(request: HttpRequest) -> HttpResponse:
    """Take a new address and send it a code."""
    if request.method != "POST":
        return render(request, "portal/email.html", {"query": ""})
    typed = request.POST.get("email", "")
    try:
        proof.send_code(request, "email", address_in(typed), now=clock.now())
    except Refused as refused:
        context = {"typed": typed, "problem": refused.code, "query": ""}
        return render(request, "portal/email.html", context, status=422)
    return redirect("portal:email_confirm")


@require_http_methods(["GET", "HEAD", "POST"])
def email_confirm(request: HttpRequest) -> HttpResponse:
    """Take the code from the new address; the old one is told and may undo the change for a day."""
    address = proof.waiting_for(request, "email")
    if not address:
        return redirect("portal:email")
    if request.method != "POST":
        return render(request, "portal/email_confirm.html", {"email": address, "query": ""})
    now = clock.now()
    try:
        proven = proof.check_code(request, "email", request.POST.get("code", ""), now=now)
        own.change_email(_user(request), proven, now=now)
    except Refused as refused:
        context = {"email": address, "problem": refused.code, "query": ""}
        return render(request, "portal/email_confirm.html", context, status=422)
    messages.info(request, _("E-pasta adrese ir mainīta. Uz veco adresi nosūtījām ziņu."))
    return redirect("portal:settings")


@require_http_methods(["GET", "HEAD", "POST"])
def devices(request: HttpRequest) -> HttpResponse:
    """Show where a person is signed in, and end one or all the others."""
    user, now, here = _user(request), clock.now(), request.session.session_key or ""
    if request.method == "POST":
        only = request.POST.get("only", "")
        chosen = only if only.isdigit() else ""
        own.end_sessions(user, only=chosen, keep=here, now=now, by=By("user", user.pk))
        messages.info(request, _("Izrakstīts."))
        return redirect("portal:devices")
    return render(request, "portal/devices.html", {"rows": sessions_of(user), "here": here, "query": ""})


@require_http_methods(["GET", "HEAD", "POST"])
def language(request: HttpRequest) -> HttpResponse:
    """Switch the language of the pages; for somebody signed in, keep that they asked for it."""
    answer = set_language(request)
    code = request.POST.get("language", "")
    if request.method == "POST" and request.user.is_authenticated and code in dict(settings.LANGUAGES):
        user = _user(request)
        own.wish_language(user, code, now=clock.now(), by=By("user", user.pk))
    return answer


@require_GET
def data(request: HttpRequest) -> HttpResponse:
    """What we hold about a person, to take away or to have forgotten."""
    return render(request, "portal/data.html", {"query": ""})


@require_GET
def data_json(request: HttpRequest) -> HttpResponse:
    """All of a person's data for another program."""
    found = export.all_of(_user(request), on=local_day(clock.now()))
    answer = JsonResponse(found, json_dumps_params={"ensure_ascii": False, "indent": 1})
    answer["Content-Disposition"] = 'attachment; filename="mani-dati.json"'
    return answer


@require_GET
def data_page(request: HttpRequest) -> HttpResponse:
    """All of a person's data to read and print."""
    found = export.all_of(_user(request), on=local_day(clock.now()))
    return render(request, "portal/data_page.html", {"parts": export.tables(found), "query": ""})


@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest) -> HttpResponse:
    """Close the portal account, after saying what goes and what the law keeps."""
    if request.method != "POST":
        return render(request, "portal/erase.html", {"query": ""})
    user = _user(request)
    try:
        erasure = own.ask_erasure(user, now=clock.now(), by=By("user", user.pk))
    except Refused as refused:
        messages.error(request, words(refused.code))
        return redirect("portal:data")
    logout(request)
    erasure.refresh_from_db()
    return render(request, "portal/erased.html", {"held": erasure.done_at is None})
