"""The month as a checklist."""

from datetime import datetime, timedelta
from itertools import accumulate

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from avots.core import clock
from avots.office.charts import progress_curve
from avots.office.pages import month_page
from avots.office.views.common import round_or_404
from avots.readings import queries
from avots.readings.models import Round


@require_GET
def month(request: HttpRequest, month: str = "") -> HttpResponse:
    """Every step of a month with its state, figure and next action."""
    now = clock.now()
    try:
        round = round_or_404(month) if month else queries.round_at(now)
    except Round.DoesNotExist:
        raise Http404 from None
    page = month_page(round, now, anew=bool(request.GET.get("tagad")))
    figures = page.figures
    curve = _curve(round, figures.progress, now)
    last = Round.objects.filter(first_day=round.month.previous.first_day).first()
    before = _curve(last, figures.before, now) if last and figures.before else []
    title = _("Saņemto rādījumu daļa pa stundām")
    context = {
        "page": page,
        "round": round,
        "chart": progress_curve(curve, before, whole=figures.progress.expected, title=title),
        "days": curve[::24] + curve[-1:],
        "previous": last,
        "next": Round.objects.filter(first_day=round.month.next.first_day, opens_at__lte=now).first(),
    }
    return render(request, "office/month.html", context)


def _curve(round: Round, progress: queries.Progress, now: datetime) -> list[tuple[int, int]]:
    """Return (hours since the window opened, readings by then), hour by hour up to now."""
    hours = (min(now, round.closes_at) - round.opens_at) // timedelta(hours=1)
    counts = accumulate(progress.by_hour.get(hour, 0) for hour in range(hours + 1))
    return list(enumerate(counts))
