"""Readings that wait for a decision, meters nobody could read, and earlier values said to be wrong."""

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from avots.core import clock
from avots.core.dates import local_day
from avots.core.errors import Refused
from avots.core.evidence import path_of
from avots.customers.queries import occupancy_of
from avots.office.cases import case_of, decided_today
from avots.office.views.common import attempt, by_staff, tried
from avots.readings import actions, queries
from avots.readings.models import CannotRead, Correction, Photo, Reading, Round
from avots.readings.rules.typed import parse
from avots.ui.names import NAMES, name_of
from avots.ui.words import words


@require_GET
def held(request: HttpRequest) -> HttpResponse:
    """The queue, oldest first, with the evidence for the one in hand."""
    return _queue(request, request.GET.get("r", ""))


def _queue(request: HttpRequest, wanted: str, *, status: int = 200, doubt: object = None) -> HttpResponse:
    now = clock.now()
    waiting = list(queries.held()[:200])
    pks = [str(row.pk) for row in waiting]
    at = pks.index(wanted) if wanted in pks else 0
    context: dict[str, object] = {
        "waiting": waiting,
        "current": waiting[at] if waiting else None,
        "case": case_of(waiting[at]) if waiting else None,
        "after": waiting[(at + 1) % len(waiting)].pk if len(waiting) > 1 else None,
        "before": waiting[at - 1].pk if len(waiting) > 1 else None,
        "last": decided_today(str(by_staff(request)), local_day(now)),
        "typed": request.POST,
        "doubt": doubt,
        "reasons": [(code, name_of(code, "reason")) for code in NAMES["reason"]],
        "corrections": [(row, _around(row)) for row in queries.corrections()[:50]],
        **_of_round(now),
    }
    return render(request, "office/held.html", context, status=status)


def _of_round(now: datetime) -> dict[str, object]:
    """Return what the round in hand leaves to staff besides held readings."""
    if not Round.objects.filter(opens_at__lte=now).exists():
        return {}
    round = queries.round_at(now)
    unreadable = list(queries.unreadable(round)[:50])
    return {
        "round": round,
        "unreadable": [(row, queries.photos_of(row.installation_id, round)[:3]) for row in unreadable],
        "questionable": queries.questionable(round)[:50],
    }


def _around(row: Correction) -> list[Reading]:
    """Return the readings before and after one that is said to be wrong, oldest first."""
    rows = Reading.objects.filter(installation=row.reading.installation_id, state=Reading.State.ACCEPTED)
    return list(reversed(rows.select_related("round").order_by("-round__first_day", "-pk")[:5]))


@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept, mend, reject or correct one held reading; a refused correction keeps what was typed."""
    now, by = clock.now(), by_staff(request)
    reading = get_object_or_404(Reading.objects.select_related("installation__meter__register"), pk=pk)
    decision, reason = request.POST.get("decision", ""), request.POST.get("reason", "") or "seen"

    def act() -> None:
        if decision.startswith("mend:"):
            return actions.mend_held(_meant(reading, decision), reason=reason, now=now, by=by)
        if decision not in {"accept", "reject", "correct"}:
            raise Refused("nothing_typed")
        litres = _typed(reading, request.POST.get("value", "")) if decision == "correct" else None
        return actions.decide_held(reading, decision=decision, litres=litres, reason=reason, now=now, by=by)

    if attempt(request, _("Izlemts. Nākamais rādījums ir zemāk."), act):
        return redirect("office:held")
    reading.refresh_from_db()
    still = reading.state == Reading.State.HELD
    return _queue(request, str(pk), status=422) if still else redirect("office:held")


def _meant(reading: Reading, decision: str) -> dict[Reading, int]:
    """Return the held readings of the same submission with the values that mend them.

    :raises Refused: ``already_decided`` when one of them is no longer held
    """
    values = {pk: litres for pk, _colon, litres in (part.partition(":") for part in decision[5:].split(","))}
    if not all(pk.isdigit() and litres.isdigit() and len(litres) < 13 for pk, litres in values.items()):
        raise Refused("nothing_typed")
    same = Reading.objects.filter(
        round=reading.round_id, installation__in=[int(pk) for pk in values], state=Reading.State.HELD
    )
    same = same.filter(receipt=reading.receipt_id) if reading.receipt_id else same.filter(pk=reading.pk)
    rows = {str(row.installation_id): row for row in same.select_related("installation__meter", "receipt__account")}
    if rows.keys() != values.keys():
        raise Refused("already_decided")
    return {rows[pk]: int(litres) for pk, litres in values.items()}


def _typed(reading: Reading, typed: str) -> int:
    register = reading.installation.meter.register
    return parse(typed, digits_before=register.digits_before, digits_after=register.digits_after)


@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Hold a reading again that was decided today."""
    reading = get_object_or_404(Reading, pk=pk)
    now, by = clock.now(), by_staff(request)
    attempt(request, _("Atsaukts. Izlemiet vēlreiz."), lambda: actions.undo_decision(reading, now=now, by=by))
    return redirect(f"{request.path.rpartition('/aizturetie/')[0]}/aizturetie/?r={pk}")


@require_POST
def unreadable(request: HttpRequest, pk: int) -> HttpResponse:
    """Record what a photo shows or a caller read out; or mark that nothing more can be done."""
    row = get_object_or_404(CannotRead.objects.select_related("installation__usage_point__premise", "round"), pk=pk)
    now, by = clock.now(), by_staff(request)
    if request.POST.get("done"):
        attempt(request, _("Pierakstīts."), lambda: actions.mark_handled(row, now=now, by=by))
        return redirect("office:held")
    try:
        answer = tried(request, lambda: _record(request, row, now))
    except Refused as refused:
        return _asked_again(request, words(refused.code, **refused.facts))
    if isinstance(answer, actions.Asked):
        doubts = " ".join(words(code) for code in answer.questions[0].findings)
        return _asked_again(request, doubts, token=" ".join(answer.tokens), pk=pk)
    attempt(request, _("Rādījums ierakstīts."), lambda: None)
    return redirect("office:held")


def _asked_again(request: HttpRequest, why: str, *, token: str = "", pk: int = 0) -> HttpResponse:
    return _queue(request, "", status=422, doubt={"why": why, "token": token, "pk": pk})


def _record(request: HttpRequest, row: CannotRead, now: datetime) -> actions.Recorded | actions.Asked:
    meter, premise = row.installation, row.installation.usage_point.premise
    if premise is None:
        raise Http404
    register = meter.meter.register
    typed = request.POST.get("value", "")
    litres = parse(typed, digits_before=register.digits_before, digits_after=register.digits_after)
    lives = occupancy_of(premise, on=local_day(now))
    photo = row.way == CannotRead.Way.PHOTO
    return actions.record_readings(
        round=row.round,
        premise=premise,
        account=lives.account if lives else None,
        values={meter.pk: litres},
        source=Reading.Source.PHOTO if photo else Reading.Source.PHONE,
        key=f"unreadable:{row.pk}:{litres}",
        by=by_staff(request),
        now=now,
        confirmed=frozenset(request.POST.get("confirmed", "").split()),
    )


@require_POST
def correction(request: HttpRequest, pk: int) -> HttpResponse:
    """Put an earlier reading right with the value typed, or leave it as it is."""
    row = get_object_or_404(Correction.objects.select_related("reading__installation__meter__register"), pk=pk)
    now, by = clock.now(), by_staff(request)

    def act() -> None:
        grant = request.POST.get("decision") == "grant"
        litres = _typed(row.reading, request.POST.get("value", "")) if grant else None
        actions.decide_correction(row, litres=litres, now=now, by=by)

    attempt(request, _("Izlemts."), act)
    return redirect("office:held")


@require_GET
def photo(request: HttpRequest, picture: str) -> HttpResponseBase:
    """A meter's photo, as a plain JPEG that can do nothing."""
    row = get_object_or_404(Photo, name=picture)
    path = path_of(row.name)
    if not path.exists():
        raise Http404
    response = HttpResponse(path.read_bytes(), content_type="image/jpeg")
    response["Content-Disposition"] = 'inline; filename="skaititajs.jpg"'
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cache-Control"] = "private, no-store"
    return response
