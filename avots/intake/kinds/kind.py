"""A kind of table: its columns, when a row is known already, and how it is applied."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, models, transaction

from avots.core.audit import By
from avots.core.errors import Refused
from avots.core.volume import capacity_of, litres_from_m3
from avots.customers.models import CustomerAccount, Management, Party, ServiceAgreement, User
from avots.meters.models import Building, Meter, MeterInstallation, Premise, UsagePoint

Row = Mapping[str, str]
# What a row would be: new, standing already, or refused for a reason.
Verdict = bool | Refused
FIRST_YEAR, LAST_YEAR = 1900, 2100
MOST_LITRES = capacity_of(8)
MOST_WHOLE_DIGITS = 9
AMOUNT = re.compile(r"(-?)(\d{1,9})(?:\.(\d{1,2}))?", re.ASCII)
# Where a column's text ends up: it may be as long as that field takes.
KEPT_IN: Mapping[str, tuple[type[models.Model], str]] = {
    "building_code": (Building, "code"),
    "street": (Building, "street"),
    "house": (Building, "house"),
    "town": (Building, "town"),
    "postcode": (Building, "postcode"),
    "premise": (Premise, "number"),
    "stairwell": (Premise, "stairwell"),
    "manager": (Party, "name"),
    "mailbox_place": (Management, "mailbox_place"),
    "account": (CustomerAccount, "number"),
    "name": (Party, "name"),
    "email": (Party, "email"),
    "verified_email": (User, "email"),
    "phone": (Party, "phone"),
    "address": (Party, "address"),
    "vat_number": (Party, "vat_number"),
    "agreement": (ServiceAgreement, "number"),
    "decision": (ServiceAgreement, "decision"),
    "point_code": (UsagePoint, "code"),
    "parent_code": (UsagePoint, "code"),
    "place": (UsagePoint, "place"),
    "meter_serial": (Meter, "serial"),
    "make": (Meter, "make"),
    "seal": (MeterInstallation, "seal"),
}


def columns(*names: str) -> Callable[[Row], tuple[str, ...]]:
    """Return what tells two rows of a table apart: the text of these columns.

    >>> columns("account", "month")({"account": "7", "month": "2026-01"})
    ('7', '2026-01')
    """
    return lambda row: tuple(row.get(name, "").casefold() for name in names)


Judge = Callable[[Sequence[Row]], list[Verdict]]
Write = Callable[[Sequence[Row], datetime, By], list[Verdict]]


@dataclass(frozen=True)
class Kind:
    """``judge`` says of each row whether it is new, ``write`` writes the new ones; both say why not.

    ``key``: what two rows of one table may not share. ``provides``: for a refusal's code, the
    column whose values make other rows of the same file possible. ``also``: what other systems
    call our columns. ``order``: rows are written by it, then by number. ``amount`` and ``unit``:
    the figure whose sum is told.
    """

    name: str
    title: str
    needed: tuple[str, ...]
    columns: tuple[str, ...]
    judge: Judge
    write: Write
    key: Callable[[Row], tuple[str, ...]]
    provides: Mapping[str, str] = field(default_factory=dict)
    also: Mapping[str, str] = field(default_factory=dict)
    order: Callable[[Row], str] = lambda row: ""
    amount: Callable[[Row], int] | None = None
    unit: str = ""

    def names(self, header: Sequence[str]) -> list[str]:
        """Return our names of a table's columns; one we do not know keeps its own, in lower case."""
        return [self.also.get(name, name) for name in (name.strip().casefold() for name in header)]

    def fits(self, header: Sequence[str]) -> int:
        """Return how many of its columns a header has; 0 where a needed one is missing."""
        found = set(self.names(header))
        return len(found.intersection((*self.needed, *self.columns))) if set(self.needed) <= found else 0


def row_kind(
    name: str,
    title: str,
    needed: tuple[str, ...],
    columns: tuple[str, ...],
    check: Callable[[Row], bool],
    apply: Callable[[Row, datetime, By], object],
    key: Callable[[Row], tuple[str, ...]],
    **more: Any,
) -> Kind:
    """Return a kind that looks at its rows one by one.

    :param check: returns whether a row is new, and refuses a bad one; asked again before writing
    :param apply: writes a new row
    """

    def write_new(row: Row, now: datetime, by: By) -> bool:
        new = check(row)
        if new:
            apply(row, now, by)
        return new

    return Kind(
        name,
        title,
        needed,
        columns,
        judge=lambda rows: [judged(check, row) for row in rows],
        write=lambda rows, now, by: [written(write_new, row, now, by) for row in rows],
        key=key,
        **more,
    )


def judged(check: Callable[[Row], bool], row: Row) -> Verdict:
    """Return what a check says of a row."""
    try:
        return check(row)
    except Refused as refused:
        return refused


def written(write: Callable[[Row, datetime, By], bool], row: Row, now: datetime, by: By) -> Verdict:
    """Return what came of writing a row, in a savepoint of its own; a conflict is a refusal too."""
    try:
        with transaction.atomic():
            return write(row, now, by)
    except Refused as refused:
        return refused
    except IntegrityError:
        return Refused("row_conflicts")


def too_long(row: Row) -> Refused | None:
    """Return the refusal of a row with a text longer than where it is kept."""
    for column, text in row.items():
        if column in KEPT_IN:
            model, name = KEPT_IN[column]
            most = getattr(model._meta.get_field(name), "max_length", None)
            if most is not None and len(text) > most:
                return Refused("row_value_too_long", column=column, text=text[:30], most=most)
    return None


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
        found = date.fromisoformat("-".join(reversed(parts)) if len(parts) == 3 else text)
    except ValueError:
        found = None
    if found is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise Refused("row_bad_date", column=column, text=text)
    return found


def whole(row: Row, column: str, default: int, most: int = 10**MOST_WHOLE_DIGITS - 1) -> int:
    """Return a whole number that is not negative.

    :raises Refused: ``row_bad_number``
    """
    text = row.get(column, "") or str(default)
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_WHOLE_DIGITS and int(text) <= most):
        raise Refused("row_bad_number", column=column, text=text)
    return int(text)


def litres(row: Row, column: str) -> int:
    """Return the litres of a reading written in cubic metres.

    :raises Refused: ``row_bad_number``
    """
    text = needed(row, column)
    try:
        found = litres_from_m3(text)
    except Refused:
        found = MOST_LITRES
    if found >= MOST_LITRES:
        raise Refused("row_bad_number", column=column, text=text)
    return found


def cents(row: Row, column: str) -> int:
    """Return the cents of an amount with a sign and at most two decimals.

    :raises Refused: ``row_bad_number``
    """
    text = needed(row, column)
    found = AMOUNT.fullmatch(text.replace(",", ".").replace(" ", ""))
    if found is None:
        raise Refused("row_bad_number", column=column, text=text)
    sign, euros, part = found.groups(default="")
    return int(f"{sign}{euros}{part.ljust(2, '0')}")


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
