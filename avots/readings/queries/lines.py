"""A meter's line on a sheet: where it stood, and what its past lets us expect."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from django.db.models import Exists, OuterRef, Q, QuerySet

from avots.core.dates import Month
from avots.meters.models import MeterInstallation, UsagePoint
from avots.meters.rules import consumption
from avots.readings.models import Reading, Round
from avots.readings.rules.history import MONTHS, monthly, months_between

UNKNOWN_USE = 3_000
COUNTING = (Reading.State.ACCEPTED, Reading.State.HELD)
REGULAR = Q(kind=Reading.Kind.REGULAR)


@dataclass(frozen=True)
class MeterLine:
    """A meter on a household's or the utility's sheet: where it stood, and what has come now.

    ``months`` since the previous reading; ``last_year``: litres of the same month a year ago;
    ``before``: the reading before the previous one, and the months since it.
    """

    installation: MeterInstallation
    previous_litres: int
    previous_on: date
    usual: tuple[int, ...]
    reading: Reading | None
    months: int = 1
    last_year: int | None = None
    before: tuple[int, int] | None = None

    @property
    def point(self) -> UsagePoint:
        return self.installation.usage_point

    @property
    def used_litres(self) -> int | None:
        return None if self.reading is None else self.used_by(self.reading.litres)

    def used_by(self, litres: int) -> int:
        before = self.installation.meter.register.digits_before
        return consumption(self.previous_litres, litres, digits_before=before).litres


def lines_of(rows: QuerySet[MeterInstallation], round: Round, *, with_place: bool = False) -> list[MeterLine]:
    """Return a line for each of these installations that stands at the round's cut-off."""
    related = ["usage_point__building", "usage_point__premise__building"] if with_place else ["usage_point"]
    there = rows.filter(standing_at(round)).select_related("meter__register", *related)
    installations = list(there.order_by("usage_point__commodity", "usage_point_id", "pk"))
    ids = [installation.pk for installation in installations]
    now, months = heard(ids, round), _months_before(round)
    before, earlier = _stood_before(ids, months), _meters_before(installations, months)
    return [
        _line(row, before.get(row.pk, []), now.get(row.pk), round.month, earlier.get(row.usage_point_id, ()))
        for row in installations
    ]


def standing_at(round: Round) -> Q:
    """Return the condition that a meter stands at a round's cut-off."""
    return Q(Q(removed_on=None) | Q(removed_on__gt=round.cut_on), installed_on__lte=round.cut_on)


def came_in(round: Round, **how: object) -> Exists:
    """Return the condition that a reading of a meter has come in a round.

    :param how: what else the reading has to be
    """
    rows = Reading.objects.filter(REGULAR, installation=OuterRef("pk"), round=round, state__in=COUNTING, **how)
    return Exists(rows)


def heard(installations: Sequence[int], round: Round) -> dict[int, Reading]:
    """Return the reading of a round that has come for each of these installations, if one has."""
    rows = Reading.objects.filter(REGULAR, installation__in=installations, round=round, state__in=COUNTING)
    return {row.installation_id: row for row in rows}


@dataclass(frozen=True)
class Stood:
    """What a meter showed in an earlier month."""

    litres: int
    on: date
    month: Month


def _stood_before(installations: Sequence[int], months: dict[int, Month]) -> dict[int, list[Stood]]:
    """Return each meter's latest accepted reading of each month before, oldest first; a year ago too."""
    rows = Reading.objects.filter(installation__in=installations, state=Reading.State.ACCEPTED, round__in=months)
    rows = rows.order_by("read_on", "pk")
    found: dict[int, dict[Month, Stood]] = defaultdict(dict)
    for pk, litres, on, of in rows.values_list("installation_id", "litres", "read_on", "round_id"):
        found[pk][months[of]] = Stood(litres, on, months[of])
    return {pk: sorted(by_month.values(), key=lambda one: one.month) for pk, by_month in found.items()}


def _meters_before(
    installations: Sequence[MeterInstallation], months: dict[int, Month]
) -> dict[int, tuple[int, ...]]:
    """Return the litres a month that meters removed since have measured at the points of young ones."""
    since = min(months.values()).first_day if months else date.max
    young = [row.usage_point_id for row in installations if row.installed_on > since]
    rows = Reading.objects.filter(
        installation__usage_point__in=young,
        installation__removed_on__gt=since,
        state=Reading.State.ACCEPTED,
        round__in=months,
    ).order_by("round__first_day", "pk")
    stood: dict[tuple[int, int, int], list[tuple[int, int]]] = defaultdict(list)
    columns = ("installation__usage_point_id", "installation_id", "installation__meter__register__digits_before")
    for *key, litres, of in rows.values_list(*columns, "litres", "round_id") if young else ():
        stood[tuple(key)].append((litres, _number(months[of])))
    found: dict[int, tuple[int, ...]] = defaultdict(tuple)
    for (point, _, digits), values in stood.items():
        found[point] += monthly(values, digits)
    return found


def _months_before(round: Round) -> dict[int, Month]:
    """Return the rounds a judgement looks back to: the last months, and the same month a year ago."""
    year_ago = [round.month.plus(-13).first_day, round.month.plus(-12).first_day]
    since = round.month.plus(-MONTHS - 1).first_day
    recent = Q(first_day__gte=since, first_day__lt=round.first_day)
    rows = Round.objects.filter(recent | Q(first_day__in=year_ago))
    return {pk: Month.of(day) for pk, day in rows.values_list("pk", "first_day")}


def _line(
    installation: MeterInstallation,
    stood: list[Stood],
    reading: Reading | None,
    month: Month,
    earlier: tuple[int, ...],
) -> MeterLine:
    digits = installation.meter.register.digits_before
    last_year = _of_last_year(stood, month, digits)
    since = month.plus(-MONTHS - 1)
    recent = [one for one in stood if one.month >= since]
    if len(recent) <= MONTHS:
        installed = installation.installed_on
        recent.insert(0, Stood(installation.start_litres, installed, Month.of(installed)))
    last = recent[-1]
    return MeterLine(
        installation,
        last.litres,
        last.on,
        (*earlier, *monthly([(one.litres, _number(one.month)) for one in recent], digits))[-MONTHS:],
        reading,
        months_between(_number(last.month), _number(month)),
        last_year,
        (recent[-2].litres, months_between(_number(recent[-2].month), _number(month))) if len(recent) > 1 else None,
    )


def _number(month: Month) -> int:
    """Return a month as months since year 0."""
    return month.year * 12 + month.number


def _of_last_year(stood: Sequence[Stood], month: Month, digits: int) -> int | None:
    then = {one.month: one.litres for one in stood[:2]}
    start, end = then.get(month.plus(-13)), then.get(month.plus(-12))
    if start is None or end is None:
        return None
    used = consumption(start, end, digits_before=digits).litres
    return used if used >= 0 else None


def neighbours(building: int, round: Round) -> list[tuple[int, str, int, int]]:
    """Return (premise, commodity, previous reading, litres of its last month) of a building's flats.

    For the judge alone, who never tells whose meter it was.
    """
    months = sorted(_months_before(round).items(), key=lambda item: item[1])[-2:]
    rows = Reading.objects.filter(
        round__in=[pk for pk, _ in months],
        state=Reading.State.ACCEPTED,
        installation__usage_point__building=building,
        installation__usage_point__premise__isnull=False,
    )
    columns = (
        "installation_id",
        "installation__usage_point__premise_id",
        "installation__usage_point__commodity",
        "litres",
    )
    found: dict[int, tuple[int, str, int, int]] = {}
    for pk, premise, commodity, litres in rows.order_by("round__first_day", "pk").values_list(*columns):
        before = found.get(pk)
        found[pk] = (premise, commodity, litres, max(0, litres - before[2]) if before else UNKNOWN_USE)
    return list(found.values())


def previous_reading(installation: MeterInstallation, round: Round) -> Reading | None:
    """Return the reading a round's use of a meter is counted from, unless it is its start reading."""
    rows = Reading.objects.filter(installation=installation, round__first_day__lt=round.first_day)
    return rows.filter(state=Reading.State.ACCEPTED).order_by("-round__first_day", "-read_on", "-pk").first()


def months_of(installation: MeterInstallation, round: Round, *, months: int = 13) -> list[tuple[Month, int]]:
    """Return the litres of each month before a round that a meter's readings tell, oldest first."""
    rows = Reading.objects.filter(
        installation=installation, state=Reading.State.ACCEPTED, round__first_day__lt=round.first_day
    )
    by_month: dict[Month, int] = {Month.of(installation.installed_on): installation.start_litres}
    for litres, day in rows.order_by("read_on", "pk").values_list("litres", "round__first_day"):
        by_month[Month.of(day)] = litres
    stood = sorted(by_month.items())
    digits = installation.meter.register.digits_before
    return [
        (month, consumption(before, litres, digits_before=digits).litres)
        for (_, before), (month, litres) in pairwise(stood)
    ][-months:]
