"""A home among its neighbours, none of whom can be recognised."""

from collections import Counter
from dataclasses import dataclass
from statistics import median_low

from django.db.models import Sum

from avots.core.dates import Month
from avots.customers.models import DeclaredPersons
from avots.meters.models import Building, Premise
from avots.readings import queries
from avots.readings.models import Round
from avots.usage.models import Usage


@dataclass(frozen=True)
class Came:
    """How many homes of a building have reported all their meters, of how many that report."""

    done: int
    homes: int


def came(building: Building, round: Round) -> Came:
    """Return how far a building has come in a round."""
    here = {"usage_point__building": building}
    homes = set(queries.to_be_reported(round).filter(**here).values_list("usage_point__premise", flat=True))
    left = set(queries.unreported(round).filter(**here).values_list("usage_point__premise", flat=True))
    return Came(len(homes - left), len(homes))


@dataclass(frozen=True)
class Similar:
    """What homes like this one used in a month: the middle one of so many, by persons or all."""

    litres: int
    homes: int
    persons: int | None


def similar(premise: Premise, month: Month, *, least: int) -> Similar | None:
    """Return the middle use of other homes of the building, of those with as many persons if enough.

    Fewer homes than the policy ``similar_homes_at_least`` says are never shown: somebody could be recognised.

    :param least: that policy
    """
    rows = Usage.objects.filter(usage_point__building=premise.building_id, round__first_day=month.first_day)
    used = dict(rows.exclude(premise=None).values_list("premise").annotate(Sum("litres")).order_by())
    used.pop(premise.pk, None)
    declared = DeclaredPersons.objects.filter(premise__building=premise.building_id, starts_on__lte=month.first_day)
    persons = Counter(dict(declared.order_by("starts_on").values_list("premise_id", "persons")))
    own = persons[premise.pk]
    alike = [litres for pk, litres in used.items() if own and persons[pk] == own]
    if len(alike) >= least:
        return Similar(median_low(alike), len(alike), own)
    return Similar(median_low(used.values()), len(used), None) if len(used) >= least else None
