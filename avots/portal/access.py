"""The only way a customer's page reaches an account."""

from datetime import datetime

from django.http import Http404, HttpRequest

from avots.core.dates import local_day
from avots.core.errors import Refused
from avots.customers.models import User
from avots.customers.queries import Held, account_for, accounts_of
from avots.meters.models import Premise


def account_of(request: HttpRequest, now: datetime) -> Held:
    """Return the account a page is about: the one named in the query, else the person's first.

    A foreign account and a missing one give the same page: not found.
    """
    on = local_day(now)
    number = request.GET.get("konts") or request.POST.get("konts")
    if number:
        try:
            return account_for(request.user, number, on=on)
        except Refused:
            raise Http404 from None
    held = accounts_of(request.user, on=on)
    if not held:
        raise Http404
    return held[0]


def full_account_of(request: HttpRequest, now: datetime) -> Held:
    """Return the account for pages a person who only submits readings may not see."""
    held = account_of(request, now)
    if held.submit_only:
        raise Http404
    return held


def premise_of(request: HttpRequest, held: Held) -> Premise:
    """Return which premise of the account a page is about."""
    wanted = request.GET.get("telpa") or request.POST.get("telpa")
    for premise in held.premises:
        if not wanted or str(premise.pk) == wanted:
            return premise
    raise Http404


def has_any(user: User, now: datetime) -> bool:
    """Return whether a person acts for any account."""
    return bool(accounts_of(user, on=local_day(now)))
