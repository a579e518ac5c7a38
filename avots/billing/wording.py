"""The words of the printed invoice: meters, lines, the house, notes. Latvian, as the document is."""

from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any

from avots.billing.content import BuildingBlock, Content, Corrects, LineRow, MeterRow
from avots.ui import formats
from avots.ui.formats import MINUS, NBSP, m3_bare

SERVICES = {
    "water": "Ūdensapgāde",
    "sewerage": "Kanalizācija",
    "treatment": "Notekūdeņu attīrīšana",
    "paper": "Papīra rēķina piegāde",
}
PARTS = {"own": "jūsu patēriņš", "share": "mājas starpība", "fee": ""}
SHARING = {
    "equal": "Starpība dalīta vienādi",
    "pro_rata": "Starpība dalīta pēc patēriņa",
    "three_month_average": "Starpība dalīta pēc trīs mēnešu vidējā",
    "per_person": "Starpība dalīta pēc deklarēto personu skaita",
    "own_weights": "Starpība dalīta pēc īpašnieku lēmuma",
}
REASONS = {
    "reading": "labots rādījums",
    "tariff": "labota cena",
    "account": "cits maksātājs",
    "details": "laboti pircēja dati",
    "other": "cits iemesls",
}
PAYER = "payer"
DAYS = ["P", "O", "T", "C", "Pk", "S", "Sv"]
KINDS = {"cold": "aukstā", "hot": "karstā"}
WARN_DAYS = 90
FAR_DAYS = 300


def hours(week: str) -> str:
    """Return a week's opening hours in a few words; closed days are left out.

    >>> hours("8.00–17.00;8.00–17.00;8.00–17.00;8.00–17.00;8.00–17.00;;")
    'darba dienās 8.00–17.00'
    >>> hours("8.00–17.00;8.00–18.00;8.00–18.00;8.00–18.00;8.00–15.00;;")
    'P 8.00–17.00, O–C 8.00–18.00, Pk 8.00–15.00'
    """
    days = week.split(";")
    if len(set(days[:5])) == 1 and days[0] and not any(days[5:]):
        return f"darba dienās {days[0]}"
    groups = [
        (open_at, [name for name, _ in some])
        for open_at, some in groupby(zip(DAYS, days, strict=False), key=itemgetter(1))
    ]
    return ", ".join(
        f"{'–'.join(dict.fromkeys((names[0], names[-1])))} {open_at}" for open_at, names in groups if open_at
    )


def line_name(row: LineRow) -> str:
    """Return a line's name.

    >>> line_name({"service": "water", "part": "share"})
    'Ūdensapgāde, mājas starpība'
    """
    return ", ".join(part for part in (SERVICES[row["service"]], PARTS[row["part"]]) if part)


def line(row: LineRow) -> list[str]:
    """Return a line's cells: name, quantity, price, sum."""
    piece = row["part"] == "fee"
    quantity = f"{_pieces(row['quantity'])}{NBSP}gab." if piece else f"{m3_bare(row['quantity'])}{NBSP}m³"
    return [line_name(row), quantity, formats.price(row["price_100k"]), formats.eur_bare(row["net_cents"])]


def _pieces(thousandths: int) -> str:
    """Return whole pieces, on a credit note with the minus sign that sums have.

    >>> _pieces(1_000), _pieces(-1_000)
    ('1', '−1')
    """
    return f"{MINUS if thousandths < 0 else ''}{abs(thousandths) // 1_000}"


def price_since(row: LineRow) -> str:
    """Return since when a line's price holds, and by whose decision.

    >>> price_since({"price_from": "2026-01-01", "decision": "SPRK 112"})
    'no 01.01.2026., SPRK 112'
    """
    since = f"no {formats.day(date.fromisoformat(row['price_from']))}" if row.get("price_from") else ""
    return ", ".join(part for part in (since, row.get("decision", "")) if part)


def meter(row: MeterRow, max_estimates: int, issued_on: date) -> dict[str, Any]:
    """Return a meter's row."""
    measured = row["method"] in {"actual", "opening"}
    return {
        "kind": row["commodity"],
        "place": row["place"],
        "serial": row["serial"],
        "from": formats.face(row["from_litres"], row["digits_before"]),
        "from_on": "vidējais" if row["from_estimated"] else _day(row["from_on"], issued_on),
        "to": formats.face(row["to_litres"], row["digits_before"]) if row["method"] != "noncompliant" else "–",
        "to_on": _day(row["read_on"], issued_on) if measured else "",
        "litres": m3_bare(row["litres"]),
        "how": _how(row, max_estimates),
        "measured": measured,
    }


def _day(text: str, issued_on: date) -> str:
    """Return a reading's day, with its year only where it could be mistaken.

    >>> _day("2026-10-27", date(2026, 11, 11)), _day("2025-10-27", date(2026, 11, 11))
    ('27.10.', '27.10.2025.')
    """
    if not text:
        return ""
    day = date.fromisoformat(text)
    return f"{day:%d.%m.}" if (issued_on - day).days < FAR_DAYS else formats.day(day)


def _how(row: MeterRow, max_estimates: int) -> str:
    if row["method"] == "estimate":
        return f"vidējais, {row['misses']}. no {max_estimates}"
    if row["method"] == "noncompliant":
        return "starpībā"
    if row["method"] == "absence":
        return "prombūtne"
    if row["removed"]:
        return "nomainīts"
    return "no nulles" if row["rolled_over"] else "nolasīts"


def notes(content: Content, issued_on: date) -> list[tuple[str, str]]:
    """Return what a person should know about the meters, each with its leading word."""
    meters = content["meters"]
    found = [_corrected(content["corrects"])] if "corrects" in content else []
    found += [_estimated(content)] if any(row["method"] == "estimate" for row in meters) else []
    if any(row.get("invalid") for row in meters):
        found.append(("Skaitītājs nav derīgs:", "rādījumu neņem vērā. Patēriņš ir mājas starpībā."))
    if any(row["method"] == "noncompliant" and not row.get("invalid") for row in meters):
        found.append(("Nav rādījumu:", "tos neesam saņēmuši ilgi. Patēriņš ir mājas starpībā."))
    if shared := sum(row["shared_before_litres"] for row in meters):
        found.append(("Atskaitīts:", f"{m3_bare(shared)}{NBSP}m³ jau samaksājāt mājas starpībā."))
    if any(row.get("rolled_back") for row in meters):
        found.append(("Atrēķināts:", "agrāk kļūdaini rēķināts, ka skaitītājs sācis no nulles."))
    if any(row["rolled_over"] for row in meters):
        found.append(("No nulles:", "skaitītājs sācis skaitīt no sākuma. Tas ir pareizi."))
    found += [note for row in meters if (note := _term(row, issued_on))]
    if thanks := content.get("thanks", ""):
        lead, _, rest = thanks.partition(" ")
        found.append((lead, rest))
    return found


def _corrected(corrects: Corrects) -> tuple[str, str]:
    """Return which invoice this one takes the place of, and why."""
    return "Labojums:", f"šis rēķins ir rēķina {corrects['number']} vietā. Iemesls: {REASONS[corrects['reason']]}."


def _estimated(content: Content) -> tuple[str, str]:
    kinds = sorted({row["commodity"] for row in content["meters"] if row["method"] == "estimate"})
    names = " un ".join(KINDS[kind] for kind in kinds)
    return "Vidējais:", f"{names} ūdens rādījumu nesaņēmām. Kad to nodosiet, izlīdzināsim."


def _term(row: MeterRow, issued_on: date) -> tuple[str, str] | None:
    """Return the warning that MK 1013 asks for when a meter's verification ends or has ended."""
    if not row["verified_until"] or row["removed"]:
        return None
    until = date.fromisoformat(row["verified_until"])
    if (until - issued_on).days > WARN_DAYS:
        return None
    verb = "beidzās" if until < issued_on else "beidzas"
    return "Verificēšana:", f"skaitītājam {row['serial']} termiņš {verb} {formats.day(until)}"


def house(block: BuildingBlock | None) -> dict[str, Any] | None:
    """Return the block of MK 1013: the house's water and the share in its difference."""
    if block is None:
        return None
    common = block.get("common_share_litres", 0)
    rows = [
        ("Mājas ievadā", block["intake_litres"], ""),
        (f"{block['units']} dzīvokļos kopā", block["units_litres"], "units"),
        ("Koplietošanas telpās", block["common_litres"], "units"),
        ("Starpība", block["difference_litres"], "difference"),
        ("No iepriekšējā mēneša", block["carried_in_litres"], "carried"),
        ("Uz nākamo mēnesi", block["carried_out_litres"], "carried"),
        (_share_name(block), block["share_litres"] - common, "share"),
        ("Jūsu daļa koplietošanā", common, "share"),
    ]
    always = {"", "difference"}
    shown = [(name, f"{m3_bare(litres)}{NBSP}m³", kind) for name, litres, kind in rows if litres or kind in always]
    return {
        "address": block["address"],
        "rows": shown,
        "permille": max(0, min(1_000, block["difference_permille"])),
        "percent": formats.permille(block["difference_permille"]),
        "text": _house_text(block),
    }


def _share_name(block: BuildingBlock) -> str:
    equal = block["sharing"] == "equal" and not block["stage1_litres"]
    return f"Jūsu daļa, 1/{block['units']}" if equal else "Jūsu daļa"


def _house_text(block: BuildingBlock) -> str:
    """Return how the difference was shared, and who was counted by the average."""
    if block["sharing"] == PAYER:
        return "Norēķini par mājas ievada skaitītāju."
    said = [f"{SHARING[block['sharing']]} (MK{NBSP}noteikumi Nr.{NBSP}1013)."]
    if block["stage1_litres"]:
        said.append("Vispirms to sedz dzīvokļi bez rādījumiem.")
    if block["estimated_units"]:
        said.append(f"Pēc vidējā rēķināti dzīvokļi: {block['estimated_units']}.")
    if not block["share_litres"] and block["difference_litres"] <= 0:
        said = ["Starpības, ko dalīt, šomēnes nav."]
    return " ".join(said)
