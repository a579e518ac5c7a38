"""Meters whose term falls within the next 90 days, as a page and as a file."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from avots.core import clock
from avots.core.csvout import csv_of
from avots.core.dates import local_day
from avots.reminders import queries
from avots.reminders.queries import DueTerm
from avots.ui.names import name_of
from avots.ui.words import words

DAYS = 90


@require_GET
def terms(request: HttpRequest) -> HttpResponse:
    """The list in walking order, with what each term means and how often it was told."""
    today = local_day(clock.now())
    rows = queries.due_terms(today, days=DAYS)
    return render(
        request, "office/terms.html", {"rows": rows, "contacts": queries.contacts_for(rows, today), "days": DAYS}
    )


@require_GET
def terms_csv(request: HttpRequest) -> HttpResponse:
    """The same list for a spreadsheet; no text in it can become a formula."""
    today = local_day(clock.now())
    header = [
        _("Adrese"),
        _("Vieta"),
        _("Skaitītājs"),
        _("Klients"),
        _("Kas"),
        _("Termiņš"),
        _("Dienas"),
        _("Paziņots"),
    ]
    header.append(_("Ko tas nozīmē"))
    body = csv_of(header, (_cells(row) for row in queries.due_terms(today, days=DAYS)))
    answer = HttpResponse(body, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="termini-{today}.csv"'
    return answer


def _cells(row: DueTerm) -> list[object]:
    place = row.point.premise or row.point.building
    return [
        place.address,
        row.point.place,
        row.installation.meter.serial,
        row.account.number if row.account else "",
        name_of(row.term.kind, "term"),
        row.term.on.isoformat(),
        row.days_left,
        row.told,
        words(row.term.meaning),
    ]
