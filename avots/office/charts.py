"""The window's progress as a line, this month against the last."""

from collections.abc import Sequence

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
