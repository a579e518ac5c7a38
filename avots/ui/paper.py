"""The engine of everything printed: a typst template and a dictionary become one PDF.

Each PDF is PDF/A-3a (to be kept) and PDF/UA-1 (to be heard) at once; the engine refuses to make
one that is not. The same template, data and moment give the same bytes, on any machine, because
the fonts are our own, the clock is not read and nothing is fetched.

How to make a paper, say a receipt of the payments room:

1. Write ``avots/payments/paper/receipt.typ``. Paths start at the package, so it begins::

       #import "/ui/paper/lib.typ": *
       #show: base.with(title: "Kvīts Nr. " + data.number, author: data.seller)

   ``data`` is the dictionary; ``ui/paper/lib.typ`` says which parts there are, and
   ``ui/paper/specimen.typ`` shows each of them. Every picture needs an ``alt`` text, every paper
   one level-1 heading, every table a ``table.header``: typst refuses a picture without its text.
2. Give words ready to print (``ui.formats``): a template places, it does not calculate. Text is
   data, never markup, so a name cannot break out of its place.
3. Call ``paper.render("payments/paper/receipt.typ", facts, at=payment.paid_at)``.
"""

import json
import re
import threading
import unicodedata
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import typst

ROOT = Path(__file__).resolve().parent.parent
STANDARDS: list[Any] = ["a-3a", "ua-1"]
MISSING = "\u25a1"
# What our fonts can draw: Latin with every European letter, Greek, Cyrillic, and the signs we use.
_DRAWN = (
    "\\n -~\u00a0-\u0148\u014a-\u017f\u0192\u0218-\u021b\u0259\u02bc\u02c6\u02c7\u02d8-\u02dd\u0386-\u038a"
    "\u038c\u038e-\u03a1\u03a3-\u03ce\u0400-\u045f\u0490\u0491\u1e9e\u2009\u200a\u2010-\u2015\u2018-\u201e"
    "\u2020-\u2022\u2026\u202f\u2030\u2039\u203a\u2044\u2070\u2071\u2074-\u2079\u2080-\u2089\u20ac\u2116\u2122"
    "\u2190-\u2193\u2212\u2248\u2260\u2264\u2265\u25a1\u25cf\u2713"
)
_NOT_DRAWN = re.compile(f"[^{_DRAWN}]")
_compilers = threading.local()


@dataclass(frozen=True)
class Attachment:
    """A file of text carried inside the PDF, such as the structured invoice.

    ``relationship`` is the word of PDF/A-3: source, data, alternative or supplement.
    """

    name: str
    text: str
    mime: str
    description: str
    relationship: str = "alternative"


def render(template: str, data: Mapping[str, Any], *, at: datetime, attachments: Sequence[Attachment] = ()) -> bytes:
    """Return the PDF of a template (a path inside the package) for a moment, with its attachments.

    :raises typst.TypstError: when the template is wrong or the result would break a standard
    """
    inputs = {
        "data": json.dumps(drawable(data), ensure_ascii=False),
        "attachments": json.dumps([asdict(attachment) for attachment in attachments], ensure_ascii=False),
    }
    made, complaints = _compiler().compile_with_warnings(
        str(ROOT / template), format="pdf", sys_inputs=inputs, pdf_standards=STANDARDS, timestamp=int(at.timestamp())
    )
    for complaint in complaints:
        warnings.warn(f"{template}: {complaint.message}", stacklevel=2)
    if not isinstance(made, bytes):
        raise TypeError(f"{template}: not one PDF")
    return made


def drawable(value: Any) -> Any:
    """Return data with each sign that our fonts do not have shown as an empty square.

    >>> drawable({"name": "Jānis 中", "lines": ("E\\u0304rika", 7)})
    {'name': 'Jānis □', 'lines': ['Ērika', 7]}
    """
    if isinstance(value, str):
        return _NOT_DRAWN.sub(MISSING, unicodedata.normalize("NFC", value))
    if isinstance(value, Mapping):
        return {key: drawable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [drawable(item) for item in value]
    return value


def _compiler() -> typst.Compiler:
    """Return this thread's compiler: the fonts are read once."""
    if not hasattr(_compilers, "one"):
        _compilers.one = typst.Compiler(
            root=ROOT,
            font_paths=typst.Fonts(
                include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(ROOT / "ui" / "fonts")]
            ),
        )
    return _compilers.one
