"""Uploading a file, seeing what it would do, and letting it do so."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from avots.core import clock
from avots.core.audit import By
from avots.core.errors import Refused
from avots.intake import actions
from avots.intake.kinds import KINDS
from avots.intake.models import Item, StagedRow
from avots.ui.words import words


def _by(request: HttpRequest) -> By:
    return By("staff", request.user.pk or 0)


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Take a file for a dry run."""
    file = request.FILES.get("file")
    if request.method == "POST" and file is not None:
        try:
            item = actions.stage(file.name or "file", file.read(), now=clock.now(), by=_by(request))
        except Refused as refused:
            messages.error(request, words(refused.code, **refused.facts))
        else:
            return redirect("intake:item", item.pk)
    context = {"items": Item.objects.defer("original").order_by("-pk")[:30], "kinds": KINDS}
    return render(request, "intake/upload.html", context, status=422 if request.method == "POST" else 200)


@require_GET
def item(request: HttpRequest, pk: int) -> HttpResponse:
    """What a file would do, and each row that cannot be used with its reason."""
    found = get_object_or_404(Item.objects.defer("original"), pk=pk)
    bad = StagedRow.objects.filter(item=found, state=StagedRow.State.BAD).order_by("number")
    return render(request, "intake/item.html", {"item": found, "bad": bad[:500]})


@require_POST
def apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Write the file's new rows."""
    found = get_object_or_404(Item, pk=pk)
    actions.apply(found, now=clock.now(), by=_by(request))
    messages.info(request, _("Fails ielasts."))
    return redirect("intake:item", pk)
