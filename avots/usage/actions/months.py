"""Writing a building's month."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from avots.core import bulk
from avots.core.errors import Refused
from avots.meters.models import Building
from avots.readings.models import Round
from avots.usage import queries
from avots.usage.models import BuildingMonth, DifferenceShare, Usage
from avots.usage.rules.anatomy import anatomy
from avots.usage.rules.balance import Balance, balance
from avots.usage.rules.facts import BuildingFacts

USAGE_COLUMNS = [
    "round",
    "building_month",
    "usage_point",
    "installation",
    "premise",
    "account",
    "part",
    "from_litres",
    "to_litres",
    "litres",
    "shared_before_litres",
    "method",
    "misses",
    "read_on",
    "basis",
]
SHARE_COLUMNS = ["building_month", "premise", "account", "stage", "part", "litres", "basis"]


class Settled(NamedTuple):
    """What is known of a building's month, that as text and its hash, and what follows."""

    facts: BuildingFacts
    facts_text: str
    facts_hash: str
    balance: Balance


def compute_building(round: Round, building: Building, *, now: datetime) -> BuildingMonth:
    """Compute a building's month from its facts and replace what was not final yet.

    :raises Refused: ``month_is_final``, and what :func:`balance` refuses
    """
    result = compute_buildings(round, [building], now=now)[building.pk]
    if isinstance(result, Refused):
        raise result
    return result


@transaction.atomic
def compute_buildings(
    round: Round, buildings: Sequence[Building], *, now: datetime, frame: queries.Frame | None = None
) -> dict[int, BuildingMonth | Refused]:
    """Compute many buildings at once; one that cannot be computed does not hold up the others.

    :param frame: what a run reads once (:func:`queries.frame_of`)
    :returns: by building its month, or the refusal that parks it
    """
    answers = settle_buildings(round, buildings, frame=frame)
    written = write_months(round, [one for one in answers.values() if isinstance(one, Settled)], now=now)
    return {pk: one if isinstance(one, Refused) else written[pk] for pk, one in answers.items()}


def settle_buildings(
    round: Round, buildings: Sequence[Building], *, frame: queries.Frame | None = None
) -> dict[int, Settled | Refused]:
    """Return, by building, what its month comes to, or why it cannot be computed; nothing is written."""
    months = BuildingMonth.objects.filter(round=round, building__in=buildings, final=True)
    final = set(months.values_list("building_id", flat=True))
    answers: dict[int, Settled | Refused] = {pk: Refused("month_is_final", month=str(round)) for pk in final}
    todo = [building for building in buildings if building.pk not in final]
    for pk, known in queries.facts_of(todo, round, frame).items():
        try:
            text = queries.text_of(known)
            answers[pk] = Settled(known, text, queries.hash_of(text), balance(known))
        except Refused as refused:
            answers[pk] = refused
    return answers


def write_months(round: Round, settled: Sequence[Settled], *, now: datetime) -> dict[int, BuildingMonth]:
    """Write the months of buildings inside the caller's transaction, in place of what was not final yet."""
    BuildingMonth.objects.filter(
        round=round, building__in=[one.facts.building_id for one in settled], final=False
    ).delete()
    written = BuildingMonth.objects.bulk_create([_month(round, one, now) for one in settled])
    pairs = list(zip(written, settled, strict=True))
    bulk.insert(Usage, USAGE_COLUMNS, (row for month, one in pairs for row in _usage_rows(month, one)))
    bulk.insert(
        DifferenceShare, SHARE_COLUMNS, (row for month, one in pairs for row in _share_rows(month, one.balance))
    )
    return {month.building_id: month for month in written}


def _month(round: Round, settled: Settled, now: datetime) -> BuildingMonth:
    known, result = settled.facts, settled.balance
    estimated = {tile.usage_point_id for tile in result.tiles if tile.method == Usage.Method.ESTIMATE}
    causes = anatomy(known, result).parts if known.has_intake else ()
    return BuildingMonth(
        round=round,
        building_id=known.building_id,
        computed_at=now,
        input_hash=settled.facts_hash,
        intake_litres=result.intake,
        units_litres=result.units,
        common_litres=result.common,
        difference_litres=result.difference,
        carried_in_litres=result.carried_in,
        carried_out_litres=result.carried_out,
        shared_litres=result.shared,
        waived_litres=result.waived,
        units=len(known.premises),
        estimated_units=len(known.premises_at(estimated)),
        noncompliant_units=len(result.noncompliant),
        sharing="payer" if known.indirect else known.sharing,
        anatomy=[asdict(part) for part in causes],
    )


def _usage_rows(month: BuildingMonth, settled: Settled) -> Iterable[tuple[object, ...]]:
    premise_of = {point.usage_point_id: point.premise_id for point in settled.facts.points}
    for tile in settled.balance.tiles:
        yield (
            month.round_id,
            month.pk,
            tile.usage_point_id,
            tile.installation_id,
            premise_of[tile.usage_point_id],
            tile.account_id,
            tile.part,
            tile.from_litres,
            tile.to_litres,
            tile.litres,
            tile.shared_before_litres,
            tile.method,
            tile.misses,
            tile.read_on,
            tile.basis,
        )


def _share_rows(month: BuildingMonth, result: Balance) -> Iterable[tuple[object, ...]]:
    for share in result.shares:
        yield (month.pk, share.premise_id, share.account_id, share.stage, share.part, share.litres, share.basis)
