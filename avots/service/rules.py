"""Opening hours as people write them, and what is open on a day."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from avots.core.errors import Refused

SPAN = re.compile(r"(\d{1,2})(?:[.:](\d{2}))?\s*[-–]\s*(\d{1,2})(?:[.:](\d{2}))?")


def hours_of(typed: str) -> str:
    """Return opening hours in one way of writing; nothing means closed.

    >>> hours_of("8-17"), hours_of("08:00 - 12:00, 13.00–17.30"), hours_of(" ")
    ('8.00–17.00', '8.00–12.00, 13.00–17.30', '')

    :raises Refused: ``not_hours``
    """
    spans = [span.strip() for span in typed.split(",") if span.strip()]
    return ", ".join(_span(span) for span in spans)


def _span(typed: str) -> str:
    found = SPAN.fullmatch(typed)
    if found is None:
        raise Refused("not_hours", text=typed)
    opens, closes = _minutes(found[1], found[2]), _minutes(found[3], found[4])
    if not 0 <= opens < closes <= 24 * 60:
        raise Refused("not_hours", text=typed)
    return f"{opens // 60}.{opens % 60:02d}–{closes // 60}.{closes % 60:02d}"


def _minutes(hour: str, minute: str | None) -> int:
    return int(hour) * 60 + int(minute or 0) if int(minute or 0) < 60 else -1


@dataclass(frozen=True)
class Day:
    """A day at the desk: its hours (none: closed), why they are unusual, and whether they are."""

    on: date
    hours: str
    note: str = ""
    usual: bool = True


def day_of(on: date, *, week: Sequence[str], special: tuple[str, str] | None, holiday: bool) -> Day:
    """Return a day's hours: its own decision first, then a public holiday, then its weekday.

    >>> week = ["8.00–17.00"] * 5 + ["", ""]
    >>> day_of(date(2026, 11, 18), week=week, special=None, holiday=True)
    Day(on=datetime.date(2026, 11, 18), hours='', note='', usual=False)
    >>> day_of(date(2026, 12, 23), week=week, special=("8.00–14.00", "saīsināta diena"), holiday=False).hours
    '8.00–14.00'
    """
    usual = week[on.weekday()]
    if special is not None:
        return Day(on, *special, usual=special[0] == usual)
    return Day(on, "", usual=not usual) if holiday else Day(on, usual)
