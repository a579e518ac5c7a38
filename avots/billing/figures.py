"""The pictures of the printed invoice: why the sum changed, and thirteen months of use."""

from collections.abc import Sequence
from typing import Any

from avots.billing.content import HistoryRow
from avots.billing.rules.comparison import Step
from avots.core.charts import waterfall
from avots.core.dates import Month
from avots.ui import formats
from avots.ui.formats import MINUS, NBSP, eur_bare, m3_bare, month_name

CAUSES = {
    "cold": "Aukstais ūdens",
    "hot": "Karstais ūdens",
    "share": "Mājas starpība",
    "tariff": "Cita cena",
    "fee": "Papīra rēķins",
    "vat": "PVN",
}
# Tops of the scale in cubic metres whose half is a whole number too; times ten, hundred and so on.
TOPS = (2, 4, 6, 8, 10, 12, 16)


def why(before: tuple[Month, int], after: tuple[Month, int], steps: Sequence[Step]) -> dict[str, Any] | None:
    """Return the waterfall from the invoice before to this one, each a month and cents.

    Nothing where nothing changed.
    """
    if not steps:
        return None
    origin, bars = waterfall(before[1], [step.cents for step in steps], after[1])
    first, last = (_capital(month_name(month.number, "nom")) for month, _ in (before, after))
    names = [(first, ""), *((CAUSES[step.cause], _litres(step.litres)) for step in steps), (last, "")]
    sums = [eur_bare(before[1]), *(_signed(step.cents) for step in steps), eur_bare(after[1])]
    rows = [
        {"name": name, "note": note, "sum": text, "kind": bar.kind, "start": bar.start, "length": bar.length}
        for (name, note), text, bar in zip(names, sums, bars, strict=True)
    ]
    said = "; ".join(f"{row['name']} {row['note']} {row['sum']} EUR".replace("  ", " ") for row in rows)
    lead = _lead(after[1] - before[1], steps)
    return {"lead": lead, "rows": rows, "broken": origin > 0, "alt": f"Summas izmaiņa: {said}."}


def _lead(change: int, steps: Sequence[Step]) -> str:
    """Return the change of so many cents in one sentence, with its largest cause."""
    if not change:
        return "Summa ir tāda pati kā iepriekšējā mēnesī."
    causes = [step for step in steps if step.cause != "vat"] or steps
    cause = max(causes, key=lambda step: step.cents if change > 0 else -step.cents).cause
    more = "vairāk" if change > 0 else "mazāk"
    return f"Par {eur_bare(abs(change))}{NBSP}EUR {more}. Galvenais: {_small(CAUSES[cause])}."


def _litres(litres: int) -> str:
    return f"{_plus(litres)}{m3_bare(litres)}{NBSP}m³" if litres else ""


def _signed(cents: int) -> str:
    """Return an amount with its sign.

    >>> _signed(46), _signed(-21)
    ('+0,46', '−0,21')
    """
    return f"{_plus(cents)}{eur_bare(cents)}"


def _plus(value: int) -> str:
    return "+" if value > 0 else ""


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _small(text: str) -> str:
    return text if text.isupper() else text[0].lower() + text[1:]


def chart(history: Sequence[HistoryRow]) -> dict[str, Any] | None:
    """Return the bars of the last months in thousandths of the scale's top."""
    if not history:
        return None
    most = max(row["cold"] + row["hot"] for row in history)
    top = scale_of(most)
    months = [Month.parse(row["month"]) for row in history]
    bars = [
        {
            "label": _capital(month_name(at.number, "nom"))[0],
            "cold": max(0, row["cold"]) * 1_000 // top,
            "hot": max(0, row["hot"]) * 1_000 // top,
            "estimated": row["estimated"],
        }
        for at, row in zip(months, history, strict=True)
    ]
    return {
        "top": [_whole(top), _whole(top // 2), "0"],
        "bars": bars,
        "years": [str(months[0].year), str(months[-1].year)],
        "has_hot": any(row["hot"] for row in history),
        "has_estimated": any(row["estimated"] for row in history),
        "alt": f"Ūdens patēriņš pa mēnešiem, m³. {_said(months, history)}.",
    }


def scale_of(litres: int) -> int:
    """Return a round top of the scale, in litres, for bars up to so many.

    >>> scale_of(0), scale_of(7_900), scale_of(17_000), scale_of(305_000)
    (2000, 8000, 20000, 400000)
    """
    power = 1
    while max(TOPS) * power * 1_000 < litres:
        power *= 10
    return next(top * power * 1_000 for top in TOPS if top * power * 1_000 >= litres)


def _whole(litres: int) -> str:
    """Return litres as a round number of cubic metres.

    >>> _whole(8_000), _whole(-2_000)
    ('8', '−2')
    """
    return f"{MINUS if litres < 0 else ''}{abs(litres) // 1_000}"


def _said(months: Sequence[Month], history: Sequence[HistoryRow]) -> str:
    return "; ".join(
        f"{formats.month(at)}: aukstais {m3_bare(row['cold'])}, karstais {m3_bare(row['hot'])}"
        + (", vidējais" if row["estimated"] else "")
        for at, row in zip(months, history, strict=True)
    )
