"""A kind of file: its columns, when a row is known already, and how it is applied."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from avots.core.audit import By
from avots.core.errors import Refused
from avots.core.volume import litres_from_m3
from avots.meters.models import Building, Premise

Row = Mapping[str, str]


@dataclass(frozen=True)
class Kind:
    """``check`` returns whether a row is new, and refuses a bad one; ``apply`` writes a new one.

    ``provides``: the column whose values later rows of the same file may name.
    """

    name: str
    needed: tuple[str, ...]
    columns: tuple[str, ...]
    check: Callable[[Row], bool]
    apply: Callable[[Row, datetime, By], object]
    provides: str = ""


def needed(row: Row, column: str) -> str:
    """Return a value that must be there.

    :raises Refused: ``row_value_missing``
    """
    if value := row.get(column, ""):
        return value
    raise Refused("row_value_missing", column=column)


def one_of(row: Row, column: str, allowed: type, default: str) -> str:
    """Return one of a choice's values, the default when the cell is empty.

    :raises Refused: ``row_bad_choice``
    """
    value = row.get(column, "") or default
    if value not in allowed.values:  # type: ignore[attr-defined]
        raise Refused("row_bad_choice", column=column, text=value)
    return value


def day(row: Row, column: str, default: date | None = None) -> date:
    """Return a day written as 2026-11-25 or 25.11.2026.

    :raises Refused: ``row_bad_date``
    """
    text = row.get(column, "").rstrip(".")
    if not text and default is not None:
        return default
    try:
        parts = text.split(".")
        return date.fromisoformat("-".join(reversed(parts)) if len(parts) == 3 else text)
    except ValueError:
        raise Refused("row_bad_date", column=column, text=text) from None


def whole(row: Row, column: str, default: int) -> int:
    """Return a whole number that is not negative.

    :raises Refused: ``row_bad_number``
    """
    text = row.get(column, "") or str(default)
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Refused("row_bad_number", column=column, text=text)
    return int(text)


def litres(row: Row, column: str) -> int:
    """Return the litres of a reading written in cubic metres.

    :raises Refused: ``row_bad_number``
    """
    try:
        return litres_from_m3(needed(row, column))
    except Refused:
        raise Refused("row_bad_number", column=column, text=row.get(column, "")) from None


def cents(row: Row, column: str) -> int:
    """Return the cents of an amount with a sign and at most two decimals.

    :raises Refused: ``row_bad_number``
    """
    text = needed(row, column).replace(",", ".").replace(" ", "")
    sign, plain = (-1, text[1:]) if text.startswith("-") else (1, text)
    euros, point, part = plain.partition(".")
    if not (euros.isascii() and euros.isdigit()) or len(part) > 2 or (point and not part.isdigit()):
        raise Refused("row_bad_number", column=column, text=text)
    return sign * (int(euros) * 100 + int(part.ljust(2, "0") or "0"))


def building_of(row: Row) -> Building:
    """Return the building a row names.

    :raises Refused: ``row_unknown_building``
    """
    code = needed(row, "building_code")
    found = Building.objects.filter(code=code).first()
    if found is None:
        raise Refused("row_unknown_building", text=code)
    return found


def premise_of(row: Row) -> Premise:
    """Return the premise a row names by building and number; empty for a private house.

    :raises Refused: ``row_unknown_premise``, ``row_unknown_building``
    """
    number = row.get("premise", "")
    found = Premise.objects.filter(building=building_of(row), number=number).first()
    if found is None:
        raise Refused("row_unknown_premise", text=number)
    return found
