"""What is known about a building when its month is computed: plain, frozen data.

All volumes are litres. The input hash of a month is taken over exactly these values.
"""

from dataclasses import dataclass
from datetime import date

from avots.core.dates import Month


@dataclass(frozen=True)
class MeterFacts:
    """A meter whose time line needs a tile: standing at the cut-off, or removed since the last."""

    installation_id: int
    digits_before: int
    from_litres: int
    end_litres: int | None
    reading_litres: int | None
    read_on: date | None


@dataclass(frozen=True)
class PointFacts:
    """A usage point, its meters in order, and what earlier months said of it.

    ``history``: litres of each earlier month that is settled by actual readings, oldest first.
    ``returning``: its last tile was non-compliant, so a reading now is net of what was shared.
    """

    usage_point_id: int
    role: str
    premise_id: int | None
    meters: tuple[MeterFacts, ...]
    history: tuple[int, ...] = ()
    misses: int = 0
    returning: bool = False


@dataclass(frozen=True)
class PremiseFacts:
    """A premise, who pays for it, and what weighs in sharing.

    ``shared_litres``: litres borne as non-compliant since its last actual reading.
    """

    premise_id: int
    account_id: int | None
    persons: int
    grounds: tuple[str, ...] = ()
    shared_litres: int = 0
    recent: tuple[int, ...] = ()


@dataclass(frozen=True)
class Law:
    """The policies of the month as far as they decide litres."""

    average_months: int
    max_estimates: int
    norm_litres: int
    persons_when_none: int
    stage2_include_noncompliant: bool
    deadband_permille: int
    negative_difference: str
    net_of_shared: bool


@dataclass(frozen=True)
class BuildingFacts:
    """Everything a building's month depends on."""

    building_id: int
    month: Month
    sharing: str
    indirect: bool
    carried_in_litres: int
    law: Law
    points: tuple[PointFacts, ...]
    premises: tuple[PremiseFacts, ...]
