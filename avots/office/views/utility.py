"""The utility's own readings: the intake sheet."""

import secrets

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from avots.core import clock
from avots.core.dates import local_day
from avots.office.forms import ReadingForm
from avots.office.views.common import attempt, by_staff
from avots.readings import queries
from avots.readings.actions import UtilityRow, record_utility_readings
from avots.readings.models import Reading, Round
from avots.ui.words import words


@require_http_methods(["GET", "HEAD", "POST"])
def intake_sheet(request: HttpRequest) -> HttpResponse:
    """Every meter the utility reads, in walking order; what is typed is saved, the rest stays."""
    now = clock.now()
    try:
        round = queries.round_at(now)
    except Round.DoesNotExist:
        raise Http404 from None
    lines = queries.utility_sheet(round)
    form = ReadingForm.read(request.POST.dict(), lines) if request.method == "POST" else ReadingForm()
    if form.values and not form.problems:
        rows = [UtilityRow(pk, litres, min(local_day(now), round.cut_on)) for pk, litres in form.values.items()]
        done = attempt(
            request,
            _("Saglabāts."),
            lambda: record_utility_readings(
                round=round,
                rows=rows,
                source=Reading.Source.STAFF,
                key=f"sheet:{request.POST.get('key', '')[:24]}:{form.digest}",
                by=by_staff(request),
                now=now,
            ),
        )
        if done:
            return redirect("office:intake_sheet")
    context = {
        "round": round,
        "lines": lines,
        "form": form,
        "key": secrets.token_urlsafe(9),
        "unread": sum(line.reading is None for line in lines),
        "problems": {pk: words(code) for pk, code in form.problems.items()},
    }
    return render(request, "office/intake_sheet.html", context, status=422 if form.problems else 200)
