"""Rendering a message in the reader's language: subject, text and HTML of one folder."""

from django.conf import settings
from django.template.loader import get_template
from django.utils import translation

from avots.core.letters import Letter


def render(folder: str, *, language: str, utility: dict[str, str] | None = None, **context: object) -> Letter:
    """Return the letter of ``mail/<folder>/`` in a language.

    :param utility: how the utility is reached that day (``ui.contacts.on``); without it as installed
    """
    values = {"utility": utility or settings.AVOTS_UTILITY, "language": language, **context}
    with translation.override(language or settings.LANGUAGE_CODE):
        subject, text, html = (
            get_template(f"mail/{folder}/{part}").render(values) for part in ("subject.txt", "body.txt", "body.html")
        )
    return Letter(" ".join(subject.split()), text.strip() + "\n", html)
