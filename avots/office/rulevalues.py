"""A rule's value as people read and type it."""

from typing import Any

from django.http import QueryDict
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _

from avots.core.allowed import ALLOWED, Kind, Number, Numbers, OneOf, SomeOf, Table
from avots.core.errors import Refused
from avots.ui.formats import NBSP, counted, week
from avots.ui.names import name_of
from avots.ui.words import words

COUNTED = {
    "months": _("mēnesis,mēneši,mēnešu"),
    "days": _("diena,dienas,dienu"),
    "working_days": _("darba diena,darba dienas,darba dienu"),
    "years": _("gads,gadi,gadu"),
    "persons": _("cilvēks,cilvēki,cilvēku"),
    "flats": _("dzīvoklis,dzīvokļi,dzīvokļu"),
    "homes": _("mājoklis,mājokļi,mājokļu"),
    "litres": _("litrs,litri,litru"),
}
SIGNS = {"percent": "%", "m3": "m³", "eur": "EUR", "times": "×", "hour": ".00", "day_of_month": ".", "reports": ""}
CHOICES: dict[str | bool, str] = {
    True: _("jā"),
    False: _("nē"),
    "average": _("turpina rēķināt vidējo"),
    "norm": _("rēķina pēc normas"),
    "noncompliant": _("vispirms sedz mājas starpību"),
    "park": _("atliek, līdz nolasa uz vietas"),
    "none": _("visu starpību"),
    "hold_for_next_month": _("patur nākamajam mēnesim"),
    "carry_forward": _("pārnes uz nākamo mēnesi"),
    "credit": _("ieskaita uzreiz"),
    "net_of_shared_litres": _("rādījumu bez jau segtās starpības"),
    "full_reading": _("visu rādījumu"),
    "last_day_of_next_month": _("nākamā mēneša pēdējā diena"),
}
UP_TO_THE_NORM = _("ne vairāk par normu")


def _language() -> str:
    return (get_language() or "lv")[:2]


def figure(value: int, scale: int) -> str:
    """Return a stored whole number in the unit people write, without loss."""
    whole, part = divmod(value, scale)
    digits = str(part).zfill(len(str(scale)) - 1).rstrip("0") if part else ""
    return f"{whole}{(',' if _language() == 'lv' else '.') + digits if digits else ''}"


def stored(text: str, kind: Number) -> int:
    """Return the stored whole number of what was typed.

    >>> stored("6,08", Number("m3", 0, 9_000, scale=1_000)), stored(" 21 ", Number("percent", 0, 9_000, scale=100))
    (6080, 2100)

    :raises Refused: ``rule_not_typed``
    """
    whole, point, part = text.strip().replace(",", ".").partition(".")
    places = len(str(kind.scale)) - 1
    plain = f"{whole}{part}"
    fits = plain.isascii() and plain.isdigit() and len(plain) <= 12 and bool(whole) and bool(part) == bool(point)
    if fits and len(part) <= places:
        value = int(whole + part.ljust(places, "0"))
        if kind.holds(value):
            return value
    raise Refused("rule_not_typed", allowed=allowed_text(kind))


def _with_unit(value: int, kind: Number) -> str:
    if kind.unit in COUNTED:
        return counted(value, gettext(COUNTED[kind.unit]), _language())
    shown = figure(value, kind.scale)
    joined = "" if kind.unit in {"hour", "day_of_month"} else NBSP
    return f"{shown}{joined}{SIGNS[kind.unit]}".strip()


def allowed_text(kind: Kind) -> str:
    """Return what may be typed, in the reader's language; empty where one only picks."""
    if isinstance(kind, Number):
        plain = kind.unit in {"hour", "day_of_month"}
        most = figure(kind.most, kind.scale) if plain else _with_unit(kind.most, kind)
        return f"{figure(kind.least, kind.scale)}–{most}"
    if isinstance(kind, Numbers):
        return gettext("līdz sešiem skaitļiem, lielākais pirmais: {each}").format(each=allowed_text(kind.each))
    return allowed_text(kind.each) if isinstance(kind, Table) else ""


def choice(name: str, value: str | bool) -> str:
    """Return a way's name in the reader's language."""
    return gettext(UP_TO_THE_NORM if (name, value) == ("stage1_limit", "norm") else CHOICES[value])


def text_of(name: str, value: Any) -> str:
    """Return a value with its unit, as one line."""
    kind = ALLOWED[name]
    if isinstance(kind, Number):
        return _with_unit(value, kind)
    if isinstance(kind, OneOf):
        return choice(name, value)
    if isinstance(kind, SomeOf):
        return ", ".join(value) or "—"
    if isinstance(kind, Numbers):
        return ", ".join([*map(str, value[:-1]), _with_unit(value[-1], kind.each)])
    if isinstance(kind, Table):
        return ", ".join(str(value[one]) for one in kind.names)
    return str(week(value, _language()) if name == "opening_week" and value else value) or "—"


def lines_of(name: str, value: Any) -> list[tuple[str, str]]:
    """Return what stands behind a value of many parts: (short, in words)."""
    kind = ALLOWED[name]
    if isinstance(kind, SomeOf):
        return [(one, name_of(one, "ground")) for one in value]
    return [(str(value[one]), words(one)) for one in kind.names] if isinstance(kind, Table) else []


def fields_of(name: str, now: Any, typed: QueryDict | None) -> dict[str, Any]:
    """Return what a form asks for a value, filled with what was typed or what holds now."""
    kind: Any = ALLOWED[name]
    got = typed.get("value", "") if typed is not None else None
    if isinstance(kind, OneOf):
        chosen = str(now) if got is None else got
        return {"options": [(str(one), choice(name, one), str(one) == chosen) for one in kind.of]}
    if isinstance(kind, SomeOf):
        picked = now if typed is None else typed.getlist("value")
        return {"boxes": [(one, name_of(one, "ground"), one in picked) for one in kind.of]}
    if isinstance(kind, Table):
        sent = {f"value_{one}": str(now[one]) for one in kind.names} if typed is None else typed
        return {"inputs": [(f"value_{one}", words(one), sent.get(f"value_{one}", "")) for one in kind.names]}
    if isinstance(kind, Numbers):
        return {"text": ", ".join(map(str, now)) if got is None else got}
    return {"text": figure(now, kind.scale) if got is None else got, "unit": SIGNS.get(kind.unit, "").strip(".0")}


def value_of(name: str, data: QueryDict) -> Any:
    """Return the value a form was sent with.

    :raises Refused: ``rule_not_typed``
    """
    kind: Any = ALLOWED[name]
    text = data.get("value", "")
    if isinstance(kind, Table):
        return {one: stored(data.get(f"value_{one}", ""), kind.each) for one in kind.names}
    if isinstance(kind, SomeOf):
        return [one for one in kind.of if one in data.getlist("value")]
    if isinstance(kind, OneOf):
        return next((one for one in kind.of if str(one) == text), None)
    return _numbers(text, kind) if isinstance(kind, Numbers) else stored(text, kind)


def _numbers(text: str, kind: Numbers) -> list[int]:
    try:
        found = [stored(one, kind.each) for one in text.split(",")]
    except Refused:
        found = []
    if not kind.holds(found):
        raise Refused("rule_not_typed", allowed=allowed_text(kind))
    return found
