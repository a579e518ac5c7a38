"""What each service costs now, before and later: a new price is proposed by one person and approved by another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from avots.billing.models import Run
from avots.core import clock, policies
from avots.core.dates import Month, local_day
from avots.core.errors import Refused
from avots.core.models import Approval
from avots.customers.queries import names_of
from avots.office.access import DECIDERS
from avots.office.forms import day_of, price_of
from avots.office.views.common import attempt, by_staff
from avots.tariffs.actions import TARIFF, approve_tariff, decline_tariff, propose_tariff
from avots.tariffs.models import Tariff
from avots.tariffs.queries import all_prices
from avots.tariffs.rules import Price, price_on, with_vat
from avots.ui.who import roles_in
from avots.usage.queries import issued_months

Prices = Mapping[str, Sequence[Price]]


@dataclass(frozen=True)
class Touched:
    """The months whose price a new one changes although they are issued, or computed already."""

    issued: list[Month]
    computed: list[Month]

    @property
    def seen(self) -> str:
        """What a person confirms: exactly these issued months."""
        return " ".join(map(str, self.issued))


def _touched(service: str, day: date, prices: Prices) -> Touched:
    until = min((one.valid_from for one in prices.get(service, []) if one.valid_from > day), default=date.max)
    runs = Run.objects.exclude(state=Run.State.ISSUED).filter(round__first_day__gte=Month.of(day).first_day)
    computed = map(Month.of, runs.order_by("round__first_day").values_list("round__first_day", flat=True))
    issued = issued_months(since=day)
    return Touched(*([one for one in months if one.first_day < until] for months in (issued, computed)))


@dataclass(frozen=True)
class Row:
    """A service with its prices, the newest first, and who decided those that were not shipped."""

    service: str
    prices: list[tuple[Price, Approval | None]]
    now: Price | None
    with_vat_100k: int


@dataclass(frozen=True)
class Waiting:
    """A price that waits for a second person, beside the one it takes the place of."""

    asked: Approval
    before: Price | None
    touched: Touched


def _row(service: str, prices: Sequence[Price], granted: Mapping[str, Approval], today: date) -> Row:
    now = price_on(prices, today)
    rate = policies.on(today).vat_rate_per_10000
    lines = [(one, granted.get(f"tariff:{service}:{one.valid_from}")) for one in reversed(prices)]
    return Row(service, lines, now, with_vat(now.price_100k, rate) if now else 0)


def _waiting(asked: Approval, prices: Prices) -> Waiting:
    service, day = asked.facts["service"], date.fromisoformat(asked.facts["valid_from"])
    return Waiting(asked, price_on(prices.get(service, []), day), _touched(service, day, prices))


@require_http_methods(["GET", "HEAD", "POST"])
def tariffs(request: HttpRequest) -> HttpResponse:
    """Every service's prices, those that wait for a second person, and a form to propose one."""
    prices, today = all_prices(), local_day(clock.now())
    typed = request.POST.dict() if request.method == "POST" else None
    touched = _typed_touches(typed, prices) if typed is not None else None
    if touched is not None and _propose(request, touched):
        return redirect("office:tariffs")
    asked = Approval.objects.filter(kind=TARIFF).order_by("pk")
    granted = {row.subject: row for row in asked if row.state == Approval.State.GRANTED}
    waiting = [_waiting(row, prices) for row in asked if row.state == Approval.State.OPEN]
    who = {person for row in asked for person in (row.requested_by, row.decided_by) if person}
    context = {
        "rows": [_row(service, prices.get(service, []), granted, today) for service in Tariff.Service.values],
        "waiting": waiting,
        "names": names_of(who),
        "may_decide": bool(roles_in(request) & set(DECIDERS)),
        "today": today,
        "first_day": Month.of(today).next.first_day,
        "typed": typed or {},
        "touched": touched,
    }
    return render(request, "office/tariffs.html", context, status=200 if typed is None else 422)


def _typed_touches(typed: Mapping[str, str], prices: Prices) -> Touched:
    try:
        return _touched(typed.get("service", ""), day_of(typed, "valid_from"), prices)
    except Refused:
        return Touched([], [])


def _propose(request: HttpRequest, touched: Touched) -> bool:
    typed = request.POST.dict()

    def act() -> None:
        if (service := typed.get("service", "")) not in Tariff.Service.values:
            raise Refused("no_such_kind")
        day, price = day_of(typed, "valid_from"), price_of(typed.get("price", ""))
        decision = typed.get("decision", "").strip()[:200]
        if decision and touched.issued and typed.get("seen") != touched.seen:
            raise Refused("tariff_in_issued_month")
        propose_tariff(
            service=service,
            valid_from=day,
            price_100k=price,
            decision=decision,
            now=clock.now(),
            by=by_staff(request),
        )

    return attempt(request, _("Apstiprinājums lūgts. Tagad vajag otru cilvēku."), act)


@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a waiting price in force, or leave the prices as they are, as a second person."""
    asked, now, by = get_object_or_404(Approval, kind=TARIFF, pk=pk), clock.now(), by_staff(request)
    if request.POST.get("decision") == "approve":
        again = _waiting(asked, all_prices()).touched.computed
        done = _("Cena apstiprināta. Aprēķinātos rēķinus rēķiniet vēlreiz.") if again else _("Cena apstiprināta.")
        attempt(request, done, lambda: approve_tariff(asked, now=now, by=by))
    elif request.POST.get("decision") == "decline":
        attempt(request, _("Viss paliek, kā bija."), lambda: decline_tariff(asked, now=now, by=by))
    return redirect("office:tariffs")
