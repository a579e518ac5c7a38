"""Home, meters, settings and the quiet pages."""

from datetime import datetime
from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from avots.billing.queries import compared, thanked
from avots.core import audit, charts, clock, policies
from avots.core.audit import By
from avots.core.dates import Month, local_day
from avots.core.errors import Refused
from avots.customers.actions import set_delivery
from avots.customers.models import CustomerAccount, User
from avots.customers.queries import Held, accounts_of, roles_of
from avots.meters.models import MeterInstallation
from avots.meters.rules import Term
from avots.payments.queries import history, latest_of, latest_payment
from avots.portal import access, house
from avots.portal import history as used
from avots.readings import queries
from avots.readings.models import Round
from avots.reminders.queries import policy_on, terms_on
from avots.service.models import Announcement
from avots.service.queries import announcements
from avots.ui.words import thanks, words

PAGES = {"viegli": "easy", "pieklustamiba": "accessibility", "dati": "privacy"}


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What to do now, what to pay, what was used; staff go to the office instead."""
    now = clock.now()
    if not access.has_any(cast(User, request.user), now):
        return _without_account(request, now)
    held = access.account_of(request, now)
    if held.submit_only:
        return redirect("portal:report")
    if held.past:
        return redirect(f"{reverse('portal:invoices')}?konts={held.account.number}")
    months = used.months_of(held.account, Month.of(local_day(now)), since=held.since)
    rows = [row for row in history(held.account) if held.shows(row.invoice.first_day)]
    told = announcements(held.premises, on=local_day(now))
    latest = latest_of(rows)
    context = {
        "held": held,
        "others": accounts_of(request.user, on=local_day(now)),
        "balance": access.balance_for(held, rows),
        "latest": latest,
        "why": compared(latest.invoice) if len(rows) > 1 and latest else None,
        "payment": None if held.since else latest_payment(held.account),
        "months": months,
        "last_used": months[-1] if months else None,
        "year_ago": used.year_before(months),
        "similar": house.similar(held.premises[0], months[-1].month) if months and held.premises else None,
        "chart": used.chart_of(months, used.title_of(months)),
        "misses": used.misses_of(held.account),
        "drops": charts.drops(used.misses_of(held.account), policies.on(local_day(now)).max_consecutive_estimates),
        "max_misses": policies.on(local_day(now)).max_consecutive_estimates,
        "urgent": [one for one in told if one.kind != Announcement.Kind.NEWS],
        "news": [one for one in told if one.kind == Announcement.Kind.NEWS],
        "thanks": _thanks(held, now),
        "terms": _terms(held, now),
        "query": f"?konts={held.account.number}",
        **_now_to_do(held, now),
    }
    return render(request, "portal/home.html", context)


def _thanks(held: Held, now: datetime) -> str:
    """Return the line of thanks when the account reported and paid on time in the last months."""
    months = policies.on(local_day(now)).thanks_months
    last = Round.objects.filter(closes_at__lte=now).order_by("-first_day").first()
    if last is None or not thanked([held.account.pk], round=last, on=local_day(now), months=months):
        return ""
    return thanks(months)


def _without_account(request: HttpRequest, now: datetime) -> HttpResponse:
    roles = roles_of(request.user, on=local_day(now))
    if roles == {"manager"}:
        return redirect("office:buildings")
    if roles:
        return redirect("office:month")
    return render(request, "portal/no_account.html")


def _now_to_do(held: Held, now: datetime) -> dict[str, object]:
    """Return the round and what is reported and missing of the account's meters."""
    try:
        round = queries.round_at(now)
    except Round.DoesNotExist:
        return {"round": None, "next_round": queries.next_round(now)}
    sheets = queries.sheets([premise.pk for premise in held.premises], round)
    lines = [line for sheet in sheets.values() for line in sheet]
    own = [line for line in lines if not line.installation.remote_read]
    open_now = round.stage(now) == Round.Stage.OPEN
    building = held.premises[0].building if held.premises else None
    came = house.came(building, round) if building and own and open_now else None
    return {
        "came": came,
        "house": charts.house(came.done, came.homes) if came and came.homes > 1 else "",
        "round": round,
        "stage": round.stage(now),
        "lines": lines,
        "own": own,
        "missing": [line for line in own if line.reading is None],
        "next_round": queries.next_round(now),
    }


@require_GET
def meters(request: HttpRequest) -> HttpResponse:
    """The meters of an account's homes with their terms."""
    now = clock.now()
    held = access.full_account_of(request, now)
    context = {
        "held": held,
        "rows": _terms(held, now),
        "grounds": access.grounds_of(held),
        "query": f"?konts={held.account.number}",
    }
    return render(request, "portal/meters.html", context)


def _terms(held: Held, now: datetime) -> list[tuple[MeterInstallation, list[tuple[Term, int]]]]:
    """Return the meters of an account's homes, each with its terms and the days left until them."""
    today = local_day(now)
    rows = MeterInstallation.objects.standing(on=today).filter(usage_point__premise__in=held.premises)
    found = rows.select_related("meter__register", "usage_point__premise__building").order_by("usage_point_id")
    policy = policy_on(today)
    return [
        (row, [(term, (term.on - today).days) for term in terms_on(row, today=today, policy=policy)]) for row in found
    ]


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """Switch between paper and e-mail invoices in one click; the rest of the settings has pages of its own."""
    now = clock.now()
    held = access.account_of(request, now) if access.has_any(cast(User, request.user), now) else None
    query = f"?konts={held.account.number}" if held else ""
    if request.method == "POST":
        if held is None or not held.holds:
            raise Http404
        _switch(request, held, now)
        return redirect(f"{request.path}{query}")
    return render(request, "portal/settings.html", {"held": held, "query": query})


def _switch(request: HttpRequest, held: Held, now: datetime) -> None:
    paper = request.POST.get("delivery") == "paper"
    delivery = CustomerAccount.Delivery.PAPER if paper else CustomerAccount.Delivery.EMAIL
    by = By("user", request.user.pk or 0)
    email = held.account.invoice_email or getattr(request.user, "email", "")
    try:
        audit.tried(
            lambda: set_delivery(held.account, delivery=delivery, email=email, now=now, by=by),
            now=now,
            by=by,
            verb="portal:settings",
            subject=f"account:{held.account.number}",
        )
    except Refused as refused:
        messages.error(request, words(refused.code))
    else:
        messages.info(request, _("Turpmāk rēķini nāks pa pastu.") if paper else _("Turpmāk rēķini nāks e-pastā."))


@require_GET
def page(request: HttpRequest, name: str) -> HttpResponse:
    """Easy reading, accessibility, personal data."""
    if name not in PAGES:
        raise Http404
    return render(request, f"portal/{PAGES[name]}.html", {"query": ""})
