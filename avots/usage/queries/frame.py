"""What is the same for every building of a round; read once for a run."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from avots.core import policies
from avots.core.dates import Month, local_day
from avots.core.policies import Policies
from avots.meters.models import Building
from avots.readings.models import Round
from avots.usage.rules.facts import Law


@dataclass(frozen=True)
class Frame:
    """The round, its cut-offs, the policies in force and the rounds before."""

    round: Round
    month: Month
    last_on: date
    policy: Policies
    before_on: date
    cut_on: date
    opens_on: date
    earlier: Mapping[int, date]

    def law(self, segment: str) -> Law:
        """Return the policies that decide litres for a segment."""
        policy, flats = self.policy, segment == Building.Segment.APARTMENTS
        return Law(
            average_months=policy.average_months_flat if flats else policy.average_months_other,
            max_estimates=policy.max_consecutive_estimates,
            after_estimates=policy.after_estimates_flat if flats else policy.after_estimates_other,
            norm_litres=policy.norm_litres_person_month,
            persons_when_none=policy.persons_when_none_declared,
            grounds_first=tuple(sorted(policy.grounds_carrying_first)),
            grounds_without_meter=tuple(sorted(policy.grounds_without_valid_meter)),
            stage1_limit=policy.stage1_limit,
            stage2_include_noncompliant=policy.stage2_include_noncompliant,
            deadband_permille=policy.difference_deadband_permille,
            negative_difference=policy.negative_difference,
            net_of_shared=policy.return_after_noncompliance == "net_of_shared_litres",
            threshold_litres_day=policy.meter_threshold_litres_day,
        )


def frame_of(round: Round) -> Frame:
    """Return what a run reads once: the policies of the month's last day and its two cut-offs."""
    earlier = dict(Round.objects.filter(first_day__lt=round.first_day).values_list("pk", "first_day"))
    before, cut = cut_days(round)
    policy = policies.on(round.month.last_day)
    month = round.month
    return Frame(round, month, month.last_day, policy, before, cut, local_day(round.opens_at), earlier)


def cut_days(round: Round) -> tuple[date, date]:
    """Return the last days of the window before and of this window: a tile runs between them."""
    cut = round.cut_on
    before = Round.objects.filter(first_day__lt=round.first_day).order_by("-first_day").first()
    if before is not None:
        return before.cut_on, cut
    previous = round.month.previous
    return date(previous.year, previous.number, min(cut.day, previous.last_day.day)), cut
