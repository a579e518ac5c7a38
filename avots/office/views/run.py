"""The billing run: compute, look, ask, approve, issue."""

from datetime import date, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from avots.billing import actions, jobs
from avots.billing.actions.again import compute_again
from avots.billing.models import BuildingRun, Invoice, Run
from avots.billing.overview import MOST_PARKED, overview_of
from avots.billing.queries import asked_of, charged, compared
from avots.core import clock
from avots.core.dates import Month
from avots.core.errors import Refused
from avots.ledger.queries import first_open_day
from avots.office.views.common import attempt, by_staff, month_or_404, round_or_404
from avots.readings.models import Round


@require_GET
def run(request: HttpRequest, month: str = "") -> HttpResponse:
    """A run in figures, with what is parked and what comes next."""
    now = clock.now()
    found, round = _run_and_round(month, now)
    context: dict[str, object] = {"round": round, "run": found, "complete": bool(round and round.complete_at <= now)}
    if round and found:
        overview = overview_of(found)
        parked = BuildingRun.objects.filter(run=found, state=BuildingRun.State.PARKED).select_related("building")
        context |= {
            "summary": overview.summary,
            "totals": overview.totals,
            "parked_buildings": parked[:MOST_PARKED] if overview.summary.buildings.get("parked") else [],
            "approval": asked_of(found).last(),
        }
    if round and found and found.state == Run.State.REVIEW:
        context["issue_on"] = max(round.month.next.first_day.replace(day=11), first_open_day() or date.min)
    return render(request, "office/run.html", context)


def _run_and_round(month: str, now: datetime) -> tuple[Run | None, Round | None]:
    """Return the run of a month, or of the latest one whose readings are complete, and its round."""
    runs = Run.objects.select_related("round")
    if month:
        found = runs.filter(round__first_day=month_or_404(month).first_day).first()
        return found, found.round if found else round_or_404(month)
    complete = Round.objects.filter(complete_at__lte=now).order_by("-first_day")
    round = complete.first() or Round.objects.order_by("first_day").first()
    return runs.filter(round=round).first(), round


@require_POST
def start(request: HttpRequest, month: str) -> HttpResponse:
    """Open the run and hand its buildings to the workers."""
    now, round = clock.now(), round_or_404(month)

    def act() -> None:
        jobs.start_computing(actions.open_run(round, now=now, by=by_staff(request)))

    attempt(request, _("Aprēķins sākts. Atjauniniet lapu, lai redzētu gaitu."), act)
    return redirect("office:run_of", month)


@require_POST
def retry(request: HttpRequest, month: str, pk: int) -> HttpResponse:
    """Compute a parked building again."""
    now, place = clock.now(), get_object_or_404(BuildingRun, pk=pk, run__round=round_or_404(month))

    def act() -> None:
        actions.retry(place, now=now, by=by_staff(request))
        jobs.compute_buildings.enqueue([place.pk])

    attempt(request, _("Māju rēķina vēlreiz."), act)
    return redirect("office:run_of", month)


@require_POST
def again(request: HttpRequest, month: str) -> HttpResponse:
    """Compute all buildings of a run again; the page then says what changed."""
    now, found = clock.now(), get_object_or_404(Run, round=round_or_404(month))

    def act() -> None:
        compute_again(found, now=now, by=by_staff(request))
        jobs.start_computing(found)

    attempt(request, _("Aprēķins sākts. Atjauniniet lapu, lai redzētu gaitu."), act)
    return redirect("office:run_of", month)


@require_GET
def draft(request: HttpRequest, month: str, pk: int) -> HttpResponse:
    """An invoice of a run with its calculation, before it is issued; an issued one has its own page."""
    rows = Invoice.objects.of_runs().select_related("account__party", "building")
    found = get_object_or_404(rows, pk=pk, run__round=round_or_404(month))
    if found.number:
        return redirect("office:invoice", found.account.number, found.number)
    context = {
        "account": found.account,
        "invoice": found,
        "content": found.content,
        "month": Month.of(found.first_day),
        "round": month,
        "why": compared(found),
        "own_litres": charged(found).litres - charged(found).share_litres,
    }
    return render(request, "office/invoice.html", context)


@require_POST
def accept(request: HttpRequest, month: str, pk: int) -> HttpResponse:
    """Let an odd draft go as it is."""
    now, invoice = clock.now(), get_object_or_404(Invoice, pk=pk, run__round=round_or_404(month))
    attempt(request, _("Rēķins pieņemts."), lambda: actions.accept_parked(invoice, now=now, by=by_staff(request)))
    return redirect("office:run_of", month)


@require_POST
def ask(request: HttpRequest, month: str) -> HttpResponse:
    """Ask a second person to approve, with the day of issue."""
    now, found = clock.now(), get_object_or_404(Run, round=round_or_404(month))

    def act() -> None:
        try:
            day = date.fromisoformat(request.POST.get("issue_on", ""))
        except ValueError:
            raise Refused("not_a_day") from None
        actions.ask_approval(found, issue_on=day, now=now, by=by_staff(request))

    attempt(request, _("Apstiprinājums lūgts. Tagad vajag otru cilvēku."), act)
    return redirect("office:run_of", month)


@require_POST
def approve(request: HttpRequest, month: str) -> HttpResponse:
    """Approve as a second person, or send the run back."""
    now, found = clock.now(), get_object_or_404(Run, round=round_or_404(month))
    done, act = _("Apstiprināts. Rēķinus var izrakstīt."), actions.approve
    if request.POST.get("decision") == "decline":
        done, act = _("Rēķini nav apstiprināti. Labojiet un lūdziet vēlreiz."), actions.decline_run
    attempt(request, done, lambda: act(found, now=now, by=by_staff(request)))
    return redirect("office:run_of", month)


@require_POST
def issue(request: HttpRequest, month: str) -> HttpResponse:
    """Hand the approved buildings to the workers for issuing."""
    found = get_object_or_404(Run, round=round_or_404(month))

    def act() -> None:
        if found.state not in {Run.State.APPROVED, Run.State.ISSUED}:
            raise Refused("nobody_asked")
        jobs.start_issuing(found)

    attempt(request, _("Izrakstīšana sākta. Atjauniniet lapu, lai redzētu gaitu."), act)
    return redirect("office:run_of", month)
