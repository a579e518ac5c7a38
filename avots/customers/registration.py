"""The registration code: proof that a person holds a paper of this customer. Derived, never stored.

code = HMAC-SHA256 over a versioned key and (customer number, generation, day of issue), nine characters
of the alphabet of ``core.references`` (44 bits) and a check character. It opens for thirty days after the day it
was issued, and dies when it was used, or when five wrong codes were tried: both raise the generation.
"""

import hmac
from collections.abc import Sequence
from datetime import date, timedelta
from hashlib import sha256

from django.conf import settings

from avots.core.references import ALPHABET, check_character, is_valid

BODY = 9
VALID_DAYS = 30
TRIES = 5


def code_for(number: str, *, issued_on: date, generation: int, key: str = "") -> str:
    """Return the registration code of a customer number, as issued on a day.

    >>> code_for("1000001", issued_on=date(2026, 11, 16), generation=0, key="test")
    'MTQREMXS9F'

    Print it only where :func:`avots.customers.queries.code_to_print` returns one; show portal copies masked.
    """
    said = f"avots-registration-1:{number}:{generation}:{issued_on.isoformat()}"
    digest = hmac.new((key or settings.REGISTRATION_KEYS[0]).encode(), said.encode(), sha256).digest()
    left, body = int.from_bytes(digest), ""
    for _ in range(BODY):
        left, digit = divmod(left, len(ALPHABET))
        body += ALPHABET[digit]
    return body + check_character(body)


def grouped(code: str) -> str:
    """Return a code as it is printed.

    >>> grouped("K7M29XRA4P")
    'K7M29-XRA4P'
    """
    return f"{code[:5]}-{code[5:]}"


def masked(code: str) -> str:
    """Return what a copy in the portal shows of a printed code.

    >>> masked("K7M29XRA4P")
    '•••••-•••••'
    """
    return grouped("•" * len(code))


def typed(text: str) -> str:
    """Return a code as typed by hand in our alphabet: no spaces or dashes, O read as 0, I and L as 1.

    >>> typed(" k7m29 - xraopl ")
    'K7M29XRA0P1'
    """
    return "".join(char for char in text.upper() if char.isalnum()).translate(str.maketrans("OIL", "011"))


def is_whole(code: str) -> bool:
    """Return whether a code has its length and its check character fits, before anybody is asked."""
    return len(code) == BODY + 1 and is_valid(code)


def opens(number: str, code: str, *, on: date, generation: int, keys: Sequence[str] = ()) -> bool:
    """Return whether a code opens a customer number on a day; the work is the same for every answer."""
    days = [on - timedelta(days=back) for back in range(VALID_DAYS + 1)]
    alive = [
        code_for(number, issued_on=day, generation=generation, key=key)
        for key in keys or settings.REGISTRATION_KEYS
        for day in days
    ]
    return sum(hmac.compare_digest(code.encode(), one.encode()) for one in alive) > 0
