"""Rendering a message in the reader's language: subject, text and HTML of one folder.

A letter that goes to many is rendered once with gaps, and each gap is filled for each reader.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.template.loader import get_template
from django.utils import translation
from django.utils.html import escape

from avots.core.letters import Letter

# Control characters that no text of ours holds.
GAP = re.compile("\x02([a-z_0-9]+)\x03")


def gap(name: str) -> str:
    """Return what stands in a form where each reader's own value will."""
    return f"\x02{name}\x03"


@dataclass(frozen=True)
class Form:
    """A letter in one language with gaps."""

    subject: str
    text: str
    html: str

    def fill(self, **values: str) -> Letter:
        """Return the letter of one reader; in HTML the values are escaped.

        >>> Form("Nr. \\x02number\\x03", "", "<b>\\x02number\\x03</b>").fill(number="<1>").html
        '<b>&lt;1&gt;</b>'

        :raises KeyError: for a gap without a value
        """
        safe: Mapping[str, str] = {name: escape(value) for name, value in values.items()}
        subject, text = (
            GAP.sub(lambda found: values[found[1]], part) if "\x02" in part else part
            for part in (self.subject, self.text)
        )
        return Letter(subject, text, GAP.sub(lambda found: safe[found[1]], self.html))


def form(folder: str, *, language: str, utility: dict[str, str] | None = None, **context: object) -> Form:
    """Return the letter of ``mail/<folder>/`` in a language, with the gaps its context has.

    :param utility: how the utility is reached that day (``ui.contacts.on``); without it as installed
    """
    values = {"utility": utility or settings.AVOTS_UTILITY, "language": language, **context}
    with translation.override(language or settings.LANGUAGE_CODE):
        subject, text, html = (
            get_template(f"mail/{folder}/{part}").render(values) for part in ("subject.txt", "body.txt", "body.html")
        )
    return Form(" ".join(subject.split()), text.strip() + "\n", html)


def render(folder: str, *, language: str, utility: dict[str, str] | None = None, **context: object) -> Letter:
    """Return the letter of ``mail/<folder>/`` for one reader; the arguments are those of :func:`form`."""
    whole = form(folder, language=language, utility=utility, **context)
    return Letter(whole.subject, whole.text, whole.html)
