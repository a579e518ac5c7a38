"""Every invoice once more: litres times tariff, VAT on the net total (domain.md 6)."""

from collections import defaultdict
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from types import SimpleNamespace

from tests.independent.litres import NOTHING, House, Month, spread
from tests.independent.tables import day, loads, policy, rows

CENT = Decimal("0.01")
# Issued and not taken back: a credit note and its invoice are nothing together.
STANDING = (
    "state = 'issued' AND kind = 'invoice' AND id NOT IN "
    "(SELECT corrects_id FROM billing_invoice WHERE kind = 'credit')"
)
SERVICES = {"full": ("water", "sewerage"), "treatment": ("treatment",)}


def cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


def price_on(service: str, at: date) -> Decimal:
    """Return what a cubic metre (or a delivered paper invoice) costs on a day, in euros."""
    known = [row for row in rows("tariffs_tariff", "service = %s", service) if day(row.valid_from) <= at]
    return Decimal(max(known, key=lambda row: day(row.valid_from)).price_100k) / 100_000


def cost(service: str, litres: Decimal, start: date, end: date) -> Decimal:
    """Return the net cost of a use spread over some days by the price of each; each price is one line."""
    days: dict[Decimal, int] = defaultdict(int)
    for number in range((end - start).days):
        days[price_on(service, start + timedelta(days=number))] += 1
    parts = spread(litres, list(days.values()))
    return sum((cents(part * price) for part, price in zip(parts, days, strict=True)), NOTHING)


def net_of(house: House, month: Month, account: int, invoice: SimpleNamespace) -> Decimal:
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
    net = NOTHING
    for part, litres in (("own", own), ("share", share)):
        if litres or part == "own":
            net += sum((cost(service, litres, start, end) for service in SERVICES[agreement.services]), NOTHING)
    if any(line["part"] == "fee" for line in loads(invoice.content)["lines"]):
        net += cents(price_on("paper", house.last))
    return net


def days_held(house: House, account: int) -> tuple[date, date]:
    """Return from when until when, inside the month, an account held a home of the building."""
    held = [
        (since, until)
        for premise in house.premises
        for who, since, until in house.holders(premise.id, house.first, house.end)
        if who == account
    ]
    return (min(since for since, _ in held), max(until for _, until in held)) if held else (house.first, house.end)


def differences(building: int) -> tuple[int, list[str]]:
    """Return how many invoices of a building were recomputed, and a sentence for each that differs."""
    invoices = defaultdict(list)
    for row in rows("billing_invoice", f"building_id = %s AND {STANDING}", building):
        invoices[day(row.first_day)].append(row)
    count, found = 0, []

    def compare(house: House, month: Month) -> None:
        nonlocal count
        billed = invoices.pop(house.first, [])
        for invoice in billed:
            count += 1
            net = net_of(house, month, invoice.account_id, invoice)
            rate = Decimal(policy("vat_rate_per_10000", house.last)) / 10_000
            ours = (net, cents(net * rate), net + cents(net * rate))
            theirs = tuple(Decimal(c) / 100 for c in (invoice.net_cents, invoice.vat_cents, invoice.total_cents))
            if ours != theirs:
                found.append(f"{invoice.number} of {house.first}: issued {theirs}, recomputed {ours}")
        found.extend(balance_differs(house, month))

    House(building, compare)
    found += [f"{row.number} has no month to be recomputed from" for left in invoices.values() for row in left]
    return count, found


def balance_differs(house: House, month: Month) -> list[str]:
    """Return whether the stored balance of a building's month is another than ours."""
    stored = rows("usage_buildingmonth", "building_id = %s AND round_id = %s", house.row.id, month.round.id)[0]
    theirs = [stored.intake_litres, stored.difference_litres, stored.shared_litres, stored.carried_out_litres]
    ours = [int(v * 1000) for v in (month.intake, month.difference, month.shared, month.carried_out)]
    return [] if ours == theirs else [f"building {house.row.code} {house.first}: stored {theirs}, recomputed {ours}"]
