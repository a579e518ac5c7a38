"""Who sees which announcement, and when the desk is open."""

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When

from avots.core.calendar import holidays_of
from avots.core.dates import local_day
from avots.customers.models import Occupancy
from avots.meters.models import Building, Premise
from avots.service import rules
from avots.service.models import Announcement, SpecialDay

FIRST = [Announcement.Kind.EMERGENCY, Announcement.Kind.PLANNED, Announcement.Kind.NEWS]


def announcements(premises: Iterable[Premise], *, on: date) -> QuerySet[Announcement]:
    """Return what people of these premises are told on a day: emergencies first, then the newest.

    Without premises only what is for everybody.
    """
    buildings = {premise.building_id: premise.building for premise in premises}
    here = Q(audience=Announcement.Audience.ALL) | Q(building__in=buildings)
    here |= Q(audience=Announcement.Audience.STREET, street__in={one.street for one in buildings.values()})
    live = Announcement.objects.filter(here, withdrawn_at=None, starts_on__lte=on, last_on__gte=on)
    order = Case(*[When(kind=kind, then=Value(at)) for at, kind in enumerate(FIRST)], output_field=IntegerField())
    return live.select_related("building").order_by(order, "-starts_on", "-pk")


def reached(announcement: Announcement, *, on: date) -> int:
    """Return how many homes with somebody who answers for them an announcement is for."""
    homes = Occupancy.objects.valid(on=on)
    if announcement.building_id:
        homes = homes.filter(premise__building=announcement.building_id)
    elif announcement.street:
        homes = homes.filter(premise__building__street=announcement.street)
    return homes.count()


def places() -> list[str]:
    """Return the streets and houses an announcement can be for, as they are written."""
    found = Building.objects.values_list("street", "house").order_by("street", "walking_order", "pk")
    return sorted({street for street, _ in found}) + [f"{street} {house}" for street, house in found]


def desk(day: date, *, week: str, days: int = 1) -> list[rules.Day]:
    """Return the desk's hours on so many days from a day on.

    :param week: seven opening hours, Monday first, between semicolons
    """
    until = day + timedelta(days=days)
    rows = SpecialDay.objects.filter(on__gte=day, on__lt=until).values_list("on", "hours", "note")
    special = {on: (hours, note) for on, hours, note in rows}
    hours = week.split(";")
    return [
        rules.day_of(on, week=hours, special=special.get(on), holiday=on in holidays_of(on.year))
        for on in (day + timedelta(days=at) for at in range(days))
    ]


def state_of(announcement: Announcement, on: date) -> str:
    """Return where an announcement stands on a day: withdrawn, planned, live or over."""
    if announcement.withdrawn_at is not None and local_day(announcement.withdrawn_at) <= on:
        return "withdrawn"
    if on < announcement.starts_on:
        return "planned"
    return "live" if on <= announcement.last_on else "over"
