"""How a month's invoices reach their customers: e-mails on their way, and paper to print by building."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from avots.billing import documents
from avots.billing.actions.deliveries import mark_printed
from avots.billing.models import Run
from avots.billing.queries.deliveries import latest_issued, paper_of, to_print
from avots.core import clock
from avots.meters.models import Building
from avots.office.deliveryfigures import delivery_figures
from avots.office.views.common import attempt, by_staff, round_or_404
from avots.ui import downloads

ON_A_PAGE = 50


def _run(month: str) -> Run:
    return get_object_or_404(Run, round=round_or_404(month))


@require_GET
def delivery(request: HttpRequest, month: str = "") -> HttpResponse:
    """Where a month's invoices are, and page by page the buildings with paper in walking order."""
    run = _run(month) if month else latest_issued()
    context: dict[str, object] = {"run": run}
    if run is not None:
        figures = delivery_figures(run, clock.now(), anew=bool(request.GET.get("tagad")))
        page = Paginator(figures.walk, ON_A_PAGE).get_page(request.GET.get("lapa"))
        context |= {
            "round": run.round,
            "figures": figures,
            "page": page,
            "rows": paper_of(run, list(page.object_list)),
        }
    return render(request, "office/delivery.html", context)


@require_GET
def print_file(request: HttpRequest, month: str, code: str) -> HttpResponse:
    """One PDF with a building's paper invoices in walking order; ``?visi=1`` gives the printed ones again."""
    run, building = _run(month), get_object_or_404(Building, code=code)
    found = to_print(run, building, again=bool(request.GET.get("visi")))
    if not found:
        raise Http404
    made = documents.print_file(delivery.invoice for delivery in found)
    return downloads.pdf(made, f"Druka_{month}_{building.code}.pdf")


@require_POST
def printed(request: HttpRequest, month: str, code: str) -> HttpResponse:
    """Note that the paper shown on the page was printed."""
    building = get_object_or_404(Building, code=code)
    shown = [int(pk) for pk in request.POST.get("deliveries", "").split() if pk.isdigit()]
    attempt(
        request,
        _("Atzīmēts: rēķini izdrukāti."),
        lambda: mark_printed(building, shown, now=clock.now(), by=by_staff(request)),
    )
    return redirect("office:delivery_of", month)
