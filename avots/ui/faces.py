"""A picture of a meter's own face: rollers, or rollers and pointer dials."""

BRASS, RIM, PLATE, BLACK, RED, INK = "#b08a3c", "#7d5f22", "#fbfdfd", "#14252e", "#94141d", "#0d2230"
MONO = "ui-monospace,DejaVu Sans Mono,monospace"


def picture(litres: int, *, digits_before: int, digits_after: int, dials: bool, label: str) -> str:
    """Return the face as SVG, showing so many litres; dials stand for the digits after the point.

    >>> svg = picture(420_612, digits_before=5, digits_after=3, dials=False, label="Face")
    >>> svg.count("<rect"), svg.count("<circle")
    (8, 2)
    >>> picture(420_612, digits_before=5, digits_after=3, dials=True, label="Face").count("<rect")
    5
    """
    text = f"{litres // 1_000:0{digits_before}d}"[-digits_before:]
    after = f"{litres % 1_000:03d}"[:digits_after]
    parts = _rollers(text, "" if dials else after)
    if dials:
        parts += "".join(_dial(at, digits_after, int(digit)) for at, digit in enumerate(after))
    return (
        f'<svg width="200" height="200" viewBox="0 0 200 200" role="img" aria-label="{label}">'
        f'<circle cx="100" cy="100" r="97" fill="{BRASS}" stroke="{RIM}" stroke-width="2"/>'
        f'<circle cx="100" cy="100" r="84" fill="{PLATE}" stroke="{RIM}" stroke-width="2"/>{parts}</svg>'
    )


def _rollers(before: str, after: str) -> str:
    count = len(before) + len(after)
    width = min(17, 142 // count)
    left = 100 - width * count // 2
    drums = "".join(
        f'<rect x="{left + at * width}" y="70" width="{width - 2}" height="26" rx="2" '
        f'fill="{BLACK if at < len(before) else RED}"/>'
        for at in range(count)
    )
    digits = "".join(
        f'<text x="{left + at * width + (width - 2) / 2:g}" y="89">{digit}</text>'
        for at, digit in enumerate(before + after)
    )
    under = f'<text x="{left + len(before) * width // 2}" y="111" fill="{INK}">m³</text>'
    if after:
        under += f'<text x="{left + (count * 2 - len(after)) * width // 2}" y="111" fill="{RED}">l</text>'
    return (
        f'{drums}<g font-family="{MONO}" font-size="16" text-anchor="middle" fill="#fff">{digits}</g>'
        f'<g font-size="13" text-anchor="middle">{under}</g>'
    )


# The pointer's tip on a dial of ten, clockwise from the top, in hundredths of its length.
TIPS = ((0, -100), (59, -81), (95, -31), (95, 31), (59, 81), (0, 100), (-59, 81), (-95, 31), (-95, -31), (-59, -81))


def _dial(at: int, count: int, digit: int) -> str:
    x, y = 100 + (at * 2 - count + 1) * 22, 140
    tip_x, tip_y = TIPS[digit]
    return (
        f'<circle cx="{x}" cy="{y}" r="18" fill="none" stroke="{RED}" stroke-width="1.5"/>'
        f'<path d="M{x} {y}l{tip_x * 15 / 100:g} {tip_y * 15 / 100:g}" stroke="{RED}" stroke-width="3"/>'
        f'<text x="{x}" y="{y + 32}" font-size="10" text-anchor="middle" fill="{INK}">×0,{"0" * at}1</text>'
    )
