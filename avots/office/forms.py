"""Plain forms of the office, as values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256

from avots.core.errors import Refused
from avots.readings.queries import MeterLine
from avots.readings.rules.typed import parse


@dataclass
class ReadingForm:
    """Readings typed by staff: what was typed, what it means, what is wrong."""

    typed: dict[int, str] = field(default_factory=dict)
    values: dict[int, int] = field(default_factory=dict)
    problems: dict[int, str] = field(default_factory=dict)
    confirmed: frozenset[str] = frozenset()
    refused: str = ""

    @classmethod
    def read(cls, data: Mapping[str, str], lines: Sequence[MeterLine]) -> "ReadingForm":
        """Return the form as it was sent; staff read out whole faces, so fewer digits are a problem."""
        form = cls(confirmed=frozenset(str(data.get("confirmed", "")).split()))
        for line in lines:
            pk = line.installation.pk
            form.typed[pk] = str(data.get(f"m{pk}", ""))[:40].strip()
            if form.typed[pk]:
                form._take(line)
        return form

    def _take(self, line: MeterLine) -> None:
        pk, register = line.installation.pk, line.installation.meter.register
        try:
            self.values[pk] = parse(
                self.typed[pk], digits_before=register.digits_before, digits_after=register.digits_after
            )
        except Refused as refused:
            self.problems[pk] = refused.code

    @property
    def digest(self) -> str:
        return sha256(repr((sorted(self.values.items()), sorted(self.confirmed))).encode()).hexdigest()[:24]


def day_of(data: Mapping[str, str], name: str) -> date:
    """Return the day a date field was sent with.

    :raises Refused: ``not_a_day``
    """
    try:
        return date.fromisoformat(str(data.get(name, "")))
    except ValueError:
        raise Refused("not_a_day") from None


def cents_of(text: str) -> int:
    """Return the cents of an amount written with a comma or a point.

    >>> cents_of("19,15"), cents_of("1 234.5"), cents_of("20")
    (1915, 123450, 2000)

    :raises Refused: ``not_an_amount``
    """
    return _scaled(text, 2, "not_an_amount")


def price_of(text: str) -> int:
    """Return a unit price in 1/100,000 EUR, written with a comma or a point.

    >>> price_of("0,89"), price_of(" 1.51234 ")
    (89000, 151234)

    :raises Refused: ``not_a_price``
    """
    return _scaled(text, 5, "not_a_price")


def _scaled(text: str, places: int, code: str) -> int:
    plain = text.replace("\u00a0", "").replace(" ", "").replace(",", ".")
    whole, point, part = plain.partition(".")
    digits = whole.isdigit() and (part.isdigit() or not point)
    if not (plain.isascii() and digits) or len(whole) > 9 or len(part) > places:
        raise Refused(code, text=text)
    return int(whole + part.ljust(places, "0"))


def count_of(text: str) -> int:
    """Return a count of things.

    >>> count_of(" 12 ")
    12

    :raises Refused: ``not_a_count``
    """
    plain = text.strip()
    if not (plain.isascii() and plain.isdigit()) or len(plain) > 6:
        raise Refused("not_a_count", text=text)
    return int(plain)


def pieces_of(data: Mapping[str, str], denominations: Sequence[int]) -> dict[int, int]:
    """Return how many of each denomination were counted; an empty field is none.

    >>> pieces_of({"d5000": "2", "d1": ""}, [5_000, 1])
    {5000: 2, 1: 0}

    :raises Refused: ``not_a_count``
    """
    counted = {}
    for cents in denominations:
        counted[cents] = count_of(str(data.get(f"d{cents}", "")).strip() or "0")
    return counted
