"""The only way a customer's page reaches an account."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.http import Http404, HttpRequest

from avots.core.dates import local_day
from avots.customers.models import Access, Occupancy
from avots.customers.queries import Held, accounts_of
from avots.ledger.queries import balance_of
from avots.meters.models import Noncompliance, Premise
from avots.payments.queries import InvoiceRow


def account_of(request: HttpRequest, now: datetime) -> Held:
    """Return the account a page is about, of those the person may act for."""
    return named_in(request, accounts_of(request.user, on=local_day(now)))


def named_in(request: HttpRequest, mine: Sequence[Held]) -> Held:
    """Return which of a person's accounts a page is about: the one named in the query, else the first.

    A foreign account and a missing one give the same page: not found.
    """
    number = request.GET.get("konts") or request.POST.get("konts")
    for held in mine:
        if not number or held.account.number == number:
            return held
    raise Http404


def full_account_of(request: HttpRequest, now: datetime) -> Held:
    """Return the account for pages a person who only submits readings may not see."""
    held = account_of(request, now)
    if held.submit_only:
        raise Http404
    return held


def holder_of(request: HttpRequest, now: datetime) -> Held:
    """Return the account for pages where only its holder decides."""
    held = account_of(request, now)
    if not held.holds:
        raise Http404
    return held


def own_account_of(request: HttpRequest, now: datetime) -> Held:
    """Return the account for pages about its customer, also of one who has moved out; for no helper."""
    held = account_of(request, now)
    if held.kind != Access.Kind.HOLDER:
        raise Http404
    return held


def premise_of(request: HttpRequest, held: Held) -> Premise:
    """Return which premise of the account a page is about."""
    wanted = request.GET.get("telpa") or request.POST.get("telpa")
    for premise in held.premises:
        if not wanted or str(premise.pk) == wanted:
            return premise
    raise Http404


def grounds_of(held: Held) -> list[Noncompliance]:
    """Return the grounds against an account's homes in its own time, newest first; those before are not its."""
    homes = Occupancy.objects.filter(account=held.account, premise__in=held.premises)
    since = {premise: max(start, held.since or start) for premise, start in homes.values_list("premise", "starts_on")}
    found = Noncompliance.objects.filter(premise__in=since).select_related("premise__building")
    rows = found.order_by("-starts_on", "-pk")
    return [row for row in rows if row.ends_on is None or row.ends_on > since[row.premise_id]]


def balance_for(held: Held, rows: Iterable[InvoiceRow]) -> int:
    """Return what a person sees as owed: the account's balance, for a tenant what is open of their own time."""
    return balance_of(held.account) if held.since is None else sum(row.open_cents for row in rows)
