"""Reporting readings: from the portal and from the personal link."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from avots.core import audit, clock
from avots.core.audit import By
from avots.core.dates import local_day
from avots.core.errors import Refused
from avots.customers.models import CustomerAccount, Occupancy
from avots.customers.queries import Held
from avots.meters.models import Premise
from avots.portal import access, reporting
from avots.portal.prices import price_of
from avots.readings import actions as readings
from avots.readings import links, queries
from avots.readings.actions import Asked, Recorded, record_readings
from avots.readings.models import CannotRead, Reading, Receipt, Round
from avots.service.queries import announcements

COOKIE, SALT = "link", "avots.link"


@dataclass(frozen=True)
class Home:
    """Whose meters are reported, into which round, through which door."""

    premise: Premise
    account: CustomerAccount
    round: Round
    source: Reading.Source
    by: By
    link: bool
    address: str
    premises: tuple[Premise, ...] = ()
    submit_only: bool = False

    @property
    def query(self) -> str:
        return "" if self.link else f"?konts={self.account.number}"


@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """Report the readings of one of the person's own homes."""
    now = clock.now()
    held = access.account_of(request, now)
    premise = access.premise_of(request, held)
    by = By("user", request.user.pk or 0)
    home = Home(
        premise,
        held.account,
        _round(now),
        Reading.Source.PORTAL,
        by,
        False,
        premise.address,
        held.premises,
        held.submit_only,
    )
    return _sheet(request, home, now)


@require_safe
def enter_link(request: HttpRequest, token: str) -> HttpResponse:
    """Exchange a personal link for a cookie that opens this one page; nothing is written."""
    response = redirect("portal:link_report")
    response.set_cookie(
        COOKIE,
        signing.dumps(token, salt=SALT),
        max_age=8 * 24 * 3600,
        path=reverse("portal:link_report"),
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    response["Referrer-Policy"] = "no-referrer"
    return _private(response)


@require_http_methods(["GET", "HEAD", "POST"])
def link_report(request: HttpRequest) -> HttpResponse:
    """Report readings with a personal link; no name, no balance, no way into the portal."""
    now = clock.now()
    try:
        home = _home_of_link(request, now)
    except Refused as refused:
        page = render(request, "portal/link_ended.html", {"code": refused.code}, status=410)
        return _private(page)
    return _private(_sheet(request, home, now))


def _home_of_link(request: HttpRequest, now: datetime) -> Home:
    try:
        token = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=8 * 24 * 3600)
    except signing.BadSignature:
        raise Refused("link_broken") from None
    link = links.link_from(token)
    living = Occupancy.objects.valid(on=local_day(now)).filter(account=link.account_id, premise=link.premise_id)
    found = living.select_related("account__party", "premise__building").first()
    round = Round.objects.filter(pk=link.round_id).first()
    if found is None or round is None:
        raise Refused("link_expired")
    by = By("link", found.account.number)
    address = masked(found.premise)
    return Home(found.premise, found.account, round, Reading.Source.LINK, by, True, address)


def masked(premise: Premise) -> str:
    """Return an address a finder of the link learns nothing from: "A… iela 14-12"."""
    street = premise.building.street
    word, _, rest = street.partition(" ")
    number = f"-{premise.number}" if premise.number else ""
    return f"{word[:1]}… {rest} {premise.building.house}{number}".replace("  ", " ")


def _private(response: HttpResponse) -> HttpResponse:
    """Let no cache keep the page. The token's own address sends no referrer either; here it would
    make browsers post with `Origin: null`, which the forgery check rightly refuses."""
    patch_cache_control(response, no_store=True)
    return response


def _round(now: datetime) -> Round:
    try:
        return queries.round_at(now)
    except Round.DoesNotExist:
        raise Http404 from None


def _sheet(request: HttpRequest, home: Home, now: datetime) -> HttpResponse:
    lines = queries.sheet(home.premise, home.round)
    if request.method != "POST":
        return _page(request, home, reporting.blank(lines), now)
    form = reporting.read(request.POST.dict(), request.FILES, lines)
    said = _say_cannot(home, form, now)
    if form.problems or request.POST.get("answer") == "correct":
        return _page(request, home, form, now, status=422 if form.problems else 200)
    if said and not form.values:
        messages.info(request, _("Paldies, esam to pierakstījuši."))
        return redirect(f"{request.path}{home.query}")
    try:
        answer = _record(home, form, request.POST.get("key", ""), now)
    except Refused as refused:
        return _page(request, home, form, now, refused=refused.code, status=422)
    if isinstance(answer, Asked):
        return _ask(request, home, form, answer)
    _say_earlier_was_wrong(request.POST.get("earlier", ""), form, home, now)
    return redirect(_receipt_url(home, answer.receipt))


def _say_cannot(home: Home, form: reporting.Form, now: datetime) -> bool:
    """Record what is said of meters that cannot be read, photos first; return whether anything was."""
    for field in form.unreadable:
        meter = field.line.installation
        try:
            if field.photo:
                readings.keep_photo(meter, home.round, data=field.photo.read(), now=now, by=home.by)
            way = field.cannot or ("" if field.typed else CannotRead.Way.PHOTO)
            if way:
                readings.say_cannot_read(meter, home.round, way=CannotRead.Way(way), now=now, by=home.by)
        except Refused as refused:
            field.problem = refused.code
    return bool(form.unreadable)


def _say_earlier_was_wrong(pk: str, form: reporting.Form, home: Home, now: datetime) -> None:
    """Ask staff to put the reading before this one right, when the person said it was wrong."""
    known = {str(field.line.installation.pk): field.line for field in form.fields if field.litres is not None}
    earlier = queries.previous_reading(known[pk].installation, home.round) if pk in known else None
    if earlier is not None:
        readings.ask_correction(earlier, now=now, by=home.by)


def _record(home: Home, form: reporting.Form, own_key: str, now: datetime) -> Recorded | Asked:
    def submit(key: str) -> Recorded | Asked:
        return audit.tried(lambda: record(key), now=now, by=home.by, verb="portal:report", subject=subject)

    def record(key: str) -> Recorded | Asked:
        return record_readings(
            round=home.round,
            premise=home.premise,
            account=home.account,
            values=form.values,
            source=home.source,
            key=key,
            by=home.by,
            now=now,
            confirmed=form.confirmed,
            sheet=[one.line for one in form.fields],
        )

    subject = f"premise:{home.premise.pk}"

    answer = submit(form.key(own_key or secrets.token_urlsafe(9)))
    if isinstance(answer, Recorded) and any(row.state == Reading.State.SUPERSEDED for row in answer.readings):
        # The person went back and sent the first values again: that is a new submission.
        return submit(form.key(secrets.token_urlsafe(9)))
    return answer


def _receipt_url(home: Home, receipt: Receipt) -> str:
    if home.link:
        generation = links.generation_of(home.account.pk, home.premise.pk)
        return reverse("portal:link_receipt", args=[links.receipt_token_of(receipt, generation=generation)])
    return reverse("portal:receipt", args=[receipt.reference]) + home.query


def _page(
    request: HttpRequest,
    home: Home,
    form: reporting.Form,
    now: datetime,
    *,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    reporting.tell_said(form, home.round)
    context = {
        "home": home,
        "form": form,
        "faces": reporting.faces_of(form),
        "price": price_of(home.premise, home.round),
        "stage": home.round.stage(now),
        "today": local_day(now),
        "refused": refused,
        "key": secrets.token_urlsafe(9),
        "next_round": queries.next_round(now),
        "announcements": announcements((home.premise,), on=local_day(now)),
        "wrong": bool(form.problems or refused),
        "submit_only": home.submit_only,
        "query": home.query,
        "unreadable": "nevaru" in request.GET,
    }
    return render(request, "portal/report.html", context, status=status)


def _ask(request: HttpRequest, home: Home, form: reporting.Form, asked: Asked) -> HttpResponse:
    context = {
        "home": home,
        "form": form,
        "doubts": reporting.doubts_of(asked),
        "confirmed": " ".join(sorted(form.confirmed)),
        "submit_only": home.submit_only,
        "key": request.POST.get("key", ""),
        "query": home.query,
    }
    return render(request, "portal/ask.html", context)


@require_GET
def receipt(request: HttpRequest, reference: str) -> HttpResponse:
    """Show what was recorded under a reference; read-only, so a bookmark keeps working."""
    now = clock.now()
    held = access.account_of(request, now)
    found = Receipt.objects.filter(reference=reference, account=held.account).first()
    if found is None:
        raise Http404
    return _receipt_page(request, found, now, link=False, address=found.premise.address, held=held)


@require_GET
def link_receipt(request: HttpRequest, token: str) -> HttpResponse:
    """Show one receipt to whoever kept its address: read-only, no name, also after the round has closed."""
    try:
        found = links.receipt_from(token)
    except Refused as refused:
        return _private(render(request, "portal/link_ended.html", {"code": refused.code}, status=410))
    return _private(_receipt_page(request, found, clock.now(), link=True, address=masked(found.premise)))


def _receipt_page(
    request: HttpRequest, found: Receipt, now: datetime, *, link: bool, address: str, held: Held | None = None
) -> HttpResponse:
    rows = found.reading_set.select_related("installation__meter__register", "installation__usage_point")
    lines = {line.installation.pk: line for line in queries.sheet(found.premise, found.round)}
    shown = [(row, lines.get(row.installation_id)) for row in rows]
    left = [line for line in lines.values() if line.reading is None and not line.installation.remote_read]
    context = {
        "receipt": found,
        "rows": [(row, line.used_by(row.litres) if line else None) for row, line in shown],
        "left": left,
        "stage": found.round.stage(now),
        "price": price_of(found.premise, found.round),
        "link": link,
        "held": held,
        "address": address,
        "query": f"?konts={held.account.number}" if held else "",
    }
    return render(request, "portal/receipt.html", context)
