"""Telling customers something, taking it back, and deciding when the desk is open."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from avots.core import audit, policies
from avots.core.audit import By
from avots.core.claims import claim
from avots.core.errors import KeyReused, Refused
from avots.customers.models import CustomerAccount
from avots.meters.models import Building
from avots.service.models import Announcement, Look, SpecialDay
from avots.service.rules import hours_of


@dataclass(frozen=True)
class Text:
    """What an announcement says, to whom and from when until when, as typed."""

    kind: str
    title: str
    text: str
    place: str
    starts_on: date
    last_on: date


def draft(text: Text, *, key: str, now: datetime, by: By) -> Announcement:
    """Return an unsaved announcement as it would be seen.

    :raises Refused: ``title_or_text_missing``, ``days_turned_round``, ``no_such_place``, ``no_such_kind``
    """
    if not text.title.strip() or not text.text.strip():
        raise Refused("title_or_text_missing")
    if text.last_on < text.starts_on:
        raise Refused("days_turned_round")
    if text.kind not in Announcement.Kind.values:
        raise Refused("no_such_kind")
    return Announcement(
        key=key,
        kind=text.kind,
        title=text.title.strip()[:120],
        text=text.text.strip()[:4_000],
        starts_on=text.starts_on,
        last_on=text.last_on,
        written_at=now,
        written_by=str(by),
        **_audience(text.place.strip()),
    )


def _audience(place: str) -> dict[str, object]:
    """Return whom a typed place means: everybody when empty, else a house or a street we serve."""
    if not place:
        return {"audience": Announcement.Audience.ALL}
    for building in Building.objects.filter(street__in=_starts_of(place)):
        if building.address == place:
            return {"audience": Announcement.Audience.HOUSE, "building": building}
    if Building.objects.filter(street=place).exists():
        return {"audience": Announcement.Audience.STREET, "street": place}
    raise Refused("no_such_place", text=place)


def _starts_of(place: str) -> list[str]:
    words = place.split(" ")
    return [" ".join(words[:count]) for count in range(1, len(words))]


@transaction.atomic
def announce(text: Text, *, key: str, now: datetime, by: By) -> Announcement:
    """Tell customers something; the same key again tells it once.

    :raises Refused: as for :func:`draft`
    :raises KeyReused: when the key stands for another text
    """
    written = draft(text, key=key, now=now, by=by)
    known = Announcement.objects.filter(key=key).first()
    if known is not None:
        if (known.title, known.text) != (written.title, written.text):
            raise KeyReused(key)
        return known
    written.save(force_insert=True)
    facts = {"title": written.title, "place": text.place, "from": str(text.starts_on), "until": str(text.last_on)}
    audit.record(now=now, by=by, verb="announce", subject=f"announcement:{written.pk}", **facts)
    return written


@transaction.atomic
def withdraw(announcement: Announcement, *, now: datetime, by: By) -> None:
    """Take an announcement back at once; it is kept.

    :raises Refused: ``already_decided``
    """
    standing = Announcement.objects.filter(pk=announcement.pk, withdrawn_at=None)
    if not claim(standing, withdrawn_at=now, withdrawn_by=str(by)):
        raise Refused("already_decided")
    audit.record(now=now, by=by, verb="withdraw_announcement", subject=f"announcement:{announcement.pk}")


@transaction.atomic
def set_special_day(on: date, *, hours: str, note: str, now: datetime, by: By) -> None:
    """Decide other hours for one day; no hours mean closed.

    :raises Refused: ``not_hours``
    """
    values = {"hours": hours_of(hours), "note": note.strip()[:120], "decided_at": now, "decided_by": str(by)}
    SpecialDay.objects.update_or_create(on=on, defaults=values)
    audit.record(now=now, by=by, verb="set_special_day", subject=f"day:{on}", hours=values["hours"])


@transaction.atomic
def clear_special_day(on: date, *, now: datetime, by: By) -> None:
    """Let a day keep the hours of its weekday again."""
    if SpecialDay.objects.filter(on=on).delete()[0]:
        audit.record(now=now, by=by, verb="clear_special_day", subject=f"day:{on}")


@transaction.atomic
def change_contacts(
    *, phone: str, email: str, week: Sequence[str], valid_from: date, basis: str, now: datetime, by: By
) -> None:
    """Decide how the utility is reached from a day on: phone, e-mail and the hours of seven days.

    :raises Refused: ``not_hours``, ``contact_missing``, ``not_an_email``
    """
    if not any(char.isdigit() for char in phone):
        raise Refused("contact_missing")
    if "@" not in email.strip("@ "):
        raise Refused("not_an_email", text=email)
    hours = ";".join(hours_of(one) for one in week)
    for name, value in (
        ("contact_phone", phone.strip()[:40]),
        ("contact_email", email.strip()[:120]),
        ("opening_week", hours),
    ):
        policies.change(name=name, valid_from=valid_from, value=value, basis=basis[:300], now=now, by=by)


def note_look(account: CustomerAccount, *, roles: Iterable[str], now: datetime, by: By) -> None:
    """Write down that somebody of the staff looked at a customer (quality.md 4.3 row 36)."""
    Look.objects.create(account=account, at=now, by=str(by), role=min(roles, default=""))
