"""The one geometry of the coupon, for print and scan: millimetres from the centre of the top-left mark.

``geometry.json`` is read by the layout (``paper/coupon.typ``) and by whoever finds boxes in a scan.
A moved box is another layout letter, or earlier coupons are misread.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("geometry.json")


@dataclass(frozen=True)
class Box:
    """A rectangle by its top-left corner, in millimetres."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Row:
    """One meter's place: eight boxes for digits (five before the comma), and the tick for "cannot read"."""

    digits: tuple[Box, ...]
    tick: Box


@cache
def raw() -> dict[str, Any]:
    """Return the file as it stands."""
    found: dict[str, Any] = json.loads(FILE.read_text())
    return found


def rows_of(layout: str) -> list[Row]:
    """Return the meter rows of a layout, in the order of the coupon's installations.

    >>> first = rows_of("A")[0]
    >>> (first.digits[0], first.tick.x, len(rows_of("B")))
    (Box(x=79.0, y=10.0, width=7.2, height=10.0), 158.0, 6)
    """
    facts, tick = raw()["layouts"][layout], raw()["tick"]["size"]
    width, height = facts["box"]
    return [
        Row(
            tuple(Box(slot["x"] + x, slot["y"], width, height) for x in facts["digit_x"]),
            Box(slot["tick"][0], slot["tick"][1], tick, tick),
        )
        for slot in facts["slots"]
    ]


def marks() -> list[tuple[float, float]]:
    """Return the centres of the four corner marks; the last one has the hole."""
    return [(x, y) for x, y in raw()["marks"]["centres"]]
