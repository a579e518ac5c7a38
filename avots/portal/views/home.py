"""Home, meters, settings and the quiet pages."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from avots.billing.queries import thanked
from avots.core import audit, charts, clock, policies
from avots.core.audit import By
from avots.core.dates import Month, local_day
from avots.core.errors import Refused
from avots.core.policies import Policies
from avots.customers.actions import set_delivery
from avots.customers.models import CustomerAccount
from avots.customers.queries import Held, accounts_of
from avots.meters.models import MeterInstallation
from avots.meters.rules import Term
from avots.payments.queries import change_of, history, latest_of, received_of
from avots.portal import access, house
from avots.portal import history as used
from avots.readings.models import Round
from avots.readings.queries.lines import heard
from avots.readings.queries.rounds import Rounds, rounds_at
from avots.reminders.queries import term_policy, terms_on
from avots.service.models import Announcement
from avots.service.queries import announcements
from avots.ui.who import roles_in
from avots.ui.words import thanks, words

PAGES = {"viegli": "easy", "pieklustamiba": "accessibility", "dati": "privacy"}


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What to do now, what to pay, what was used; staff go to the office instead."""
    now = clock.now()
    mine = accounts_of(request.user, on=local_day(now))
    if not mine:
        return _without_account(request)
    held = access.named_in(request, mine)
    if held.submit_only:
        return redirect("portal:report")
    if held.past:
        return redirect(f"{reverse('portal:invoices')}?konts={held.account.number}")
    context = {"held": held, "others": mine, "query": f"?konts={held.account.number}", **_page(held, now)}
    return render(request, "portal/home.html", context)


def _page(held: Held, now: datetime) -> dict[str, object]:
    """Return what an account's page shows; what several parts of it need is asked for once, here."""
    today = local_day(now)
    months = used.months_of(held.account, Month.of(today), since=held.since)
    policy, policy_then = policies.on_each([today, months[-1].month.last_day if months else today])
    told, rounds, meters = announcements(held.premises, on=today), rounds_at(now), _meters(held)
    return {
        "urgent": [one for one in told if one.kind != Announcement.Kind.NEWS],
        "news": [one for one in told if one.kind == Announcement.Kind.NEWS],
        "thanks": _thanks(held, rounds, today=today, months=policy.thanks_months),
        "terms": _terms(meters, today, policy),
        **_money(held),
        **_used(held, months, policy=policy, least=policy_then.similar_homes_at_least),
        **_now_to_do(held, meters, rounds),
    }


def _money(held: Held) -> dict[str, object]:
    """Return what is owed, the latest invoice and the latest payment."""
    came = received_of(held.account)
    rows = [row for row in history(held.account, came) if held.shows(row.invoice.first_day)]
    return {
        "balance": access.balance_for(held, rows),
        "latest": latest_of(rows),
        "why": change_of(rows),
        "payment": came[-1] if came and not held.since else None,
    }


def _used(held: Held, months: list[used.UsedMonth], *, policy: Policies, least: int) -> dict[str, object]:
    """Return what was used in these months, by similar homes in the last one, and how often it was estimated."""
    misses = used.misses_of(held.account)
    beside = bool(months and held.premises)
    return {
        "months": months,
        "last_used": months[-1] if months else None,
        "year_ago": used.year_before(months),
        "similar": house.similar(held.premises[0], months[-1].month, least=least) if beside else None,
        "chart": used.chart_of(months, used.title_of(months)),
        "misses": misses,
        "drops": charts.drops(misses, policy.max_consecutive_estimates),
        "max_misses": policy.max_consecutive_estimates,
    }


def _thanks(held: Held, rounds: Rounds, *, today: date, months: int) -> str:
    """Return the line of thanks when the account reported and paid on time in the last months."""
    deserved = thanked([held.account.pk], rounds.closed, on=today, months=months)
    return thanks(months) if deserved else ""


def _without_account(request: HttpRequest) -> HttpResponse:
    roles = roles_in(request)
    if roles == {"manager"}:
        return redirect("office:buildings")
    if roles:
        return redirect("office:month")
    return render(request, "portal/no_account.html")


def _now_to_do(held: Held, meters: Sequence[MeterInstallation], rounds: Rounds) -> dict[str, object]:
    """Return the round and, while it is open, what is reported and missing of the account's meters."""
    round = rounds.latest
    if round is None:
        return {"round": None, "next_round": rounds.next}
    standing = [row for row in meters if row.stands(on=round.cut_on)]
    own = [row for row in standing if not row.remote_read]
    context = {"round": round, "stage": round.stage(rounds.now), "own": own, "next_round": rounds.next}
    if context["stage"] != Round.Stage.OPEN:
        return context
    told = heard([row.pk for row in standing], round)
    came = house.came(held.premises[0].building, round) if own else None
    return context | {
        "came": came,
        "house": charts.house(came.done, came.homes) if came and came.homes > 1 else "",
        "lines": [(row, told.get(row.pk)) for row in standing],
        "missing": [row for row in own if row.pk not in told],
    }


@require_GET
def meters(request: HttpRequest) -> HttpResponse:
    """The meters of an account's homes with their terms."""
    now = clock.now()
    held = access.full_account_of(request, now)
    context = {
        "held": held,
        "rows": _terms(_meters(held), local_day(now), policies.on(local_day(now))),
        "grounds": access.grounds_of(held),
        "query": f"?konts={held.account.number}",
    }
    return render(request, "portal/meters.html", context)


def _meters(held: Held) -> list[MeterInstallation]:
    """Return the meters of an account's homes, those removed too, home by home."""
    rows = MeterInstallation.objects.filter(usage_point__premise__in=held.premises)
    rows = rows.select_related("meter__register", "usage_point__building", "usage_point__premise__building")
    found: dict[int | None, list[MeterInstallation]] = defaultdict(list)
    for row in rows.order_by("usage_point__commodity", "usage_point_id", "pk"):
        found[row.usage_point.premise_id].append(row)
    return [row for home in found.values() for row in home]


def _terms(
    meters: Iterable[MeterInstallation], today: date, policy: Policies
) -> list[tuple[MeterInstallation, list[tuple[Term, int]]]]:
    """Return the meters that stand today, each with its terms and the days left until them."""
    standing = sorted((row for row in meters if row.stands(on=today)), key=lambda row: row.usage_point_id)
    ruled = term_policy(policy)
    return [
        (row, [(term, (term.on - today).days) for term in terms_on(row, today=today, policy=ruled)])
        for row in standing
    ]


@require_http_methods(["GET", "HEAD", "POST"])
def settings(request: HttpRequest) -> HttpResponse:
    """Switch between paper and e-mail invoices in one click; the rest of the settings has pages of its own."""
    now = clock.now()
    mine = accounts_of(request.user, on=local_day(now))
    held = access.named_in(request, mine) if mine else None
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
