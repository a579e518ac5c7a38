"""Where meters stood, and what was used, before the first month computed here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from avots.core import bulk
from avots.usage.actions.months import USAGE_COLUMNS
from avots.usage.models import Usage


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
            0,
            tile.from_litres,
            tile.to_litres,
            tile.litres,
            0,
            method,
            tile.misses,
            None,
            {"opening": True} | ({"rolled_over": True} if tile.rolled_over else {}),
        )
