"""Who else may act for an account: inviting, accepting, ending."""

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction

from avots.core import audit, throttles
from avots.core.audit import By
from avots.core.claims import claim
from avots.core.dates import local_day
from avots.core.errors import Refused
from avots.core.throttles import Limit
from avots.customers import emails
from avots.customers.actions import admit
from avots.customers.models import Access, CustomerAccount, Invitation, User

INVITATION_LIVES = timedelta(days=7)
INVITED = Limit("invited", 20, timedelta(days=1))
ENDED_BY_THEN = {Access.Kind.SUBMIT, Access.Kind.TENANT}


def invite(
    account: CustomerAccount, *, email: str, kind: Access.Kind, ends_on: date | None, now: datetime, inviter: User
) -> Invitation:
    """Ask somebody by e-mail to act for an account; asking again sends the letter once more.

    :raises Refused: ``kind_not_given``, ``end_missing`` for whom an end date is a must, ``end_in_past``,
        ``already_acts``, ``registration_busy``
    """
    email, on = email.strip().lower(), local_day(now)
    if kind not in {Access.Kind.DELEGATE, *ENDED_BY_THEN}:
        raise Refused("kind_not_given")
    if kind in ENDED_BY_THEN and ends_on is None:
        raise Refused("end_missing")
    if ends_on is not None and ends_on <= on:
        raise Refused("end_in_past")
    if Access.objects.valid(on=on).filter(account=account, user__email=email).exists():
        raise Refused("already_acts")
    if not throttles.hit(INVITED, str(inviter.pk), now=now):
        raise Refused("registration_busy")
    return _invite(account, email, kind, ends_on, now, inviter)


@transaction.atomic
def _invite(
    account: CustomerAccount, email: str, kind: Access.Kind, ends_on: date | None, now: datetime, inviter: User
) -> Invitation:
    facts = {"kind": kind, "ends_on": ends_on, "invited_by": inviter, "invited_at": now}
    invitation, _ = Invitation.objects.update_or_create(
        account=account, email=email, state=Invitation.State.OPEN, defaults=facts
    )
    emails.invited(invitation, until=now + INVITATION_LIVES, now=now)
    by = By("user", inviter.pk)
    audit.record(now=now, by=by, verb="invite", subject=f"account:{account.number}", kind=str(kind))
    return invitation


@transaction.atomic
def accept(invitation: Invitation, *, now: datetime) -> User:
    """Let the invited person act for the account; they still sign in by themselves.

    :raises Refused: ``invitation_ended`` when it was withdrawn, accepted, or its inviter acts no more
    """
    on = local_day(now)
    inviter = Access.objects.valid(on=on).filter(account=invitation.account, user=invitation.invited_by)
    if not inviter.filter(kind=Access.Kind.HOLDER).exists():
        raise Refused("invitation_ended")
    open_one = Invitation.objects.filter(pk=invitation.pk, state=Invitation.State.OPEN)
    if not claim(open_one, state=Invitation.State.ACCEPTED):
        raise Refused("invitation_ended")
    user = admit(invitation.email, now=now, by=By("invitation", invitation.pk))
    if Access.objects.valid(on=on).filter(account=invitation.account, user=user).exists():
        return user
    _give(user, invitation, on)
    subject = f"account:{invitation.account.number}"
    audit.record(now=now, by=By("user", user.pk), verb="accept_invitation", subject=subject, kind=invitation.kind)
    return user


def _give(user: User, invitation: Invitation, on: date) -> None:
    try:
        with transaction.atomic():
            Access.objects.create(
                user=user, account=invitation.account, kind=invitation.kind, starts_on=on, ends_on=invitation.ends_on
            )
    except IntegrityError:
        raise Refused("already_acts") from None


def withdraw(invitation: Invitation, *, now: datetime, by: By) -> None:
    """Take an invitation back.

    :raises Refused: ``invitation_ended``
    """
    with transaction.atomic():
        open_one = Invitation.objects.filter(pk=invitation.pk, state=Invitation.State.OPEN)
        if not claim(open_one, state=Invitation.State.WITHDRAWN):
            raise Refused("invitation_ended")
        subject = f"account:{invitation.account.number}"
        audit.record(now=now, by=by, verb="withdraw_invitation", subject=subject)


@transaction.atomic
def end_access(access: Access, *, now: datetime, by: By) -> None:
    """End what somebody may do for an account, today.

    :raises Refused: ``holder_stays`` for the account's last holder, ``already_decided``
    """
    on = local_day(now)
    living = Access.objects.valid(on=on)
    holders = living.filter(account=access.account, kind=Access.Kind.HOLDER)
    if access.kind == Access.Kind.HOLDER and not holders.exclude(pk=access.pk).exists():
        raise Refused("holder_stays")
    if not claim(living.filter(pk=access.pk), ends_on=on):
        raise Refused("already_decided")
    subject = f"account:{access.account.number}"
    audit.record(now=now, by=by, verb="end_access", subject=subject, user=access.user_id)
