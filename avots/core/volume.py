"""Exact volume: litres as whole numbers, from the form to the invoice."""

from avots.core.errors import Refused


def capacity_of(digits_before: int) -> int:
    """Return the litres after which a face with so many m³ digits starts again at 0.

    >>> capacity_of(5)
    100000000
    """
    return 10**digits_before * 1_000


def litres_from_m3(text: str) -> int:
    """Return the litres written as cubic metres with up to three decimals in a file.

    >>> litres_from_m3("145,3"), litres_from_m3("145.300"), litres_from_m3("12")
    (145300, 145300, 12000)

    :raises Refused: ``not_a_number`` for anything else
    """
    whole, point, part = text.strip().replace(",", ".").partition(".")
    plain = (whole + part).isascii() and whole.isdigit() and (part.isdigit() or not point)
    if not plain or len(part) > 3:
        raise Refused("not_a_number", text=text)
    return int(whole) * 1_000 + int(part.ljust(3, "0") if part else 0)


def m3_text(litres: int) -> str:
    """Return litres as cubic metres with three decimals, as files and logs write them.

    >>> m3_text(145_300), m3_text(-938)
    ('145.300', '-0.938')
    """
    sign = "-" if litres < 0 else ""
    return f"{sign}{abs(litres) // 1_000}.{abs(litres) % 1_000:03d}"
