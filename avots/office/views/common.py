"""What all office pages do alike."""

from collections.abc import Callable
from datetime import date
from typing import Any, TypeVar

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from avots.core import audit, clock
from avots.core.audit import By
from avots.core.dates import Month
from avots.core.errors import Refused
from avots.customers.queries import buildings_managed_by, plain
from avots.meters.models import Building
from avots.readings.models import Round
from avots.ui.who import roles_in
from avots.ui.words import words

Done = TypeVar("Done")


def by_staff(request: HttpRequest) -> By:
    """Return who acts."""
    return By("staff", request.user.pk or 0)


def tried(request: HttpRequest, act: Callable[[], Done]) -> Done:
    """Do one action of a page; a refusal is audited with the page it came from, and goes on."""
    match = request.resolver_match
    return audit.tried(
        act,
        now=clock.now(),
        by=by_staff(request),
        verb=match.view_name if match else "office",
        subject=":".join(["page", *map(str, match.kwargs.values() if match else ())]),
    )


def attempt(request: HttpRequest, done: str, act: Callable[[], object]) -> bool:
    """Do one action and say what happened: that it is done, or why it was refused."""
    try:
        tried(request, act)
    except Refused as refused:
        messages.error(request, words(refused.code, **refused.facts))
        return False
    messages.info(request, done)
    return True


def houses_for(request: HttpRequest, today: date) -> tuple[QuerySet[Building], bool]:
    """Return the buildings a person may see, and whether as house manager only: then the own ones alone."""
    manager_only = roles_in(request) == {"manager"}
    own = buildings_managed_by(request.user, on=today) if manager_only else Building.objects.all()
    return own, manager_only


def at_address(rows: QuerySet[Any], text: str, column: str) -> QuerySet[Any]:
    """Return the rows at addresses with these words, in any order, without case and diacritics.

    :param column: the path to a building's ``search``
    """
    for word in plain(text).replace(",", " ").split():
        rows = rows.filter(**{f"{column}__contains": word})
    return rows


def month_or_404(month: str) -> Month:
    """Return a month written as 2026-11."""
    try:
        return Month.parse(month)
    except ValueError:
        raise Http404 from None


def round_or_404(month: str) -> Round:
    """Return the round of a month written as 2026-11."""
    return get_object_or_404(Round, first_day=month_or_404(month).first_day)
