"""A month's premises: who held them, and what weighs in sharing."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

from django.db.models import F, Q

from avots.core.dates import Month
from avots.customers.models import AbsenceNotice, DeclaredPersons, Occupancy, ServiceAgreement, SharingWeight
from avots.meters.models import Noncompliance, Premise
from avots.usage.models import DifferenceShare
from avots.usage.queries.frame import Frame
from avots.usage.queries.points import Points
from avots.usage.rules import facts as known
from avots.usage.rules import past


def premises_of(
    batch: Iterable[int], frame: Frame, agreements: Mapping[int, ServiceAgreement], points: Points
) -> dict[int, list[known.PremiseFacts]]:
    """Return each building's premises, in eight queries at most."""
    holdings, persons = _holdings(batch, frame), _persons(batch, frame.month)
    grounds, absences = _grounds(batch, frame.month), _absences(batch, frame)
    weights = _weights(agreements)
    shared = _shared(points, frame)
    averaged = {pk for pk, row in agreements.items() if row.sharing == ServiceAgreement.Sharing.AVERAGE}
    recent = past.recent_of(points.tiles, months=3) if averaged else {}
    found: dict[int, list[known.PremiseFacts]] = defaultdict(list)
    rows = Premise.objects.filter(building__in=list(batch)).order_by("pk")
    for pk, building_id, number in rows.values_list("pk", "building_id", "number"):
        absent_days, excused = absences.get(pk, (0, False))
        found[building_id].append(
            known.PremiseFacts(
                pk,
                number,
                holdings.get(pk, ()),
                persons.get(pk, 0),
                grounds.get(pk, ()),
                shared.get(pk, 0),
                recent.get(pk, ()) if building_id in averaged else (),
                weights.get(pk),
                absent_days,
                excused,
            )
        )
    return found


def _holdings(batch: Iterable[int], frame: Frame) -> dict[int, tuple[known.Holding, ...]]:
    """Return who held each premise in the month, in order; nothing where nobody does at its end.

    Days between two of them fall to the one who comes.
    """
    first, last = min(frame.before_on + timedelta(days=1), frame.month.first_day), frame.last_on
    rows = Occupancy.objects.filter(Q(ends_on=None) | Q(ends_on__gt=first) & Q(ends_on__gt=F("starts_on")))
    held = rows.filter(premise__building__in=list(batch), starts_on__lte=last).order_by("starts_on", "pk")
    found: dict[int, list[known.Holding]] = defaultdict(list)
    until: dict[int, date | None] = {}
    for premise_id, account_id, starts_on, ends_on in held.values_list(
        "premise_id", "account_id", "starts_on", "ends_on"
    ):
        before = found[premise_id]
        if not before or before[-1].account_id != account_id:
            before.append(known.Holding(account_id, (until[premise_id] or starts_on) if before else first))
        until[premise_id] = ends_on
    return {pk: tuple(rows) for pk, rows in found.items() if until[pk] is None or (until[pk] or last) > last}


def _persons(batch: Iterable[int], month: Month) -> dict[int, int]:
    """Return the persons declared on the first of the month."""
    rows = DeclaredPersons.objects.filter(premise__building__in=list(batch), starts_on__lte=month.first_day)
    return dict(rows.order_by("starts_on").values_list("premise_id", "persons"))


def _grounds(batch: Iterable[int], month: Month) -> dict[int, tuple[str, ...]]:
    """Return the recorded grounds that hold on the month's last day."""
    rows = Noncompliance.objects.filter(premise__building__in=list(batch), starts_on__lte=month.last_day)
    holding = rows.filter(Q(ends_on=None) | Q(ends_on__gt=month.last_day)).order_by("ground")
    found: dict[int, tuple[str, ...]] = {}
    for premise_id, ground in holding.values_list("premise_id", "ground").distinct():
        found[premise_id] = (*found.get(premise_id, ()), ground)
    return found


def _absences(batch: Iterable[int], frame: Frame) -> dict[int, tuple[int, bool]]:
    """Return the announced days of absence between the cut-offs, and whether some are in the window."""
    if not frame.policy.absence_bills_nothing:
        return {}
    first, end = frame.before_on + timedelta(days=1), frame.cut_on + timedelta(days=1)
    rows = AbsenceNotice.objects.filter(Q(ends_on=None) | Q(ends_on__gt=first), starts_on__lt=end)
    days: dict[int, set[int]] = defaultdict(set)
    for premise_id, starts_on, ends_on in rows.filter(premise__building__in=list(batch)).values_list(
        "premise_id", "starts_on", "ends_on"
    ):
        stop = min(ends_on or end, end)
        days[premise_id] |= set(range(max(starts_on, first).toordinal(), stop.toordinal()))
    opens = frame.opens_on.toordinal()
    return {pk: (len(away), max(away) >= opens) for pk, away in days.items() if away}


def _weights(agreements: Mapping[int, ServiceAgreement]) -> dict[int, int]:
    own = [row for row in agreements.values() if row.sharing == ServiceAgreement.Sharing.OWN_WEIGHTS]
    if not own:
        return {}
    return dict(SharingWeight.objects.filter(agreement__in=own).values_list("premise_id", "weight"))


def _shared(points: Points, frame: Frame) -> dict[int, int]:
    """Return what each premise in default bore in stage 1 and no reading has netted yet."""
    since = past.default_since(tile for tile in points.tiles if tile.installation_id in points.standing)
    if not since:
        return {}
    rows = DifferenceShare.objects.filter(premise__in=since, stage=1, building_month__round__in=list(frame.earlier))
    shares = rows.values_list("premise_id", "building_month__round__first_day", "litres")
    return past.borne_since(since, shares, points.tiles)
