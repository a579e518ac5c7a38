"""Coupons that came back: batches, keying, a second look."""

import secrets
from dataclasses import dataclass, field

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from avots.core import clock
from avots.core.dates import local_day
from avots.core.errors import Refused
from avots.coupons import actions, queries
from avots.coupons.models import Batch, Coupon, Slip
from avots.customers.queries import names_of
from avots.meters.models import Building
from avots.office.forms import ReadingForm, count_of, day_of
from avots.office.views.common import attempt, by_staff
from avots.readings.actions import Asked
from avots.readings.queries import MeterLine
from avots.ui.words import words


@require_http_methods(["GET", "HEAD", "POST"])
def batches(request: HttpRequest) -> HttpResponse:
    """The batches with their control totals; open a new one."""
    opened: list[Batch] = []
    if request.method == "POST" and attempt(request, _("Partija atvērta."), lambda: opened.append(_open(request))):
        return redirect("office:batch", opened[0].pk)
    rows = list(Batch.objects.select_related("round", "building").order_by("-collected_on", "-pk")[:60])
    totals = queries.totals_of(rows)
    context = {
        "rows": [(row, totals[row.pk]) for row in rows],
        "buildings": Building.objects.order_by("street", "house"),
        "exceptions": queries.exceptions().count(),
        "typed": request.POST,
        "key": request.POST.get("key") or secrets.token_urlsafe(9),
        "today": local_day(clock.now()),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "office/coupons/batches.html", context, status=status)


def _open(request: HttpRequest) -> Batch:
    code = request.POST.get("building", "")
    return actions.open_batch(
        building=Building.objects.filter(code=code).first() if code else None,
        place=request.POST.get("place", ""),
        collected_on=day_of(request.POST.dict(), "collected_on"),
        papers=count_of(request.POST.get("papers", "")),
        key=f"office:{request.POST.get('key', '')[:24]}",
        now=clock.now(),
        by=by_staff(request),
    )


@dataclass
class Keying:
    """A coupon in hand: its rows, what was typed, and what to ask."""

    coupon: Coupon
    rows: list[queries.Row]
    form: ReadingForm = field(default_factory=ReadingForm)
    questions: tuple[object, ...] = ()
    tokens: frozenset[str] = frozenset()
    asked_empty: tuple[int, ...] = ()
    focus: int = 0


@require_http_methods(["GET", "HEAD", "POST"])
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """Key the papers of a batch: a code, its rows, the next code."""
    now = clock.now()
    found = get_object_or_404(Batch.objects.select_related("round", "building"), pk=pk)
    typed = (request.POST if request.method == "POST" else request.GET).get("code", "")[:40]
    keying = None
    if typed:
        try:
            keying = _keying(request, found, typed)
            if request.method == "POST" and _save(request, found, keying):
                return redirect("office:batch", pk)
        except Refused as refused:
            messages.error(request, words(refused.code, **refused.facts))
    context = {
        "batch": found,
        "totals": queries.totals_of([found])[found.pk],
        "typed": "" if keying else typed,
        "keying": keying,
        "latest": Slip.objects.filter(batch=found).select_related("coupon").order_by("-pk")[:5],
        "due": [slip for slip in queries.second_keys_due().filter(batch=found) if _may_check(slip, request)],
        "key": secrets.token_urlsafe(9),
        "today": local_day(now),
    }
    bad = keying is not None and (keying.form.problems or keying.form.refused)
    return render(request, "office/coupons/batch.html", context, status=422 if bad else 200)


def _may_check(slip: Slip, request: HttpRequest) -> bool:
    return slip.keyed_by != str(by_staff(request))


def _keying(request: HttpRequest, batch: Batch, typed: str) -> Keying:
    """Return the coupon with what was sent of it; the first empty row has the focus."""
    coupon = queries.coupon_of(typed)
    rows = queries.rows_of(coupon, batch.round)
    lines = [row.line for row in rows if row.is_keyed and row.line]
    keying = Keying(coupon, rows)
    if request.method == "POST":
        keying.form = ReadingForm.read(request.POST.dict(), lines)
    keying.focus = next((line.installation.pk for line in lines), 0)
    return keying


def _save(request: HttpRequest, batch: Batch, keying: Keying) -> bool:
    """Record what was keyed; False when the page has something to ask first."""
    form, known = keying.form, set(request.POST.get("asked", "").split())
    keying.asked_empty = tuple(pk for pk, text in form.typed.items() if not text)
    if form.problems:
        keying.focus = next(iter(form.problems))
        return False
    if unasked := [pk for pk in keying.asked_empty if str(pk) not in known]:
        keying.focus = unasked[0]
        return False
    answer = actions.key_coupon(
        batch=batch,
        coupon=keying.coupon,
        values=form.values,
        confirmed=form.confirmed,
        now=clock.now(),
        by=by_staff(request),
    )
    if isinstance(answer, Asked):
        keying.questions, keying.tokens = answer.questions, answer.tokens
        keying.focus = answer.questions[0].line.installation.pk
        return False
    _tell(request, answer)
    return True


def _tell(request: HttpRequest, slip: Slip) -> None:
    if slip.state == Slip.State.EXCEPTION:
        messages.warning(request, words("keyed_differently"))
    else:
        messages.info(request, _("Saglabāts. Nākamais kods."))


@require_POST
def reject(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a paper aside with its reason; what was typed of it is forgotten."""
    found = get_object_or_404(Batch, pk=pk)
    code = request.POST.get("code", "")[:40]

    def act() -> None:
        coupon = queries.coupon_of(code) if code else None
        reason, key = request.POST.get("reason", ""), request.POST.get("key", "")[:24]
        actions.reject_paper(
            batch=found, coupon=coupon, reason=reason, key=key, now=clock.now(), by=by_staff(request)
        )

    attempt(request, _("Pasaknītis noraidīts. Nākamais kods."), act)
    return redirect("office:batch", pk)


@require_POST
def close(request: HttpRequest, pk: int) -> HttpResponse:
    """Close a batch whose papers are all explained."""
    now, found = clock.now(), get_object_or_404(Batch, pk=pk)

    def act() -> None:
        actions.close_batch(found, papers=count_of(request.POST.get("papers", "")), now=now, by=by_staff(request))

    done = attempt(request, _("Partija slēgta. Summa sakrīt."), act)
    return redirect("office:batches") if done else redirect("office:batch", pk)


@require_GET
def exceptions(request: HttpRequest) -> HttpResponse:
    """Papers keyed with two contents: look at the paper a third time and decide."""
    slips = list(queries.exceptions()[:50])
    rows = [_compared(slip) for slip in slips]
    names = names_of({slip.keyed_by for slip in slips} | {first.keyed_by for _, first, _ in rows if first})
    return render(request, "office/coupons/exceptions.html", {"rows": rows, "names": names})


def _compared(slip: Slip) -> tuple[Slip, Slip | None, list[tuple[MeterLine, int | None, int | None]]]:
    """Return a slip, what was keyed first, and both values meter by meter."""
    coupon = slip.coupon
    if coupon is None:
        return slip, None, []
    first = queries.counted_slip(coupon, slip.round)
    before = first.litres if first else {}
    meters = [row.line for row in queries.rows_of(coupon, slip.round) if row.line]
    values = [(line, before.get(line.installation.pk), slip.litres.get(line.installation.pk)) for line in meters]
    return slip, first, values


@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide which content is right, and whether it was one paper."""
    now, slip = clock.now(), get_object_or_404(Slip.objects.select_related("batch"), pk=pk)
    takes, one_paper = request.POST.get("right") == "second", request.POST.get("one_paper") == "on"
    attempt(
        request,
        _("Izlemts."),
        lambda: actions.decide_slip(slip, takes=takes, one_paper=one_paper, now=now, by=by_staff(request)),
    )
    return redirect("office:coupon_exceptions")
