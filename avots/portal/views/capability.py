"""What the links in letters open: a page that says what would happen, and one button."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from django.views.decorators.http import require_http_methods

from avots.core import clock
from avots.core.audit import By
from avots.core.errors import Refused
from avots.customers.actions.own import undo_email
from avots.customers.actions.people import accept
from avots.customers.actions.registration import object_to
from avots.customers.capabilities import opened
from avots.customers.models import CustomerAccount, EmailChange, Invitation, User


@dataclass(frozen=True)
class Purpose:
    """What one kind of link is for: its words, and the action its button starts."""

    title: str
    text: str
    button: str
    done: str
    act: Callable[[dict[str, Any], datetime], object]


def _object(facts: dict[str, Any], now: datetime) -> None:
    account = CustomerAccount.objects.get(pk=facts["account"])
    object_to(account, User.objects.get(pk=facts["newcomer"]), now=now, by=By("user", facts["user"]))


def _undo(facts: dict[str, Any], now: datetime) -> None:
    change = EmailChange.objects.filter(pk=facts["change"]).first()
    if change is None:
        raise Refused("already_decided")
    undo_email(change, now=now)


def _accept(facts: dict[str, Any], now: datetime) -> None:
    found = Invitation.objects.filter(pk=facts["invitation"]).select_related("account", "invited_by").first()
    if found is None:
        raise Refused("invitation_ended")
    accept(found, now=now)


PURPOSES = {
    "iebildums": Purpose(
        _("Iebilst pret jaunu lietotāju"),
        _("Cilvēks, kurš nupat pieteicās, jūsu kontu vairs neredzēs. Jūsu piekļuve paliek."),
        _("Iebilst"),
        _("Piekļuve ir slēgta. Ja vajag palīdzību, zvaniet mums."),
        _object,
    ),
    "atcelt": Purpose(
        _("Atcelt e-pasta maiņu"),
        _("Atjaunosim iepriekšējo adresi un visās ierīcēs jūs izrakstīsim."),
        _("Atcelt maiņu"),
        _("Iepriekšējā adrese ir atjaunota. Ieejiet no jauna un nomainiet paroli, ja tā jums ir."),
        _undo,
    ),
    "uzaicinajums": Purpose(
        _("Pieņemt uzaicinājumu"),
        _("Jūs varēsiet palīdzēt ar šo kontu. Pēc tam ieejiet ar kodu, ko sūtām uz jūsu e-pastu."),
        _("Pieņemt uzaicinājumu"),
        _("Uzaicinājums ir pieņemts. Tagad ieejiet ar kodu."),
        _accept,
    ),
}


@require_http_methods(["GET", "HEAD", "POST"])
def capability(request: HttpRequest, purpose: str, token: str) -> HttpResponse:
    """Show what a link is for; only the button does it."""
    if purpose not in PURPOSES:
        raise Http404
    kind, now, done = PURPOSES[purpose], clock.now(), False
    words = {part: gettext(getattr(kind, part)) for part in ("title", "text", "button", "done")}
    try:
        facts = opened(purpose, token, now=now)
        if request.method == "POST":
            kind.act(facts, now)
            done = True
    except Refused as refused:
        page = render(request, "portal/link_ended.html", {"code": refused.code}, status=410)
    else:
        page = render(request, "portal/capability.html", {**words, "is_done": done})
    patch_cache_control(page, no_store=True)
    return page
