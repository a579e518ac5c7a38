"""Payments: those that wait for a decision, those recorded by hand, the latest ones."""

import secrets
from collections.abc import Mapping
from datetime import date, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from avots.core import clock
from avots.core.dates import local_day
from avots.core.errors import KeyReused, Refused
from avots.customers import queries as customers
from avots.customers.models import CustomerAccount
from avots.ledger.queries import total_of
from avots.office.forms import cents_of, day_of
from avots.office.views.common import attempt, by_staff
from avots.office.views.statements import LOOKED_BACK
from avots.payments import actions, queries
from avots.payments.models import BankEntry, Payment, StatementFile
from avots.ui.names import NAMES

SPLIT_ROWS = range(1, 5)


@require_http_methods(["GET", "HEAD", "POST"])
def payments(request: HttpRequest) -> HttpResponse:
    """The queue with the evidence for the payment in hand; a payment by hand; the latest."""
    if request.method == "POST":
        if attempt(request, _("Maksājums ierakstīts."), lambda: _record(request)):
            return redirect("office:payments")
        return _page(request, typed=request.POST)
    return _page(request)


def _page(
    request: HttpRequest,
    *,
    typed: Mapping[str, str] | None = None,
    split: Mapping[str, str] | None = None,
    at: int = 0,
) -> HttpResponse:
    """Show the page; with what was typed, where it could not be done."""
    now = clock.now()
    context = _queue(request, now, str(at or request.GET.get("r", ""))) | {
        "latest": Payment.objects.standing().select_related("account__party").order_by("-pk")[:12],
        "decided": queries.decided_lately(8),
        "typed": typed or {},
        "split": [(n, (split or {}).get(f"number{n}", ""), (split or {}).get(f"amount{n}", "")) for n in SPLIT_ROWS],
        "key": (typed or {}).get("key") or secrets.token_urlsafe(9),
        "today": local_day(now),
    }
    refused = typed is not None or split is not None
    return render(request, "office/payments.html", context, status=422 if refused else 200)


def _queue(request: HttpRequest, now: datetime, wanted: str) -> dict[str, object]:
    """Return the waiting entries, the one in hand with its suggestions, and the latest file's figures."""
    today, rows = local_day(now), queries.waiting()
    waiting = list(rows[:30])
    current = rows.filter(pk=wanted).first() if wanted.isdigit() else None
    current = current or (waiting[0] if waiting else None)
    at = next((n for n, row in enumerate(waiting) if row == current), 0)
    file = StatementFile.objects.filter(state=StatementFile.State.BOOKED).order_by("-pk").first()
    text = request.GET.get("meklet", "").strip()[:80]
    return {
        "waiting": waiting,
        "count": rows.count(),
        "current": current,
        "next": waiting[at + 1] if at + 1 < len(waiting) else None,
        "previous": waiting[at - 1] if at else None,
        "suggestions": queries.suggestions(current, on=today) if current else [],
        "text": text,
        "found": customers.search(text, on=today, limit=6) if text else [],
        "reasons": list(NAMES["aside"]),
        "file": file,
        "figures": queries.figures_of(file) if file else None,
        "suspense": -total_of("suspense"),
        "gaps": queries.gaps_of(today - LOOKED_BACK),
    }


@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a waiting payment to one customer or several, or set it aside."""
    now, by, entry = clock.now(), by_staff(request), get_object_or_404(BankEntry, pk=pk)

    def act() -> None:
        if request.POST.get("decision") == "aside":
            reason = request.POST.get("reason", "")
            actions.set_entry_aside(entry, reason=reason if reason in NAMES["aside"] else "", now=now, by=by)
        else:
            remember = request.POST.get("remember") == "1"
            actions.assign_entry(entry, _shares(request, entry), remember=remember, now=now, by=by)

    if attempt(request, _("Izlemts. Nākamais maksājums ir zemāk."), act):
        return redirect("office:payments")
    return _page(request, split=request.POST, at=pk)


def _shares(request: HttpRequest, entry: BankEntry) -> list[actions.Share]:
    """Return who gets what: the account of the button pressed, or the rows of the split."""
    if number := request.POST.get("account", ""):
        return [actions.Share(_account(number), abs(entry.cents))]
    typed = [(request.POST.get(f"number{n}", ""), request.POST.get(f"amount{n}", "")) for n in SPLIT_ROWS]
    return [actions.Share(_account(number), cents_of(amount)) for number, amount in typed if number.strip()]


def _account(number: str) -> CustomerAccount:
    account = CustomerAccount.objects.filter(number=number.strip()).first()
    if account is None:
        raise Refused("no_such_account")
    return account


@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a decided or matched payment wait again."""
    now, entry = clock.now(), get_object_or_404(BankEntry, pk=pk)
    done = _("Lēmums atsaukts. Maksājums atkal gaida.")
    attempt(request, done, lambda: actions.undo_decision(entry, now=now, by=by_staff(request)))
    return redirect(f"{reverse('office:payments')}?r={pk}")


def _record(request: HttpRequest) -> None:
    account = _account(request.POST.get("account", ""))
    day = day_of(request.POST.dict(), "received_on")
    if day > local_day(clock.now()):
        raise Refused("day_in_future")
    cents = cents_of(request.POST.get("amount", ""))
    try:
        _book(request, account, cents, day)
    except KeyReused:
        raise Refused("already_decided") from None


def _book(request: HttpRequest, account: CustomerAccount, cents: int, day: date) -> None:
    actions.record_payment(
        key=f"office:{request.POST.get('key', '')[:24]}",
        account=account,
        cents=cents,
        received_on=day,
        channel=Payment.Channel.BANK,
        reference=request.POST.get("reference", "")[:140],
        now=clock.now(),
        by=by_staff(request),
    )
