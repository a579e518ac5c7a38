"""The shapes: cold is a snowflake on a disc, hot is steam on a square; never colour alone."""

SHAPES = {
    "cold": (
        "M12 2v20M3.3 7l17.4 10M20.7 7 3.3 17M9.5 3.5 12 6l2.5-2.5M9.5 20.5 12 18l2.5 2.5"
        "M3.2 10.4 6.6 9.5 5.7 6.1M20.8 13.6l-3.4.9.9 3.4M20.8 10.4l-3.4-.9.9-3.4M3.2 13.6l3.4.9-.9 3.4"
    ),
    "hot": (
        "M7 3c-2 2.5 2 4 0 7M12 3c-2 2.5 2 4 0 7M17 3c-2 2.5 2 4 0 7"
        "M3 14c3 0 3 2 6 2s3-2 6-2 3 2 6 2M3 19c3 0 3 2 6 2s3-2 6-2 3 2 6 2"
    ),
    "ok": "m4 13 5 5L20 6",
    "wait": "M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16M12 8v5l3 2",
}


def svg(name: str, classes: str) -> str:
    """Return a decorative icon as SVG, hidden from screen readers.

    >>> svg("ok", "ico")[:18]
    '<svg class="ico" v'
    """
    return (
        f'<svg class="{classes}" viewBox="0 0 24 24" aria-hidden="true" focusable="false" fill="none" '
        f'stroke="currentColor" stroke-width="2" stroke-linecap="round"><path d="{SHAPES[name]}"/></svg>'
    )
