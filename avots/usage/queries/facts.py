"""The facts of a month for many buildings at once: one query a table, however many buildings."""

import json
from collections import Counter
from collections.abc import Iterable
from datetime import date
from hashlib import sha256

from avots.core.errors import Refused
from avots.core.plain import plain
from avots.customers.models import ServiceAgreement
from avots.meters.models import Building
from avots.readings.models import Round
from avots.usage.models import BookedCorrection, BuildingMonth
from avots.usage.queries.frame import Frame, frame_of
from avots.usage.queries.points import points_of
from avots.usage.queries.premises import premises_of
from avots.usage.rules.facts import BuildingFacts

DIRECT = ServiceAgreement.Settlement.DIRECT


def facts(building: Building, round: Round) -> BuildingFacts:
    """Return everything that decides a building's month."""
    return facts_of([building], round)[building.pk]


def facts_of(buildings: Iterable[Building], round: Round, frame: Frame | None = None) -> dict[int, BuildingFacts]:
    """Return, by building, everything that decides its month; a constant number of queries.

    :param frame: what a run reads once; read here where it is not given
    """
    frame = frame or frame_of(round)
    batch = {building.pk: building for building in buildings}
    agreements = _agreements(batch, frame.last_on)
    carried, corrected = _carried(batch, frame), _corrected(batch, frame)
    points = points_of(batch, frame)
    premises = premises_of(batch, frame, agreements, points)
    return {
        pk: BuildingFacts(
            building_id=pk,
            address=building.address,
            month=frame.month,
            before_on=frame.before_on,
            cut_on=frame.cut_on,
            sharing=agreements[pk].sharing if pk in agreements else "",
            indirect=pk in agreements and agreements[pk].settlement != DIRECT,
            carried_in_litres=carried.get(pk, 0),
            held_readings=points.held.get(pk, 0),
            law=frame.law(building.segment),
            points=tuple(points.facts.get(pk, ())),
            premises=tuple(premises.get(pk, ())),
            corrected_litres=corrected.get(pk, 0),
        )
        for pk, building in batch.items()
    }


def text_of(building: BuildingFacts) -> str:
    """Return the facts of a month as the text that is hashed and kept."""
    return json.dumps(building, default=plain, separators=(",", ":"))


def hash_of(text: str) -> str:
    """Return the hash of the facts a month was computed from, given as text."""
    return sha256(text.encode()).hexdigest()


def input_hash(building: BuildingFacts) -> str:
    """Return the hash of the facts a month was computed from."""
    return hash_of(text_of(building))


def agreement_of(building: Building, *, on: date) -> ServiceAgreement:
    """Return the agreement in force on a day.

    :raises Refused: ``no_agreement``
    """
    found = ServiceAgreement.objects.valid(on=on).filter(building=building).first()
    if found is None:
        raise Refused("no_agreement", building=building.address)
    return found


def _agreements(batch: Iterable[int], on: date) -> dict[int, ServiceAgreement]:
    rows = ServiceAgreement.objects.valid(on=on).filter(building__in=list(batch))
    return {row.building_id: row for row in rows}


def _carried(batch: Iterable[int], frame: Frame) -> dict[int, int]:
    """Return what each building's latest computed month carried out."""
    rows = BuildingMonth.objects.filter(building__in=list(batch), round__in=list(frame.earlier))
    return dict(rows.order_by("round__first_day").values_list("building_id", "carried_out_litres"))


def _corrected(batch: Iterable[int], frame: Frame) -> dict[int, int]:
    """Return by how much the litres of each building's latest month were put right after it was issued."""
    rows = BookedCorrection.objects.filter(building__in=list(batch), round__in=list(frame.earlier))
    found = list(rows.values_list("building_id", "round_id", "litres"))
    if not found:
        return {}
    months = BuildingMonth.objects.filter(building__in={row[0] for row in found}, round__in=list(frame.earlier))
    latest = dict(months.order_by("round__first_day").values_list("building_id", "round_id"))
    sums: Counter[int] = Counter()
    for building, of_round, litres in found:
        sums[building] += litres if of_round == latest.get(building) else 0
    return sums
