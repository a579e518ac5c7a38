"""What a user does with their own sign-in: language, sessions, address, and being forgotten."""

import secrets
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q

from avots.core import audit
from avots.core.audit import By
from avots.core.claims import claim
from avots.core.dates import local_day
from avots.core.errors import Refused
from avots.customers import emails
from avots.customers.models import (
    Access,
    Consent,
    CustomerAccount,
    EmailChange,
    Erasure,
    Invitation,
    LegalHold,
    Party,
    SignIn,
    User,
)
from avots.customers.queries import roles_of

UNDO_LIVES = timedelta(hours=24)
LANGUAGE_TEXT = "2026-11"  # the wording under which another language is asked for (portal settings page)


@transaction.atomic
def wish_language(user: User, language: str, *, now: datetime, by: By) -> None:
    """Serve a person in another language at their own request, and keep who asked and when (MK 130/2005)."""
    if user.language == language:
        return
    User.objects.filter(pk=user.pk).update(language=language)
    Consent.objects.create(
        user=user, purpose=Consent.Purpose.LANGUAGE, choice=language, version=LANGUAGE_TEXT, at=now, by=str(by)
    )


def note_sign_in(user: User, *, session_key: str, device: str, now: datetime) -> None:
    """Remember a new session, so that its person can see and end it."""
    facts = {"user": user, "device": device[:80], "started_at": now, "seen_at": now}
    SignIn.objects.update_or_create(session_key=session_key, defaults=facts)


def note_seen(session_key: str, *, session_key_now: str, now: datetime) -> None:
    """Note that a session was used; it keeps its row when its key was changed."""
    SignIn.objects.filter(session_key=session_key).update(session_key=session_key_now, seen_at=now)


@transaction.atomic
def end_sessions(user: User, *, only: str = "", keep: str = "", now: datetime, by: By) -> int:
    """End one session of a user, or all but one, and return how many ended."""
    chosen = SignIn.objects.filter(user=user).exclude(session_key=keep)
    chosen = chosen.filter(pk=only) if only else chosen
    keys = list(chosen.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    SignIn.objects.filter(session_key__in=keys).delete()
    if keys:
        audit.record(now=now, by=by, verb="end_sessions", subject=f"user:{user.pk}", count=len(keys))
    return len(keys)


@transaction.atomic
def change_email(user: User, new: str, *, now: datetime) -> EmailChange:
    """Change the address a person signs in with, proven before; the old one may undo it for 24 hours.

    :raises Refused: ``email_taken``
    """
    new, by = new.strip().lower(), By("user", user.pk)
    change = EmailChange.objects.create(user=user, old=user.email, new=new, changed_at=now)
    _set_email(user, new)
    emails.email_changed(change, language=user.language, until=now + UNDO_LIVES, now=now)
    audit.record(now=now, by=by, verb="change_email", subject=f"user:{user.pk}")
    return change


@transaction.atomic
def undo_email(change: EmailChange, *, now: datetime) -> None:
    """Give a person back the old address and end every session.

    :raises Refused: ``already_decided`` when undone or changed again since, ``email_taken``
    """
    user = User.objects.get(pk=change.user_id)
    open_one = EmailChange.objects.filter(pk=change.pk, undone_at=None)
    if user.email != change.new or not claim(open_one, undone_at=now):
        raise Refused("already_decided")
    _set_email(user, change.old)
    by = By("user", user.pk)
    end_sessions(user, now=now, by=by)
    audit.record(now=now, by=by, verb="undo_email", subject=f"user:{user.pk}")


def _set_email(user: User, new: str) -> None:
    """Move a person's sign-in, and the invoices that went to the same address, to a new one."""
    if User.objects.filter(email=new).exclude(pk=user.pk).exists():
        raise Refused("email_taken")
    held = Access.objects.filter(user=user, kind=Access.Kind.HOLDER).values("account")
    CustomerAccount.objects.filter(pk__in=held, invoice_email=user.email).update(invoice_email=new)
    EmailAddress.objects.filter(user=user).delete()
    EmailAddress.objects.create(user=user, email=new, verified=True, primary=True)
    user.email = new
    user.save(update_fields=["email"])


@transaction.atomic
def ask_erasure(user: User, *, now: datetime, by: By) -> Erasure:
    """Close a person's portal account and forget them, as soon as no legal hold stands against it.

    What the law keeps stays: the customer's account, invoices, payments and readings name no user.

    :raises Refused: ``staff_not_erased``
    """
    if roles_of(user, on=local_day(now)):
        raise Refused("staff_not_erased")
    erasure, _ = Erasure.objects.get_or_create(user=user, defaults={"asked_at": now})
    held = is_held(user, now=now)
    end_sessions(user, now=now, by=by)
    Access.objects.valid(on=local_day(now)).filter(user=user).update(ends_on=local_day(now))
    User.objects.filter(pk=user.pk).update(is_active=False)
    audit.record(now=now, by=by, verb="ask_erasure", subject=f"user:{user.pk}", held=held)
    if not held:
        finish_erasure(erasure, now=now)
    return erasure


def is_held(user: User, *, now: datetime) -> bool:
    """Return whether a legal hold keeps the data of any account a person acted for."""
    accounts = Access.objects.filter(user=user).values("account")
    return LegalHold.objects.valid(on=local_day(now)).filter(account__in=accounts).exists()


@transaction.atomic
def finish_erasure(erasure: Erasure, *, now: datetime) -> bool:
    """Replace a person by a name that tells nothing, everywhere but in held documents; return whether done."""
    if is_held(erasure.user, now=now):
        return False
    user = erasure.user
    changes = EmailChange.objects.filter(user=user).values_list("old", "new")
    addresses = {user.email, *(address for pair in changes for address in pair)}
    _forget_rows(user, addresses)
    _forget_addresses(addresses)
    Erasure.objects.filter(pk=erasure.pk).update(done_at=now)
    audit.record(now=now, by=By("job", "erasure"), verb="erase", subject=f"user:{user.pk}")
    return True


def _forget_rows(user: User, addresses: set[str]) -> None:
    for rows in (EmailAddress, Authenticator, EmailChange, Consent, SignIn):
        rows.objects.filter(user=user).delete()
    Invitation.objects.filter(Q(invited_by=user) | Q(email__in=addresses)).delete()
    user.email, user.name, user.language = f"{secrets.token_hex(8)}@erased.invalid", "", ""
    user.joined_at = user.last_login = None
    user.is_active = False
    user.set_unusable_password()
    user.save()


def _forget_addresses(addresses: set[str]) -> None:
    """Forget addresses where messages went; an account without one gets its invoices on paper."""
    emails.forget(addresses)
    paper = {"invoice_email": "", "delivery": CustomerAccount.Delivery.PAPER}
    CustomerAccount.objects.filter(invoice_email__in=addresses).update(**paper)
    Party.objects.filter(email__in=addresses).update(email="")


@transaction.atomic
def hold_data(account: CustomerAccount, *, reason: str, now: datetime, by: By) -> LegalHold:
    """Keep what belongs to an account from being erased, while a claim needs it.

    :raises Refused: ``hold_reason_missing``
    """
    if not reason.strip():
        raise Refused("hold_reason_missing")
    audit.record(now=now, by=by, verb="hold_data", subject=f"account:{account.number}")
    return LegalHold.objects.create(
        account=account, reason=reason.strip()[:200], starts_on=local_day(now), by=str(by)
    )


@transaction.atomic
def release_hold(hold: LegalHold, *, now: datetime, by: By) -> None:
    """End a legal hold; erasures that waited for it are done by the next nightly job.

    :raises Refused: ``already_decided``
    """
    if not claim(LegalHold.objects.filter(pk=hold.pk, ends_on=None), ends_on=local_day(now)):
        raise Refused("already_decided")
    audit.record(now=now, by=by, verb="release_hold", subject=f"account:{hold.account.number}")
