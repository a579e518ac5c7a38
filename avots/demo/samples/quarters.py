"""The quarterly registers of private houses: 1993 to 2017, with meters exchanged on the way."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from avots.core import policies
from avots.core.dates import at_local
from avots.core.sheets import Sheet
from avots.core.volume import m3_text
from avots.demo.samples import data
from avots.demo.samples.people import BY, Say, Staff, register, staff
from avots.meters import actions as meters
from avots.meters import rules
from avots.meters.models import Building, MeterInstallation
from avots.readings import actions as readings
from avots.readings.models import Reading, Round
from avots.readings.queries import held
from avots.usage.actions import compute_building

DIGITS = 5
DAYS_A_MONTH = 30


@dataclass
class Stand:
    """A house's meter as it stands now, and what is known of its use."""

    code: str
    visits: data.Visited
    address: data.Address
    building: Building = field(init=False)
    installation: MeterInstallation = field(init=False)
    shown: int = 0
    shown_on: date = date.min
    used: int = 0
    meters: int = 1

    def most_since(self, day: date) -> int:
        """Return the most litres that can have been used since the last visit: more would be called a leak."""
        months = max(1, (day - self.shown_on).days // DAYS_A_MONTH)
        policy = policies.on(day)
        first = self.visits.readings[0][0]
        usual = self.used * DAYS_A_MONTH // max(1, (self.shown_on - first).days)
        return months * max(usual * policy.leak_multiple_permille // 1_000, usual + policy.leak_above_litres)


class Quarters:
    """The houses: registered through the import, read by the utility, computed each quarter; no money.

    There was no tariff in 1993, so the run ends at litres.
    """

    def __init__(self, folder: Path, *, say: Say, keys: data.Keys = ()) -> None:
        self.say, self.folder = say, folder
        places = data.addresses(folder)[::-1]
        self.stands = [Stand(f"K{at + 1:02d}", one, places[at]) for at, one in enumerate(data.visited(folder, keys))]
        self.drops: list[str] = []
        self.held = 0

    def build(self) -> Staff:
        """Write the houses' register as of each first visit."""
        first = min(stand.visits.readings[0][0] for stand in self.stands)
        now = at_local(first, 9)
        people = staff(first, now)
        register("quarterly.xlsx", self.tables(), now=now, say=self.say)
        for stand in self.stands:
            stand.building = Building.objects.get(code=stand.code)
            point = MeterInstallation.objects.select_related("usage_point")
            stand.installation = point.get(usage_point__code=f"{stand.code}-1")
            stand.shown_on, stand.shown = stand.visits.readings[0]
        return people

    def tables(self) -> list[Sheet]:
        """Return the houses' register as the sheets of a workbook."""
        people = data.names(self.folder)
        since = {stand.code: stand.visits.readings[0][0] for stand in self.stands}
        return [
            Sheet(
                "Mājas",
                "building_code street house town postcode segment".split(),
                [[s.code, s.address.street, s.address.house, "Ventspils", "LV-3601", "private"] for s in self.stands],
            ),
            Sheet("Telpas", "building_code premise position".split(), [[s.code, "", 1] for s in self.stands]),
            Sheet(
                "Klienti",
                "account name since building_code premise".split(),
                [[f"6{at:06d}", next(people), since[s.code], s.code, ""] for at, s in enumerate(self.stands, 1)],
            ),
            Sheet(
                "Līgumi",
                "agreement building_code since".split(),
                [[f"D-{s.code}", s.code, since[s.code]] for s in self.stands],
            ),
            Sheet(
                "Skaitītāji",
                "point_code building_code premise meter_serial installed_on start_m3 digits_before".split(),
                [
                    [f"{s.code}-1", s.code, "", f"{s.visits.key[:8]}/1", since[s.code], m3_text(litres), DIGITS]
                    for s in self.stands
                    for _, litres in s.visits.readings[:1]
                ],
            ),
        ]

    def play(self, people: Staff) -> None:
        """Play every quarter of every house, oldest first."""
        months = sorted({month for stand in self.stands for month in stand.visits.by_month()})
        for month in months:
            round = readings.plan_round(month, now=at_local(month.first_day, 1), by=BY)
            for stand in self.stands:
                visits = [visit for visit in stand.visits.by_month().get(month, []) if visit[0] > stand.shown_on]
                if visits:
                    self.quarter(stand, round, visits, people)

    def quarter(self, stand: Stand, round: Round, visits: list[tuple[date, int]], people: Staff) -> None:
        """Record what was read at a house in a month, exchanging its meter where another one was read; compute."""
        for day, litres in visits:
            if litres < stand.shown:
                self.explain(stand, day, litres)
            stand.used += litres - stand.shown
            stand.shown, stand.shown_on = litres, day
        now = round.closes_at + timedelta(hours=10)
        readings.record_utility_readings(
            round=round,
            rows=[readings.UtilityRow(stand.installation.pk, stand.shown, stand.shown_on)],
            source=Reading.Source.STAFF,
            key=f"quarter:{round}",
            by=people.clerk,
            now=now,
        )
        for reading in held().filter(installation=stand.installation):
            self.held += 1
            readings.decide_held(reading, decision="accept", reason="checked_on_site", now=now, by=people.clerk)
        compute_building(round, stand.building, now=round.complete_at)

    def explain(self, stand: Stand, day: date, litres: int) -> None:
        """Say what a fall means by the rules, and put the new meter in place where that is it.

        :raises ValueError: for a misread figure: there is none in these registers
        """
        meaning = rules.explain_fall(stand.shown, litres, digits_before=DIGITS, most_since=stand.most_since(day))
        self.drops.append(
            f"{stand.visits.key[:8]}  {stand.shown_on} {stand.shown // 1_000:>5} -> {day} {litres // 1_000:>3}"
            f"  {meaning}: at most {m3_text(stand.most_since(day))} m3 can have been used"
        )
        if meaning == rules.MISREAD:
            raise ValueError(self.drops[-1])
        if meaning == rules.EXCHANGE:
            self.exchange(stand, day)

    def exchange(self, stand: Stand, day: date) -> None:
        """Take the old meter out at its last figure; the new one began at 0."""
        stand.meters += 1
        device = meters.Device(f"{stand.visits.key[:8]}/{stand.meters}", 0, digits_before=DIGITS)
        point, end = stand.installation.usage_point, stand.shown
        stand.installation = meters.exchange_meter(
            point, device, end_litres=end, on=day, now=at_local(day, 11), by=BY
        )
        stand.shown = 0

    def sums(self) -> Iterator[tuple[str, int, int, int]]:
        """Yield each register's key, visits, meters and litres."""
        for stand in self.stands:
            yield stand.visits.key[:8], len(stand.visits.readings), stand.meters, stand.used
