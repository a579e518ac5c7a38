"""What recording shares: the limits of the day, a line as the judge sees it, and what counts no more."""

from collections.abc import Sequence
from datetime import date

from avots.core import policies
from avots.readings import queries
from avots.readings.models import Reading, Round
from avots.readings.queries import MeterLine
from avots.readings.rules import judgement as judging

Source = Reading.Source
State = Reading.State


def limits_of(day: date) -> judging.Limits:
    policy = policies.on(day)
    return judging.Limits(
        policy.usual_use_multiple_permille, policy.usual_use_floor_litres, policy.doubtful_use_litres
    )


def shown_of(line: MeterLine, litres: int) -> judging.Shown:
    digits = line.installation.meter.register.digits_before
    return judging.Shown(litres, line.previous_litres, line.usual, digits, line.point.commodity)


def supersede(installations: Sequence[int], round: Round) -> None:
    """Let what counted for these meters in a round count no more."""
    before = Reading.objects.filter(
        round=round,
        installation__in=installations,
        kind=Reading.Kind.REGULAR,
        state__in=queries.COUNTING,
    )
    before.update(state=State.SUPERSEDED)
