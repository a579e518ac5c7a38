"""Bank statements: uploaded, looked at as a dry run, booked."""

from datetime import timedelta

from django.db.models import Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from avots.core import clock
from avots.core.dates import local_day
from avots.core.errors import Refused
from avots.office.views.common import attempt, by_staff
from avots.payments import actions, queries
from avots.payments.models import BankAccount, StatementFile

LOOKED_BACK = timedelta(days=120)
SHOWN = 300


@require_http_methods(["GET", "HEAD", "POST"])
def statements(request: HttpRequest) -> HttpResponse:
    """The files that came, where days are missing, and the upload of another."""
    now = clock.now()
    if request.method == "POST":
        taken: list[StatementFile] = []
        if attempt(
            request, _("Izraksts pārbaudīts. Vēl nekas nav ielādēts."), lambda: taken.append(_staged(request))
        ):
            return redirect("office:statement", taken[0].pk)
    context = {
        "files": StatementFile.objects.annotate(to_on=Max("statement__to_on")).order_by("-pk")[:40],
        "gaps": queries.gaps_of(local_day(now) - LOOKED_BACK),
    }
    return render(request, "office/statements.html", context, status=422 if request.method == "POST" else 200)


def _staged(request: HttpRequest) -> StatementFile:
    file = request.FILES.get("file")
    if file is None or file.file is None:
        raise Refused("statement_unknown_format")
    return actions.stage_statement(file.name or "izraksts", file.file, now=clock.now(), by=by_staff(request))


@require_GET
def statement(request: HttpRequest, pk: int) -> HttpResponse:
    """A file: what booking it would do, or what it did, entry by entry."""
    file = get_object_or_404(StatementFile, pk=pk)
    booked = file.state == StatementFile.State.BOOKED
    facts = queries.facts_of(file)
    known = set(BankAccount.objects.values_list("number", flat=True))
    context = {
        "file": file,
        "facts": facts,
        "new_accounts": sorted({one.account for one in facts} - known - {queries.own_number()}),
        "preview": None if booked else queries.preview(file),
        "figures": queries.figures_of(file) if booked else None,
        "entries": queries.entries_of(file, SHOWN) if booked else [],
        "shown": SHOWN,
    }
    return render(request, "office/statement.html", context)


@require_POST
def book(request: HttpRequest, pk: int) -> HttpResponse:
    """Book a file that was looked at; the same again adds nothing."""
    now, file = clock.now(), get_object_or_404(StatementFile, pk=pk)
    ours = request.POST.get("ours") == "1"
    attempt(
        request,
        _("Izraksts ielādēts."),
        lambda: actions.import_statement(file, now=now, by=by_staff(request), ours=ours),
    )
    return redirect("office:statement", pk)
