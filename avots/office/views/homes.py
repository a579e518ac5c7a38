"""A home's meters and its grounds of non-compliance: exchanges by act, grounds with evidence and dates."""

from datetime import date, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from avots.core import clock
from avots.core.calendar import working_day_after
from avots.core.dates import local_day
from avots.core.errors import Refused
from avots.customers.queries import names_of, occupancy_of
from avots.meters import actions as meters
from avots.meters.actions import Act, Device
from avots.meters.models import ExchangeAct, MeterInstallation, Noncompliance, Premise, Register
from avots.office.forms import day_of
from avots.office.views.common import attempt, by_staff
from avots.readings.actions import record_visit_reading
from avots.readings.actions.exchanges import exchange
from avots.readings.models import Reading
from avots.readings.rules.typed import parse

ACT_WORKING_DAYS = 2
VISITS = (Reading.Kind.CONTROL, Reading.Kind.OWNER)


@require_GET
def home(request: HttpRequest, pk: int) -> HttpResponse:
    """The meters that stand and stood in a home, and its grounds of non-compliance."""
    return _home(request, get_object_or_404(Premise.objects.select_related("building"), pk=pk))


def _home(request: HttpRequest, premise: Premise, *, status: int = 200) -> HttpResponse:
    today = local_day(clock.now())
    rows = MeterInstallation.objects.filter(usage_point__premise=premise).select_related("meter", "usage_point")
    acts = {act.removed_id: act for act in ExchangeAct.objects.filter(removed__in=rows)}
    grounds = list(Noncompliance.objects.filter(premise=premise).order_by("-starts_on", "-pk"))
    context = {
        "premise": premise,
        "occupancy": occupancy_of(premise, on=today),
        "meters": [
            (row, acts.get(row.pk), _late(acts.get(row.pk)))
            for row in rows.order_by("usage_point_id", "-installed_on", "-pk")
        ],
        "grounds": grounds,
        "names": names_of(row.recorded_by for row in grounds),
        "codes": Noncompliance.Ground.values,
        "visits": Reading.objects.filter(installation__in=rows, kind__in=VISITS).order_by("-read_on", "-pk")[:10],
        "kinds": VISITS,
        "typed": request.POST,
        "today": today,
    }
    return render(request, "office/home.html", context, status=status)


def _late(act: ExchangeAct | None) -> bool:
    """Return whether an act reached us later than two working days after the exchange."""
    return act is not None and act.handed_in_on > working_day_after(act.acted_on, ACT_WORKING_DAYS)


@require_POST
def record_ground(request: HttpRequest, pk: int) -> HttpResponse:
    """Record a ground of non-compliance."""
    premise = get_object_or_404(Premise.objects.select_related("building"), pk=pk)
    data, now = request.POST.dict(), clock.now()

    def act() -> None:
        meters.record_ground(
            premise,
            ground=data.get("ground", ""),  # type: ignore[arg-type]
            starts_on=day_of(data, "starts_on"),
            evidence=data.get("evidence", "")[:300],
            now=now,
            by=by_staff(request),
        )

    done = attempt(request, _("Neatbilstība ierakstīta. Klients to redz portālā."), act)
    return redirect("office:home", pk) if done else _home(request, premise, status=422)


@require_POST
def visit(request: HttpRequest, pk: int) -> HttpResponse:
    """Record what a meter showed at a control, or as the home changed hands."""
    premise = get_object_or_404(Premise.objects.select_related("building"), pk=pk)
    data, now = request.POST.dict(), clock.now()

    def act() -> None:
        standing = MeterInstallation.objects.filter(usage_point__premise=premise, removed_on=None)
        row = standing.filter(pk=_number(data.get("meter", ""))).select_related("meter__register").first()
        if row is None or data.get("kind") not in VISITS:
            raise Refused("meter_not_here")
        face, on = row.meter.register, day_of(data, "read_on")
        litres = parse(data.get("shown", ""), digits_before=face.digits_before, digits_after=face.digits_after)
        key = f"visit:{row.pk}:{data['kind']}:{on}:{litres}"
        kind = Reading.Kind(data["kind"])
        record_visit_reading(row, kind=kind, litres=litres, read_on=on, key=key, now=now, by=by_staff(request))

    done = attempt(request, _("Rādījums ierakstīts. Ja tas ir neparasts, tas gaida lēmumu pie aizturētajiem."), act)
    return redirect("office:home", pk) if done else _home(request, premise, status=422)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0


@require_POST
def end_ground(request: HttpRequest, pk: int) -> HttpResponse:
    """End a ground of non-compliance."""
    row = get_object_or_404(Noncompliance.objects.select_related("premise__building"), pk=pk)
    now, by = clock.now(), by_staff(request)
    act = lambda: meters.end_ground(row, ends_on=day_of(request.POST.dict(), "ends_on"), now=now, by=by)  # noqa: E731
    done = attempt(request, _("Neatbilstība beigta."), act)
    return redirect("office:home", row.premise_id) if done else _home(request, row.premise, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
def exchange_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Exchange the meter that stands at a usage point, by its act; also for an earlier day."""
    rows = MeterInstallation.objects.select_related(
        "meter__register", "usage_point__building", "usage_point__premise__building"
    )
    old = get_object_or_404(rows, pk=pk, removed_on=None)
    now = clock.now()
    asked: list[int] = []
    if request.method == "POST":
        done = _("Skaitītājs ir nomainīts.")
        if attempt(request, done, lambda: _exchange(request, old, now, asked)):
            premise = old.usage_point.premise_id
            return redirect("office:home", premise) if premise else redirect("office:terms")
    context = {
        "old": old,
        "point": old.usage_point,
        "typed": request.POST,
        "asked": asked[0] if asked else None,
        "faces": Register.Face.values,
        "today": local_day(now),
    }
    return render(request, "office/exchange.html", context, status=422 if request.method == "POST" else 200)


def _exchange(request: HttpRequest, old: MeterInstallation, now: datetime, asked: list[int]) -> None:
    data = request.POST.dict()
    register = old.meter.register
    end = parse(data.get("end", ""), digits_before=register.digits_before, digits_after=register.digits_after)
    stood_by = data.get("stood_by", "")
    try:
        exchange(
            old,
            _device(data),
            end_litres=end,
            on=day_of(data, "on"),
            act=Act(
                data.get("performed_by", "")[:120], day_of(data, "handed_in_on"), data.get("removed_seal", "")[:40]
            ),
            stood_by=int(stood_by) if stood_by.isdigit() else None,
            now=now,
            by=by_staff(request),
        )
    except Refused as refused:
        if refused.code == "end_reading_falls":
            asked.append(end)
        raise


def _device(data: dict[str, str]) -> Device:
    before, after = _digits(data.get("digits_before", "")), _digits(data.get("digits_after", ""))
    return Device(
        serial=data.get("serial", "").strip()[:40],
        make=data.get("make", "").strip()[:60],
        start_litres=parse(data.get("start", ""), digits_before=before, digits_after=after),
        digits_before=before,
        digits_after=after,
        face=data.get("face", "") if data.get("face") in Register.Face.values else Register.Face.ROLLERS,
        verified_until=_maybe_day(data, "verified_until"),
        seal=data.get("seal", "")[:40],
        remote_read=bool(data.get("remote_read")),
    )


def _digits(text: str) -> int:
    if not (text.isdigit() and 0 <= int(text) <= 8):
        raise Refused("not_a_number", text=text)
    return int(text)


def _maybe_day(data: dict[str, str], name: str) -> date | None:
    return day_of(data, name) if data.get(name) else None
