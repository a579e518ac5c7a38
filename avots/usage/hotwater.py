"""The monthly file of hot-water volumes for the heating company (domain.md 2.8).

A point code, never a name: the heating company knows its customers by the same codes.
"""

from collections.abc import Iterable
from decimal import Decimal

from avots.core.sheets import Cell, Sheet, to_csv
from avots.usage.queries.hotwater import HotVolume

HEADER = ("punkts", "periods", "rādījums_m3", "patēriņš_m3", "veids")
WAYS = {
    "actual": "faktiskais",
    "estimate": "vidējais",
    "noncompliant": "nav derīga rādījuma",
    "absence": "prombūtne",
    "opening": "faktiskais",
}


def file_of(month: str, volumes: Iterable[HotVolume]) -> bytes:
    """Return the file: UTF-8, semicolons, cubic metres with three decimals; no cell is a formula.

    >>> file_of("2026-10", [HotVolume("=V1", 102_500, 1_700, "estimate")]).decode("utf-8-sig").splitlines()
    ['punkts;periods;rādījums_m3;patēriņš_m3;veids', "'=V1;2026-10;102.500;1.700;vidējais"]
    """
    rows: list[list[Cell]] = [
        [row.point, month, m3(row.to_litres), m3(row.litres), WAYS[row.method]] for row in volumes
    ]
    return to_csv(Sheet("karstais", HEADER, rows))


def m3(litres: int) -> Decimal:
    """Return litres as cubic metres.

    >>> str(m3(-938)), str(m3(0))
    ('-0.938', '0.000')
    """
    return Decimal(litres).scaleb(-3)
