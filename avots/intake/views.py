"""Uploading a file, seeing what it would do, and letting it do so."""

from pathlib import PurePath

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from avots.core import audit, clock, sheets
from avots.core.audit import By
from avots.core.errors import Refused
from avots.intake import actions, jobs, queries
from avots.intake.kinds import KINDS
from avots.intake.models import Item
from avots.ui.words import words

ROWS_SHOWN = 200
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _by(request: HttpRequest) -> By:
    return By("staff", request.user.pk or 0)


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Take a file for a dry run."""
    file = request.FILES.get("file")
    if request.method == "POST" and file is not None:
        try:
            now, by = clock.now(), _by(request)
            item = audit.tried(
                lambda: actions.receive(file.name or "file", file.read(), now=now, by=by),
                now=now,
                by=by,
                verb="intake:upload",
                subject=f"file:{file.name}",
            )
        except Refused as refused:
            messages.error(request, words(refused.code, **refused.facts))
        else:
            jobs.start_checking(item)
            return redirect("intake:item", item.pk)
    items = Item.objects.defer("original").order_by("-pk")[:30]
    context = {"items": items, "kinds": KINDS}
    return render(request, "intake/upload.html", context, status=422 if request.method == "POST" else 200)


@require_GET
def item(request: HttpRequest, pk: int) -> HttpResponse:
    """What a file would do, how far it has come, and each row that cannot be used with its reason."""
    found = get_object_or_404(Item.objects.defer("original"), pk=pk)
    counts = queries.counts_of(found)
    context = {
        "item": found,
        "counts": counts,
        "rows": sum(counts.values()),
        "summaries": queries.summaries(found),
        "bad": queries.rejected_rows(found)[:ROWS_SHOWN],
        "shown": ROWS_SHOWN,
    }
    return render(request, "intake/item.html", context)


@require_POST
def apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the file's new rows: a few at once, many by the worker."""
    found = get_object_or_404(Item, pk=pk)
    begun = actions.begin_applying(found, now=clock.now(), by=_by(request))
    if begun.state == Item.State.APPLYING:
        jobs.start_applying(begun)
    begun.refresh_from_db(fields=["state"])
    working = begun.state == Item.State.APPLYING
    messages.info(request, _("Ielasīšana sākta.") if working else _("Fails ielasts."))
    return redirect("intake:item", pk)


@require_GET
def template(request: HttpRequest) -> HttpResponse:
    """An empty workbook with a sheet and the columns of every kind."""
    return _download(_("paraugs"), ".xlsx", sheets.to_workbook(queries.template()), XLSX)


@require_GET
def rejected_workbook(request: HttpRequest, pk: int) -> HttpResponse:
    """The rows that cannot be used as a workbook, to mend and take again."""
    found, tables = _rejected(pk)
    return _download(_name_of(found), ".xlsx", sheets.to_workbook(tables), XLSX)


@require_GET
def rejected_csv(request: HttpRequest, pk: int) -> HttpResponse:
    """The rows of the file's first table that cannot be used as CSV, to mend and take again."""
    found, tables = _rejected(pk)
    return _download(_name_of(found), ".csv", sheets.to_csv(tables[0]), "text/csv; charset=utf-8")


def _rejected(pk: int) -> tuple[Item, list[sheets.Sheet]]:
    found = get_object_or_404(Item.objects.defer("original"), pk=pk)
    tables = queries.rejected(found)
    if not tables:
        raise Http404
    return found, tables


def _name_of(found: Item) -> str:
    return f"{PurePath(found.name).stem}-{_('nederīgas')}"


def _download(name: str, suffix: str, data: bytes, kind: str) -> HttpResponse:
    disposition = content_disposition_header(as_attachment=True, filename=f"{name}{suffix}") or "attachment"
    return HttpResponse(data, content_type=kind, headers={"Content-Disposition": disposition})
