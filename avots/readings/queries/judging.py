"""Judging sheets by the limits of the day; looks, never writes."""

from collections.abc import Mapping
from datetime import date

from avots.core import policies
from avots.core.policies import Policies
from avots.readings.models import Round
from avots.readings.queries.lines import MeterLine, neighbours
from avots.readings.rules.doctor import Shown
from avots.readings.rules.history import Limits
from avots.readings.rules.judgement import FINE, Judgement, judge_sheet

Neighbours = tuple[tuple[int, int], ...]


def limits_of(day: date) -> Limits:
    return limits_from(policies.on(day))


def limits_from(policy: Policies) -> Limits:
    return Limits(
        leak_multiple_permille=policy.leak_multiple_permille,
        leak_above_litres=policy.leak_above_litres,
        doubtful_litres=policy.doubtful_use_litres,
        spread_permille=policy.expected_spread_permille,
        spread_months=policy.expected_spread_months,
        spread_floor_litres=policy.expected_spread_floor_litres,
        band_permille=policy.expected_band_permille,
        new_meter_litres=policy.new_meter_litres,
        zero_asks_above_litres=policy.zero_asks_above_litres,
        ask_odds_permille=policy.ask_odds_permille,
        mistakes=policy.mistakes_per_100k,
    )


def shown_of(line: MeterLine, litres: int, others: Neighbours = ()) -> Shown:
    register = line.installation.meter.register
    return Shown(
        litres,
        line.previous_litres,
        line.usual,
        register.digits_before,
        line.point.commodity,
        digits_after=register.digits_after,
        months=line.months,
        last_year=line.last_year,
        before=line.before,
        neighbours=others,
    )


class Judge:
    """Judges sheets of one round; looks at a building's other meters only once something is odd."""

    def __init__(self, round: Round) -> None:
        self.round = round
        self.limits = limits_of(round.month.last_day)
        self.buildings: dict[int, list[tuple[int, str, int, int]]] = {}

    def judge(self, lines: Mapping[int, MeterLine], values: Mapping[int, int]) -> dict[int, Judgement]:
        """Return the verdict on each value of a household, by installation."""
        found = judge_sheet({pk: shown_of(lines[pk], litres) for pk, litres in values.items()}, self.limits)
        if all(one.verdict == FINE for one in found.values()):
            return found
        seen = {pk: shown_of(lines[pk], litres, self._near(lines[pk])) for pk, litres in values.items()}
        return judge_sheet(seen, self.limits)

    def shown(self, line: MeterLine, litres: int) -> Shown:
        """Return a value as the judge sees it, without the neighbours."""
        return shown_of(line, litres)

    def _near(self, line: MeterLine) -> Neighbours:
        building = line.point.building_id
        if building not in self.buildings:
            self.buildings[building] = neighbours(building, self.round)
        own, commodity = line.point.premise_id, line.point.commodity
        rows = self.buildings[building]
        return tuple((litres, usual) for premise, of, litres, usual in rows if premise != own and of == commodity)
