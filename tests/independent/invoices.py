"""Every invoice once more: litres times tariff, VAT on the net total (domain.md 6)."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from types import SimpleNamespace
from typing import NamedTuple

from tests.independent.litres import NOTHING, House, Month, spread
from tests.independent.tables import day, loads, m3, policy, rows, unlike
from tests.independent.tiles import month_differs

CENT = Decimal("0.01")
# Issued and not taken back: a credit note and its invoice are nothing together.
STANDING = (
    "state = 'issued' AND kind = 'invoice' AND id NOT IN "
    "(SELECT corrects_id FROM billing_invoice WHERE kind = 'credit')"
)
SERVICES = {"full": ("water", "sewerage"), "treatment": ("treatment",)}


class Line(NamedTuple):
    """Cubic metres (or one delivered paper) times a price, in euros."""

    service: str
    part: str
    quantity: Decimal
    price: Decimal
    net: Decimal


@dataclass
class Recomputed:
    """A building recomputed: how much there was, a sentence for each difference, and what the books should say."""

    invoices: int = 0
    lines: int = 0
    problems: list[str] = field(default_factory=list)
    books: dict[str, Decimal] = field(default_factory=lambda: defaultdict(Decimal))


def cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


def price_on(prices: list[SimpleNamespace], at: date) -> SimpleNamespace:
    """Return which of a service's tariffs holds on a day."""
    return max((row for row in prices if day(row.valid_from) <= at), key=lambda row: day(row.valid_from))


def euros(tariff: SimpleNamespace) -> Decimal:
    return Decimal(tariff.price_100k) / 100_000


def priced(service: str, part: str, litres: Decimal, start: date, end: date) -> list[Line]:
    """Return the lines of a use spread over some days by the price of each; each price is one line."""
    days: dict[int, int] = defaultdict(int)
    prices: dict[int, Decimal] = {}
    known = rows("tariffs_tariff", "service = %s", service)
    for number in range((end - start).days):
        tariff = price_on(known, start + timedelta(days=number))
        days[tariff.id] += 1
        prices[tariff.id] = euros(tariff)
    parts = zip(spread(litres, list(days.values())), prices.values(), strict=True)
    return [Line(service, part, some, price, cents(some * price)) for some, price in parts]


def lines_of(house: House, month: Month, account: int, invoice: SimpleNamespace) -> list[Line]:
    """Return what an account owes for a month in a building, without VAT."""
    agreement = house.in_force(house.agreements)[0]
    if agreement.settlement == "indirect":
        intake = [tile for tile in month.tiles if tile.point.role == "intake"]
        own, share = sum((tile.own for tile in intake or month.tiles), NOTHING), NOTHING
        start, end = house.first, house.end
    else:
        own = sum((tile.by_account.get(account, NOTHING) for tile in month.tiles), NOTHING)
        share = month.by_account.get(account, NOTHING) + month.common_by_account.get(account, NOTHING)
        start, end = days_held(house, account)
    lines = []
    for part, litres in (("own", own), ("share", share)):
        if litres or part == "own":
            for service in SERVICES[agreement.services]:
                lines += priced(service, part, litres, start, end)
    if any(line["part"] == "fee" for line in loads(invoice.content)["lines"]):
        price = euros(price_on(rows("tariffs_tariff", "service = %s", "paper"), house.last))
        lines.append(Line("paper", "fee", Decimal(1), price, cents(price)))
    return lines


def days_held(house: House, account: int) -> tuple[date, date]:
    """Return from when until when, inside the month, an account held a home of the building."""
    held = [
        (since, until)
        for premise in house.premises
        for who, since, until in house.holders(premise.id, house.first, house.end)
        if who == account
    ]
    return (min(since for since, _ in held), max(until for _, until in held)) if held else (house.first, house.end)


def billed_first(invoice: SimpleNamespace, every: dict[int, SimpleNamespace]) -> SimpleNamespace:
    """Return the invoice of the run that this one bills anew, perhaps to somebody else."""
    while invoice.corrects_id:
        invoice = every[invoice.corrects_id]
    return invoice


def recompute(building: int) -> Recomputed:
    """Recompute every month and every standing invoice of a building."""
    every = {row.id: row for row in rows("billing_invoice", "building_id = %s", building)}
    standing, moved = defaultdict(list), defaultdict(dict)
    for row in rows("billing_invoice", f"building_id = %s AND {STANDING}", building):
        standing[day(row.first_day)].append(row)
    for row in every.values():
        if row.kind == "invoice" and row.state == "issued":
            moved[day(row.first_day)][billed_first(row, every).account_id] = row.account_id
    found = Recomputed()

    def compare(house: House, month: Month) -> None:
        for invoice in standing.pop(house.first, []):
            lines = lines_of(house, month, billed_first(invoice, every).account_id, invoice)
            compare_invoice(house, invoice, lines, found)
        found.problems += month_differs(house, month, moved[house.first])

    House(building, compare)
    left = [row for invoices in standing.values() for row in invoices]
    found.problems += [f"{row.number} has no month to be recomputed from" for row in left]
    return found


def compare_invoice(house: House, invoice: SimpleNamespace, lines: list[Line], found: Recomputed) -> None:
    net = sum((line.net for line in lines), NOTHING)
    vat = cents(net * Decimal(policy("vat_rate_per_10000", house.last)) / 10_000)
    stored = sorted(rows("billing_invoiceline", "invoice_id = %s", invoice.id), key=lambda row: row.position)
    shown = [SimpleNamespace(**row) for row in loads(invoice.content)["lines"]]
    pairs = {
        "amounts": (
            tuple(Decimal(c) / 100 for c in (invoice.net_cents, invoice.vat_cents, invoice.total_cents)),
            (net, vat, net + vat),
        ),
        "lines": ([as_line(row) for row in stored], lines),
        "shown": ([as_line(row) for row in shown], lines),
    }
    for what, (theirs, ours) in pairs.items():
        if theirs != ours:
            found.problems.append(f"{invoice.number} of {house.first}, {what}: {unlike(theirs, ours)}")
    found.invoices += 1
    found.lines += len(lines)
    for line in lines:
        found.books[f"income:{line.service}"] -= line.net
    found.books["vat"] -= vat
    account = rows("customers_customeraccount", "id = %s", invoice.account_id)[0]
    found.books[f"receivable:{account.number}"] += net + vat


def as_line(row: SimpleNamespace) -> Line:
    return Line(row.service, row.part, m3(row.quantity), euros(row), Decimal(row.net_cents) / 100)
