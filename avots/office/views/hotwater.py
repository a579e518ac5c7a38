"""The monthly file of hot-water volumes for the heating company."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from avots.office.views.common import round_or_404
from avots.usage.hotwater import file_of
from avots.usage.queries import hot_months, hot_volumes


@require_GET
def months(request: HttpRequest) -> HttpResponse:
    """The months whose file can be taken."""
    return render(request, "office/hot_water.html", {"rows": hot_months()})


@require_GET
def download(request: HttpRequest, month: str) -> HttpResponse:
    """One month's file: point codes, no people."""
    round = round_or_404(month)
    answer = HttpResponse(file_of(str(round), hot_volumes(round)), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="karstais-{round}.csv"'
    return answer
