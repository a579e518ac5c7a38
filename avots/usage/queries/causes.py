"""Why a building's month has its gap: as it is stored, or live from what is known."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import F, OuterRef, QuerySet, Subquery

from avots.core.dates import Month
from avots.core.money import divide_half_up
from avots.meters.models import Building
from avots.readings.models import Round
from avots.usage.models import BuildingMonth
from avots.usage.queries.facts import facts
from avots.usage.rules.anatomy import Part, live_anatomy


@dataclass(frozen=True)
class Causes:
    """A month's gap in parts: final, computed but not issued, or live; ``assumed`` before the intake is read."""

    month: Month
    intake: int
    units: int
    parts: tuple[Part, ...]
    computed: BuildingMonth | None = None
    assumed: bool = False

    @property
    def gap(self) -> int:
        return self.intake - self.units

    @property
    def final(self) -> bool:
        return self.computed is not None and self.computed.final


def causes_of(building: Building, round: Round) -> Causes:
    """Return the causes of a building's gap in a round: those of the computed month, else live.

    Without an intake meter there is no gap, and no cause.
    """
    month = BuildingMonth.objects.filter(building=building, round=round).select_related("round").first()
    if month is not None:
        parts = tuple(Part(**part) for part in month.anatomy)
        return Causes(round.month, month.intake_litres, month.units_litres, parts, month)
    before = BuildingMonth.objects.filter(building=building, round__first_day__lt=round.first_day)
    last = before.order_by("-round__first_day").values_list("intake_litres", flat=True).first()
    known = facts(building, round)
    if not known.has_intake:
        return Causes(round.month, 0, 0, ())
    live = live_anatomy(known, intake_before=last or 0)
    return Causes(round.month, live.intake, live.units, live.parts, assumed=live.assumed)


@dataclass(frozen=True)
class MonthGap:
    """A computed month of a building and its difference in thousandths of the intake."""

    computed: BuildingMonth
    permille: int

    @property
    def month(self) -> Month:
        return self.computed.round.month


def permille_of(month: BuildingMonth) -> int:
    """Return the difference in thousandths of the intake; 0 where nothing came in."""
    return divide_half_up(month.difference_litres * 1_000, month.intake_litres) if month.intake_litres else 0


def buildings_above(permille: int) -> QuerySet[Building]:
    """Return the buildings whose latest computed month differs by more than so many thousandths of its intake.

    What ``permille_of`` rounds to the limit is not above it.
    """
    latest = BuildingMonth.objects.filter(building=OuterRef("pk")).order_by("-round__first_day")
    rows = Building.objects.annotate(
        intake=Subquery(latest.values("intake_litres")[:1]), gap=Subquery(latest.values("difference_litres")[:1])
    )
    return (
        rows.filter(intake__gt=0)
        .annotate(above=F("gap") * 2_000 - F("intake") * (2 * permille + 1))
        .filter(above__gte=0)
    )


def gaps_of(building: Building, *, until: Month, months: int = 13) -> list[MonthGap]:
    """Return a building's latest computed months up to one, oldest first."""
    return gaps_by_building([building.pk], until=until, months=months).get(building.pk, [])


def gaps_by_building(buildings: Collection[int], *, until: Month, months: int = 13) -> dict[int, list[MonthGap]]:
    """Return the computed months of some buildings among so many up to one, oldest first."""
    days = {"round__first_day__gt": until.plus(-months).first_day, "round__first_day__lte": until.first_day}
    rows = BuildingMonth.objects.filter(building__in=buildings, **days).order_by("round__first_day")
    found: dict[int, list[MonthGap]] = defaultdict(list)
    for month in rows.select_related("round").defer("anatomy"):
        found[month.building_id].append(MonthGap(month, permille_of(month)))
    return found
