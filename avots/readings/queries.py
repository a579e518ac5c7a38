"""What is to be read, what has come, and what is missing."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from avots.core.dates import Month
from avots.core.money import divide_half_up
from avots.customers.models import Occupancy, ServiceAgreement
from avots.meters.models import MeterInstallation, Premise, UsagePoint
from avots.meters.rules import consumption
from avots.readings.models import Reading, Round

MONTHS_OF_USE = 6
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
    """A meter on a household's or the utility's sheet: where it stood, and what has come now."""

    installation: MeterInstallation
    previous_litres: int
    previous_on: date
    usual: tuple[int, ...]
    reading: Reading | None

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
    before = _stood_before(ids, round)
    return [_line(row, before[row.pk], now.get(row.pk)) for row in installations]


@dataclass(frozen=True)
class Stood:
    """What a meter showed in an earlier month."""

    litres: int
    on: date
    month: Month


def _stood_before(installations: Sequence[int], round: Round) -> dict[int, list[Stood]]:
    """Return each meter's latest accepted reading of each month before, oldest first."""
    since = round.month.plus(-MONTHS_OF_USE - 1).first_day
    rows = Reading.objects.filter(
        installation__in=installations,
        state=Reading.State.ACCEPTED,
        round__first_day__gte=since,
        round__first_day__lt=round.first_day,
    ).order_by("round__first_day", "read_on", "pk")
    found: dict[int, list[Stood]] = defaultdict(list)
    for pk, litres, on, first_day in rows.values_list("installation_id", "litres", "read_on", "round__first_day"):
        if found[pk] and found[pk][-1].month == Month.of(first_day):
            found[pk].pop()
        found[pk].append(Stood(litres, on, Month.of(first_day)))
    return found


def _line(installation: MeterInstallation, before: list[Stood], reading: Reading | None) -> MeterLine:
    start = Stood(installation.start_litres, installation.installed_on, Month.of(installation.installed_on))
    stood = before if len(before) > MONTHS_OF_USE else [start, *before]
    usual = _monthly(stood, installation.meter.register.digits_before)
    return MeterLine(installation, stood[-1].litres, stood[-1].on, usual, reading)


def _monthly(stood: list[Stood], digits_before: int) -> tuple[int, ...]:
    """Return the litres a month between neighbouring readings, leaving out what fell."""
    usual = []
    for start, end in pairwise(stood):
        months = max(1, (end.month.year - start.month.year) * 12 + end.month.number - start.month.number)
        used = consumption(start.litres, end.litres, digits_before=digits_before).litres
        if used >= 0:
            usual.append(divide_half_up(used, months))
    return tuple(usual[-MONTHS_OF_USE:])


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
