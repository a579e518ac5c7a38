"""A utility of any size, written straight into the tables: houses of forty flats, two meters a flat.

It imports no rule: what it writes is a plain history of actual readings, seeded, so that whatever
is measured starts from the same rows on every machine.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from django.db import models

from avots.billing.models import Invoice, Run
from avots.core import bulk
from avots.customers.models import CustomerAccount, DeclaredPersons, Occupancy, Party, ServiceAgreement
from avots.meters.models import Building, Meter, MeterInstallation, Premise, Register, UsagePoint
from avots.readings.models import Reading, Round
from avots.tariffs.models import Tariff
from avots.usage.models import BuildingMonth, Usage

RIGA = ZoneInfo("Europe/Riga")
FLATS = 40
LAST = (2026, 10)
REGULAR = ("regular", "accepted", 0, [], "bench:1")


def stretch(start: int, litres: int) -> tuple[object, ...]:
    """Return a tile's from, to, litres, shared before, method and misses."""
    return start, start + litres, litres, 0, "actual", 0


def month_before(year: int, number: int, months: int) -> tuple[int, int]:
    index = year * 12 + number - 1 - months
    return index // 12, index % 12 + 1


class Population:
    """So many accounts with so many billed months before the one to be billed."""

    def __init__(self, accounts: int, months: int = 3, seed: int = 5) -> None:
        self.houses, self.months, self.random = max(1, accounts // FLATS), months, Random(seed)
        self.since = date(*month_before(*LAST, months + 1), 28)
        self.at = datetime(*LAST, 28, 20, tzinfo=UTC)

    def write(self) -> Round:
        """Write the register and the history, and the readings of the month to be billed; return its round."""
        self.register()
        rounds = [self.round(*month_before(*LAST, back)) for back in range(self.months, -1, -1)]
        stood = dict.fromkeys(MeterInstallation.objects.values_list("pk", flat=True), 100000)
        for round_ in rounds[:-1]:
            self.month(round_, stood, billed=True)
        self.month(rounds[-1], stood, billed=False)
        return rounds[-1]

    def register(self) -> None:
        for service, price in (("water", 89_000), ("sewerage", 151_000), ("paper", 124_000)):
            Tariff.objects.create(service=service, valid_from=date(2009, 2, 1), price_100k=price, decision="bench")
        self.fill(Party, ["name", "search"], (("Anna Ozola", "anna ozola") for _ in range(self.houses * FLATS)))
        parties = self.keys(Party)
        places = ["code", "street", "house", "town", "postcode", "segment", "walking_order", "search"]
        self.fill(
            Building,
            places,
            (
                (f"B{n:06d}", "Avotu iela", str(n), "V", "LV-3601", "apartments", n, f"avotu iela {n} v")
                for n in range(self.houses)
            ),
        )
        self.buildings = self.keys(Building)
        self.fill(
            Premise,
            ["building", "number", "position"],
            ((pk, str(n + 1), n) for pk in self.buildings for n in range(FLATS)),
        )
        premises = self.keys(Premise)
        email = "anna@example.lv"
        self.fill(
            CustomerAccount,
            ["number", "party", "delivery", "invoice_email", "opened_on"],
            ((f"{1_000_000 + n}", pk, "email", email, self.since) for n, pk in enumerate(parties)),
        )
        self.accounts = self.keys(CustomerAccount)
        pairs = list(zip(self.accounts, premises, strict=True))
        self.fill(Occupancy, ["account", "premise", "starts_on"], ((a, p, self.since) for a, p in pairs))
        persons = ((p, self.random.randint(1, 4), self.since) for p in premises)
        self.fill(DeclaredPersons, ["premise", "persons", "starts_on"], persons)
        agreed = ((f"D{n}", pk, self.since) for n, pk in enumerate(self.buildings))
        self.fill(ServiceAgreement, ["number", "building", "starts_on"], agreed)
        self.points(premises)

    def points(self, premises: Sequence[int]) -> None:
        columns = ["code", "building", "premise", "role", "commodity", "starts_on"]
        rows = [(f"in{n}", pk, None, "intake", "cold", self.since) for n, pk in enumerate(self.buildings)]
        for n, premise in enumerate(premises):
            for hot in ("cold", "hot"):
                rows.append((f"{hot}{n}", self.buildings[n // FLATS], premise, "unit", hot, self.since))
        self.fill(UsagePoint, columns, rows)
        points = self.keys(UsagePoint)
        self.fill(Meter, ["serial"], ((str(40_000_000 + n),) for n in range(len(points))))
        meters = self.keys(Meter)
        self.fill(Register, ["meter", "digits_before"], ((pk, 6) for pk in meters))
        standing = ((p, m, self.since, 100_000) for p, m in zip(points, meters, strict=True))
        self.fill(MeterInstallation, ["usage_point", "meter", "installed_on", "start_litres"], standing)
        ids = MeterInstallation.objects.order_by("pk").values_list("pk", "usage_point_id")
        place = {
            pk: (role, building) for pk, role, building in UsagePoint.objects.values_list("pk", "role", "building_id")
        }
        owner = dict(UsagePoint.objects.exclude(premise=None).values_list("pk", "premise_id"))
        account = dict(zip(premises, self.accounts, strict=True))
        self.installations = [
            (pk, point, *place[point], owner.get(point), account.get(owner.get(point, 0))) for pk, point in ids
        ]

    def round(self, year: int, number: int) -> Round:
        def local(day: int) -> datetime:
            return datetime(year, number, day, tzinfo=RIGA)

        closes = local(28) + timedelta(days=1)
        return Round.objects.create(
            first_day=date(year, number, 1),
            opens_at=local(25),
            closes_at=closes,
            complete_at=closes + timedelta(days=5),
        )

    def month(self, round_: Round, stood: dict[int, int], *, billed: bool) -> None:
        """Write a month's readings and, where it was billed, its balance and tiles."""
        used, intake = self.use()
        cut = round_.first_day.replace(day=28)
        columns = (
            "installation round litres read_on received_at source source_key kind state quality findings by".split()
        )
        self.fill(
            Reading,
            columns,
            (
                (pk, round_.pk, stood[pk] + used[pk], cut, self.at, "portal", f"b:{round_.pk}:{pk}", *REGULAR)
                for pk, *_ in self.installations
            ),
        )
        if billed:
            self.balance(round_, stood, used, intake, cut)
        for pk, litres in used.items():
            stood[pk] += litres

    def use(self) -> tuple[dict[int, int], dict[int, tuple[int, int]]]:
        used: dict[int, int] = {}
        flats: dict[int, int] = {}
        for pk, _, role, building, *_ in self.installations:
            if role == "unit":
                used[pk] = self.random.randint(500, 5_000)
                flats[building] = flats.get(building, 0) + used[pk]
        intake = {}
        for pk, _, role, building, *_ in self.installations:
            if role == "intake":
                used[pk] = flats[building] * 105 // 100
                intake[building] = (used[pk], flats[building])
        return used, intake

    def balance(self, round_: Round, stood: dict[int, int], used: dict[int, int], intake: Any, cut: date) -> None:
        columns = (
            "round building computed_at input_hash intake_litres units_litres common_litres difference_litres".split()
        )
        columns += "carried_in_litres carried_out_litres shared_litres waived_litres units estimated_units".split()
        columns += ["noncompliant_units", "sharing", "final"]
        self.fill(
            BuildingMonth,
            columns,
            (
                (
                    round_.pk,
                    pk,
                    self.at,
                    "",
                    all_,
                    flats,
                    0,
                    all_ - flats,
                    0,
                    0,
                    0,
                    all_ - flats,
                    FLATS,
                    0,
                    0,
                    "equal",
                    True,
                )
                for pk, (all_, flats) in intake.items()
            ),
        )
        months = dict(BuildingMonth.objects.filter(round=round_).values_list("building_id", "pk"))
        tiles = "round building_month usage_point installation premise account from_litres to_litres litres".split()
        tiles += ["shared_before_litres", "method", "misses", "read_on", "basis"]
        self.fill(
            Usage,
            tiles,
            (
                (round_.pk, months[building], point, pk, premise, account, *stretch(stood[pk], used[pk]), cut, {})
                for pk, point, _, building, premise, account in self.installations
            ),
        )

    def billed_before(self) -> None:
        """Write one issued invoice an account, without lines: what a write step starts from."""
        self.register()
        round_ = self.round(*LAST)
        run = Run.objects.create(round=round_, started_at=self.at, started_by="bench:1")
        columns = (
            "run building account state number first_day issued_on due_on net_cents vat_cents total_cents".split()
        )
        columns += ["vat_rate_per_10000", "content"]
        first = round_.first_day
        self.fill(
            Invoice,
            columns,
            (
                (
                    run.pk,
                    self.buildings[n // FLATS],
                    pk,
                    "draft",
                    None,
                    first,
                    None,
                    None,
                    1_583,
                    332,
                    1_915,
                    2_100,
                    {},
                )
                for n, pk in enumerate(self.accounts)
            ),
        )

    def fill(self, model: type[models.Model], columns: Sequence[str], rows: Iterator[Any] | list[Any]) -> None:
        """Write rows in bulk; columns not named get the model's default."""
        rest = [
            field
            for field in model._meta.concrete_fields
            if not field.primary_key and field.name not in columns and (field.has_default() or not field.null)
        ]
        names = [*columns, *(field.name for field in rest)]
        defaults = tuple(field.get_default() for field in rest)
        bulk.insert(model, names, (tuple(row) + defaults for row in rows))

    def keys(self, model: type[models.Model]) -> list[int]:
        return list(model.objects.order_by("pk").values_list("pk", flat=True))  # type: ignore[attr-defined]
