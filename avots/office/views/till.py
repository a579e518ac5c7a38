"""The cash desk: open it, take money, give receipts, count and close."""

import secrets
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from avots.core import clock
from avots.core.dates import local_day
from avots.core.errors import KeyReused, Refused
from avots.customers.models import CustomerAccount
from avots.customers.queries import names_of, premises_of
from avots.ledger.queries import balance_of
from avots.office.forms import cents_of, pieces_of
from avots.office.pages import desks_page
from avots.office.views.common import attempt, by_staff
from avots.payments import actions
from avots.payments.models import CashDesk, CashReceipt, DeskDay, Payment
from avots.payments.queries import desk_totals, history, payers
from avots.payments.receipt import receipt_pdf
from avots.payments.rules import DENOMINATIONS
from avots.ui.words import words


@require_GET
def tills(request: HttpRequest) -> HttpResponse:
    """Every desk and how it stands today."""
    return render(request, "office/till/tills.html", {"desks": desks_page(local_day(clock.now()))})


@require_POST
def register(request: HttpRequest) -> HttpResponse:
    """Register a desk."""
    now, code, name = clock.now(), request.POST.get("code", "").strip(), request.POST.get("name", "").strip()
    attempt(
        request,
        _("Kase pievienota."),
        lambda: actions.register_desk(code=code[:10], name=name[:80], now=now, by=by_staff(request)),
    )
    return redirect("office:tills")


@require_GET
def closings(request: HttpRequest) -> HttpResponse:
    """The latest closed days with what was expected, counted and why they differ."""
    days = DeskDay.objects.filter(state=DeskDay.State.CLOSED).select_related("desk").order_by("-day", "desk__code")
    rows = list(days[:60])
    return render(request, "office/till/closings.html", {"rows": rows, "names": names_of(r.closed_by for r in rows)})


def _desk(code: str) -> CashDesk:
    return get_object_or_404(CashDesk, code=code)


def _latest_day(desk: CashDesk) -> DeskDay | None:
    return DeskDay.objects.filter(desk=desk).order_by("-day").first()


@require_GET
def till(request: HttpRequest, desk: str) -> HttpResponse:
    """A desk at work: find the payer, see what was taken today."""
    now, found = clock.now(), _desk(desk)
    day = _latest_day(found)
    today, q = local_day(now), request.GET.get("q", "")[:80]
    at_work = day is not None and day.day == today and day.state == DeskDay.State.OPEN
    people = payers(q, on=today) if at_work and q else []
    if len(people) == 1:
        return redirect("office:till_pay", desk, people[0].account.number)
    context = {
        "desk": found,
        "day": day,
        "today": today,
        "at_work": at_work,
        "left_open": day is not None and day.day < today and day.state == DeskDay.State.OPEN,
        "typed": q,
        "people": people,
        "receipts": CashReceipt.objects.filter(desk_day=day).order_by("-pk")[:50] if at_work else [],
    }
    return render(request, "office/till/till.html", context)


@require_POST
def open_day(request: HttpRequest, desk: str) -> HttpResponse:
    """Open the desk with its float."""
    now, found = clock.now(), _desk(desk)
    attempt(
        request,
        _("Kase atvērta. Meklējiet maksātāju."),
        lambda: actions.open_desk(
            found, float_cents=cents_of(request.POST.get("float", "")), now=now, by=by_staff(request)
        ),
    )
    return redirect("office:till", desk)


@require_http_methods(["GET", "HEAD", "POST"])
def pay(request: HttpRequest, desk: str, number: str) -> HttpResponse:
    """Take money from a customer."""
    now, found = clock.now(), _desk(desk)
    account = get_object_or_404(CustomerAccount.objects.select_related("party"), number=number)
    if request.method == "POST":
        taken: list[CashReceipt] = []
        if attempt(request, _("Nauda pieņemta."), lambda: taken.append(_take(request, found, account))):
            return redirect("office:receipt", taken[0].number)
    owed = balance_of(account)
    context = {
        "desk": found,
        "account": account,
        "premises": premises_of([account], on=local_day(now))[account.pk],
        "owed": owed,
        "open_rows": [row for row in history(account) if row.open_cents],
        "typed": request.POST,
        "key": request.POST.get("key") or secrets.token_urlsafe(9),
    }
    return render(request, "office/till/pay.html", context, status=422 if request.method == "POST" else 200)


def _take(request: HttpRequest, desk: CashDesk, account: CustomerAccount) -> CashReceipt:
    card = request.POST.get("channel") == Payment.Channel.CARD
    given = request.POST.get("given", "").strip()
    try:
        return actions.take_payment(
            desk=desk,
            account=account,
            cents=cents_of(request.POST.get("amount", "")),
            channel=Payment.Channel.CARD if card else Payment.Channel.CASH,
            given_cents=cents_of(given) if given and not card else None,
            key=f"desk:{request.POST.get('key', '')[:24]}",
            now=clock.now(),
            by=by_staff(request),
        )
    except KeyReused:
        raise Refused("already_decided") from None


def _receipt(number: str) -> CashReceipt:
    rows = CashReceipt.objects.select_related("desk_day__desk", "payment__account", "reverses")
    return get_object_or_404(rows, number=number)


@require_GET
def receipt(request: HttpRequest, receipt: str) -> HttpResponse:
    """A receipt, to look at and to print."""
    found = _receipt(receipt)
    storno = CashReceipt.objects.filter(reverses=found).first()
    context = {"receipt": found, "content": found.content, "storno": storno, "desk": found.desk_day.desk}
    return render(request, "office/till/receipt.html", context)


@require_GET
def receipt_paper(request: HttpRequest, receipt: str) -> HttpResponse:
    """A receipt as a PDF, the same bytes every time."""
    found = _receipt(receipt)
    answer = HttpResponse(receipt_pdf(found.content, at=found.issued_at), content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="Kvits_{found.number}.pdf"'
    return answer


@require_POST
def storno(request: HttpRequest, receipt: str) -> HttpResponse:
    """Hand a receipt's money back as a second person."""
    now, found = clock.now(), _receipt(receipt)
    given: list[CashReceipt] = []
    reason = request.POST.get("reason", "")
    done = attempt(
        request,
        _("Nauda atdodama. Šī ir storno kvīts."),
        lambda: given.append(actions.cancel_receipt(found, reason=reason, now=now, by=by_staff(request))),
    )
    return redirect("office:receipt", given[0].number if done else receipt)


@require_http_methods(["GET", "HEAD", "POST"])
def close(request: HttpRequest, desk: str) -> HttpResponse:
    """Count the drawer and close the desk's open day; what was expected shows only afterwards."""
    now, found = clock.now(), _desk(desk)
    day = _latest_day(found)
    if day is None or day.state != DeskDay.State.OPEN:
        return redirect("office:till", desk)
    difference = None
    if request.method == "POST":
        try:
            counted = pieces_of(request.POST.dict(), DENOMINATIONS)
            reason = request.POST.get("reason", "")
            actions.close_desk(day, counted=counted, reason=reason, now=now, by=by_staff(request))
            return redirect("office:till_sheet", desk, day.day.isoformat())
        except Refused as refused:
            difference = refused.facts.get("cents")
            messages.error(request, words(refused.code))
    context: dict[str, Any] = {
        "desk": found,
        "day": day,
        "denominations": DENOMINATIONS,
        "typed": request.POST,
        "difference": difference,
    }
    return render(request, "office/till/close.html", context, status=422 if request.method == "POST" else 200)


@require_GET
def sheet(request: HttpRequest, desk: str, day: str) -> HttpResponse:
    """The closing sheet of a desk's day, to print and to sign."""
    try:
        on = date.fromisoformat(day)
    except ValueError:
        raise Http404 from None
    found = get_object_or_404(DeskDay.objects.select_related("desk"), desk__code=desk, day=on, state="closed")
    pieces = [(cents, found.counted.get(str(cents), 0)) for cents in DENOMINATIONS]
    receipts = CashReceipt.objects.filter(desk_day=found).order_by("pk")
    context = {
        "day": found,
        "totals": desk_totals(found),
        "pieces": [(cents, count, cents * count) for cents, count in pieces if count],
        "handover": (found.counted_cents or 0) - found.float_cents,
        "receipts": receipts,
        "names": names_of([found.opened_by, found.closed_by]),
    }
    return render(request, "office/till/sheet.html", context)
