"""The window's progress, the causes of a gap, and a year of the difference: server SVG, a table beside each."""

from collections.abc import Sequence
from html import escape

from avots.ui.formats import m3_bare
from avots.usage.rules.anatomy import UNEXPLAINED, Part

WIDTH, HEIGHT, LEFT, BOTTOM, HOURS = 560, 190, 40, 165, 97


def progress_curve(
    now: Sequence[tuple[int, int]], before: Sequence[tuple[int, int]], *, whole: int, title: str
) -> str:
    """Return the share of readings received by hour, solid now and dashed last month.

    >>> svg = progress_curve([(0, 1), (1, 3)], [(0, 2)], whole=10, title="Window")
    >>> svg.count("<polyline")
    2
    """
    lines = "".join(
        f'<polyline class="{name}" points="{_points(points, whole)}"/>'
        for name, points in (("l2", before), ("l1", now))
        if points
    )
    grid = "".join(_grid(percent) for percent in (0, 25, 50, 75, 100))
    days = "".join(
        f'<text x="{_x(24 * day + 12)}" y="182" text-anchor="middle">{25 + day}.</text>' for day in range(4)
    )
    return f'<svg class="ch" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{title}">{grid}{lines}{days}</svg>'


def _x(hour: int) -> int:
    return LEFT + hour * (WIDTH - LEFT - 10) // HOURS


def _y(count: int, whole: int) -> int:
    return BOTTOM - count * (BOTTOM - 12) // max(1, whole)


def _points(points: Sequence[tuple[int, int]], whole: int) -> str:
    return " ".join(f"{_x(hour)},{_y(count, whole)}" for hour, count in points)


def _grid(percent: int) -> str:
    y = _y(percent, 100)
    return (
        f'<line class="ax" x1="{LEFT}" x2="{WIDTH - 10}" y1="{y}" y2="{y}"/>'
        f'<text x="{LEFT - 6}" y="{y + 4}" text-anchor="end">{percent} %</text>'
    )


LETTERS = "ABCDEFGH"
# Shaded by who can act: residents, the utility, the house; the unexplained is hatched.
SHADES = {
    "not_reported": "f3",
    "estimated": "f4",
    "noncompliant": "f5",
    "date_skew": "f1",
    "corrections": "f2",
    "common": "f6",
    "threshold": "f8",
}


def causes_bar(parts: Sequence[Part], *, title: str) -> str:
    """Return the causes as one bar, lettered in their order; what takes from the gap is hollow.

    >>> svg = causes_bar([Part("estimated", 30, 2), Part("unexplained", 10)], title="Gap")
    >>> svg.count("<rect"), 'url(#nezinams)' in svg
    (3, True)
    """
    whole = sum(abs(part.litres) for part in parts) or 1
    done, shapes = 0, []
    for letter, part in zip(LETTERS, parts, strict=False):
        x, width = done * 640 // whole, abs(part.litres) * 640 // whole
        done += abs(part.litres)
        if part.litres:
            shapes.append(f'<rect {_shade(part)} x="{x}" y="0" width="{max(1, width - 2)}" height="28"/>')
        if width >= 14:
            dark = part.cause in {"not_reported", "date_skew"} and part.litres > 0
            look = "on" if dark else "b halo" if part.cause == UNEXPLAINED else "b"
            shapes.append(f'<text class="{look}" x="{x + width // 2}" y="18" text-anchor="middle">{letter}</text>')
    return (
        f'<svg class="ch" viewBox="0 0 640 28" role="img" aria-label="{escape(title)}"><defs>'
        '<pattern id="nezinams" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<rect class="f7" width="3" height="6"/></pattern></defs>{"".join(shapes)}</svg>'
    )


def _shade(part: Part) -> str:
    if part.cause == UNEXPLAINED:
        return 'fill="url(#nezinams)" class="hatch"'
    hollow = ' fill-opacity="0.2"' if part.litres < 0 else ""
    return f'class="{SHADES[part.cause]}"{hollow}'


def difference_chart(months: Sequence[tuple[str, int]], *, limit: int) -> str:
    """Return the difference month by month in per cent of the intake, with its limit as a dashed line.

    >>> svg = difference_chart([("okt", 143), ("nov", 226)], limit=200)
    >>> svg.count('class="f7"'), svg.count('class="lim"')
    (1, 1)
    """
    if not months:
        return ""
    top = -(-max(limit + 50, *(permille for _, permille in months)) // 50) * 50
    wide = 360 // max(6, len(months))
    grid = "".join(
        f'<path class="ax" d="M32 {_high(at, top)}H394"/>'
        f'<text x="27" y="{_high(at, top) + 4}" text-anchor="end">{at // 10} %</text>'
        for at in range(0, top + 1, 50 if top <= 300 else 200)
        if at != limit
    )
    bars = "".join(
        f'<rect class="{_kind(permille, limit, last=i == len(months) - 1)}" x="{35 + i * wide}" '
        f'y="{_high(permille, top)}" width="{wide - 6}" height="{213 - _high(permille, top)}"/>'
        f'<text x="{35 + i * wide + (wide - 6) // 2}" y="228" text-anchor="middle">{escape(name)}</text>'
        for i, (name, permille) in enumerate(months)
    )
    line = _high(limit, top)
    return (
        f'<svg class="ch" viewBox="0 0 400 233" aria-hidden="true" focusable="false">{grid}{bars}'
        f'<path class="lim" d="M32 {line}H394"/>'
        f'<text class="b" x="27" y="{line + 4}" text-anchor="end">{limit // 10} %</text></svg>'
    )


def _high(permille: int, top: int) -> int:
    return 213 - max(0, permille) * 201 // top


def _kind(permille: int, limit: int, *, last: bool) -> str:
    return "f7" if permille > limit else "f1" if last else "f2"


HIGH, WIDE, ZERO, FLOOR = 12, 230, 100, 122


def use_bars(
    months: Sequence[int], band: tuple[int, int], used: int, meant: int | None, *, hot: bool, title: str
) -> str:
    """Return litres a month as bars, the expected band, the reported use and what was perhaps meant.

    What does not fit the scale is an arrow with its number.

    >>> svg = use_bars([3_000, 3_200], (2_600, 4_300), 66_892, 3_148, hot=False, title="Cold")
    >>> svg.count('class="fc"'), 'class="f7"' in svg, "+66,892" in svg
    (3, True, True)
    """
    top = max(*months, band[1], 1_000) * 5 // 4 if months else max(band[1], 1_000) * 5 // 4
    step = (WIDE - 40) // 13
    fill = "fh" if hot else "fc"
    bars = "".join(
        f'<rect class="{fill}" opacity=".75" x="{32 + at * step}" y="{_up(litres, top)}" width="{step - 3}" '
        f'height="{ZERO - _up(litres, top)}"/>'
        for at, litres in enumerate(months)
    )
    x = 32 + len(months) * step + 4
    low, high = _up(band[0], top), _up(band[1], top)
    expected = f'<rect class="band" x="{x - 2}" y="{high}" width="22" height="{low - high}"/>'
    said = _said(used, top, x + 9)
    perhaps = "" if meant is None else _dot(meant, top, x + 9, fill)
    axis = f'<path class="ax a0" d="M30 {ZERO}H{x + 20}"/><text x="26" y="{ZERO + 4}" text-anchor="end">0</text>'
    scale = f'<text x="26" y="{HIGH + 10}" text-anchor="end">{top // 1_000}</text>'
    look = f'viewBox="0 0 {x + 100} {FLOOR}" preserveAspectRatio="xMinYMid" role="img" aria-label="{escape(title)}"'
    return f'<svg class="ch" {look}>{axis}{scale}{bars}{expected}{said}{perhaps}</svg>'


def _up(litres: int, top: int) -> int:
    return ZERO - max(0, min(litres, top)) * (ZERO - HIGH) // top


def _said(used: int, top: int, x: int) -> str:
    if 0 <= used <= top:
        y = _up(used, top)
        return f'<circle class="f7" cx="{x}" cy="{y}" r="4"/>{_beside(used, x, y)}'
    y, arrow = (
        (HIGH, f"M{x - 6} {HIGH + 6}h12l-6-10z") if used > top else (ZERO + 8, f"M{x - 6} {ZERO + 4}h12l-6 10z")
    )
    return f'<path class="f7" d="{arrow}"/>{_beside(used, x, y)}'


def _dot(litres: int, top: int, x: int, fill: str) -> str:
    y = _up(litres, top)
    return f'<circle class="{fill}" cx="{x}" cy="{y}" r="5"/>{_beside(litres, x, y)}'


def _beside(litres: int, x: int, y: int) -> str:
    sign = "+" if litres >= 0 else ""
    return f'<text class="b" x="{x + 12}" y="{y + 4}">{sign}{m3_bare(litres)}</text>'
