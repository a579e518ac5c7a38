"""What the layout of a coupon is given: words and a square, nothing about the person."""

from collections.abc import Sequence
from datetime import date
from typing import Any, TypedDict

from avots.core.dates import Month
from avots.coupons.rules import payload, shown_code
from avots.ui import codes, formats

ON_A_PAGE = 4


class Meter(TypedDict):
    """A meter as the coupon names it."""

    serial: str
    commodity: str


def view(
    *, code: str, layout: str, month: Month, first: date, last: date, meters: Sequence[Meter], mailbox: bool = True
) -> dict[str, Any]:
    """Return a coupon for ``paper/coupon.typ``; first and last are the days of its window.

    Without a mailbox in the house the coupon is brought to the utility.

    >>> shown = view(code="7K3M9PQ2V", layout="A", month=Month(2026, 11), first=date(2026, 11, 25),
    ...              last=date(2026, 11, 28), meters=[{"serial": "40718823", "commodity": "cold"}])
    >>> shown["shown"], shown["month"], shown["window"].replace(formats.NBSP, " ")
    ('7K3M-9PQ2-V', '11/2026', 'no 25. līdz 28. novembrim')
    """
    return {
        "shown": shown_code(code),
        "qr": codes.qr(payload(code, layout)),
        "layout": layout,
        "month": f"{month.number:02d}/{month.year}",
        "title": f"Ūdens skaitītāju rādījumi par {formats.month(month, 'acc')}",
        "window": window_words(first, last),
        "meters": [{"serial": meter["serial"], "kind": meter["commodity"]} for meter in meters],
        "act": "Iemetiet pasaknīti pastkastītē" if mailbox else "Atnesiet pasaknīti mums",
    }


def window_words(first: date, last: date) -> str:
    """Return a window in words.

    >>> window_words(date(2026, 11, 25), date(2026, 11, 28)).replace(formats.NBSP, " ")
    'no 25. līdz 28. novembrim'
    >>> window_words(date(2026, 11, 30), date(2026, 12, 2)).replace(formats.NBSP, " ")
    'no 30. novembra līdz 2. decembrim'
    """
    start = f"{first.day}." if first.month == last.month else formats.day_of_month(first, "gen")
    return f"no {start} līdz {formats.day_of_month(last, 'dat')}".replace(" ", formats.NBSP)
