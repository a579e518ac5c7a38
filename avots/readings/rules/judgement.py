"""Whether we believe a reading: fine, odd (ask the person), or doubtful (hold for staff)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from avots.meters.rules import consumption

FINE, ASK, HOLD = "fine", "ask", "hold"
# Findings that go to staff even when the person stands by the value.
HELD_WHEN_CONFIRMED = frozenset({"lower_than_previous", "doubtful_use", "swapped_cold_hot"})


@dataclass(frozen=True)
class Limits:
    """The dated policies a judgement uses, in litres and thousandths."""

    multiple_permille: int
    floor_litres: int
    doubtful_litres: int


@dataclass(frozen=True)
class Judgement:
    """The verdict, what it saw, and the litres used since the previous reading."""

    verdict: str
    findings: tuple[str, ...]
    litres_used: int


@dataclass(frozen=True)
class Shown:
    """A meter with what it showed before and what it is said to show now."""

    litres: int
    previous: int
    usual: tuple[int, ...]
    digits_before: int
    commodity: str


def judge(shown: Shown, limits: Limits) -> Judgement:
    """Return the verdict on one reading (domain.md 4.4).

    >>> limits = Limits(3_000, 10_000, 100_000)
    >>> judge(Shown(420_612, 418_207, (2_300, 2_500), 5, "cold"), limits)
    Judgement(verdict='fine', findings=(), litres_used=2405)
    >>> judge(Shown(418_000, 418_207, (2_300, 2_500), 5, "cold"), limits).findings
    ('lower_than_previous',)
    >>> judge(Shown(441_000, 418_207, (2_300, 2_500), 5, "cold"), limits).verdict
    'ask'
    """
    used = consumption(shown.previous, shown.litres, digits_before=shown.digits_before)
    findings = []
    if used.rolled_over:
        findings.append("rollover_likely")
    if used.litres < 0:
        findings.append("lower_than_previous")
    if used.litres > limits.doubtful_litres:
        findings.append("doubtful_use")
    elif used.litres > _most_expected(shown.usual, limits):
        findings.append("higher_than_usual")
    return Judgement(ASK if findings else FINE, tuple(findings), used.litres)


def _most_expected(usual: Sequence[int], limits: Limits) -> int:
    if not usual:
        return max(limits.floor_litres, limits.doubtful_litres // 2)
    most = sum(usual) * limits.multiple_permille // (1_000 * len(usual))
    return max(most, limits.floor_litres)


def judge_bulk(shown: Shown) -> Judgement:
    """Return the verdict on a building's own meter: only a fall is doubted.

    >>> judge_bulk(Shown(187_400, 0, (), 6, "cold")).verdict
    'fine'
    """
    used = consumption(shown.previous, shown.litres, digits_before=shown.digits_before)
    fell = used.litres < 0
    return Judgement(ASK if fell else FINE, ("lower_than_previous",) if fell else (), used.litres)


def judge_sheet(sheet: Mapping[int, Shown], limits: Limits) -> dict[int, Judgement]:
    """Return the verdict on each reading of a household, seeing a swap of cold and hot.

    >>> cold = Shown(90_100, 418_207, (2_300,), 5, "cold")
    >>> hot = Shown(420_500, 88_000, (2_100,), 5, "hot")
    >>> {key: found.findings for key, found in judge_sheet({1: cold, 2: hot}, Limits(3_000, 10_000, 100_000)).items()}
    {1: ('swapped_cold_hot',), 2: ('swapped_cold_hot',)}
    """
    found = {key: judge(shown, limits) for key, shown in sheet.items()}
    for one, other in _swappable(sheet):
        doubted = found[one].verdict != FINE or found[other].verdict != FINE
        if doubted and _fits_swapped(sheet[one], sheet[other], limits):
            for key in (one, other):
                found[key] = Judgement(ASK, ("swapped_cold_hot",), found[key].litres_used)
    return found


def _swappable(sheet: Mapping[int, Shown]) -> list[tuple[int, int]]:
    cold = [key for key, shown in sheet.items() if shown.commodity == "cold"]
    hot = [key for key, shown in sheet.items() if shown.commodity == "hot"]
    return [(one, other) for one in cold for other in hot]


def _fits_swapped(one: Shown, other: Shown, limits: Limits) -> bool:
    swapped = (
        Shown(other.litres, one.previous, one.usual, one.digits_before, one.commodity),
        Shown(one.litres, other.previous, other.usual, other.digits_before, other.commodity),
    )
    return all(judge(shown, limits).verdict == FINE for shown in swapped)


def verdict_when_confirmed(judgement: Judgement, confirmed: frozenset[str]) -> str:
    """Return what to do once a person has stood by exactly these findings.

    >>> verdict_when_confirmed(Judgement("ask", ("higher_than_usual",), 1), frozenset({"higher_than_usual"}))
    'fine'
    >>> verdict_when_confirmed(Judgement("ask", ("lower_than_previous",), 1), frozenset({"lower_than_previous"}))
    'hold'
    """
    if not set(judgement.findings) <= confirmed:
        return ASK
    return HOLD if HELD_WHEN_CONFIRMED.intersection(judgement.findings) else FINE
