"""Announcements: written, looked at as customers will see them, told, taken back."""

import secrets
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from avots.core import clock
from avots.core.dates import local_day
from avots.customers.queries import names_of
from avots.office.forms import day_of
from avots.office.views.common import attempt, by_staff
from avots.service import actions, queries
from avots.service.models import Announcement


@require_http_methods(["GET", "HEAD", "POST"])
def announcements(request: HttpRequest) -> HttpResponse:
    """Every announcement with where it stands, and a form: first a preview, then it is told."""
    now = clock.now()
    preview: list[Announcement] = []
    if request.method == "POST":
        if request.POST.get("step") == "tell":
            if attempt(request, _("Paziņojums ir publicēts."), lambda: _tell(request, now)):
                return redirect("office:announcements")
        else:
            attempt(request, _("Tā to redzēs klienti."), lambda: preview.append(_preview(request, now)))
    today = local_day(now)
    shown = list(Announcement.objects.select_related("building").order_by("-starts_on", "-pk")[:60])
    context = {
        "rows": [(one, queries.state_of(one, today)) for one in shown],
        "preview": preview[0] if preview else None,
        "reached": queries.reached(preview[0], on=today) if preview else 0,
        "names": names_of(one.written_by for one in shown),
        "places": queries.places(),
        "typed": request.POST,
        "key": request.POST.get("key") or secrets.token_urlsafe(9),
        "today": today,
    }
    failed = request.method == "POST" and not preview
    return render(request, "office/announcements.html", context, status=422 if failed else 200)


def _typed(request: HttpRequest) -> actions.Text:
    data = request.POST.dict()
    return actions.Text(
        kind=data.get("kind", ""),
        title=data.get("title", ""),
        text=data.get("text", ""),
        place=data.get("place", ""),
        starts_on=day_of(data, "starts_on"),
        last_on=day_of(data, "last_on"),
    )


def _key(request: HttpRequest) -> str:
    return f"office:{request.POST.get('key', '')[:24]}"


def _preview(request: HttpRequest, now: datetime) -> Announcement:
    return actions.draft(_typed(request), key=_key(request), now=now, by=by_staff(request))


def _tell(request: HttpRequest, now: datetime) -> None:
    actions.announce(_typed(request), key=_key(request), now=now, by=by_staff(request))


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an announcement back at once."""
    found = get_object_or_404(Announcement, pk=pk)
    done = _("Paziņojums ir atsaukts.")
    attempt(request, done, lambda: actions.withdraw(found, now=clock.now(), by=by_staff(request)))
    return redirect("office:announcements")
