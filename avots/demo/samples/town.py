"""The household registers as buildings of flats, played month by month and billed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

from avots.billing import actions as billing
from avots.core.audit import By
from avots.core.dates import Month, at_local
from avots.core.money import share_exactly
from avots.core.sheets import Cell, Sheet
from avots.core.volume import m3_text
from avots.customers.queries import occupancy_of
from avots.demo import office
from avots.demo.samples import data
from avots.demo.samples.people import BY, Say, Staff, register, staff
from avots.meters import actions as meters
from avots.meters.models import Building, MeterInstallation, Premise
from avots.outbox import jobs as outbox
from avots.readings import actions as readings
from avots.readings.models import Reading, Round
from avots.readings.queries import held
from avots.usage.actions import change_rule

FLATS_A_BUILDING = 10
INTAKE_STARTS = 1_000_000
# An intake meter shows this much more than the flats' meters: leaks, common taps, slow meters.
LOSS_PERMILLE = 60


@dataclass
class Flat:
    """A household in its flat: what its meter truly showed, and the months somebody read it."""

    number: str
    account: str
    home: data.Household
    premise: Premise = field(init=False)
    installation: MeterInstallation | None = None

    @property
    def read(self) -> dict[Month, int]:
        return dict(self.home.readings)

    def used(self) -> dict[Month, int]:
        """Return the litres of each month; what nobody read between two readings is spread evenly."""
        found: dict[Month, int] = {}
        for (start, before), (end, after) in pairwise(self.home.readings):
            months = [start.plus(n) for n in range(1, _months_between(start, end) + 1)]
            found |= dict(zip(months, share_exactly(after - before, [1] * len(months)), strict=True))
        return found


def _months_between(start: Month, end: Month) -> int:
    return (end.year - start.year) * 12 + end.number - start.number


@dataclass
class House:
    """A building of sample flats, with what its intake meter shows."""

    code: str
    address: data.Address
    flats: list[Flat]
    intake_litres: int = INTAKE_STARTS
    building: Building = field(init=False)
    intake: MeterInstallation = field(init=False)


def houses(folder: Path, keys: data.Keys = ()) -> list[House]:
    """Return the households as buildings of about ten flats at real addresses."""
    homes = data.households(folder, keys)
    places = data.addresses(folder)
    count = max(1, len(homes) // FLATS_A_BUILDING)
    flats: list[list[Flat]] = [[] for _ in range(count)]
    for at, home in enumerate(homes):
        mine = flats[at % count]
        mine.append(Flat(str(len(mine) + 1), str(5_000_001 + at), home))
    return [House(f"S{at + 1:02d}", places[at * len(places) // count], mine) for at, mine in enumerate(flats)]


class Town:
    """The sample town: its register comes in through the import, its months through the actions."""

    def __init__(self, folder: Path, *, say: Say, keys: data.Keys = (), loss_permille: int = LOSS_PERMILLE) -> None:
        self.folder, self.say, self.loss_permille = folder, say, loss_permille
        self.houses = houses(folder, keys)
        months = [month for house in self.houses for flat in house.flats for month, _ in flat.home.readings]
        self.first, self.last = min(months), max(months)
        self.asked: list[str] = []
        self.reported = 0

    @property
    def since(self) -> date:
        """The day after the first month's window: meters begin with their first figure."""
        return _after_window(self.first)

    def build(self) -> Staff:
        """Write the register as it stood on the first day."""
        now = at_local(self.since, 9)
        people = staff(self.since, now)
        register("households.xlsx", self.tables(), now=now, say=self.say)
        readings.plan_round(self.first, now=now, by=BY)
        for house in self.houses:
            house.building = Building.objects.get(code=house.code)
            house.intake = self._installation(f"{house.code}-in")
            for flat in house.flats:
                flat.premise = Premise.objects.get(building=house.building, number=flat.number)
                flat.installation = self._installation(f"{house.code}-{flat.number}")
        return people

    def settle_in_full(self) -> None:
        """Bill a meter that is read again by its full reading, also where its flat bore a share meanwhile.

        The default bills it net of that share; here what was borne comes back in a negative difference.
        """
        now = at_local(self.since, 9)
        basis = "sample run: own litres alone are the register"
        name = "return_after_noncompliance"
        change_rule(name=name, valid_from=self.since, value="full_reading", basis=basis, now=now, by=BY)

    def _installation(self, code: str) -> MeterInstallation:
        return MeterInstallation.objects.select_related("usage_point").get(usage_point__code=code)

    def tables(self) -> list[Sheet]:
        """Return the town's register as the sheets of a workbook."""
        people, day = data.names(self.folder), self.since
        every = [(house, flat) for house in self.houses for flat in house.flats]
        places: list[list[Cell]] = [
            [house.code, house.address.street, house.address.house, "Ventspils", "LV-3601", at]
            for at, house in enumerate(self.houses, 1)
        ]
        return [
            Sheet("Mājas", "building_code street house town postcode walking_order".split(), places),
            Sheet(
                "Dzīvokļi",
                "building_code premise position".split(),
                [[house.code, flat.number, int(flat.number)] for house, flat in every],
            ),
            Sheet(
                "Klienti",
                "account name since building_code premise persons".split(),
                [[flat.account, next(people), day, house.code, flat.number, 2] for house, flat in every],
            ),
            Sheet(
                "Līgumi",
                "agreement building_code since".split(),
                [[f"D-{house.code}", house.code, day] for house in self.houses],
            ),
            Sheet(
                "Skaitītāji",
                "point_code building_code premise role meter_serial installed_on start_m3 digits_before".split(),
                [*self._intakes(), *(self._meter(house, flat) for house, flat in every)],
            ),
        ]

    def _intakes(self) -> list[list[Cell]]:
        start = m3_text(INTAKE_STARTS)
        return [
            [f"{house.code}-in", house.code, "", "intake", f"I-{house.code}", self.since, start, 6]
            for house in self.houses
        ]

    def _meter(self, house: House, flat: Flat) -> list[Cell]:
        month, litres = flat.home.readings[0]
        code, serial = f"{house.code}-{flat.number}", flat.home.key[:8]
        return [code, house.code, flat.number, "unit", serial, _after_window(month), m3_text(litres), 5]

    def play(self, month: Month, people: Staff) -> None:
        """Play a month: flats report, the utility reads its intakes, the office bills."""
        round = readings.plan_round(month, now=at_local(month.first_day, 1), by=BY)
        self.take_out_meters(month)
        for house in self.houses:
            self.report(house, round)
        self.read_intakes(round, people)
        when = round.closes_at + timedelta(hours=34)
        for reading in held().filter(round=round):
            readings.decide_held(reading, decision="accept", reason="checked_by_phone", now=when, by=people.clerk)
        start = round.complete_at + timedelta(hours=9)
        run = billing.open_run(round, now=start, by=people.accountant)
        issued_at = office.issue(run, start, accountant=people.accountant, lead=people.lead)
        outbox.deliver(now=issued_at)

    def take_out_meters(self, month: Month) -> None:
        """Take out the meters whose figures ended the month before: they measure nothing any more."""
        on = _after_window(month.previous)
        for house in self.houses:
            for flat in house.flats:
                last, litres = flat.home.readings[-1]
                if last == month.previous and flat.installation is not None:
                    point = flat.installation.usage_point
                    meters.remove_meter(point, end_litres=litres, on=on, now=at_local(on, 12), by=BY)
                    flat.installation = None
                    self.say(f"  {house.code}-{flat.number}: the figures end in {last}, the meter is taken out")

    def report(self, house: House, round: Round) -> None:
        """Let a building's flats report what their meters showed; they stand by what they are asked about."""
        submissions = [
            self.submission(flat, round, litres)
            for flat in house.flats
            if flat.installation is not None
            and (litres := flat.read.get(round.month)) is not None
            and round.month > flat.home.readings[0][0]
        ]
        self.reported += len(submissions)
        answers = readings.record_submissions(round, submissions) if submissions else []
        again = []
        for one, answer in zip(submissions, answers, strict=True):
            if isinstance(answer, readings.Asked):
                codes = frozenset(code for question in answer.questions for code in question.findings)
                self.asked.append(f"{one.premise} {round}: {', '.join(sorted(codes))}")
                again.append(_stand_by(one, answer.tokens))
        for answer in readings.record_submissions(round, again) if again else []:
            if not isinstance(answer, readings.Recorded):
                raise ValueError(f"{house.code} {round}: {answer}")

    def submission(self, flat: Flat, round: Round, litres: int) -> readings.Submission:
        living = occupancy_of(flat.premise, on=round.cut_on)
        if living is None or flat.installation is None:
            raise ValueError(f"nobody answers for {flat.premise}")
        return readings.Submission(
            premise=flat.premise,
            account=living.account,
            values={flat.installation.pk: litres},
            source=Reading.Source.PORTAL,
            key=f"sample:{round}:{flat.premise.pk}:a",
            by=By("user", living.account_id),
            at=round.opens_at + timedelta(days=2, hours=10),
        )

    def read_intakes(self, round: Round, people: Staff) -> None:
        """Read each building's intake: what its flats truly used, and the stated loss."""
        rows = []
        for house in self.houses:
            used = sum(flat.used().get(round.month, 0) for flat in house.flats)
            house.intake_litres += used + used * self.loss_permille // 1_000
            rows.append(readings.UtilityRow(house.intake.pk, house.intake_litres, round.cut_on))
        readings.record_utility_readings(
            round=round,
            rows=rows,
            source=Reading.Source.STAFF,
            key=f"route:{round}",
            by=people.clerk,
            now=round.closes_at + timedelta(hours=10),
        )


def _stand_by(one: readings.Submission, tokens: frozenset[str]) -> readings.Submission:
    key = f"{one.key.rpartition(':')[0]}:b"
    at = one.at + timedelta(minutes=2)
    return readings.Submission(one.premise, one.account, one.values, one.source, key, one.by, at, tokens)


def _after_window(month: Month) -> date:
    return month.first_day.replace(day=28) + timedelta(days=1)


def months_of(first: Month, last: Month) -> Sequence[Month]:
    """Return the months after the first one up to the last."""
    return [first.plus(n) for n in range(1, _months_between(first, last) + 1)]
