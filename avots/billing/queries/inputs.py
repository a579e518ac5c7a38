"""What drafts say beside the litres, read for many buildings at once: one query a table."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from hashlib import sha256
from typing import NamedTuple

from avots.billing.content import HistoryRow
from avots.billing.models import Invoice
from avots.billing.rules.bills import accounts_of
from avots.core import policies
from avots.core.dates import Month
from avots.core.policies import Policies
from avots.customers.models import CustomerAccount, ServiceAgreement
from avots.meters.models import MeterInstallation, UsagePoint
from avots.tariffs.queries import prices_until
from avots.tariffs.rules import Price
from avots.ui import contacts
from avots.usage.models import Usage
from avots.usage.queries import Frame
from avots.usage.rules.facts import BuildingFacts
from avots.usage.rules.past import ACTUAL

MONTHS_SHOWN = 13


class Payer(NamedTuple):
    """An account as an invoice names it."""

    number: str
    delivery: str
    name: str
    address: str
    registration_number: str
    vat_number: str


class Label(NamedTuple):
    """A meter as an invoice names it."""

    serial: str
    place: str
    commodity: str
    digits_before: int
    digits_after: int
    verified_until: date | None
    replace_by: date | None


class Agreed(NamedTuple):
    """What a building's agreement says of its invoices; ``payer_id`` under indirect settlement."""

    services: str
    payer_id: int | None


@dataclass(frozen=True)
class Terms:
    """What holds for every draft of a month."""

    month: Month
    prices: Mapping[str, Sequence[Price]]
    policies: Policies
    seller: Mapping[str, str]

    @cached_property
    def text(self) -> str:
        """All of it in words, for the hash."""
        return repr((self.month, self.prices, self.policies, self.seller))

    def price_of(self, service: str, price_100k: int) -> Price:
        """Return the price a line was reckoned at, with its decision."""
        return next(price for price in reversed(self.prices[service]) if price.price_100k == price_100k)


@dataclass(frozen=True)
class Inputs:
    """What the drafts of a batch of buildings are made from; the facts of the litres stand apart."""

    terms: Terms
    agreed: Mapping[int, Agreed]
    payers: Mapping[int, Payer]
    labels: Mapping[int, Label]

    def hash_of(self, facts: BuildingFacts, facts_hash: str) -> str:
        """Return the hash of everything that decides a building's drafts."""
        agreed = self.agreed[facts.building_id]
        own = (
            self.terms.text,
            agreed,
            [self.payers[pk] for pk in accounts_of(facts, payer_id=agreed.payer_id)],
            [self.labels[meter.installation_id] for point in facts.points for meter in point.meters],
        )
        return sha256((facts_hash + repr(own)).encode()).hexdigest()


def terms_of(month: Month) -> Terms:
    """Return the prices, the policies and who sells, in a month."""
    last = month.last_day
    return Terms(month, prices_until(month), policies.on(last), contacts.on(last))


def inputs_of(known: Iterable[BuildingFacts], terms: Terms) -> Inputs:
    """Return what the drafts of some buildings are made from; a building without an agreement has none."""
    known = list(known)
    agreements = ServiceAgreement.objects.valid(on=terms.month.last_day)
    rows = agreements.filter(building__in=[facts.building_id for facts in known])
    agreed = {pk: Agreed(*rest) for pk, *rest in rows.values_list("building_id", "services", "payer_id")}
    buildings = [facts for facts in known if facts.building_id in agreed]
    accounts = {pk for facts in buildings for pk in accounts_of(facts, payer_id=agreed[facts.building_id].payer_id)}
    return Inputs(terms, agreed, payers_of(accounts), _labels(buildings))


def payers_of(accounts: Iterable[int]) -> dict[int, Payer]:
    """Return how invoices name accounts."""
    party = (f"party__{name}" for name in ("name", "address", "registration_number", "vat_number"))
    rows = CustomerAccount.objects.filter(pk__among=accounts).values_list("pk", "number", "delivery", *party)
    return {row[0]: Payer(*row[1:]) for row in rows}


def _labels(buildings: Sequence[BuildingFacts]) -> dict[int, Label]:
    ids = [meter.installation_id for facts in buildings for point in facts.points for meter in point.meters]
    register = "meter__register__digits_before", "meter__register__digits_after"
    point = "usage_point__place", "usage_point__commodity"
    rows = MeterInstallation.objects.filter(pk__among=ids).values_list(
        "pk", "meter__serial", *point, *register, "verified_until", "replace_by"
    )
    return {row[0]: Label(*row[1:]) for row in rows}


@dataclass(frozen=True)
class Past:
    """What drafts show and weigh of the months before, by account."""

    history: Mapping[tuple[int, int], list[HistoryRow]]
    recent: Mapping[int, list[int]]


def past_of(known: Sequence[BuildingFacts], inputs: Inputs, frame: Frame) -> Past:
    """Return, by building and account, the litres of the months before, and the account's latest totals."""
    return Past(_history([facts.building_id for facts in known], frame), _recent(inputs.payers, frame.month))


def _history(buildings: Sequence[int], frame: Frame) -> dict[tuple[int, int], list[HistoryRow]]:
    """Return the litres of the twelve months before, cold and hot apart, oldest first.

    The tiles are found by their points and added up here: half of what the database takes to group them.
    """
    since = frame.month.plus(1 - MONTHS_SHOWN).first_day
    days = sorted((day, pk) for pk, day in frame.earlier.items() if day >= since)
    months = {pk: str(Month.of(day)) for day, pk in days}
    places = UsagePoint.objects.filter(building__in=buildings).values_list("pk", "building_id", "commodity")
    points = {pk: (building, commodity) for pk, building, commodity in places}
    rows = Usage.objects.filter(usage_point__among=points, account__isnull=False, round__in=list(months))
    found: dict[tuple[int, int], dict[int, HistoryRow]] = defaultdict(dict)
    tiles = rows.values_list("usage_point_id", "account_id", "round_id", "litres", "method")
    for point, account, of_round, litres, method in tiles:
        building, commodity = points[point]
        past = found[building, account or 0]
        if of_round not in past:
            past[of_round] = {"month": months[of_round], "cold": 0, "hot": 0, "estimated": False}
        add_use(past[of_round], commodity, litres, estimated=method != ACTUAL)
    return {key: [past[pk] for pk in months if pk in past] for key, past in found.items()}


def add_use(row: HistoryRow, commodity: str, litres: int, *, estimated: bool) -> None:
    """Add a meter's litres to a month's row of the history."""
    if commodity == UsagePoint.Commodity.HOT:
        row["hot"] += litres
    else:
        row["cold"] += litres
    row["estimated"] = row["estimated"] or estimated


def _recent(accounts: Iterable[int], before: Month) -> dict[int, list[int]]:
    """Return the totals of each account's three latest issued invoices."""
    since = before.plus(-3).first_day
    rows = Invoice.objects.standing().filter(
        account__among=accounts, first_day__range=(since, before.previous.first_day)
    )
    totals: dict[int, list[int]] = defaultdict(list)
    for account_id, cents in rows.values_list("account_id", "total_cents"):
        totals[account_id].append(cents)
    return totals
