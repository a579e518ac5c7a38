"""What the building's page shows of a month: its causes, its flats by floor, and how it compares."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Sum

from avots.core.money import divide_half_up
from avots.core.policies import Policies
from avots.customers.models import Occupancy
from avots.meters.models import Building, Premise
from avots.readings import queries
from avots.readings.models import Round
from avots.usage.models import BuildingMonth, DifferenceShare, Usage
from avots.usage.queries import Causes, MonthGap
from avots.usage.rules.anatomy import months_in_a_row

OK, PARTLY, MISSING, ESTIMATED, LEFT, AWAY = "ok", "partly", "missing", "estimated", "left", "away"
BY_METHOD = {
    Usage.Method.ACTUAL: OK,
    Usage.Method.OPENING: OK,
    Usage.Method.ABSENCE: AWAY,
    Usage.Method.ESTIMATE: ESTIMATED,
    Usage.Method.NONCOMPLIANT: LEFT,
}
WORST = (OK, AWAY, ESTIMATED, LEFT)


@dataclass(frozen=True)
class Flat:
    """A flat's state in a month, how often in a row it was estimated, and its account where it may be seen."""

    premise: Premise
    state: str
    misses: int
    account: str | None


@dataclass(frozen=True)
class HeatRow:
    """A floor: its flats stairwell by stairwell, each padded to the same width."""

    floor: int | None
    cells: tuple[tuple[bool, Flat | None], ...]


@dataclass(frozen=True)
class Heat:
    """A building's flats by floor and stairwell; ``stairs`` with their widths, ``counts`` by state."""

    stairs: tuple[tuple[str, int], ...]
    rows: tuple[HeatRow, ...]
    counts: dict[str, int]


def heat_of(building: Building, round: Round, computed: BuildingMonth | None, *, with_accounts: bool) -> Heat:
    """Return a building's flats in a round, from the computed month or from what has come so far."""
    premises = list(Premise.objects.filter(building=building).order_by("position", "pk"))
    states = _computed_states(computed) if computed else _live_states(premises, round)
    accounts = _accounts(premises, round) if with_accounts else {}
    flats = [Flat(premise, *states.get(premise.pk, (MISSING, 0)), accounts.get(premise.pk)) for premise in premises]
    return _arranged(flats)


def _accounts(premises: Sequence[Premise], round: Round) -> dict[int, str]:
    held = Occupancy.objects.valid(on=round.cut_on).filter(premise__in=premises)
    return dict(held.values_list("premise_id", "account__number"))


def _computed_states(month: BuildingMonth) -> dict[int, tuple[str, int]]:
    found: dict[int, tuple[str, int]] = {}
    rows = Usage.objects.filter(building_month=month, premise__isnull=False)
    for premise_id, method, misses in rows.values_list("premise_id", "method", "misses"):
        state, most = found.get(premise_id or 0, (OK, 0))
        worse = max(state, BY_METHOD[Usage.Method(method)], key=WORST.index)
        found[premise_id or 0] = worse, max(most, misses)
    return found


def _live_states(premises: Sequence[Premise], round: Round) -> dict[int, tuple[str, int]]:
    sheets = queries.sheets([premise.pk for premise in premises], round)
    before = Usage.objects.filter(premise__in=premises, round__first_day=round.month.previous.first_day)
    misses: dict[int, int] = defaultdict(int)
    for premise_id, count in before.values_list("premise_id", "misses"):
        misses[premise_id or 0] = max(misses[premise_id or 0], count)
    return {pk: (_state(lines), misses[pk]) for pk, lines in sheets.items()}


def _state(lines: Sequence[queries.MeterLine]) -> str:
    came = sum(line.reading is not None for line in lines)
    return OK if came == len(lines) else PARTLY if came else MISSING


def _arranged(flats: Sequence[Flat]) -> Heat:
    places: dict[tuple[int | None, str], list[Flat]] = defaultdict(list)
    counts: dict[str, int] = defaultdict(int)
    for flat in flats:
        places[flat.premise.floor, flat.premise.stairwell].append(flat)
        counts[flat.state] += 1
    stairs = sorted({stair for _, stair in places}, key=lambda stair: (len(stair), stair))
    widths = {stair: max(len(found) for (_, at), found in places.items() if at == stair) for stair in stairs}
    floors = sorted({floor for floor, _ in places}, key=lambda floor: -(floor or 0))
    rows = []
    for floor in floors:
        cells: list[tuple[bool, Flat | None]] = []
        for index, stair in enumerate(stairs):
            here = places.get((floor, stair), [])
            padded: list[Flat | None] = [*here, *[None] * (widths[stair] - len(here))]
            cells += [(bool(index) and at == 0, flat) for at, flat in enumerate(padded)]
        rows.append(HeatRow(floor, tuple(cells)))
    return Heat(tuple(widths.items()), tuple(rows), dict(counts))


@dataclass(frozen=True)
class Borne:
    """What a stage shared: litres, premises, and the smallest and largest part."""

    litres: int
    premises: int


def borne_of(month: BuildingMonth | None) -> dict[str, Borne]:
    """Return what each stage of a computed month shared: common, first, rest."""
    rows = DifferenceShare.objects.filter(building_month=month).values_list("stage")
    found = rows.annotate(Sum("litres"), Count("premise", distinct=True)).order_by()
    names = {0: "common", 1: "first", 2: "rest"}
    return {names[stage]: Borne(litres, premises) for stage, litres, premises in found}


@dataclass(frozen=True)
class Alarm:
    """For how many months in a row the difference was over its limit, or the intake below the flats."""

    over: int
    below: int
    over_calls: bool
    below_calls: bool


def alarm_of(gaps: Sequence[MonthGap], policy: Policies) -> Alarm:
    """Return what a building's months call for by policy (MK 1013 p. 30)."""
    over = months_in_a_row([(gap.month, gap.permille) for gap in gaps], over=policy.difference_alert_permille)
    below = months_in_a_row([(gap.month, -gap.permille) for gap in gaps], over=policy.negative_alert_permille)
    return Alarm(over, below, over >= policy.difference_alert_months, below >= policy.negative_alert_months)


def permille_of_intake(litres: int, causes: Causes) -> int:
    """Return litres in thousandths of the intake."""
    return divide_half_up(litres * 1_000, causes.intake) if causes.intake else 0


def cold_and_hot(month: BuildingMonth) -> dict[str, int]:
    """Return the flats' litres of a computed month by commodity."""
    rows = Usage.objects.filter(building_month=month, usage_point__role="unit")
    return dict(rows.values_list("usage_point__commodity").annotate(Sum("litres")).order_by())


def rounds_beside(round: Round, now: datetime) -> tuple[Round | None, Round | None]:
    """Return the rounds before and after one, as far as they have opened."""
    before = Round.objects.filter(first_day__lt=round.first_day).order_by("-first_day").first()
    after = Round.objects.filter(first_day__gt=round.first_day, opens_at__lte=now).order_by("first_day").first()
    return before, after
