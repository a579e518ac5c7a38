"""References people read aloud: random, and with a check character where they are typed by hand.

The alphabet has 31 characters, a prime, and no I, L, O, U or Z. The check finds every single
wrong character and every swap of two (design of the paper coupon).
"""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXY"


def check_character(body: str) -> str:
    """Return c such that the sum of (i + 2) x v[i], plus c, is divisible by 31.

    >>> check_character("7K3M9PQ2")
    'V'

    :raises ValueError: for a character outside the alphabet
    """
    total = sum((i + 2) * ALPHABET.index(char) for i, char in enumerate(body))
    return ALPHABET[-total % len(ALPHABET)]


def is_valid(code: str) -> bool:
    """Return whether a code's last character checks the rest.

    >>> is_valid("7K3M9PQ2V"), is_valid("7K3M9PQ2K"), is_valid("?")
    (True, False, False)
    """
    known = len(code) > 1 and all(char in ALPHABET for char in code)
    return known and check_character(code[:-1]) == code[-1]


def new_reference(length: int = 9) -> str:
    """Return a random reference of so many characters, the last one a check character."""
    drawn, body = secrets.randbelow(len(ALPHABET) ** (length - 1)), ""
    for _ in range(length - 1):
        drawn, digit = divmod(drawn, len(ALPHABET))
        body += ALPHABET[digit]
    return body + check_character(body)
