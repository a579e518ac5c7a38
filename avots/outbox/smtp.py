"""One message as MIME, sent over an open connection."""

from collections.abc import Sequence
from email.utils import parseaddr
from smtplib import SMTPDataError, SMTPException, SMTPRecipientsRefused, SMTPSenderRefused
from typing import Any

from django.conf import settings
from django.core.mail import EmailAttachment, EmailMultiAlternatives
from django.utils.module_loading import import_string

from avots.outbox.models import Message


class NotReadyError(Exception):
    """A file the message names could not be handed over; it is tried again later."""


# A message no relay could take: its address or a header cannot be written down.
UNSENDABLE = (ValueError, UnicodeError)
FAILURES = (SMTPException, OSError, NotReadyError, *UNSENDABLE)


class Mail(EmailMultiAlternatives):
    """A message that fetches its files when it is written to the wire, not before."""

    files: Sequence[dict[str, str]] = ()

    def message(self, **options: Any) -> Any:
        self.attachments = [EmailAttachment(file["name"], fetch(file), file["type"]) for file in self.files]
        return super().message(**options)


def fetch(file: dict[str, str]) -> bytes:
    """Return the content of a file a message names.

    :raises NotReadyError: when its room cannot hand it over now
    """
    try:
        content: bytes = import_string(settings.OUTBOX_ATTACHMENTS[file["kind"]])(file["ref"])
    except Exception as error:
        raise NotReadyError(f"{file['kind']} {file['ref']}: {error}") from error
    return content


def mime(message: Message) -> EmailMultiAlternatives:
    """Return the MIME message; the Message-ID comes from the row, so a repeat is recognisable."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    headers = {
        "Message-ID": f"<avots-{message.pk}-{message.content_hash[:16]}@{domain}>",
        **message.headers,
    }
    reply_to = [settings.AVOTS_UTILITY["email"]]
    mail = Mail(
        message.subject,
        message.text,
        settings.DEFAULT_FROM_EMAIL,
        [message.to],
        headers=headers,
        reply_to=reply_to,
    )
    mail.files = message.attachments
    if message.html:
        mail.attach_alternative(message.html, "text/html")
    return mail


def is_permanent(error: BaseException) -> bool:
    """Return whether trying again cannot help: the relay refused this very message with 5xx.

    A relay that refuses us (greeting, sign-in) refuses every message; those wait for it to mend.
    """
    if isinstance(error, UNSENDABLE):
        return True
    codes: list[Any] = []
    if isinstance(error, SMTPRecipientsRefused):
        codes = [answer[0] for answer in error.recipients.values()]
    elif isinstance(error, SMTPDataError | SMTPSenderRefused):
        codes = [error.smtp_code]
    return bool(codes) and all(int(code) >= 500 for code in codes)
