"""The building difference, shared in two stages (MK 524 and MK 1013 p. 19.2; domain.md 4.6)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from avots.core.money import share_exactly

EQUAL, PRO_RATA, AVERAGE, PERSONS = "equal", "pro_rata", "three_month_average", "per_person"
OWN_WEIGHTS = "own_weights"
COMMON_STAGE = 0


@dataclass(frozen=True)
class Unit:
    """A premise that takes part: its weights and, when non-compliant, the most it bears first."""

    premise_id: int
    litres: int = 0
    average_litres: int = 0
    persons: int = 1
    norm_litres: int = 0
    noncompliant: bool = False
    weight: int = 0


class Share(NamedTuple):
    """Litres of the difference that a premise, or one of its accounts, bears in a stage."""

    premise_id: int
    stage: int
    litres: int
    account_id: int | None = None
    part: int = 0
    basis: Mapping[str, str] = {}


def share_difference(
    litres: int, units: Sequence[Unit], *, method: str, include_noncompliant: bool, limit: str = "norm"
) -> list[Share]:
    """Return who bears how much; the litres add up exactly (largest remainder).

    Stage 1: non-compliant premises up to their norm; stage 2: the rest by the building's method.
    With no limit, as before 2019-11-22, the non-compliant bear all of it in equal parts.
    Three examples of domain.md 4.6: all compliant, D <= N, D > N with all in stage 2:

    >>> flats = [Unit(i) for i in range(1, 21)]
    >>> [s.litres for s in share_difference(7_405, flats, method="equal", include_noncompliant=True)][3:7]
    [371, 371, 370, 370]
    >>> bad = [Unit(1, norm_litres=12_160, noncompliant=True), Unit(2, norm_litres=6_080, noncompliant=True)]
    >>> [s.litres for s in share_difference(12_000, bad + flats[2:], method="equal", include_noncompliant=True)]
    [8000, 4000]
    >>> shares = share_difference(25_000, bad + flats[2:], method="equal", include_noncompliant=True)
    >>> sum(s.litres for s in shares if s.premise_id == 1), sum(s.litres for s in shares)
    (12498, 25000)
    """
    units = sorted(units, key=lambda unit: unit.premise_id)
    bad = [unit for unit in units if unit.noncompliant]
    if limit == "none" and bad and litres > 0:
        return _stage(1, litres, bad, [1] * len(bad))
    first = [unit for unit in bad if unit.norm_litres > 0]
    in_first = max(0, min(litres, sum(unit.norm_litres for unit in first)))
    shares = _stage(1, in_first, first, [unit.norm_litres for unit in first])
    rest = [unit for unit in units if include_noncompliant or not unit.noncompliant] or units
    shares += _stage(2, litres - in_first, rest, weights_of(rest, method))
    return shares


def share_common(litres: int, units: Sequence[Unit], *, method: str) -> list[Share]:
    """Return who bears the measured common use: everybody by the building's method.

    It is no difference, so the non-compliant do not bear it first (domain.md 4.6: D = V - g - sum).

    >>> [share.litres for share in share_common(5, [Unit(1), Unit(2, noncompliant=True)], method="equal")]
    [3, 2]
    """
    units = sorted(units, key=lambda unit: unit.premise_id)
    return _stage(COMMON_STAGE, litres, units, weights_of(units, method))


def weights_of(units: Sequence[Unit], method: str) -> list[int]:
    """Return each unit's weight by the building's method; equal parts where all weights are 0.

    >>> weights_of([Unit(1, litres=5), Unit(2, litres=-3)], "pro_rata")
    [5, 0]
    """
    weight = {
        EQUAL: lambda unit: 1,
        PRO_RATA: lambda unit: max(0, unit.litres),
        AVERAGE: lambda unit: max(0, unit.average_litres),
        PERSONS: lambda unit: unit.persons,
        OWN_WEIGHTS: lambda unit: unit.weight,
    }[method]
    weights = [weight(unit) for unit in units]
    return weights if any(weights) else [1] * len(units)


def _stage(stage: int, litres: int, units: Sequence[Unit], weights: list[int]) -> list[Share]:
    if not litres:
        return []
    parts = share_exactly(litres, weights)
    return [Share(unit.premise_id, stage, part) for unit, part in zip(units, parts, strict=True) if part]
