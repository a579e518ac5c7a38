"""Hot-water volumes of a month, for the heating company: points and litres, no people."""

from dataclasses import dataclass
from itertools import groupby

from django.db.models import Count, Q

from avots.meters.models import UsagePoint
from avots.readings.models import Round
from avots.usage.models import BuildingMonth, Usage
from avots.usage.rules.past import ACTUAL


@dataclass(frozen=True)
class HotVolume:
    """A hot-water point's month: what it showed at the end, what was used, and how that is known."""

    point: str
    to_litres: int
    litres: int
    method: str


def hot_volumes(round: Round) -> list[HotVolume]:
    """Return the hot-water points of a round's issued months, by code.

    A point's tiles (an exchange, a move) are one volume; its way is the first that is no reading.
    """
    rows = Usage.objects.filter(
        round=round, usage_point__commodity=UsagePoint.Commodity.HOT, building_month__final=True
    ).order_by("usage_point__code", "pk")
    tiles = rows.values_list("usage_point__code", "to_litres", "litres", "shared_before_litres", "method")
    return [_volume(code, list(found)) for code, found in groupby(tiles, lambda row: row[0])]


def _volume(code: str, tiles: list[tuple[str, int, int, int, str]]) -> HotVolume:
    method = next((row[4] for row in tiles if row[4] != ACTUAL), ACTUAL)
    return HotVolume(code, tiles[-1][1], sum(row[2] + row[3] for row in tiles), method)


@dataclass(frozen=True)
class HotMonth:
    """A round's file: how many buildings are in it, and how many computed ones are not issued yet."""

    round: Round
    issued: int
    waiting: int


def hot_months() -> list[HotMonth]:
    """Return the rounds with issued months, newest first; nothing where no point has hot water."""
    if not UsagePoint.objects.filter(commodity=UsagePoint.Commodity.HOT).exists():
        return []
    issued, waiting = (Count("pk", filter=Q(final=final)) for final in (True, False))
    months = BuildingMonth.objects.values_list("round").annotate(issued=issued, waiting=waiting).order_by()
    counts = {pk: (ready, left) for pk, ready, left in months if ready}
    rounds = Round.objects.filter(pk__in=counts).order_by("-first_day")
    return [HotMonth(round, *counts[round.pk]) for round in rounds]
