"""Who else may act for an account, and when nobody is at home."""

from collections.abc import Callable
from datetime import date
from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from avots.core import clock
from avots.core.audit import By
from avots.core.dates import local_day
from avots.core.errors import Refused
from avots.customers.actions import absence as absences
from avots.customers.actions import people as acting
from avots.customers.models import AbsenceNotice, Access, Invitation, User
from avots.customers.queries import Held, absences_of
from avots.portal import access
from avots.portal.views.register import address_in
from avots.ui.words import words


def day_in(text: str) -> date | None:
    """Return a day from a date field, or nothing when it was left empty.

    :raises Refused: ``not_a_day``
    """
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Refused("not_a_day") from None


def _by(request: HttpRequest) -> By:
    return By("user", request.user.pk or 0)


def _attempt(request: HttpRequest, done: str, act: Callable[[], object]) -> None:
    try:
        act()
    except Refused as refused:
        messages.error(request, words(refused.code, **refused.facts))
    else:
        messages.info(request, done)


def _back(name: str, held: Held) -> HttpResponse:
    return redirect(f"{reverse(name)}?konts={held.account.number}")


@require_http_methods(["GET", "HEAD", "POST"])
def people(request: HttpRequest) -> HttpResponse:
    """Show who may act for an account, and invite one more."""
    now = clock.now()
    held, on = access.holder_of(request, now), local_day(now)
    typed = {name: request.POST.get(name, "").strip() for name in ("email", "kind", "ends_on")}
    problem = ""
    if request.method == "POST":
        try:
            _invite(request, held, typed)
        except Refused as refused:
            problem = refused.code
        else:
            messages.info(request, _("Uzaicinājums ir nosūtīts."))
            return _back("portal:people", held)
    context = {
        "held": held,
        "acting": Access.objects.valid(on=on).filter(account=held.account).select_related("user").order_by("pk"),
        "invited": Invitation.objects.filter(account=held.account, state=Invitation.State.OPEN).order_by("pk"),
        "typed": typed,
        "problem": problem,
        "query": f"?konts={held.account.number}",
    }
    return render(request, "portal/people.html", context, status=422 if problem else 200)


def _invite(request: HttpRequest, held: Held, typed: dict[str, str]) -> None:
    acting.invite(
        held.account,
        email=address_in(typed["email"]),
        kind=cast(Access.Kind, typed["kind"]),
        ends_on=day_in(typed["ends_on"]),
        now=clock.now(),
        inviter=cast(User, request.user),
    )


@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """End what somebody may do for the account."""
    now = clock.now()
    held = access.holder_of(request, now)
    found = Access.objects.filter(pk=pk, account=held.account).select_related("account").first()
    if found is None:
        raise Http404
    _attempt(request, _("Piekļuve ir beigta."), lambda: acting.end_access(found, now=now, by=_by(request)))
    return _back("portal:people", held)


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an invitation back."""
    now = clock.now()
    held = access.holder_of(request, now)
    found = Invitation.objects.filter(pk=pk, account=held.account).select_related("account").first()
    if found is None:
        raise Http404
    _attempt(request, _("Uzaicinājums ir atsaukts."), lambda: acting.withdraw(found, now=now, by=_by(request)))
    return _back("portal:people", held)


@require_http_methods(["GET", "HEAD", "POST"])
def absence(request: HttpRequest) -> HttpResponse:
    """Tell that nobody will be at home, and see what was told."""
    now = clock.now()
    held = access.full_account_of(request, now)
    premise = access.premise_of(request, held)
    problem, typed = "", {name: request.POST.get(name, "") for name in ("starts_on", "ends_on")}
    if request.method == "POST":
        try:
            starts_on, ends_on = day_in(typed["starts_on"]), day_in(typed["ends_on"])
            if starts_on is None:
                raise Refused("not_a_day")
            facts = {"starts_on": starts_on, "ends_on": ends_on, "now": now, "by": _by(request)}
            absences.announce_absence(premise, **facts)  # type: ignore[arg-type]
        except Refused as refused:
            problem = refused.code
        else:
            messages.info(request, _("Paldies! Prombūtne ir pierakstīta."))
            return _back("portal:absence", held)
    context = {
        "held": held,
        "premise": premise,
        "notices": absences_of([premise], on=local_day(now)),
        "typed": typed,
        "problem": problem,
        "today": local_day(now),
        "query": f"?konts={held.account.number}",
    }
    return render(request, "portal/absence.html", context, status=422 if problem else 200)


@require_POST
def back(request: HttpRequest, pk: int) -> HttpResponse:
    """Tell that somebody is back as of today, or that nobody went."""
    now = clock.now()
    held = access.full_account_of(request, now)
    found = AbsenceNotice.objects.filter(pk=pk, premise__in=held.premises).select_related("premise__building").first()
    if found is None:
        raise Http404
    on = local_day(now)
    _attempt(request, _("Pierakstīts."), lambda: absences.end_absence(found, on=on, now=now, by=_by(request)))
    return _back("portal:absence", held)
