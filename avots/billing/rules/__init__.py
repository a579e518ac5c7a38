"""What a month costs: lines, VAT, reference and due date."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from avots.core.dates import Month, Period
from avots.core.errors import Refused
from avots.core.money import RATE_SCALE, cost_of, divide_half_up
from avots.tariffs.rules import Price, split_by_price

FULL = ("water", "sewerage")
TREATMENT = ("treatment",)
PIECE, PIECE_SERVICE = 1_000, "paper"


class Line(NamedTuple):
    """Quantity (litres, or thousandths of a piece) times a unit price, rounded to the cent once."""

    service: str
    part: str
    quantity: int
    price_100k: int
    net_cents: int


class Totals(NamedTuple):
    """Net, VAT and total of an invoice, in cents."""

    net: int
    vat: int
    total: int


def vat_of(net_cents: int, rate_per_10000: int) -> int:
    """Return the VAT of an invoice's net total, half up to the cent.

    VAT on the total reproduces the provider's published table 20 of 20 (domain.md 6.2).

    >>> vat_of(184, 2_100), vat_of(771, 2_100)
    (39, 162)
    """
    return divide_half_up(net_cents * rate_per_10000, RATE_SCALE)


def totals_of(lines: Sequence[Line], rate_per_10000: int) -> Totals:
    """Return net, VAT and total; worked example 5 of domain.md 6.2.

    >>> own = [Line("water", "own", 3_214, 89_000, 286), Line("sewerage", "own", 3_214, 151_000, 485)]
    >>> totals_of(own, 2_100)
    Totals(net=771, vat=162, total=933)
    """
    net = sum(line.net_cents for line in lines)
    vat = vat_of(net, rate_per_10000)
    return Totals(net, vat, net + vat)


def lines_of(
    *,
    own_litres: int,
    share_litres: int,
    services: Sequence[str],
    prices: Mapping[str, Sequence[Price]],
    month: Month,
    paper: bool,
    held: Period | None = None,
) -> list[Line]:
    """Return the lines of a month: own use, share of the difference, paper delivery.

    :param held: the days of the month the account held its home, where it was not all of them

    :raises Refused: ``no_tariff`` when a service has no price on some day of the month
    """
    lines = [
        line
        for part, litres in (("own", own_litres), ("share", share_litres))
        if litres or part == "own"
        for service in services
        for line in _priced(service, part, litres, prices, month, held or month.period)
    ]
    if paper:
        price = _price_of(PIECE_SERVICE, prices, month)[-1].price_100k
        lines.append(Line(PIECE_SERVICE, "fee", PIECE, price, divide_half_up(price, 1_000)))
    return lines


def _price_of(service: str, prices: Mapping[str, Sequence[Price]], month: Month) -> Sequence[Price]:
    if not prices.get(service):
        raise Refused("no_tariff", service=service, month=str(month))
    return prices[service]


def _priced(
    service: str, part: str, litres: int, prices: Mapping[str, Sequence[Price]], month: Month, held: Period
) -> list[Line]:
    try:
        split = split_by_price(litres, _price_of(service, prices, month), held)
    except LookupError:
        raise Refused("no_tariff", service=service, month=str(month)) from None
    return [Line(service, part, some, price, cost_of(some, price)) for some, price in split]


def rf_reference(number: str) -> str:
    """Return the ISO 11649 creditor reference of an invoice number.

    >>> rf_reference("VU26-104417")
    'RF88VU26104417'

    :source: ISO 11649: letters as 10..35, "RF00" behind, 98 less the rest of the division by 97
    """
    body = "".join(char for char in number.upper() if char.isalnum())
    digits = "".join(str(int(char, 36)) for char in body + "RF00")
    return f"RF{98 - int(digits) % 97:02d}{body}"


def number_of(plain: str) -> str:
    """Return the invoice number that is written without signs in a reference.

    >>> number_of("VU26104417")
    'VU26-104417'
    """
    series = len(plain.rstrip("0123456789")) + 2
    return f"{plain[:series]}-{plain[series:]}"


def due_on(month: Month, rule: str) -> date:
    """Return the day by which a month's invoice is paid.

    >>> due_on(Month(2026, 10), "last_day_of_next_month")
    datetime.date(2026, 11, 30)

    :raises ValueError: for a rule nobody has written yet
    """
    if rule != "last_day_of_next_month":
        raise ValueError(rule)
    return month.next.last_day


def reason_to_look(total: int, recent: Sequence[int], *, multiple_permille: int, floor_cents: int) -> str:
    """Return why a person should look at a draft before it leaves, or nothing.

    >>> reason_to_look(-5, [], multiple_permille=3_000, floor_cents=10_000)
    'negative_total'
    >>> reason_to_look(40_000, [1_900, 2_100], multiple_permille=3_000, floor_cents=10_000)
    'far_above_usual'
    >>> reason_to_look(6_000, [1_900], multiple_permille=3_000, floor_cents=10_000)
    ''
    """
    if total < 0:
        return "negative_total"
    high = recent and total * 1_000 * len(recent) > multiple_permille * sum(recent)
    return "far_above_usual" if high and total > floor_cents else ""
