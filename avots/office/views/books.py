"""The months of the books: what stands in each, which are closed, who closes and opens them."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from avots.billing.actions import periods
from avots.core import clock
from avots.core.dates import Month, local_day
from avots.core.models import Approval, AuditEntry
from avots.customers.queries import names_of
from avots.ledger.months import months_of_books
from avots.ledger.queries import closed_until
from avots.office.views.common import attempt, by_staff, month_or_404
from avots.payments.models import BankEntry, DeskDay

MONTHS = 13


@require_GET
def books(request: HttpRequest) -> HttpResponse:
    """The latest months with their state, and what to look at before one is closed."""
    now = clock.now()
    today = local_day(now)
    asked = Approval.objects.filter(kind__in=[periods.CLOSE, periods.REOPEN], state=Approval.State.OPEN)
    open_asked = {row.subject: row for row in asked}
    last = closed_until()
    rows = months_of_books(Month.of(today), months=MONTHS, now=now)
    done = AuditEntry.objects.filter(subject__startswith="books:").order_by("-pk")[:20]
    context = {
        "rows": [(row, open_asked.get(periods.subject_of(row.month)), row.month.last_day < today) for row in rows],
        "last": last,
        "waiting": BankEntry.objects.filter(state=BankEntry.State.WAITING).count(),
        "desks": DeskDay.objects.filter(state=DeskDay.State.OPEN, day__lt=today).count(),
        "audit": done,
        "names": names_of(
            [row.by for row in done]
            + [row.requested_by for row in open_asked.values()]
            + [row.closed.closed_by for row in rows if row.closed]
        ),
    }
    return render(request, "office/books.html", context)


@require_POST
def ask(request: HttpRequest, month: str) -> HttpResponse:
    """Ask a second person to close a month, or to open it again with a reason."""
    at, now, by = month_or_404(month), clock.now(), by_staff(request)
    reason, reopening = request.POST.get("reason", ""), request.POST.get("what") == "reopen"

    def act() -> Approval:
        if reopening:
            return periods.ask_reopening(at, reason=reason, now=now, by=by)
        return periods.ask_closing(at, now=now, by=by)

    attempt(request, _("Apstiprinājums lūgts. Tagad vajag otru cilvēku."), act)
    return redirect("office:books")


@require_POST
def decide(request: HttpRequest, month: str) -> HttpResponse:
    """Close a month, open it again, or leave it, as a second person."""
    at, now, by = month_or_404(month), clock.now(), by_staff(request)
    acts: dict[str, tuple[str, Callable[..., None]]] = {
        "close": (_("Mēnesis slēgts."), periods.close_month),
        "reopen": (_("Mēnesis atvērts."), periods.reopen_month),
    }
    done, act = acts.get(request.POST.get("decision", ""), (_("Viss paliek, kā bija."), periods.decline))
    attempt(request, done, lambda: act(at, now=now, by=by))
    return redirect("office:books")
