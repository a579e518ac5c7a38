"""The flats of one building that have not reported: a sheet for its manager, without names."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from avots.core import clock, policies
from avots.core.dates import local_day
from avots.customers.models import Management
from avots.meters.models import Premise
from avots.office.views.common import houses_for
from avots.readings import queries
from avots.readings.models import Round
from avots.usage.models import Usage


@require_GET
def missing(request: HttpRequest, code: str) -> HttpResponse:
    """Show, to print, which meters are still to be reported, and where the coupon mailbox hangs."""
    now = clock.now()
    today = local_day(now)
    visible, manager_only = houses_for(request, today)
    found = get_object_or_404(visible, code=code)
    try:
        round = queries.round_at(now)
    except Round.DoesNotExist:
        raise Http404 from None
    premises = list(Premise.objects.filter(building=found).order_by("position", "pk"))
    sheets = queries.sheets([premise.pk for premise in premises], round)
    latest = Usage.objects.filter(premise__building=found).order_by("round__first_day", "misses")
    misses = dict(latest.values_list("premise_id", "misses"))
    left = [(premise, _left(sheets.get(premise.pk, [])), misses.get(premise.pk, 0)) for premise in premises]
    context = {
        "building": found,
        "round": round,
        "stage": round.stage(now),
        "rows": [row for row in left if row[1]],
        "flats": len(premises),
        "most": policies.on(today).max_consecutive_estimates,
        "management": Management.objects.valid(on=today).filter(building=found).first(),
        "manager_only": manager_only,
    }
    return render(request, "office/missing.html", context)


def _left(lines: list[queries.MeterLine]) -> list[queries.MeterLine]:
    """Return the meters that residents still have to report."""
    return [line for line in lines if line.reading is None and not line.installation.remote_read]
