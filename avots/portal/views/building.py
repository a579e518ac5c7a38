"""The building's gap as a resident may see it: causes without neighbours, and the own share."""

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from avots.billing.models import Invoice
from avots.core import charts, clock, policies
from avots.core.dates import Month
from avots.customers.queries import Held
from avots.meters.models import Building, Premise
from avots.portal import access
from avots.readings.models import Round
from avots.ui.formats import NBSP, month_name
from avots.usage.models import BuildingMonth, DifferenceShare
from avots.usage.queries import Causes, MonthGap, causes_of, gaps_of
from avots.usage.rules.anatomy import COMMON_USE, UNEXPLAINED, Part, anonymous, months_in_a_row

COLOURS = {
    "date_skew": "g2",
    "estimated": "g3",
    "not_reported": "g1",
    "common": "g5",
    "noncompliant": "g4",
    "corrections": "g6",
    "threshold": "g7",
    "flats": "g1",
}
MONTHS_SHOWN = 6


@require_GET
def building(request: HttpRequest) -> HttpResponse:
    """Where the water went that the flats' meters did not see, in the latest issued month or the one asked for."""
    now = clock.now()
    held = access.full_account_of(request, now)
    premise = access.premise_of(request, held)
    context = {"held": held, "premise": premise, "query": f"?konts={held.account.number}"}
    round = _round(request, premise.building, now)
    if round is not None:
        context |= _month(premise, held, round, now)
    return render(request, "portal/building.html", context)


def _round(request: HttpRequest, building: Building, now: datetime) -> Round | None:
    """Return the month asked for as far as it has opened, else the latest issued one, else the open one."""
    opened = Round.objects.filter(opens_at__lte=now).order_by("-first_day")
    if asked := request.GET.get("menesis"):
        try:
            return opened.get(first_day=Month.parse(asked).first_day)
        except (ValueError, Round.DoesNotExist):
            raise Http404 from None
    final = BuildingMonth.objects.filter(building=building, final=True).order_by("-round__first_day")
    month = final.select_related("round").first()
    return month.round if month else opened.first()


def _month(premise: Premise, held: Held, round: Round, now: datetime) -> dict[str, object]:
    causes = causes_of(premise.building, round)
    policy = policies.on(round.month.last_day)
    units = Premise.objects.filter(building=premise.building).count()
    parts = sorted(
        (part for part in anonymous(causes.parts, units=units, minimum=policy.anatomy_minimum_flats) if part.litres),
        key=lambda part: -abs(part.litres),
    )
    gaps = [gap for gap in gaps_of(premise.building, until=round.month) if gap.computed.final]
    over = months_in_a_row([(gap.month, gap.permille) for gap in gaps], over=policy.difference_alert_permille)
    common = sum(part.litres for part in causes.parts if part.cause == COMMON_USE)
    live = Round.objects.filter(opens_at__lte=now).order_by("-first_day").first()
    return {
        "round": round,
        "causes": causes,
        "parts": list(enumerate(parts, 1)),
        "takes": any(part.litres < 0 for part in parts),
        "bar": charts.parts_bar([_segment(at, part) for at, part in enumerate(parts, 1)], name="nezin"),
        "units": units,
        "common": common,
        "difference": causes.gap - common,
        "months_over": over if over >= policy.difference_alert_months else 0,
        "share": _share(premise, held, causes),
        "share_net": _share_net(held, premise.building, round),
        "months": _bars(gaps[-MONTHS_SHOWN:], policy.difference_alert_permille),
        "limit": f"{policy.difference_alert_permille // 10}{NBSP}%",
        "live": live if live and live != round else None,
        "back": not causes.final and bool(gaps),
    }


def _segment(at: int, part: Part) -> charts.Segment:
    return charts.Segment(str(at), part.litres, "" if part.cause == UNEXPLAINED else COLOURS[part.cause])


def _share(premise: Premise, held: Held, causes: Causes) -> dict[str, int]:
    """Return the litres this account bears, in all and as one that carries first; a tenant's own time only."""
    rows = DifferenceShare.objects.filter(building_month=causes.computed, premise=premise, account=held.account)
    shown = causes.final and causes.computed is not None and held.shows(causes.computed.round.first_day)
    stages = list(rows.values_list("stage", "litres")) if shown else []
    return {
        "all": sum(litres for _, litres in stages),
        "first": sum(litres for stage, litres in stages if stage == 1),
    }


def _share_net(held: Held, building: Building, round: Round) -> int:
    """Return what the share costs before VAT, from the frozen invoice."""
    if not held.shows(round.first_day):
        return 0
    contents = Invoice.objects.filter(
        account=held.account, building=building, first_day=round.first_day, state=Invoice.State.ISSUED
    ).values_list("content", flat=True)
    return sum(line["net_cents"] for content in contents for line in content["lines"] if line["part"] == "share")


def _bars(gaps: list[MonthGap], limit: int) -> list[tuple[str, str, int]]:
    language = (get_language() or "lv")[:2]
    most = max((gap.permille for gap in gaps), default=0)
    return [
        (
            month_name(gap.computed.round.month.number, "nom", language),
            charts.limit_bar(gap.permille, limit=limit, most=most, kind="g2" if gap is gaps[-1] else "g3"),
            gap.permille,
        )
        for gap in gaps
    ]
