"""Questions about people, accounts and who may act for whom."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib.sessions.models import Session
from django.db.models import F, Q, QuerySet

from avots.customers.models import (
    AbsenceNotice,
    Access,
    CodeGeneration,
    CustomerAccount,
    Occupancy,
    RoleGrant,
    ServiceAgreement,
    SignIn,
    User,
)
from avots.customers.registration import code_for
from avots.meters.models import Building, Premise
from avots.ui.names import name_of

# "tal 65-12": part of a street, the house, the flat.
ADDRESS = re.compile(r"(?P<street>.+?)\s+(?P<house>\d+\w*)\s*-\s*(?P<flat>\d+\w*)")
MOST_HOUSES = 50


def roles_of(user: User | Any, *, on: date) -> frozenset[str]:
    """Return the staff roles a person holds on a day; Django's own superuser is an administrator."""
    if not user.is_active:
        return frozenset()
    granted = RoleGrant.objects.valid(on=on).filter(user=user).values_list("role", flat=True)
    django_admin = {str(RoleGrant.Role.ADMINISTRATOR)} if user.is_superuser else set()
    return frozenset(granted) | django_admin


def buildings_managed_by(user: User | Any, *, on: date) -> QuerySet[Building]:
    """Return the buildings a house manager may see on a day."""
    grants = RoleGrant.objects.valid(on=on).filter(user=user, role=RoleGrant.Role.MANAGER)
    return Building.objects.filter(pk__in=grants.values("building"))


def names_of(acted: Iterable[str]) -> dict[str, str]:
    """Return the name of each person or part that acted ("staff:12", "job:billing"), as people say it."""
    wanted = {who: who.partition(":") for who in acted}
    people = {int(ref) for kind, _, ref in wanted.values() if kind in {"staff", "user"} and ref.isdigit()}
    users = {str(pk): user.get_full_name() for pk, user in User.objects.in_bulk(people).items()}
    return {
        who: users.get(ref, "") if kind in {"staff", "user"} and ref in users else name_of(kind, "actor")
        for who, (kind, _, ref) in wanted.items()
    }


@dataclass(frozen=True)
class Held:
    """An account a user may act for, how, and the premises it answers for on the day."""

    account: CustomerAccount
    kind: str
    premises: tuple[Premise, ...]
    since: date | None = None
    past: bool = False

    @property
    def submit_only(self) -> bool:
        return self.kind == Access.Kind.SUBMIT

    @property
    def holds(self) -> bool:
        """Return whether this person decides who else may act, and how invoices come."""
        return self.kind == Access.Kind.HOLDER and not self.past

    def shows(self, month_first_day: date) -> bool:
        """Return whether a month is this person's own: a tenant sees nothing from before their time."""
        return self.since is None or month_first_day >= self.since.replace(day=1)


def accounts_of(user: User | Any, *, on: date) -> list[Held]:
    """Return what a user may act for on a day, by account number.

    Who has moved out keeps looking at what was theirs (``past``); nothing of the home's later time is.
    """
    accesses = Access.objects.valid(on=on).filter(user=user).select_related("account__party")
    found = list(accesses.order_by("account__number"))
    premises = premises_of([access.account for access in found], on=on)
    moved_out = _moved_out([number for number, homes in premises.items() if not homes], on=on)
    return [
        Held(
            access.account,
            access.kind,
            tuple(premises[access.account_id]),
            access.starts_on if access.kind == Access.Kind.TENANT else None,
            access.account_id in moved_out,
        )
        for access in found
    ]


def _moved_out(accounts: list[int], *, on: date) -> set[int]:
    """Return which of these accounts answered for a home once, and for none from a day on."""
    if not accounts:
        return set()
    rows = Occupancy.objects.filter(account__in=accounts)
    before = set(rows.filter(ends_on__lte=on).values_list("account", flat=True))
    return before - set(rows.filter(Q(ends_on=None) | Q(ends_on__gt=on)).values_list("account", flat=True))


def code_generation_of(number: str) -> int:
    """Return the generation of a customer number's registration codes; issued papers keep the one they had."""
    return CodeGeneration.objects.filter(number=number).values_list("generation", flat=True).first() or 0


def code_to_print(account: CustomerAccount, *, issued_on: date) -> str:
    """Return the registration code for a paper issued on a day; nothing where a portal user exists."""
    if Access.objects.valid(on=issued_on).filter(account=account, kind=Access.Kind.HOLDER).exists():
        return ""
    return code_for(account.number, issued_on=issued_on, generation=code_generation_of(account.number))


def premises_of(accounts: Iterable[CustomerAccount], *, on: date) -> dict[int, list[Premise]]:
    """Return the premises each account answers for on a day."""
    found: dict[int, list[Premise]] = {account.pk: [] for account in accounts}
    rows = Occupancy.objects.valid(on=on).filter(account__in=found).select_related("premise__building")
    for row in rows.order_by("premise__position", "pk"):
        found[row.account_id].append(row.premise)
    return found


def occupancy_of(premise: Premise, *, on: date) -> Occupancy | None:
    """Return who answers for a premise on a day, if anybody does."""
    rows = Occupancy.objects.valid(on=on).filter(premise=premise)
    return rows.select_related("account__party").first()


def agreement_of(building: Building, *, on: date) -> ServiceAgreement | None:
    """Return the building's agreement in force on a day, if there is one."""
    return ServiceAgreement.objects.valid(on=on).filter(building=building).first()


@dataclass(frozen=True)
class Contact:
    """Where an account's messages go, and in which language."""

    email: str
    language: str


def contacts_of(accounts: Iterable[CustomerAccount], *, on: date) -> dict[int, Contact]:
    """Return the e-mail contact of each account that has one: its user, invoice address, or party's."""
    wanted = {account.pk: account for account in accounts}
    users = Access.objects.valid(on=on).filter(account__in=wanted, kind=Access.Kind.HOLDER)
    rows = users.order_by("-pk").values_list("account_id", "user__email", "user__language")
    by_user = {pk: (email, language) for pk, email, language in rows}
    found = {pk: _contact(account, by_user.get(pk)) for pk, account in wanted.items()}
    return {pk: contact for pk, contact in found.items() if contact}


def contact_among(account: CustomerAccount, accesses: Iterable[Access]) -> Contact | None:
    """Return the e-mail contact of an account all of whose accesses are at hand, with their users."""
    holders = [one for one in accesses if one.kind == Access.Kind.HOLDER]
    user = min(holders, key=lambda one: one.pk).user if holders else None
    return _contact(account, (user.email, user.language) if user else None)


def _contact(account: CustomerAccount, user: tuple[str, str] | None) -> Contact | None:
    email, language = user or (address_on_file(account), "")
    return Contact(email, language or account.party.language) if email else None


def address_on_file(account: CustomerAccount) -> str:
    """Return the e-mail address the utility itself has of a customer, if any."""
    return account.invoice_email or account.party.email


def plain(text: str) -> str:
    """Return text without case and diacritics, for searching.

    >>> plain("Mirdzas Ķempes iela")
    'mirdzas kempes iela'
    """
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in letters if not unicodedata.combining(char))


@dataclass(frozen=True)
class Found:
    """A customer found by a search."""

    account: CustomerAccount
    premise: Premise | None


def search(text: str, *, on: date, limit: int = 30) -> list[Found]:
    """Return accounts by flat address ("tal 65-12"), name, number or meter, best first."""
    rows = Occupancy.objects.valid(on=on).select_related("account__party", "premise__building")
    words = plain(text).replace(",", " ").replace("-", " ").split()
    if not words:
        return []
    if at_address := _at_address(plain(text), rows):
        return at_address[:limit]
    for word in words:
        rows = rows.filter(
            Q(account__number__startswith=word)
            | Q(account__party__search__contains=word)
            | Q(premise__building__search__contains=word)
            | Q(premise__number__iexact=word)
            | Q(premise__usagepoint__meterinstallation__meter__serial__startswith=word)
        )
    order = ("premise__building__walking_order", "premise__position", "account__number")
    return [Found(row.account, row.premise) for row in rows.order_by(*order).distinct()[:limit]]


def _at_address(text: str, rows: QuerySet[Occupancy]) -> list[Found]:
    """Return who answers for exactly the flat of an address, where the text is one: street, house-flat."""
    address = ADDRESS.fullmatch(text.replace(",", " ").strip())
    if address is None:
        return []
    houses = Building.objects.filter(house__iexact=address["house"])
    for word in address["street"].split():
        houses = houses.filter(search__contains=word)
    flats = rows.filter(premise__building__in=list(houses[:MOST_HOUSES]), premise__number__iexact=address["flat"])
    found = flats.order_by("premise__building__walking_order", "account__number")
    return [Found(row.account, row.premise) for row in found]


def sessions_of(user: User) -> list[SignIn]:
    """Return where a user is signed in, the latest seen first; ended sessions are not there."""
    living = Session.objects.values("session_key")
    return list(SignIn.objects.filter(user=user, session_key__in=living).order_by("-seen_at"))


def absences_of(premises: Iterable[Premise], *, on: date) -> list[AbsenceNotice]:
    """Return the absences told for premises that are not over on a day, home by home."""
    living = AbsenceNotice.objects.filter(Q(ends_on=None) | Q(ends_on__gt=F("starts_on")), premise__in=premises)
    rows = living.filter(Q(ends_on=None) | Q(ends_on__gt=on)).select_related("premise__building")
    return list(rows.order_by("premise__position", "premise", "starts_on"))
