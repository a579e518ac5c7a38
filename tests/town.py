"""A small fixed town: people, meters, three calm months, and a round that is open at NOW.

Built with the tables directly, so that a test of an action starts from something the action
did not make.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from allauth.account.models import EmailAddress

from avots.core.audit import By
from avots.core.dates import Month, at_local
from avots.customers.models import (
    Access,
    CustomerAccount,
    DeclaredPersons,
    Management,
    Occupancy,
    Party,
    RoleGrant,
    ServiceAgreement,
    User,
)
from avots.customers.queries import plain
from avots.meters.models import Building, Meter, MeterInstallation, Premise, Register, UsagePoint
from avots.readings.models import Reading, Round
from avots.readings.rules.window import moments_of
from avots.tariffs import actions as tariffs
from avots.usage.models import BuildingMonth, Usage

NOW = at_local(date(2026, 11, 26), 10)
AFTER = datetime(2026, 12, 3, 8, tzinfo=UTC)
MONTH = Month(2026, 11)
SINCE = date(2026, 7, 1)
BY = By("test", 1)

# flat: (cold litres a month, hot litres a month) over August, September, October
CALM = {
    "1": [(2_412, 1_800), (3_105, 2_000), (2_790, 1_900)],
    "2": [(8_000, 6_000), (8_200, 6_100), (8_100, 6_050)],
    "3": [(4_000, 2_000), (4_100, 2_100), (3_900, 1_900)],
    "4": [(3_000, 1_500), (3_100, 1_600), (2_900, 1_400)],
    "5": [(2_000, 1_000), (2_100, 1_100), (1_900, 900)],
    "6": [(5_000, 2_500), (5_100, 2_600), (4_900, 2_400)],
}
INTAKE = [41_000, 43_000, 42_000]
NAMES = {
    "1": "Anna Ozola",
    "2": "SIA Bērziņš",
    "3": "Ģirts Kļaviņš",
    "4": "Žanete Šmite",
    "5": "Kārlis Svešais",
    "6": "Ņina Ūdre",
}


@dataclass
class Town:
    building: Building
    rounds: dict[Month, Round] = field(default_factory=dict)
    flats: dict[str, Premise] = field(default_factory=dict)
    accounts: dict[str, CustomerAccount] = field(default_factory=dict)
    cold: dict[str, MeterInstallation] = field(default_factory=dict)
    hot: dict[str, MeterInstallation] = field(default_factory=dict)
    people: dict[str, User] = field(default_factory=dict)
    intake: MeterInstallation | None = None

    @property
    def round(self) -> Round:
        return self.rounds[MONTH]

    def previous(self, installation: MeterInstallation) -> int:
        """What a meter showed at the end of October."""
        before = Reading.objects.filter(installation=installation, round__first_day__lt=MONTH.first_day)
        return before.latest("round__first_day").litres

    def sheet(self, flat: str, cold: int = 2_500, hot: int = 1_700) -> dict[int, int]:
        """A plausible pair of readings of a flat, in litres by installation."""
        return {
            self.cold[flat].pk: self.previous(self.cold[flat]) + cold,
            self.hot[flat].pk: self.previous(self.hot[flat]) + hot,
        }


def build(before_issue: Callable[[Town], None] = lambda town: None) -> Town:
    """Return the town.

    :param before_issue: what else happened in its months, before they were issued and frozen
    """
    address = {"street": "Avotu iela", "house": "14", "town": "Ventspils", "postcode": "LV-3601"}
    building = Building.objects.create(code="A14", search="avotu iela 14", walking_order=1, **address)
    town = Town(building)
    tariffs.load_history(now=NOW, by=BY)
    _rounds(town)
    _agreement(town)
    town.intake = _meter(_point(town, "A14-in", role=UsagePoint.Role.INTAKE), "90000001", 1_000_000, digits=6)
    for number in CALM:
        _flat(town, number)
    _history(town)
    before_issue(town)
    BuildingMonth.objects.update(final=True)
    _people(town)
    return town


def _rounds(town: Town) -> None:
    for number in (8, 9, 10, 11):
        month = Month(2026, number)
        moments = moments_of(month, first_day=25, last_day=28, working_days=3)
        town.rounds[month] = Round.objects.create(first_day=month.first_day, **vars(moments))


def _agreement(town: Town) -> None:
    ServiceAgreement.objects.create(number="D-0614", building=town.building, starts_on=date(2016, 1, 1))
    manager = Party.objects.create(kind=Party.Kind.COMPANY, name="SIA Nams", search="sia nams")
    Management.objects.create(
        building=town.building, manager=manager, mailbox_place="1. kāpņutelpa", starts_on=date(2016, 1, 1)
    )


def _point(town: Town, code: str, **facts) -> UsagePoint:
    return UsagePoint.objects.create(code=code, building=town.building, starts_on=SINCE, **facts)


def _meter(point: UsagePoint, serial: str, start: int, digits: int = 5) -> MeterInstallation:
    meter = Meter.objects.create(serial=serial)
    Register.objects.create(meter=meter, digits_before=digits)
    return MeterInstallation.objects.create(
        usage_point=point,
        meter=meter,
        installed_on=SINCE,
        start_litres=start,
        verified_until=date(2028, 3, 14),
        replace_by=date(2036, 7, 1),
    )


def _flat(town: Town, number: str) -> None:
    flat = Premise.objects.create(building=town.building, number=number, position=int(number))
    company = number == "2"
    kind = Party.Kind.COMPANY if company else Party.Kind.PERSON
    party = Party.objects.create(kind=kind, name=NAMES[number], search=plain(NAMES[number]))
    account = CustomerAccount.objects.create(number=f"100000{number}", party=party, opened_on=SINCE)
    Occupancy.objects.create(account=account, premise=flat, starts_on=SINCE)
    DeclaredPersons.objects.create(premise=flat, persons=0 if company else 2, starts_on=SINCE)
    cold = _point(town, f"A14-{number}-c", premise=flat, place="virtuve")
    second = UsagePoint.Commodity.COLD if company else UsagePoint.Commodity.HOT
    hot = _point(town, f"A14-{number}-h", premise=flat, place="vannas istaba", commodity=second)
    town.flats[number], town.accounts[number] = flat, account
    town.cold[number] = _meter(cold, f"4471000{number}", 100_000)
    town.hot[number] = _meter(hot, f"5120000{number}", 50_000)


def _history(town: Town) -> None:
    """Three billed months: readings accepted, tiles that meet, the difference shared elsewhere."""
    for index, month in enumerate(list(town.rounds)[:3]):
        round = town.rounds[month]
        used = {town.intake: INTAKE[index]}
        for number, months in CALM.items():
            used[town.cold[number]], used[town.hot[number]] = months[index]
        units = sum(used.values()) - INTAKE[index]
        balance = BuildingMonth.objects.create(
            round=round,
            building=town.building,
            computed_at=round.complete_at,
            input_hash="",
            intake_litres=INTAKE[index],
            units_litres=units,
            difference_litres=INTAKE[index] - units,
            carried_out_litres=0,
            waived_litres=INTAKE[index] - units,
            units=6,
            sharing="equal",
        )
        for installation, litres in used.items():
            _billed(town, round, balance, installation, litres)


def _billed(town: Town, round: Round, balance: BuildingMonth, installation, litres: int) -> None:
    last = Usage.objects.filter(installation=installation).order_by("-round__first_day").first()
    start = last.to_litres if last else installation.start_litres
    premise = installation.usage_point.premise
    Reading.objects.create(
        installation=installation,
        round=round,
        litres=start + litres,
        read_on=round.cut_on,
        received_at=round.opens_at,
        source=Reading.Source.STAFF,
        source_key=f"town:{round}:{installation.pk}",
        state=Reading.State.ACCEPTED,
        by=str(BY),
    )
    Usage.objects.create(
        round=round,
        building_month=balance,
        usage_point=installation.usage_point,
        installation=installation,
        premise=premise,
        account=town.accounts[premise.number] if premise else None,
        from_litres=start,
        to_litres=start + litres,
        litres=litres,
        method=Usage.Method.ACTUAL,
        read_on=round.cut_on,
    )


def in_default(flat: str) -> Callable[[Town], None]:
    """Return what leaves a flat to the difference in October."""

    def left(town: Town) -> None:
        tiles = Usage.objects.filter(premise=town.flats[flat], round__first_day=date(2026, 10, 1))
        tiles.update(method=Usage.Method.NONCOMPLIANT, misses=4)

    return left


def _people(town: Town) -> None:
    Role = RoleGrant.Role
    staff = {"ilze": Role.CLERK, "ainars": Role.ACCOUNTANT, "laima": Role.LEAD, "guntis": Role.ADMINISTRATOR}
    for name in ("anna", "karlis", "berzins", "peteris", *staff):
        user = User.objects.create_user(f"{name}@example.lv", name=name.title())
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        town.people[name] = user
    for name, role in staff.items():
        RoleGrant.objects.create(user=town.people[name], role=role, starts_on=SINCE)
    RoleGrant.objects.create(user=town.people["peteris"], role=Role.MANAGER, building=town.building, starts_on=SINCE)
    for name, number in (("anna", "1"), ("berzins", "2"), ("karlis", "5")):
        Access.objects.create(user=town.people[name], account=town.accounts[number], starts_on=SINCE)
