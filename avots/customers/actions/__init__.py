"""Changing who is who, who pays for what, and who may act."""

from datetime import date, datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction

from avots.core import audit
from avots.core.audit import By
from avots.core.errors import Refused
from avots.customers import emails
from avots.customers.models import (
    Access,
    CustomerAccount,
    DeclaredPersons,
    Management,
    Occupancy,
    Party,
    RoleGrant,
    ServiceAgreement,
    SharingWeight,
    User,
)
from avots.customers.queries import plain
from avots.meters.models import Building, Premise


@transaction.atomic
def register_customer(
    *, number: str, name: str, kind: Party.Kind, opened_on: date, now: datetime, by: By, **contact: str
) -> CustomerAccount:
    """Open a customer account for a new party; an account already open is returned as it is.

    :param contact: any of the party's contact fields (email, phone, address, vat_number, ...)
    """
    known = CustomerAccount.objects.filter(number=number).first()
    if known is not None:
        return known
    party = Party.objects.create(name=name, kind=kind, search=plain(name)[:160], **contact)
    audit.record(now=now, by=by, verb="register_customer", subject=f"account:{number}")
    return CustomerAccount.objects.create(number=number, party=party, opened_on=opened_on)


@transaction.atomic
def agree(
    building: Building, *, number: str, starts_on: date, now: datetime, by: By, **terms: object
) -> ServiceAgreement:
    """Put a building's agreement in force from a day, ending the one before on that day.

    :param terms: settlement, payer, sharing, reporting, services, decision
    :raises Refused: ``decision_missing`` for weights of their own without the decision's name
    """
    if terms.get("sharing") == ServiceAgreement.Sharing.OWN_WEIGHTS and not terms.get("decision"):
        raise Refused("decision_missing")
    open_before = ServiceAgreement.objects.filter(building=building, ends_on=None)
    known = open_before.filter(number=number, starts_on=starts_on).first()
    if known is not None:
        return known
    open_before.update(ends_on=starts_on)
    audit.record(now=now, by=by, verb="agree", subject=f"building:{building.code}", number=number)
    return ServiceAgreement.objects.create(building=building, number=number, starts_on=starts_on, **terms)


@transaction.atomic
def weigh(agreement: ServiceAgreement, premise: Premise, *, weight: int, now: datetime, by: By) -> SharingWeight:
    """Record a premise's weight in sharing as the agreement's decision names it; a change is a new agreement.

    :raises Refused: ``weight_decided`` when the agreement gives it another weight already
    """
    row, new = SharingWeight.objects.get_or_create(agreement=agreement, premise=premise, defaults={"weight": weight})
    if row.weight != weight:
        raise Refused("weight_decided", premise=premise.number)
    if new:
        audit.record(now=now, by=by, verb="weigh_premise", subject=f"premise:{premise.pk}", weight=weight)
    return row


@transaction.atomic
def move(premise: Premise, *, account: CustomerAccount | None, on: date, now: datetime, by: By) -> Occupancy | None:
    """Let an account answer for a premise from a day on; the one before ends that day.

    Of an account that answers for nothing any more the holders keep what was theirs to look at; others end.
    """
    before = Occupancy.objects.filter(premise=premise, ends_on=None).select_related("account").first()
    if before is not None and account is not None and before.account_id == account.pk:
        return before
    if before is not None:
        Occupancy.objects.filter(pk=before.pk).update(ends_on=on)
        if not Occupancy.objects.filter(account=before.account, ends_on=None).exists():
            _end_delegates(before.account, on)
    number = account.number if account else None
    audit.record(now=now, by=by, verb="move", subject=f"premise:{premise.pk}", to=number, on=str(on))
    if account is None:
        return None
    return Occupancy.objects.create(account=account, premise=premise, starts_on=on)


def _end_delegates(account: CustomerAccount, on: date) -> None:
    living = Access.objects.valid(on=on).filter(account=account).exclude(kind=Access.Kind.HOLDER)
    living.update(ends_on=on)


@transaction.atomic
def set_delivery(
    account: CustomerAccount, *, delivery: CustomerAccount.Delivery, email: str = "", now: datetime, by: By
) -> None:
    """Switch an account between paper and e-mail invoices.

    :raises Refused: ``email_missing`` for e-mail delivery without an address
    """
    email = email or account.invoice_email
    if delivery == CustomerAccount.Delivery.EMAIL and not email:
        raise Refused("email_missing")
    CustomerAccount.objects.filter(pk=account.pk).update(delivery=delivery, invoice_email=email)
    audit.record(now=now, by=by, verb="set_delivery", subject=f"account:{account.number}", delivery=delivery)


@transaction.atomic
def declare_persons(premise: Premise, *, persons: int, on: date, now: datetime, by: By) -> None:
    """Record how many people are declared at a premise from a day on."""
    DeclaredPersons.objects.update_or_create(premise=premise, starts_on=on, defaults={"persons": persons})
    audit.record(now=now, by=by, verb="declare_persons", subject=f"premise:{premise.pk}", persons=persons)


@transaction.atomic
def register_manager(name: str, *, now: datetime, by: By) -> Party:
    """Return the company that manages houses under a name, registering it when it is new."""
    known = Party.objects.filter(name=name).order_by("pk").first()
    if known is not None:
        return known
    party = Party.objects.create(name=name, kind=Party.Kind.COMPANY, search=plain(name)[:160])
    audit.record(now=now, by=by, verb="register_manager", subject=f"party:{party.pk}", name=name)
    return party


@transaction.atomic
def appoint_manager(
    building: Building, *, manager: Party, mailbox_place: str, on: date, now: datetime, by: By
) -> Management:
    """Record who manages a building from a day on and where the coupon mailbox hangs."""
    known = Management.objects.filter(building=building, ends_on=None)
    same = known.filter(manager=manager, mailbox_place=mailbox_place).first()
    if same is not None:
        return same
    known.update(ends_on=on)
    audit.record(now=now, by=by, verb="appoint_manager", subject=f"building:{building.code}")
    return Management.objects.create(building=building, manager=manager, mailbox_place=mailbox_place, starts_on=on)


@transaction.atomic
def admit(email: str, *, name: str = "", now: datetime, by: By) -> User:
    """Return the user of a verified e-mail address, who may then sign in by a code."""
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is None:
        user = User.objects.create_user(email, name=name, joined_at=now)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        audit.record(now=now, by=by, verb="admit_user", subject=f"user:{user.pk}")
    return user


@transaction.atomic
def give_access(user: User, account: CustomerAccount, *, kind: Access.Kind, on: date, now: datetime, by: By) -> None:
    """Let a user act for an account from a day on."""
    _, new = Access.objects.get_or_create(
        user=user, account=account, ends_on=None, defaults={"kind": kind, "starts_on": on}
    )
    if new:
        audit.record(now=now, by=by, verb="give_access", subject=f"account:{account.number}", user=user.pk, kind=kind)


@transaction.atomic
def grant_role(
    user: User, *, role: RoleGrant.Role, building: Building | None = None, on: date, now: datetime, by: By
) -> None:
    """Give a user a staff role, or the right to one building as its manager, from a day on."""
    RoleGrant.objects.get_or_create(user=user, role=role, building=building, ends_on=None, defaults={"starts_on": on})
    audit.record(now=now, by=by, verb="grant_role", subject=f"user:{user.pk}", role=role)


@transaction.atomic
def set_password(user: User, password: str, *, now: datetime, by: By) -> None:
    """Set a user's password; nobody is ever told it by e-mail."""
    user.set_password(password)
    user.save(update_fields=["password"])
    audit.record(now=now, by=by, verb="set_password", subject=f"user:{user.pk}")


@transaction.atomic
def note_second_step(user: User, *, change: str, now: datetime, by: By) -> None:
    """Record that a person's second step of signing in was changed, and tell the person."""
    audit.record(now=now, by=by, verb=change, subject=f"user:{user.pk}")
    emails.second_step_changed(user.email, language=user.language, now=now)


@transaction.atomic
def forget_second_step(user: User, *, now: datetime, by: By) -> int:
    """Remove a person's passkeys and codes, when all of them are lost; return how many there were."""
    removed, _ = Authenticator.objects.filter(user=user).delete()
    if removed:
        note_second_step(user, change="second_step_forgotten", now=now, by=by)
    return removed
