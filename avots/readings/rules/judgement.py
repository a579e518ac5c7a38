"""Whether we believe a reading: fine, odd (ask the person), or doubtful (hold for staff)."""

from collections.abc import Sequence
from dataclasses import dataclass

from avots.meters.rules import consumption
from avots.readings.rules import doctor
from avots.readings.rules.doctor import Hypothesis, Sheet, Shown
from avots.readings.rules.history import Expected, Limits

FINE, ASK, HOLD = "fine", "ask", "hold"
# What goes to staff even when the person stands by the value: what we saw, or our best guess.
HELD_FACTS = frozenset({"lower_than_previous", "doubtful_use"})
HELD_GUESSES = frozenset({"swapped_cold_hot", "swapped_same_kind", "neighbours_meter", "previous_wrong"})


@dataclass(frozen=True)
class Judgement:
    """The verdict, what it saw, the litres used since the previous reading, and what may have happened.

    ``findings``: the fact first, then the codes of the guesses, the likeliest first.
    ``usual``: the band of litres in which the use should lie.
    """

    verdict: str
    findings: tuple[str, ...]
    litres_used: int
    guesses: tuple[Hypothesis, ...] = ()
    usual: tuple[int, int] = (0, 0)


def judge(shown: Shown, limits: Limits) -> Judgement:
    """Return the verdict on one reading (quality.md 2.5, domain.md 4.4).

    >>> limits = Limits(4_000, 10_000, 100_000, 250, 3, 300, 2_500, 3_000, 500, 1_000, {"wrong_digit": 500})
    >>> judge(Shown(420_612, 418_207, (2_300, 2_500), 5, "cold"), limits)
    Judgement(verdict='fine', findings=(), litres_used=2405, guesses=(), usual=(1403, 3497))
    >>> judge(Shown(418_000, 418_207, (2_300, 2_500), 5, "cold"), limits).findings
    ('lower_than_previous', 'wrong_digit')
    >>> judge(Shown(441_000, 418_207, (2_300, 2_500), 5, "cold"), limits).guesses[0].fix
    ((0, 421000),)
    """
    return judge_sheet({0: shown}, limits)[0]


def judge_bulk(shown: Shown) -> Judgement:
    """Return the verdict on a building's own meter: only a fall is doubted.

    >>> judge_bulk(Shown(187_400, 0, (), 6, "cold")).verdict
    'fine'
    """
    used = consumption(shown.previous, shown.litres, digits_before=shown.digits_before)
    fell = used.litres < 0
    return Judgement(ASK if fell else FINE, ("lower_than_previous",) if fell else (), used.litres)


def judge_sheet(sheet: Sheet, limits: Limits) -> dict[int, Judgement]:
    """Return the verdict on each reading of a household, seen together.

    >>> limits = Limits(4_000, 10_000, 100_000, 250, 3, 300, 2_500, 3_000, 500, 1_000, {"swapped_cold_hot": 500})
    >>> cold = Shown(90_100, 418_207, (2_300, 2_200), 5, "cold")
    >>> hot = Shown(420_500, 88_000, (2_100, 2_000), 5, "hot")
    >>> {key: found.findings for key, found in judge_sheet({1: cold, 2: hot}, limits).items()}
    {1: ('lower_than_previous', 'swapped_cold_hot'), 2: ('doubtful_use', 'swapped_cold_hot')}
    """
    expect = doctor.expectations(sheet, limits)
    if all(shown.used > 0 and expect[key].holds(shown.used) for key, shown in sheet.items()):
        return {key: _fine(shown, expect[key]) for key, shown in sheet.items()}
    guesses = _agreed(doctor.hypotheses(sheet, limits), sheet)
    return {key: _verdict(shown, expect[key], guesses[key], limits) for key, shown in sheet.items()}


def _agreed(found: Sequence[Hypothesis], sheet: Sheet) -> dict[int, list[Hypothesis]]:
    """Return the guesses of each meter; a swap counts only where it is the best guess of both."""
    best = {key: next((one for one in found if key in one.meters), None) for key in sheet}
    kept = [one for one in found if len(one.meters) == 1 or all(best[key] is one for key in one.meters)]
    return {key: [one for one in kept if key in one.meters] for key in sheet}


def _verdict(shown: Shown, expect: Expected, guesses: Sequence[Hypothesis], limits: Limits) -> Judgement:
    fact = _fact(shown, expect, limits)
    likely = sum(one.odds_permille for one in guesses if one.code != "repeated_reading")
    if not fact and likely >= limits.ask_odds_permille:
        fact = "unlike_usual"
    if not fact:
        return _fine(shown, expect)
    offered = doctor.offered(guesses) if guesses else ()
    codes = dict.fromkeys((fact, *(one.code for one in offered)))
    return Judgement(ASK, tuple(codes), shown.used, offered, (expect.low, expect.high))


def _fine(shown: Shown, expect: Expected) -> Judgement:
    return Judgement(FINE, (), shown.used, (), (expect.low, expect.high))


def _fact(shown: Shown, expect: Expected, limits: Limits) -> str:
    """Return what is odd about a reading by itself, or nothing."""
    used = consumption(shown.previous, shown.litres, digits_before=shown.digits_before)
    if used.litres < 0:
        return "lower_than_previous"
    if used.litres > expect.leak:
        if used.rolled_over:
            return "rollover_likely"
        return "doubtful_use" if used.litres > limits.doubtful_litres else "higher_than_usual"
    empties = 0 in shown.usual or expect.centre <= limits.zero_asks_above_litres
    return "zero_use" if shown.litres == shown.previous and not empties else ""


def held_when_confirmed(findings: Sequence[str]) -> bool:
    """Return whether a reading a person stands by still goes to staff.

    >>> held_when_confirmed(("higher_than_usual", "wrong_digit")), held_when_confirmed(("lower_than_previous",))
    (False, True)
    """
    return not HELD_FACTS.isdisjoint(findings[:1]) or not HELD_GUESSES.isdisjoint(findings[1:2])


def confirmation(key: int, litres: int, findings: Sequence[str]) -> str:
    """Return the token with which a person stands by exactly this value and these findings.

    >>> confirmation(7, 420_612, ("higher_than_usual",))
    '7:420612:higher_than_usual'
    """
    return f"{key}:{litres}:{'+'.join(findings)}"


def verdict_when_confirmed(key: int, litres: int, judgement: Judgement, confirmed: frozenset[str]) -> str:
    """Return what to do with a value, given what the person has stood by.

    >>> high, fall = Judgement("ask", ("higher_than_usual",), 1), Judgement("ask", ("lower_than_previous",), -1)
    >>> verdict_when_confirmed(7, 5, high, frozenset({"7:5:higher_than_usual"}))
    'fine'
    >>> verdict_when_confirmed(7, 5, fall, frozenset({"7:5:lower_than_previous"}))
    'hold'
    >>> verdict_when_confirmed(7, 6, high, frozenset({"7:5:higher_than_usual"}))
    'ask'
    """
    if not judgement.findings:
        return FINE
    if confirmation(key, litres, judgement.findings) not in confirmed:
        return ASK
    return HOLD if held_when_confirmed(judgement.findings) else FINE
