"""What is to be read, what has come, and what is missing."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, Count, Exists, OuterRef, QuerySet, When
from django.db.models.functions import Coalesce

from avots.core.dates import Month
from avots.customers.models import Occupancy, ServiceAgreement
from avots.meters.models import Building, MeterInstallation, Premise, UsagePoint
from avots.readings.models import CannotRead, Reading, Round
from avots.readings.queries.lines import (
    COUNTING,
    REGULAR,
    MeterLine,
    came_in,
    lines_of,
    months_of,
    neighbours,
    previous_reading,
    standing_at,
)
from avots.readings.queries.waiting import (
    cannot_read,
    corrections,
    held,
    held_in,
    photos_in,
    photos_of,
    questionable,
    unreadable,
)

__all__ = [
    "COUNTING",
    "REGULAR",
    "MeterLine",
    "cannot_read",
    "corrections",
    "held",
    "held_in",
    "lines_of",
    "months_of",
    "neighbours",
    "photos_in",
    "photos_of",
    "previous_reading",
    "questionable",
    "unreadable",
]


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


def utility_meters(round: Round) -> QuerySet[MeterInstallation]:
    """Return the meters the utility reads itself, in walking order: intake and common ones, and remote-read ones."""
    intake_first = Case(When(usage_point__role=UsagePoint.Role.INTAKE, then=0), default=1)
    rows = MeterInstallation.objects.values("pk")
    own = rows.filter(usage_point__premise=None).union(rows.filter(remote_read=True))  # each by its index
    return MeterInstallation.objects.filter(standing_at(round), pk__in=own).order_by(
        "usage_point__building__walking_order",
        "usage_point__building_id",
        intake_first,
        Coalesce("usage_point__premise__position", 0),
        "pk",
    )


def unread_by_utility(round: Round) -> QuerySet[MeterInstallation]:
    """Return the utility's own meters without a reading in a round, in walking order."""
    return utility_meters(round).filter(~came_in(round))


def utility_sheet(installations: Sequence[int], round: Round) -> list[MeterLine]:
    """Return the lines of some of the utility's own meters, in their order."""
    lines = lines_of(MeterInstallation.objects.filter(pk__in=installations), round, with_place=True)
    line_of = {line.installation.pk: line for line in lines}
    return [line_of[pk] for pk in installations if pk in line_of]


def to_be_reported(round: Round) -> QuerySet[MeterInstallation]:
    """Return the meters whose residents report them in a round."""
    flats_report = ServiceAgreement.objects.valid(on=round.month.last_day).filter(
        building=OuterRef("usage_point__building"), reporting=ServiceAgreement.Reporting.FLATS
    )
    return MeterInstallation.objects.of_units().filter(standing_at(round), Exists(flats_report), remote_read=False)


def unreported(round: Round) -> QuerySet[MeterInstallation]:
    """Return the meters still to be reported in a round; a late reading kept from before is no report."""
    return to_be_reported(round).filter(~came_in(round, received_at__gte=round.opens_at))


@dataclass(frozen=True)
class Missing:
    """A household that has not reported all its meters."""

    occupancy: Occupancy
    meters: int


def missing(round: Round) -> list[Missing]:
    """Return the households with meters still to be reported, with who answers for them.

    Whoever said that a meter cannot be read is not asked for it again.
    """
    counts = dict(_to_be_asked(round).values_list("usage_point__premise").annotate(Count("pk")).order_by())
    rows = Occupancy.objects.valid(on=round.cut_on).filter(premise__among=counts)
    people = rows.select_related("account__party", "premise__building").order_by("pk")
    return [Missing(row, counts[row.premise_id]) for row in people]


def missing_homes(round: Round) -> QuerySet[Occupancy]:
    """Return who answers for the households of ``missing``."""
    homes = _to_be_asked(round).values("usage_point__premise")
    return Occupancy.objects.valid(on=round.cut_on).filter(premise__in=homes)


def _to_be_asked(round: Round) -> QuerySet[MeterInstallation]:
    said = CannotRead.objects.filter(installation=OuterRef("pk"), round=round)
    return unreported(round).filter(~Exists(said))


def missing_by_building(round: Round, buildings: Iterable[Building]) -> dict[int, int]:
    """Return, by building, how many homes of some buildings have meters still to be reported."""
    rows = unreported(round).filter(usage_point__building__in=buildings).values_list("usage_point__building")
    return dict(rows.annotate(Count("usage_point__premise", distinct=True)).order_by())


@dataclass(frozen=True)
class Progress:
    """A round in figures: meters to report, and the readings that count, by channel and by hour since it opened."""

    expected: int
    by_source: Mapping[str, int]
    by_hour: Mapping[int, int]

    @property
    def received(self) -> int:
        return sum(self.by_source.values())

    @property
    def permille(self) -> int:
        return self.received * 1_000 // self.expected if self.expected else 0


def progress(round: Round) -> Progress:
    """Return how far a round has come."""
    expected = to_be_reported(round)
    came = Reading.objects.filter(REGULAR, round=round, state__in=COUNTING, installation__in=expected)
    sources: Counter[str] = Counter()
    hours: Counter[int] = Counter()
    for source, moment in came.order_by("source").values_list("source", "received_at").iterator(chunk_size=10_000):
        sources[source] += 1
        hours[(moment - round.opens_at) // timedelta(hours=1)] += 1
    return Progress(expected.count(), dict(sources), dict(hours))
