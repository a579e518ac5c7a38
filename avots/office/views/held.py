"""Readings that wait for a decision."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from avots.core import clock
from avots.core.errors import Refused
from avots.office.views.common import attempt, by_staff
from avots.readings import queries
from avots.readings.actions import decide_held
from avots.readings.models import Reading
from avots.readings.rules.typed import parse


@require_GET
def held(request: HttpRequest) -> HttpResponse:
    """The queue, oldest first, with the evidence for the one in hand."""
    return _queue(request, request.GET.get("r", ""))


def _queue(request: HttpRequest, wanted: str, *, status: int = 200) -> HttpResponse:
    waiting = list(queries.held()[:200])
    current = next((row for row in waiting if str(row.pk) == wanted), waiting[0] if waiting else None)
    context: dict[str, object] = {"waiting": waiting, "current": current, "typed": request.POST}
    if current is not None:
        rows = queries.lines_of(type(current.installation).objects.filter(pk=current.installation_id), current.round)
        context["line"] = rows[0] if rows else None
        others = Reading.objects.filter(installation=current.installation).exclude(pk=current.pk)
        context["others"] = others.order_by("-pk")[:13]
    return render(request, "office/held.html", context, status=status)


@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Accept, reject or correct one held reading; a refused correction keeps what was typed."""
    now, by = clock.now(), by_staff(request)
    reading = get_object_or_404(Reading.objects.select_related("installation__meter__register"), pk=pk)
    decision = request.POST.get("decision", "")

    def act() -> None:
        litres = _corrected(reading, request.POST.get("value", "")) if decision == "correct" else None
        if decision not in {"accept", "reject", "correct"}:
            raise Refused("nothing_typed")
        reason = request.POST.get("reason", "") or "seen"
        decide_held(reading, decision=decision, litres=litres, reason=reason, now=now, by=by)

    if attempt(request, _("Izlemts. Nākamais rādījums ir zemāk."), act):
        return redirect("office:held")
    still = reading.state == Reading.State.HELD
    return _queue(request, str(pk), status=422) if still else redirect("office:held")


def _corrected(reading: Reading, typed: str) -> int:
    register = reading.installation.meter.register
    return parse(typed, digits_before=register.digits_before, digits_after=register.digits_after)
