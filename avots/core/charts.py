"""Pictures of water, made on the server: SVG with a title, beside a table of the same figures."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

HEIGHT, BASE, TOP = 238, 190, 14


@dataclass(frozen=True)
class MonthBar:
    """A month's litres, and whether part of them is estimated."""

    label: str
    year: str
    cold_litres: int
    hot_litres: int
    estimated: bool = False


def usage_chart(months: Sequence[MonthBar], *, title: str, name: str) -> str:
    """Return stacked bars of cold and hot water; x in per cent, so it fits any width.

    Estimated months have a dashed outline; hot is hatched, so colour is never alone.

    >>> svg = usage_chart([MonthBar("okt", "2026", 4_000, 2_000)], title="Use", name="c")
    >>> svg.count("<rect"), 'role="img"' in svg
    (3, True)
    """
    top = _step(max([bar.cold_litres + bar.hot_litres for bar in months] + [1_000]))
    width = 93 / max(1, len(months))
    grid = "".join(_grid(top * i // 4, top) for i in range(5))
    bars = "".join(_bar(bar, 7 + i * width, width, top, name) for i, bar in enumerate(months))
    labels = "".join(
        _label(bar, 7 + (i + 0.5) * width, i == 0 or bar.year != months[i - 1].year)
        for i, bar in enumerate(months)
        if i % 2 == 0
    )
    return (
        f'<svg class="chart" height="{HEIGHT}" role="img" aria-labelledby="{name}-t">'
        f'<title id="{name}-t">{escape(title)}</title><defs>'
        f'<pattern id="{name}-h" width="6" height="6" patternUnits="userSpaceOnUse" '
        'patternTransform="rotate(45)"><rect class="c-hot" width="6" height="6"/><path class="c-line" d="M0 0V6"/>'
        f"</pattern></defs>{grid}{bars}{labels}</svg>"
    )


def _step(most: int) -> int:
    """Return a round top of the scale in litres, a multiple of four m³ above 4 m³."""
    step = 4_000 if most > 2_000 else 2_000
    return -(-most // step) * step


def _y(litres: int, top: int) -> int:
    return BASE - max(0, litres) * (BASE - TOP) // top


def _grid(litres: int, top: int) -> str:
    y = _y(litres, top)
    text = f"{litres / 1000:g}".replace(".", ",")
    return f'<line class="grid" x1="7%" x2="100%" y1="{y}" y2="{y}"/><text x="0" y="{y + 5}">{text}</text>'


def _bar(bar: MonthBar, x: float, width: float, top: int, name: str) -> str:
    place = f'x="{x + width * 0.13:.2f}%" width="{width * 0.74:.2f}%"'
    cold, both = _y(bar.cold_litres, top), _y(bar.cold_litres + bar.hot_litres, top)
    parts = []
    if bar.cold_litres > 0:
        parts.append(f'<rect class="c-cold" {place} y="{cold}" height="{BASE - cold}"/>')
    if bar.hot_litres > 0:
        parts.append(f'<rect fill="url(#{name}-h)" {place} y="{both}" height="{max(0, cold - both - 2)}"/>')
    if bar.estimated:
        outline = 'fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="4 3"'
        parts.append(f'<rect class="est" {outline} {place} y="{both - 3}" height="{BASE - both + 3}"/>')
    return "".join(parts)


def _label(bar: MonthBar, x: float, with_year: bool) -> str:
    month = f'<text text-anchor="middle" x="{x:.2f}%" y="210">{escape(bar.label)}</text>'
    year = f'<text text-anchor="middle" x="{x:.2f}%" y="230">{escape(bar.year)}</text>'
    return month + (year if with_year else "")


def house(done: int, homes: int) -> str:
    """Return a house with a window for each home: lit ones first, so that no home can be told.

    >>> house(3, 5).count("h13v16h-13Z"), "stroke-dasharray" in house(3, 5), "stroke-dasharray" in house(5, 5)
    (5, True, False)
    """
    columns = 8 if homes > 20 else 5
    rows = max(3, -(-homes // columns))
    width, height = columns * 21 + 28, rows * 24 + 64
    lit = "".join(_window(i, columns, rows) for i in range(done))
    dark = "".join(_window(i, columns, rows) for i in range(done, homes))
    wave = f"M0 {height - 12}q12-8 24 0" + "t24 0" * (width // 24) + "v12H0Z"
    roof = f"M0 28h{width}v10H0ZM24 12h14v16H24ZM{width - 46} 18h22v10h-22Z"
    walls = f"M7 38v{height - 50}M{width - 7} 38v{height - 50}"
    dashed = f'<path fill="none" stroke="currentColor" stroke-width="1.5" stroke-dasharray="3 2" d="{dark}"/>'
    return (
        f'<svg width="{width}" height="{height}" viewBox="0 0 {width} {height}" aria-hidden="true" focusable="false">'
        f'<path class="g3" d="{roof}"/><path fill="none" stroke="currentColor" stroke-width="2" d="{walls}"/>'
        f'<path class="g2" d="{lit}"/>{dashed if dark else ""}<path class="g2" d="{wave}"/></svg>'
    )


def _window(number: int, columns: int, rows: int) -> str:
    row, column = divmod(number, columns)
    return f"M{19 + column * 21} {48 + (rows - 1 - row) * 24}h13v16h-13Z"


@dataclass(frozen=True)
class Segment:
    """A part of a whole: its label, its size, and its class of colour; none means hatched."""

    label: str
    size: int
    kind: str = ""


def parts_bar(segments: Sequence[Segment], *, name: str) -> str:
    """Return a bar of numbered parts, each at its share of the width; what takes away is hollow.

    The part without a colour is hatched, so that nobody overlooks it.

    >>> svg = parts_bar([Segment("1", 30, "g2"), Segment("2", 10), Segment("3", -10, "g1")], name="n")
    >>> svg.count("<rect"), svg.count("<text"), 'fill="url(#n)"' in svg, "stroke-dasharray" in svg
    (3, 3, True, True)
    """
    whole = sum(abs(part.size) for part in segments) or 1
    done, shapes = 0, []
    for part in segments:
        x, width = done * 1_000 // whole, abs(part.size) * 1_000 // whole
        place = f'x="{x / 10 + 0.2:g}%" width="{max(2, width - 4) / 10:g}%" y="4" height="48" rx="3"'
        shapes.append(f"<rect {place} {_look(part, name)}/>")
        if width >= 25:
            shapes.append(f'<text text-anchor="middle" x="{(x + width / 2) / 10:.2f}%" y="76">{part.label}</text>')
        done += abs(part.size)
    return (
        '<svg class="chart" height="84" aria-hidden="true" focusable="false"><defs>'
        f'<pattern id="{name}" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<path stroke="currentColor" stroke-width="3" d="M0 0V8"/></pattern></defs>{"".join(shapes)}</svg>'
    )


def _look(part: Segment, name: str) -> str:
    if not part.kind:
        return f'fill="url(#{name})" stroke="currentColor"'
    hollow = ' fill-opacity="0.15" stroke="currentColor" stroke-dasharray="4 3"' if part.size < 0 else ""
    return f'class="{part.kind}"{hollow}'


def limit_bar(permille: int, *, limit: int, most: int, kind: str) -> str:
    """Return a short bar of a share, with a dashed line where the limit is.

    >>> 'width="50%"' in limit_bar(100, limit=200, most=200, kind="g3")
    True
    """
    top = max(most, limit, 1)
    width, line = max(0, permille) * 100 // top, limit * 100 // top
    return (
        '<svg class="chart" height="22" aria-hidden="true" focusable="false">'
        f'<rect class="{kind}" width="{width}%" height="22" rx="3"/>'
        f'<line x1="{line}%" x2="{line}%" y2="22" stroke="currentColor" stroke-dasharray="3 3"/></svg>'
    )


DROP = "M14 1c7 9 11 13 11 19a11 11 0 0 1-22 0c0-6 4-10 11-19Z"


def drops(used: int, most: int) -> str:
    """Return a drop for each estimate a home may have in a row; the used ones are full.

    >>> drops(1, 3).count("stroke-dasharray")
    2
    """
    shapes = "".join(
        f'<path transform="translate({4 + 38 * i} 2)" d="{DROP}" stroke="currentColor" stroke-width="2" '
        + ('fill="currentColor"/>' if i < used else 'fill="none" stroke-dasharray="4 3"/>')
        for i in range(most)
    )
    size = f'width="{38 * most}" height="36" viewBox="0 0 {38 * most} 36"'
    return f'<svg {size} aria-hidden="true" focusable="false">{shapes}</svg>'


@dataclass(frozen=True)
class Bar:
    """A row of a waterfall: where it starts and how long it is, in thousandths of the width."""

    kind: str
    start: int
    length: int

    @property
    def svg(self) -> str:
        x, width = f"{self.start / 10:g}%", f"{max(4, self.length) / 10:g}%"
        rect = f'<rect class="{self.kind}" x="{x}" width="{width}" y="2" height="20" rx="2"/>'
        return f'<svg class="chart" height="24" aria-hidden="true" focusable="false">{rect}</svg>'


def waterfall(before: int, steps: Sequence[int], after: int) -> tuple[int, list[Bar]]:
    """Return the value at which the bars start, and the bars: before, each step, after.

    The axis starts at 0, or higher up where the steps are small beside what they add to.

    >>> origin, bars = waterfall(1_862, [19, 46, -21, 9], 1_915)
    >>> origin, [(bar.kind, bar.start, bar.length) for bar in bars[:3]]
    (1840, [('g2', 0, 252), ('up', 252, 218), ('up', 471, 528)])
    """
    levels = [before]
    for step in steps:
        levels.append(levels[-1] + step)
    low, high = min([*levels, after]), max([*levels, after])
    origin = (low - (high - low) // 3) // 10 * 10 if low > 3 * (high - low) > 0 else min(0, low)
    span = max(1, high - origin)

    def bar(kind: str, start: int, end: int) -> Bar:
        left, right = sorted((start, end))
        return Bar(kind, (left - origin) * 1_000 // span, (right - left) * 1_000 // span)

    moves = [bar("up" if step > 0 else "down", levels[i], levels[i + 1]) for i, step in enumerate(steps)]
    return origin, [bar("g2", origin, before), *moves, bar("g2", origin, after)]
