"""What is known about a building when its month is computed: plain, frozen data.

All volumes are litres. The input hash of a month is taken over exactly these values. What there is
much of is a named tuple: a million homes have four million of them.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from avots.core.dates import Month

INTAKE, UNIT, COMMON = "intake", "unit", "common"
OWN_WEIGHTS = "own_weights"


class MeterFacts(NamedTuple):
    """A meter whose time line needs a tile: standing at the cut-off, or removed since the last.

    ``in_default``: since its last actual reading it was left to the difference at least once, so
    a reading now is net of what was shared. ``owner_readings``: the day of a change of owner and
    what the meter showed as that day began. ``stood_litres``: its last accepted reading, where the
    month falls or leaps; that reading tells, not what was billed before it was put right, and
    ``unbilled_litres`` is what the meter had used by it beyond what has been billed since.
    ``from_on``: the day of the reading it was billed to last, if it was read, or of its installation.
    """

    installation_id: int
    serial: str
    digits_before: int
    installed_on: date
    removed_on: date | None
    from_litres: int
    end_litres: int | None
    reading_litres: int | None
    read_on: date | None
    control: bool = False
    remote: bool = False
    lapsed: bool = False
    in_default: bool = False
    owner_readings: tuple[tuple[date, int], ...] = ()
    stood_litres: int | None = None
    unbilled_litres: int = 0
    from_on: date | None = None
    from_estimated: bool = False

    @property
    def shows(self) -> int | None:
        """What was read: at its removal, else at the cut-off."""
        return self.end_litres if self.removed_on is not None else self.reading_litres


class PointFacts(NamedTuple):
    """A usage point, its meters in order, and what earlier months said of it.

    ``history``: litres of each earlier month that is settled by actual readings, oldest first.
    ``open_litres`` and ``open_months``: billed since the last actual reading, on ``read_on``.
    """

    usage_point_id: int
    role: str
    premise_id: int | None
    parent_id: int | None
    meters: tuple[MeterFacts, ...]
    history: tuple[int, ...] = ()
    misses: int = 0
    read_on: date | None = None
    open_litres: int = 0
    open_months: int = 0
    is_new: bool = False
    ended: bool = False

    @property
    def has_meter(self) -> bool:
        """Whether a meter stands at the cut-off."""
        return any(meter.removed_on is None for meter in self.meters)


class Holding(NamedTuple):
    """Who answers for a premise from a day on, up to the next holding."""

    account_id: int
    from_on: date


class PremiseFacts(NamedTuple):
    """A premise, who pays for it, and what weighs in sharing.

    ``shared_litres``: borne as non-compliant and not yet taken off a reading. ``absent_days``:
    days of the period for which absence was announced. ``excused``: some of them in the window.
    """

    premise_id: int
    number: str
    holdings: tuple[Holding, ...]
    persons: int
    grounds: tuple[str, ...] = ()
    shared_litres: int = 0
    recent: tuple[int, ...] = ()
    weight: int | None = None
    absent_days: int = 0
    excused: bool = False


@dataclass(frozen=True)
class Law:
    """The policies of the month as far as they decide litres; meaning and source in policies.toml."""

    average_months: int
    max_estimates: int
    after_estimates: str
    norm_litres: int
    persons_when_none: int
    grounds_first: tuple[str, ...]
    grounds_without_meter: tuple[str, ...]
    stage1_limit: str
    stage2_include_noncompliant: bool
    deadband_permille: int
    negative_difference: str
    net_of_shared: bool
    threshold_litres_day: int


@dataclass(frozen=True)
class BuildingFacts:
    """Everything a building's month depends on; ``sharing`` is empty without an agreement.

    ``corrected_litres``: by how much flats' litres of the month before were put right since.
    """

    building_id: int
    address: str
    month: Month
    before_on: date
    cut_on: date
    sharing: str
    indirect: bool
    carried_in_litres: int
    held_readings: int
    law: Law
    points: tuple[PointFacts, ...]
    premises: tuple[PremiseFacts, ...]
    corrected_litres: int = 0

    @property
    def days(self) -> int:
        """The days from one cut-off to the next."""
        return (self.cut_on - self.before_on).days

    @property
    def has_intake(self) -> bool:
        return any(point.role == INTAKE for point in self.points)

    def premises_at(self, points: Collection[int]) -> set[int]:
        """Return the premises in which some usage points stand."""
        return {point.premise_id for point in self.points if point.usage_point_id in points and point.premise_id}
