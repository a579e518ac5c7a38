"""The demo's mailbox: what the town's people would find in theirs."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from avots.outbox.models import Message
from avots.outbox.smtp import fetch
from avots.ui import downloads


@require_GET
def mailbox(request: HttpRequest) -> HttpResponse:
    """The newest messages, or those to one address."""
    address = request.GET.get("kam", "").strip()[:120]
    rows = Message.objects.order_by("-pk")
    found = rows.filter(to__icontains=address) if address else rows
    return render(request, "demo/mailbox.html", {"rows": found[:60], "address": address})


@require_GET
def message(request: HttpRequest, pk: int) -> HttpResponse:
    """One message as its text says it."""
    return render(request, "demo/message.html", {"message": get_object_or_404(Message, pk=pk)})


@require_GET
def attachment(request: HttpRequest, pk: int) -> HttpResponse:
    """The file a message carries."""
    found = get_object_or_404(Message, pk=pk)
    if not found.attachments:
        raise Http404
    return downloads.pdf(fetch(found.attachments[0]), found.attachments[0]["name"])
