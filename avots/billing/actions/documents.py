"""Rendering documents, off the critical path."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from avots.billing import documents, pdf
from avots.billing.models import Document
from avots.billing.queries import DOCUMENTS_AHEAD
from avots.core import files
from avots.core.dates import local_day

State = Document.State
LEASE = timedelta(minutes=10)
TRIES = 5


def render_waiting(*, now: datetime, limit: int = 20) -> int:
    """Render up to so many documents of recent invoices; return how many were taken.

    What a dead worker left behind is taken again when its lease is over.
    """
    taken = _take(now, limit)
    for document in taken:
        _render(document, now)
    return len(taken)


@transaction.atomic
def _take(now: datetime, limit: int) -> Sequence[Document]:
    Document.objects.filter(state=State.RENDERING, changed_at__lt=now - LEASE).update(state=State.WAITING)
    recent = local_day(now) - DOCUMENTS_AHEAD
    rows = Document.objects.filter(state=State.WAITING, attempts__lt=TRIES, invoice__issued_on__gte=recent)
    free = rows.order_by("changed_at", "pk").select_for_update(skip_locked=True, of=("self",))
    taken = list(free.select_related("invoice")[:limit])
    Document.objects.filter(pk__in=[row.pk for row in taken]).update(state=State.RENDERING, changed_at=now)
    return taken


def _render(document: Document, now: datetime) -> None:
    """Render one document and keep it; one that cannot be made is put by with its reason."""
    row = Document.objects.filter(pk=document.pk)
    try:
        digest = files.write(documents.path_of(document.invoice), pdf.render(document.invoice))
    except Exception as error:
        attempts = document.attempts + 1
        state = State.WAITING if attempts < TRIES else State.FAILED
        row.update(state=state, attempts=attempts, error=str(error)[:300], changed_at=now)
    else:
        row.update(state=State.DONE, sha256=digest, error="", changed_at=now)
