"""The month as a checklist."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from avots.core import clock
from avots.office.charts import progress_curve
from avots.office.pages import by_hour, month_page
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
    page = month_page(round, now)
    curve = by_hour(round, page.progress.moments, now)
    last = Round.objects.filter(first_day=round.month.previous.first_day).first()
    before = by_hour(last, page.before.moments, now) if last and page.before else []
    title = _("Saņemto rādījumu daļa pa stundām")
    context = {
        "page": page,
        "round": round,
        "chart": progress_curve(curve, before, whole=page.progress.expected, title=title),
        "days": curve[::24] + curve[-1:],
        "previous": last,
        "next": Round.objects.filter(first_day=round.month.next.first_day, opens_at__lte=now).first(),
    }
    return render(request, "office/month.html", context)
