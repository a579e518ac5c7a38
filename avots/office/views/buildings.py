"""Buildings: their balance month by month, and the flats without names or debts."""

from datetime import datetime

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from avots.core import clock, policies
from avots.core.dates import local_day
from avots.core.money import divide_half_up
from avots.customers.models import Management
from avots.customers.queries import agreement_of, buildings_managed_by, roles_of
from avots.meters.models import Building, Premise
from avots.readings import queries
from avots.readings.models import Round
from avots.usage.models import BuildingMonth, Usage


def _visible(request: HttpRequest, now: datetime) -> tuple[QuerySet[Building], bool]:
    """Return the buildings a person may see, and whether as house manager only."""
    today = local_day(now)
    manager_only = roles_of(request.user, on=today) == {"manager"}
    return (buildings_managed_by(request.user, on=today) if manager_only else Building.objects.all()), manager_only


def _permille(month: BuildingMonth) -> int:
    return divide_half_up(month.difference_litres * 1_000, month.intake_litres) if month.intake_litres else 0


@require_GET
def buildings(request: HttpRequest) -> HttpResponse:
    """All buildings with their latest difference."""
    now = clock.now()
    visible, manager_only = _visible(request, now)
    latest: dict[int, BuildingMonth] = {}
    months = BuildingMonth.objects.filter(building__in=visible).order_by("round__first_day")
    for month in months.select_related("round").iterator():
        latest[month.building_id] = month
    limit = policies.on(local_day(now)).difference_alert_permille
    rows = [
        (building, latest.get(building.pk), _permille(latest[building.pk]) if building.pk in latest else 0)
        for building in visible.order_by("walking_order", "pk")
    ]
    context = {"rows": rows, "limit": limit, "manager_only": manager_only}
    return render(request, "office/buildings.html", context)


@require_GET
def building(request: HttpRequest, code: str) -> HttpResponse:
    """One building: fourteen months of its balance, and which flats have reported."""
    now = clock.now()
    visible, manager_only = _visible(request, now)
    found = get_object_or_404(visible, code=code)
    months = BuildingMonth.objects.filter(building=found).select_related("round").order_by("-round__first_day")[:14]
    limit = policies.on(local_day(now)).difference_alert_permille
    context = {
        "building": found,
        "months": [(month, _permille(month)) for month in months],
        "limit": limit,
        "flats": _flats(found, now),
        "agreement": agreement_of(found, on=local_day(now)),
        "management": Management.objects.valid(on=local_day(now)).filter(building=found).first(),
        "manager_only": manager_only,
    }
    return render(request, "office/building.html", context)


def _flats(building: Building, now: datetime) -> list[dict[str, object]]:
    """Return each flat's state in the round: reported, partly, missing; and its estimates in a row."""
    try:
        round = queries.round_at(now)
    except Round.DoesNotExist:
        return []
    premises = list(Premise.objects.filter(building=building).order_by("position"))
    sheets = queries.sheets([premise.pk for premise in premises], round)
    misses: dict[int, int] = {}
    rows = Usage.objects.filter(premise__building=building).order_by("round__first_day")
    for premise_id, count in rows.values_list("premise_id", "misses"):
        misses[premise_id or 0] = count
    return [
        {
            "premise": premise,
            "state": _state(sheets.get(premise.pk, [])),
            "misses": misses.get(premise.pk, 0),
        }
        for premise in premises
    ]


def _state(lines: list[queries.MeterLine]) -> str:
    came = sum(line.reading is not None for line in lines)
    return "all" if came == len(lines) else "some" if came else "none"
