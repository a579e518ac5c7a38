"""A rendered message, as ``ui`` makes it and the outbox takes it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Letter:
    """Subject, text and HTML; the text says all that the HTML says."""

    subject: str
    text: str
    html: str
