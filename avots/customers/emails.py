"""E-mails about signing in; never a password, always one purpose."""

import secrets
from datetime import datetime, timedelta

from avots.core.dates import local_day
from avots.outbox import actions as outbox
from avots.ui import contacts, letters

CODE_LIVES = timedelta(minutes=10)
NOTICE_LIVES = timedelta(days=7)


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
