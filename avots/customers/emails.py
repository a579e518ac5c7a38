"""E-mails about signing in and about who may act; never a password, always one purpose.

No letter names another person: their address is shown masked, so that forgetting somebody is possible.
"""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings

from avots.core.dates import local_day
from avots.customers.capabilities import seal
from avots.customers.models import AbsenceNotice, CustomerAccount, EmailChange, Invitation, User
from avots.customers.queries import Contact
from avots.customers.registration import grouped
from avots.outbox import actions as outbox
from avots.ui import contacts, letters

CODE_LIVES = timedelta(minutes=10)
NOTICE_LIVES = timedelta(days=7)
OBJECTION_LIVES = timedelta(days=30)


def sign_in_code(email: str, *, code: str, language: str, now: datetime) -> None:
    """Queue the code that signs a person in; it dies unsent after ten minutes."""
    _queue("sign-in-code", email, language, now, code=code)


def password_reset(email: str, *, url: str, language: str, now: datetime) -> None:
    """Queue the link with which a person sets a new password."""
    _queue("password-reset", email, language, now, url=url)


def unknown_address(email: str, *, language: str, now: datetime) -> None:
    """Queue the answer to somebody whose address we do not know; the page told nothing."""
    _queue("unknown-address", email, language, now)


def second_step_changed(email: str, *, language: str, now: datetime) -> None:
    """Queue the notice that the second step of signing in was added, changed or removed."""
    _queue("second-step", email, language, now, lives=NOTICE_LIVES)


def confirm_address(email: str, *, code: str, language: str, now: datetime) -> None:
    """Queue the code that proves an address belongs to the person at the page."""
    _queue("confirm-address", email, language, now, code=code)


def registration_code(email: str, *, code: str, number: str, language: str, now: datetime) -> None:
    """Queue a registration code, to an address on file only."""
    _queue("registration-code", email, language, now, lives=NOTICE_LIVES, code=grouped(code), number=number)


def somebody_registered(user: User, account: CustomerAccount, newcomer: User, *, now: datetime) -> None:
    """Queue the notice to somebody who acts for an account that another person registered for it."""
    until = now + OBJECTION_LIVES
    token = seal("iebildums", until=until, account=account.pk, newcomer=newcomer.pk, user=user.pk)
    facts = {"url": link("iebildums", token), "number": account.number, "who": hidden(newcomer.email)}
    _queue("somebody-registered", user.email, user.language, now, lives=NOTICE_LIVES, **facts)


def objected(user: User, account: CustomerAccount, *, now: datetime) -> None:
    """Queue the notice to a newcomer that an earlier user objected."""
    _queue("objected", user.email, user.language, now, lives=NOTICE_LIVES, number=account.number)


def invited(invitation: Invitation, *, until: datetime, now: datetime) -> None:
    """Queue an invitation to act for an account."""
    token = seal("uzaicinajums", until=until, invitation=invitation.pk)
    facts = {"url": link("uzaicinajums", token), "kind": invitation.kind, "ends_on": invitation.ends_on}
    facts["number"] = invitation.account.number
    _queue("invitation", invitation.email, "", now, lives=NOTICE_LIVES, **facts)


def email_changed(change: EmailChange, *, language: str, until: datetime, now: datetime) -> None:
    """Queue the notice to the old address, with the link that undoes the change for a day."""
    facts = {"url": link("atcelt", seal("atcelt", until=until, change=change.pk)), "new": hidden(change.new)}
    _queue("email-changed", change.old, language, now, lives=NOTICE_LIVES, **facts)


def absence(notice: AbsenceNotice, contact: Contact, *, now: datetime) -> None:
    """Queue the confirmation of an absence, or that it was ended."""
    facts = {"notice": notice, "premise": notice.premise, "taken_back": notice.starts_on == notice.ends_on}
    _queue("absence", contact.email, contact.language, now, lives=NOTICE_LIVES, **facts)


def forget(addresses: Iterable[str]) -> None:
    """Forget every message that went to these addresses."""
    outbox.forget(addresses)


def hidden(email: str) -> str:
    """Return an address another person may see.

    >>> hidden("anna.ozola@example.lv")
    'a…@example.lv'
    """
    name, _, host = email.partition("@")
    return f"{name[:1]}…@{host}"


def link(purpose: str, token: str) -> str:
    """Return the full address of a capability, as it stands in a letter."""
    return f"{settings.AVOTS_UTILITY['portal_url']}/saite/{purpose}/{token}/"


def _queue(
    folder: str, email: str, language: str, now: datetime, lives: timedelta = CODE_LIVES, **context: object
) -> None:
    outbox.queue(
        key=f"{folder}:{secrets.token_hex(12)}",
        to=email,
        letter=letters.render(folder, language=language, utility=contacts.on(local_day(now)), **context),
        template=folder,
        language=language,
        now=now,
        expires_at=now + lives,
    )
