"""What every page says about reaching the utility, and what everybody is told today."""

from functools import cache
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from avots.core import clock
from avots.core.dates import local_day
from avots.service import queries
from avots.service.rules import Day
from avots.ui import contacts


def contact(request: HttpRequest) -> dict[str, Any]:
    """Return the template variables common to all pages, each read where it is shown and only once."""
    today = local_day(clock.now())
    utility = cache(lambda: contacts.on(today))
    return {
        "utility": utility,
        "not_usual": cache(lambda: _said(queries.desk(today, week=utility()["week"])[0])),
        "general_announcements": lambda: queries.announcements((), on=today),
    }


def _said(day: Day) -> str:
    """Return what is unusual about today's hours, in a sentence; nothing on a usual day."""
    if day.usual:
        return ""
    hours = day.hours or _("slēgts")
    note = f" ({day.note})" if day.note else ""
    return _("Šodien: {hours}{note}.").format(hours=hours, note=note)
