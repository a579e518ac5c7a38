"""The utility's own readings: the intake sheet."""

import secrets

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from avots.core import clock
from avots.core.dates import local_day
from avots.office.forms import ReadingForm
from avots.office.views.common import at_address, attempt, by_staff
from avots.readings import queries
from avots.readings.actions import UtilityRow, record_utility_readings
from avots.readings.models import Reading, Round
from avots.ui.words import words

ON_A_PAGE = 100


@require_http_methods(["GET", "HEAD", "POST"])
def intake_sheet(request: HttpRequest) -> HttpResponse:
    """The meters the utility reads, page by page in walking order; what is typed is saved before another page."""
    now = clock.now()
    try:
        round = queries.round_at(now)
    except Round.DoesNotExist:
        raise Http404 from None
    text, unread = request.GET.get("q", "").strip()[:100], bool(request.GET.get("nav"))
    rows = queries.unread_by_utility(round) if unread else queries.utility_meters(round)
    rows = at_address(rows, text, "usage_point__building__search")
    page = Paginator(rows.values_list("pk", flat=True), ON_A_PAGE).get_page(request.GET.get("lapa"))
    shown = _sent(request, round) if request.method == "POST" else list(page.object_list)
    lines = queries.utility_sheet(shown, round)
    form = ReadingForm.read(request.POST.dict(), lines) if request.method == "POST" else ReadingForm()
    if request.method == "POST" and not form.problems and (not form.values or _save(request, round, form)):
        moved_up = unread and bool(form.values)  # what was left of the page and what came after it stands here now
        return redirect(f"{reverse('office:intake_sheet')}{_query(request, stay=moved_up)}")
    context = {
        "round": round,
        "lines": lines,
        "page": page,
        "text": text,
        "only_unread": unread,
        "form": form,
        "key": secrets.token_urlsafe(9),
        "unread": queries.unread_by_utility(round).count(),
        "problems": {pk: words(code) for pk, code in form.problems.items()},
    }
    return render(request, "office/intake_sheet.html", context, status=422 if form.problems else 200)


def _sent(request: HttpRequest, round: Round) -> list[int]:
    """Return the meters whose fields were sent: the page may hold others by now, and nothing typed is lost."""
    named = {int(name[1:]) for name in request.POST if name[:1] == "m" and name[1:].isdecimal()}
    return list(queries.utility_meters(round).filter(pk__among=named).values_list("pk", flat=True))


def _save(request: HttpRequest, round: Round, form: ReadingForm) -> bool:
    """Record what was typed on a page."""
    now = clock.now()
    rows = [UtilityRow(pk, litres, min(local_day(now), round.cut_on)) for pk, litres in form.values.items()]
    return attempt(
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


def _query(request: HttpRequest, *, stay: bool) -> str:
    """Return the query of the page that is shown next: the one a button named, else the same."""
    query = request.GET.copy()
    if (wanted := request.POST.get("lapa")) and not stay:
        query["lapa"] = wanted
    return f"?{query.urlencode()}" if query else ""
