"""Template filters: one line each over ``ui.formats``."""

from datetime import date, datetime
from json import dumps
from typing import Any

from django import template
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext

from avots.core.audit import By
from avots.core.dates import Month, local_day
from avots.core.money import divide_half_up
from avots.ui import faces, formats, icons
from avots.ui.names import name_of
from avots.ui.words import SENTENCES
from avots.ui.words import words as words_of

register = template.Library()


def _language() -> str:
    return (get_language() or "lv")[:2]


def _month(value: Any) -> Month:
    return value if isinstance(value, Month) else Month.parse(value) if isinstance(value, str) else Month.of(value)


def _day(value: Any) -> date:
    if isinstance(value, datetime):
        return local_day(value)
    return date.fromisoformat(value) if isinstance(value, str) else value


@register.filter
def eur(cents: int) -> str:
    return formats.eur(cents, _language())


@register.filter
def eur_bare(cents: int) -> str:
    return formats.eur_bare(cents, _language())


@register.filter
def eur_abs(cents: int) -> str:
    return formats.eur_bare(abs(cents), _language())


@register.filter
def rate(per_10000: int) -> str:
    return f"{per_10000 // 100}{formats.NBSP}%"


@register.filter
def m3(litres: int) -> str:
    return f"{formats.m3_bare(litres, _language())}{formats.NBSP}m³"


@register.filter
def m3_abs(litres: int) -> str:
    return m3(abs(litres))


@register.filter
def m3_bare(litres: int) -> str:
    return formats.m3_bare(litres, _language())


@register.filter
def price(price_100k: int) -> str:
    return f"{formats.price(price_100k, _language())}{formats.NBSP}EUR"


@register.filter
def price_bare(price_100k: int) -> str:
    return formats.price(price_100k, _language())


@register.filter
def face(litres: int, digits_before: int = 5) -> str:
    return formats.face(litres, digits_before, _language())


@register.filter
def permille(value: int) -> str:
    return formats.permille(value, _language())


@register.filter
def day(value: Any) -> str:
    return formats.day(_day(value), _language()) if value else ""


@register.filter
def moment(value: datetime) -> str:
    return formats.moment(value, _language()) if value else ""


@register.filter
def week(hours: str) -> str:
    return formats.week(hours, _language())


@register.filter
def weekday(value: Any) -> str:
    return formats.weekday(value if isinstance(value, int) else _day(value).weekday(), _language())


@register.filter
def plainly(value: Any) -> str:
    """Return a day, a moment or anything else as people read it."""
    if isinstance(value, datetime):
        return moment(value)
    return formats.day(value, _language()) if isinstance(value, date) else str(value)


@register.filter
def month(value: Any, case: str = "nom") -> str:
    return formats.month(_month(value), case, _language())


@register.filter
def month_name(value: Any, case: str = "nom") -> str:
    return formats.month_name(_month(value).number, case, _language())


@register.filter
def day_of_month(value: Any, case: str = "loc") -> str:
    return formats.day_of_month(_day(value), case, _language())


@register.filter
def json(value: Any) -> str:
    """Return a value as JSON, for an attribute that a script reads."""
    return dumps(value, cls=DjangoJSONEncoder)


@register.filter
def counted(count: int, forms: str) -> str:
    """Return a count with its noun: ``{{ n|counted:_("rēķins,rēķini,rēķinu") }}``."""
    return formats.counted(count, forms, _language())


@register.filter
def vocative(name: str) -> str:
    return formats.vocative(name) if _language() == "lv" else name


@register.filter
def coupon_code(code: str) -> str:
    """Return a coupon's code in groups, as it is printed."""
    return f"{code[:4]}-{code[4:8]}-{code[8:]}"


@register.filter
def denomination(cents: int) -> str:
    """Return the name of the field in which a note or coin is counted."""
    return f"d{cents}"


@register.filter
def span_left(days: int) -> str:
    """Return days as people count them: as days up to a year, then in whole years."""
    if days <= 366:
        return counted(days, gettext("diena,dienas,dienu"))
    return counted(days * 4 // 1461, gettext("gads,gadi,gadu"))


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """Return a mapping's value for a key held in a variable."""
    return mapping.get(key) if hasattr(mapping, "get") else None


@register.filter
def named(code: str, group: str) -> str:
    return name_of(code, group)


@register.simple_tag
def words(code: str, **facts: object) -> str:
    return words_of(code, **facts)


@register.simple_tag
def meter_face(line: Any) -> SafeString:
    """Return the picture of a meter's own face, showing its previous reading."""
    face = line.installation.meter.register
    svg = faces.picture(
        line.previous_litres,
        digits_before=face.digits_before,
        digits_after=face.digits_after,
        dials=face.face == "dials",
        label=gettext("Skaitītāja ciparnīca"),
    )
    return mark_safe(svg)  # noqa: S308 - made of numbers and our own words


@register.filter
def whole(litres: int, digits_before: int = 5) -> str:
    """Return the digits of a face before the point."""
    return f"{litres // 1_000:0{digits_before}d}"


@register.filter
def part(litres: int, digits_after: int = 3) -> str:
    """Return the digits of a face after the point."""
    return f"{litres % 1_000:03d}"[:digits_after]


@register.filter
def about(litres: int, price_100k: int) -> str:
    """Return about what litres cost."""
    return eur(divide_half_up(max(0, litres) * price_100k, 1_000_000))


@register.simple_tag
def check(code: str) -> str:
    """Return what a person can look at for a finding, or nothing."""
    advice = f"check_{code}"
    return f" {words_of(advice)}" if advice in SENTENCES else ""


@register.simple_tag
def reason(code: str, facts: dict[str, object]) -> str:
    return words_of(code, **facts)


@register.simple_tag
def icon(name: str, classes: str = "ico") -> SafeString:
    return mark_safe(icons.svg(name, classes))  # noqa: S308 - our own constant shapes


@register.filter
def asked_by(asked: Any, user: Any) -> bool:
    """Return whether an approval was asked for by a user, who may withdraw it but not grant it."""
    return bool(asked.requested_by == str(By("staff", user.pk)))
