"""Codes that machines read from paper, as pictures without the quiet zone (the layout leaves it)."""

from typing import Any

import zxingcpp

FORMATS = {
    "qr": zxingcpp.BarcodeFormat.QRCode,
    "code128": zxingcpp.BarcodeFormat.Code128,
    "ean13": zxingcpp.BarcodeFormat.EAN13,
    "itf": zxingcpp.BarcodeFormat.ITF,
}


def qr(text: str) -> str:
    """Return a QR code at level M as SVG, one unit a module: the level that read best on folded prints.

    >>> qr("AVK:A:7K3M9PQ2V")[:68]
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 21 21' shape-re"
    """
    return _svg(zxingcpp.create_barcode(text, FORMATS["qr"], ec_level="M"))


def barcode(text: str, symbology: str) -> str:
    """Return a retail barcode as SVG, one unit a module wide and 20 high, without its text.

    :raises ValueError: where the symbology cannot say the text
    """
    return _svg(zxingcpp.create_barcode(text, FORMATS[symbology]), one_row=True)


def _svg(code: zxingcpp.Barcode, *, one_row: bool = False) -> str:
    rows = _shades(code)
    if one_row:
        rows = rows[:1]
    width, height = len(rows[0]), 20 if one_row else len(rows)
    path = "".join(
        f"M{x} {y}h{length}v{height if one_row else 1}h-{length}z"
        for y, row in enumerate(rows)
        for x, length in _runs(row)
    )
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' shape-rendering='crispEdges'>"
        f"<path d='{path}'/></svg>"
    )


def _shades(code: zxingcpp.Barcode) -> list[list[int]]:
    """Return a code's picture as rows of shades; its buffer is not in its type."""
    buffer: Any = code.to_image(scale=1, add_quiet_zones=False)
    shades: Any = memoryview(buffer).tolist()
    return shades


def _runs(row: list[int]) -> list[tuple[int, int]]:
    """Return where dark modules begin and how many follow.

    >>> _runs([0, 0, 255, 0])
    [(0, 2), (3, 1)]
    """
    edges = [x for x in range(len(row) + 1) if _dark(row, x) != _dark(row, x - 1)]
    return [(start, end - start) for start, end in zip(edges[::2], edges[1::2], strict=True)]


def _dark(row: list[int], x: int) -> bool:
    return 0 <= x < len(row) and row[x] < 128
