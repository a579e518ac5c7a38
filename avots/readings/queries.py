"""What is to be read, what has come, and what is missing."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from avots.core.dates import Month
from avots.customers.models import Occupancy, ServiceAgreement
from avots.meters.models import MeterInstallation, Premise, UsagePoint
from avots.meters.rules import consumption
from avots.readings.models import Reading, Round
from avots.readings.rules.history import MONTHS, monthly, months_between

UNKNOWN_USE = 3_000
COUNTING = (Reading.State.ACCEPTED, Reading.State.HELD)
REGULAR = Q(kind=Reading.Kind.REGULAR)


def round_of(month: Month) -> Round:
    """Return a month's round.

    :raises Round.DoesNotExist: when it was not planned
    """
    return Round.objects.get(first_day=month.first_day)


def round_at(now: datetime) -> Round:
    """Return the round that is open, or else the one that opened last.

    :raises Round.DoesNotExist: before the first round
    """
    return Round.objects.filter(opens_at__lte=now).latest("opens_at")


def next_round(now: datetime) -> Round | None:
    """Return the next planned round, if there is one."""
    return Round.objects.filter(opens_at__gt=now).order_by("opens_at").first()


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


def sheet(premise: Premise, round: Round) -> list[MeterLine]:
    """Return the meters of one premise in a round."""
    return sheets([premise.pk], round).get(premise.pk, [])


def sheets(premises: Iterable[int], round: Round) -> dict[int, list[MeterLine]]:
    """Return the meters of premises in a round, by premise; a constant number of queries."""
    of_units = MeterInstallation.objects.of_units().filter(usage_point__premise__in=list(premises))
    found: dict[int, list[MeterLine]] = defaultdict(list)
    for line in lines_of(of_units, round):
        found[line.point.premise_id or 0].append(line)
    return found


def utility_sheet(round: Round) -> list[MeterLine]:
    """Return the meters the utility reads itself: intake and common ones, and remote-read ones."""
    own = ~Q(usage_point__role=UsagePoint.Role.UNIT) | Q(remote_read=True)
    rows = MeterInstallation.objects.filter(own)
    return sorted(
        lines_of(rows, round, with_place=True),
        key=lambda line: (
            line.point.building.walking_order,
            line.point.building_id,
            line.point.role != UsagePoint.Role.INTAKE,
            line.point.premise.position if line.point.premise else 0,
            line.installation.pk,
        ),
    )


def lines_of(rows: QuerySet[MeterInstallation], round: Round, *, with_place: bool = False) -> list[MeterLine]:
    """Return a line for each of these installations that stands at the round's cut-off."""
    related = ["usage_point__building", "usage_point__premise__building"] if with_place else ["usage_point"]
    standing = rows.filter(
        Q(removed_on=None) | Q(removed_on__gt=round.cut_on), installed_on__lte=round.cut_on
    ).select_related("meter__register", *related)
    installations = list(standing.order_by("usage_point__commodity", "usage_point_id", "pk"))
    ids = [installation.pk for installation in installations]
    now = {
        row.installation_id: row
        for row in Reading.objects.filter(REGULAR, installation__in=ids, round=round, state__in=COUNTING)
    }
    months = _months_before(round)
    before, earlier = _stood_before(ids, months), _meters_before(installations, months)
    return [
        _line(row, before.get(row.pk, []), now.get(row.pk), round.month, earlier.get(row.usage_point_id, ()))
        for row in installations
    ]


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


def to_be_reported(round: Round) -> QuerySet[MeterInstallation]:
    """Return the meters whose residents report them in a round."""
    flats_report = ServiceAgreement.objects.valid(on=round.month.last_day).filter(
        building=OuterRef("usage_point__building"), reporting=ServiceAgreement.Reporting.FLATS
    )
    standing = Q(removed_on=None) | Q(removed_on__gt=round.cut_on)
    return MeterInstallation.objects.of_units().filter(
        standing, Exists(flats_report), installed_on__lte=round.cut_on, remote_read=False
    )


def unreported(round: Round) -> QuerySet[MeterInstallation]:
    """Return the meters still to be reported in a round; a late reading kept from before is no report."""
    came = Reading.objects.filter(
        REGULAR, installation=OuterRef("pk"), round=round, state__in=COUNTING, received_at__gte=round.opens_at
    )
    return to_be_reported(round).filter(~Exists(came))


@dataclass(frozen=True)
class Missing:
    """A household that has not reported all its meters."""

    occupancy: Occupancy
    meters: int


def missing(round: Round) -> list[Missing]:
    """Return the households with meters still to be reported, with who answers for them."""
    counts = dict(unreported(round).values_list("usage_point__premise").annotate(Count("pk")).order_by())
    rows = Occupancy.objects.valid(on=round.cut_on).filter(premise__in=counts)
    people = rows.select_related("account__party", "premise__building").order_by("pk")
    return [Missing(row, counts[row.premise_id]) for row in people]


@dataclass(frozen=True)
class Progress:
    """A round in figures; ``by_source`` counts the readings that count, by channel."""

    expected: int
    received: int
    held: int
    by_source: dict[str, int]
    moments: list[datetime]

    @property
    def permille(self) -> int:
        return self.received * 1_000 // self.expected if self.expected else 0


def progress(round: Round) -> Progress:
    """Return how far a round has come."""
    expected = to_be_reported(round)
    came = Reading.objects.filter(REGULAR, round=round, state__in=COUNTING, installation__in=expected)
    sources = dict(came.values_list("source").annotate(Count("pk")).order_by())
    moments = list(came.order_by("received_at").values_list("received_at", flat=True))
    held_now = Reading.objects.filter(round=round, state=Reading.State.HELD).count()
    return Progress(expected.count(), len(moments), held_now, sources, moments)


def unread_by_utility(round: Round) -> list[MeterLine]:
    """Return the utility's own meters without a reading in a round."""
    return [line for line in utility_sheet(round) if line.reading is None]


def held() -> QuerySet[Reading]:
    """Return the readings that wait for a decision, oldest first."""
    rows = Reading.objects.filter(state=Reading.State.HELD).order_by("received_at", "pk")
    return rows.select_related(
        "round",
        "installation__meter__register",
        "installation__usage_point__building",
        "installation__usage_point__premise__building",
    )
