"""Why an invoice differs from the one before, in steps that add up to the cent."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import floor

COLD, HOT, SHARE, TARIFF, FEE, VAT = "cold", "hot", "share", "tariff", "fee", "vat"
# Litres times 1/100,000 EUR per cubic metre are this many times too large for cents.
TO_CENTS = 1_000_000


@dataclass(frozen=True)
class Charged:
    """What an invoice charged: litres by cause, (service, litres, unit price) of each line, cents."""

    cold_litres: int
    hot_litres: int
    share_litres: int
    lines: tuple[tuple[str, int, int], ...]
    net_cents: int
    fee_cents: int
    vat_cents: int

    @property
    def litres(self) -> int:
        return self.cold_litres + self.hot_litres + self.share_litres

    @property
    def total_cents(self) -> int:
        return self.net_cents + self.vat_cents


@dataclass(frozen=True)
class Step:
    """One cause of a difference: the litres it is about, and the cents it adds or takes."""

    cause: str
    litres: int
    cents: int


def steps_between(before: Charged, after: Charged) -> list[Step]:
    """Return the causes of the difference of two invoices; their cents add up to it exactly.

    A change of use counts at the old price, a change of price at the new use; what lines were
    rounded by is spread by largest remainder. Causes that changed nothing are left out.

    >>> old = Charged(3_980, 1_922, 512, (("water", 6_414, 89_000), ("sewerage", 6_414, 151_000)), 1_539, 0, 323)
    >>> new = Charged(4_059, 2_112, 427, (("water", 6_598, 89_000), ("sewerage", 6_598, 151_000)), 1_583, 0, 332)
    >>> [(step.cause, step.litres, step.cents) for step in steps_between(old, new)]
    [('cold', 79, 19), ('hot', 190, 46), ('share', -85, -21), ('vat', 0, 9)]
    >>> sum(step.cents for step in steps_between(old, new)) == new.total_cents - old.total_cents
    True
    """
    old_price, new_price = _price_of(before), _price_of(after)
    causes = [
        (COLD, after.cold_litres - before.cold_litres),
        (HOT, after.hot_litres - before.hot_litres),
        (SHARE, after.share_litres - before.share_litres),
    ]
    exact = [litres * old_price for _, litres in causes] + [after.litres * (new_price - old_price)]
    water = (after.net_cents - after.fee_cents) - (before.net_cents - before.fee_cents)
    cents = whole_parts(water, exact)
    steps = [Step(cause, litres, part) for (cause, litres), part in zip(causes, cents, strict=False)]
    steps.append(Step(TARIFF, 0, cents[-1]))
    steps.append(Step(FEE, 0, after.fee_cents - before.fee_cents))
    steps.append(Step(VAT, 0, after.vat_cents - before.vat_cents))
    return [step for step in steps if step.litres or step.cents]


def whole_parts(total: int, exact: Sequence[Fraction]) -> list[int]:
    """Return whole parts near the exact ones that add up to the total; largest remainder first.

    >>> whole_parts(44, [Fraction(1896, 100), Fraction(456, 10), Fraction(-204, 10), Fraction(0)])
    [19, 46, -21, 0]
    """
    parts = [floor(value) for value in exact]
    order = sorted(range(len(exact)), key=lambda i: parts[i] - exact[i])
    rest = total - sum(parts)
    for turn in range(abs(rest)):
        parts[order[turn % len(order)] if rest > 0 else order[-1 - turn % len(order)]] += 1 if rest > 0 else -1
    return parts


def _price_of(charged: Charged) -> Fraction:
    """Return what a litre cost over all services, in cents."""
    price = Fraction(0)
    for service in dict.fromkeys(name for name, _, _ in charged.lines):
        lines = [(litres, unit) for name, litres, unit in charged.lines if name == service]
        litres = sum(litres for litres, _ in lines)
        mean = Fraction(sum(litres * unit for litres, unit in lines), litres) if litres else Fraction(lines[0][1])
        price += mean / TO_CENTS
    return price
