"""Exact money: cents, unit prices in 1/100,000 EUR, rates in parts per 10,000.

Rounding is half away from zero, the commercial rule that reproduces the provider's
published table (domain.md 15.2; MK rules say "to the cent").
"""

PRICE_SCALE = 100_000
RATE_SCALE = 10_000
LITRES_PER_M3 = 1_000


def divide_half_up(numerator: int, denominator: int) -> int:
    """Return the quotient rounded to a whole number, halves away from zero.

    >>> divide_half_up(5, 2), divide_half_up(-5, 2), divide_half_up(4, 3)
    (3, -3, 1)

    :raises ZeroDivisionError: when the denominator is 0
    """
    sign = -1 if (numerator < 0) != (denominator < 0) else 1
    quotient, rest = divmod(abs(numerator), abs(denominator))
    return sign * (quotient + (2 * rest >= abs(denominator)))


def cost_of(litres: int, price_100k: int) -> int:
    """Return the net cents of a volume: litres x EUR/m³, rounded once per line.

    >>> cost_of(3_214, 89_000), cost_of(3_214, 151_000)
    (286, 485)
    """
    return divide_half_up(litres * price_100k, LITRES_PER_M3 * PRICE_SCALE // 100)


def share_exactly(total: int, weights: list[int]) -> list[int]:
    """Return whole parts in proportion to the weights that add up to the total exactly.

    Largest remainder; ties go to the earlier weight, so the order of the list decides.

    >>> share_exactly(7_405, [1] * 20)[:6], sum(share_exactly(7_405, [1] * 20))
    ([371, 371, 371, 371, 371, 370], 7405)
    >>> share_exactly(-10, [1, 2])
    [-3, -7]

    :raises ValueError: when a weight is negative or all are 0
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights must not be negative and must not all be 0")
    sign, size = (-1, -total) if total < 0 else (1, total)
    parts = [size * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: -(size * weights[i] % whole))
    for i in by_remainder[: size - sum(parts)]:
        parts[i] += 1
    return [sign * part for part in parts]
