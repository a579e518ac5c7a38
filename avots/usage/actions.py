"""Writing a building's month."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from avots.core import bulk
from avots.core.errors import Refused
from avots.meters.models import Building
from avots.readings.models import Round
from avots.usage import queries
from avots.usage.models import BuildingMonth, DifferenceShare, Usage
from avots.usage.rules.balance import Balance, balance
from avots.usage.rules.facts import BuildingFacts

USAGE_COLUMNS = [
    "round",
    "building_month",
    "usage_point",
    "installation",
    "premise",
    "account",
    "from_litres",
    "to_litres",
    "litres",
    "shared_before_litres",
    "method",
    "misses",
    "read_on",
    "basis",
]


@transaction.atomic
def compute_building(round: Round, building: Building, *, now: datetime) -> BuildingMonth:
    """Compute a building's month from its facts and replace what was not final yet.

    :raises Refused: ``month_is_final``, and what :func:`queries.facts` and :func:`balance` refuse
    """
    month = BuildingMonth.objects.filter(round=round, building=building)
    if month.filter(final=True).exists():
        raise Refused("month_is_final", month=str(round))
    known = queries.facts(building, round)
    result = balance(known)
    month.delete()
    written = _write_month(round, building, known, result, now)
    _write_usage(written, known, result)
    _write_shares(written, known, result)
    return written


def _write_month(
    round: Round, building: Building, known: BuildingFacts, result: Balance, now: datetime
) -> BuildingMonth:
    estimated = {tile.usage_point_id for tile in result.tiles if tile.method == Usage.Method.ESTIMATE}
    premises = {p.premise_id for p in known.points if p.usage_point_id in estimated and p.premise_id}
    return BuildingMonth.objects.create(
        round=round,
        building=building,
        computed_at=now,
        input_hash=queries.input_hash(known),
        intake_litres=result.intake,
        units_litres=result.units,
        common_litres=result.common,
        difference_litres=result.difference,
        carried_in_litres=result.carried_in,
        carried_out_litres=result.carried_out,
        shared_litres=result.shared,
        waived_litres=result.waived,
        units=len(known.premises),
        estimated_units=len(premises),
        noncompliant_units=len(result.noncompliant),
        sharing="payer" if known.indirect else known.sharing,
    )


def _write_usage(month: BuildingMonth, known: BuildingFacts, result: Balance) -> None:
    premise_of = {point.usage_point_id: point.premise_id for point in known.points}
    account_of = {premise.premise_id: premise.account_id for premise in known.premises}
    rows = [
        (
            month.round_id,
            month.pk,
            tile.usage_point_id,
            tile.installation_id,
            premise_of[tile.usage_point_id],
            account_of.get(premise_of[tile.usage_point_id] or 0),
            tile.from_litres,
            tile.to_litres,
            tile.litres,
            tile.shared_before_litres,
            tile.method,
            tile.misses,
            tile.read_on,
            tile.basis,
        )
        for tile in result.tiles
    ]
    bulk.insert(Usage, USAGE_COLUMNS, rows)


def _write_shares(month: BuildingMonth, known: BuildingFacts, result: Balance) -> None:
    account_of = {premise.premise_id: premise.account_id for premise in known.premises}
    rows: list[tuple[object, ...]] = [
        (month.pk, share.premise_id, account_of[share.premise_id], share.stage, share.litres, {})
        for share in result.shares
    ]
    bulk.insert(DifferenceShare, ["building_month", "premise", "account", "stage", "litres", "basis"], rows)


@dataclass(frozen=True)
class OpeningTile:
    """A month a meter was billed for before going live."""

    round_id: int
    usage_point_id: int
    installation_id: int
    premise_id: int | None
    account_id: int | None
    from_litres: int
    to_litres: int
    litres: int
    estimated: bool
    misses: int

    @property
    def rolled_over(self) -> bool:
        return self.litres != self.to_litres - self.from_litres


@transaction.atomic
def open_books(tiles: Sequence[OpeningTile]) -> int:
    """Write the billed months of the system before, where none stand yet; return how many."""
    have = set(
        Usage.objects.filter(installation__in={tile.installation_id for tile in tiles}).values_list(
            "round_id", "installation_id"
        )
    )
    new = [tile for tile in tiles if (tile.round_id, tile.installation_id) not in have]
    return bulk.insert(Usage, USAGE_COLUMNS, _opening_rows(new))


def _opening_rows(tiles: Iterable[OpeningTile]) -> Iterable[tuple[object, ...]]:
    for tile in tiles:
        method = Usage.Method.ESTIMATE if tile.estimated else Usage.Method.ACTUAL
        yield (
            tile.round_id,
            None,
            tile.usage_point_id,
            tile.installation_id,
            tile.premise_id,
            tile.account_id,
            tile.from_litres,
            tile.to_litres,
            tile.litres,
            0,
            method,
            tile.misses,
            None,
            {"opening": True} | ({"rolled_over": True} if tile.rolled_over else {}),
        )
