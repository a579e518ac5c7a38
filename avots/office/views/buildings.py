"""Buildings: their balance month by month, and the flats without names or debts."""

from collections.abc import Sequence
from datetime import datetime

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from avots.core import clock, policies
from avots.core.dates import Month, local_day
from avots.customers.models import Management
from avots.customers.queries import agreement_of
from avots.meters.models import Building, MeterInstallation
from avots.office import charts, house
from avots.office.views.common import at_address, houses_for, round_or_404
from avots.readings import queries
from avots.readings.models import Round
from avots.readings.queries.rounds import rounds_at
from avots.ui.formats import month_name
from avots.usage.models import BuildingMonth
from avots.usage.queries import MonthGap, buildings_above, causes_of, gaps_by_building, gaps_of, permille_of

ON_A_PAGE = 50


@require_GET
def buildings(request: HttpRequest) -> HttpResponse:
    """Buildings page by page with their latest difference, and for how long it has been above its limit."""
    now = clock.now()
    visible, manager_only = houses_for(request, local_day(now))
    policy = policies.on(local_day(now))
    limit = policy.difference_alert_permille
    text, above = request.GET.get("q", "").strip()[:100], bool(request.GET.get("virs"))
    visible = at_address(visible, text, "search")
    if above:
        visible = visible.filter(pk__in=buildings_above(limit).values("pk"))
    page = Paginator(visible.order_by("walking_order", "pk"), ON_A_PAGE).get_page(request.GET.get("lapa"))
    shown = list(page.object_list)
    gaps = gaps_by_building([row.pk for row in shown], until=Month.of(local_day(now)), months=12)
    context = {
        "rows": [_row(row, gaps.get(row.pk, []), policy) for row in shown],
        "page": page,
        "text": text,
        "above": above,
        "limit": limit,
        "missing": _missing(shown, now),
        "manager_only": manager_only,
    }
    return render(request, "office/buildings.html", context)


def _row(
    found: Building, gaps: Sequence[MonthGap], policy: policies.Policies
) -> tuple[Building, MonthGap | None, house.Alarm]:
    return found, gaps[-1] if gaps else None, house.alarm_of(gaps, policy)


def _missing(shown: Sequence[Building], now: datetime) -> dict[int, int] | None:
    """Return, by building, how many homes have not reported in the latest round, if there was one."""
    round = rounds_at(now).latest
    return queries.missing_by_building(round, shown) if round else None


@require_GET
def building(request: HttpRequest, code: str) -> HttpResponse:
    """One building in one month: the causes of its gap, its flats by floor, and a year of its difference."""
    now = clock.now()
    visible, manager_only = houses_for(request, local_day(now))
    found = get_object_or_404(visible, code=code)
    round = _round(request, found, now)
    today = local_day(now)
    context = {
        "building": found,
        "agreement": agreement_of(found, on=today),
        "management": Management.objects.valid(on=today).filter(building=found).first(),
        "manager_only": manager_only,
        "round": round,
        **(_month(found, round, now, manager_only=manager_only) if round else {}),
    }
    return render(request, "office/building.html", context)


def _round(request: HttpRequest, building: Building, now: datetime) -> Round | None:
    """Return the month asked for, else the one that is open, else the latest computed one."""
    if asked := request.GET.get("menesis"):
        round = round_or_404(asked)
        if round.opens_at > now:
            raise Http404
        return round
    try:
        open_now = queries.round_at(now)
    except Round.DoesNotExist:
        return None
    latest = BuildingMonth.objects.filter(building=building).order_by("-round__first_day").select_related("round")
    month = latest.first()
    return open_now if month is None or now < open_now.complete_at else month.round


def _month(building: Building, round: Round, now: datetime, *, manager_only: bool) -> dict[str, object]:
    policy = policies.on(round.month.last_day)
    gaps = gaps_of(building, until=round.month, months=12)
    causes = causes_of(building, round)
    before, after = house.rounds_beside(round, now)
    intake = MeterInstallation.objects.standing(on=round.cut_on).filter(
        usage_point__building=building, usage_point__role="intake"
    )
    return {
        "causes": causes,
        "month": causes.computed,
        "permille": permille_of(causes.computed) if causes.computed else None,
        "permille_before": gaps[-2].permille if causes.computed and len(gaps) > 1 else None,
        "hot": house.cold_and_hot(causes.computed) if causes.computed else {},
        "rows": [(part, house.permille_of_intake(part.litres, causes)) for part in causes.parts],
        "bar": charts.causes_bar(causes.parts, title=_("Starpība pa cēloņiem; skaitļi tabulā zem attēla")),
        "borne": house.borne_of(causes.computed),
        "heat": house.heat_of(building, round, causes.computed, with_accounts=not manager_only),
        "gaps": gaps,
        "chart": charts.difference_chart(_bars(gaps), limit=policy.difference_alert_permille),
        "alarm": house.alarm_of(gaps, policy),
        "policy": policy,
        "intake": intake.select_related("meter").first(),
        "before": before,
        "after": after,
        "stage": round.stage(now),
    }


def _bars(gaps: list[MonthGap]) -> list[tuple[str, int]]:
    language = (get_language() or "lv")[:2]
    return [(month_name(gap.computed.round.month.number, "nom", language)[:3], gap.permille) for gap in gaps]
