"""Whose a waiting payment may be: ranked, each with its reasons, for a person to decide."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

WORD = re.compile(r"[^\W_]+")
WEIGHTS = {
    "iban_seen": 40,
    "amount_exact": 25,
    "address_in_text": 25,
    "number_in_text": 30,
    "invoice_part": 30,
    "name_alike": 20,
}
AGAINST = {"amount_differs": 0, "iban_strange": 0}
MOST = 3
STEM = 4


@dataclass(frozen=True)
class Candidate:
    """An account that a payment may be for, with what speaks for it.

    ``times``: payments that came for it from the same IBAN. ``strange``: the IBAN pays for others only.
    """

    account: int
    number: str
    name: str
    street: str
    house: str
    flat: str
    owed: frozenset[int]
    invoices: tuple[str, ...] = ()
    times: int = 0
    strange: bool = False


@dataclass(frozen=True)
class Suggestion:
    """A candidate with its reasons, strongest first; the last ones may speak against it."""

    candidate: Candidate
    reasons: tuple[str, ...]
    weight: int


def plain_words(text: str) -> list[str]:
    """Return the words of a text without case and diacritics.

    >>> plain_words("Bērziņš, Ozolu iela 3-21")
    ['berzins', 'ozolu', 'iela', '3', '21']
    """
    letters = unicodedata.normalize("NFKD", text.casefold())
    return WORD.findall("".join(char for char in letters if not unicodedata.combining(char)))


def alike(one: str, other: str) -> bool:
    """Return whether two words may be the same name: Latvian endings differ, banks cut words.

    >>> alike("berzins", "berzina"), alike("ozols", "ozola"), alike("kalns", "kalnins"), alike("a", "anna")
    (True, True, False, False)
    """
    if min(len(one), len(other)) < STEM:
        return False
    stems = (one.rstrip("aeiousm"), other.rstrip("aeiousm"))
    return stems[0] == stems[1] and len(stems[0]) >= STEM - 1


def suggest(
    *, cents: int, party: str, text: str, candidates: Iterable[Candidate], most: int = MOST
) -> list[Suggestion]:
    """Return the likeliest accounts of a payment, best first, each with its reasons.

    >>> anna = Candidate(1, "1004231", "Anna Bērziņa", "Ozolu iela", "3", "21", frozenset({1915}))
    >>> [one.reasons for one in suggest(cents=1915, party="A BERZINS", text="ozolu 3 21", candidates=[anna])]
    [('amount_exact', 'address_in_text', 'name_alike')]
    """
    said, payer = plain_words(text), plain_words(party)
    ranked = [_judged(cents, said, payer, candidate) for candidate in candidates]
    likely = [one for one in ranked if one.weight > 0]
    return sorted(likely, key=lambda one: (-one.weight, one.candidate.number))[:most]


def _judged(cents: int, said: Sequence[str], payer: Sequence[str], candidate: Candidate) -> Suggestion:
    holds = {
        "iban_seen": candidate.times > 0,
        "amount_exact": cents in candidate.owed,
        "address_in_text": _address_in(said, candidate),
        "number_in_text": candidate.number in said or candidate.number in "".join(said),
        "invoice_part": _invoice_in(said, candidate.invoices),
        "name_alike": _name_in([*payer, *said], candidate.name),
    }
    reasons = [code for code, true in holds.items() if true]
    against = []
    if reasons and not holds["amount_exact"]:
        against.append("amount_differs")
    if reasons and candidate.strange and not candidate.times:
        against.append("iban_strange")
    return Suggestion(candidate, (*reasons, *against), sum(WEIGHTS[code] for code in reasons))


def _address_in(said: Sequence[str], candidate: Candidate) -> bool:
    """Whether the street's name stands in the text, and house and flat behind it."""
    street = plain_words(candidate.street)[:1]
    numbers = [*plain_words(candidate.house), *plain_words(candidate.flat)]
    for at, word in enumerate(said):
        if street and (word == street[0] or alike(word, street[0])):
            behind = [other for other in said[at + 1 : at + 8] if other not in {"iela", "dz", "dzivoklis", "nr", "k"}]
            if behind[: len(numbers)] == numbers:
                return True
    return False


def _invoice_in(said: Sequence[str], invoices: Iterable[str]) -> bool:
    ends = {word.lstrip("0") for word in said if word.isdigit() and len(word) >= 5}
    return any("".join(filter(str.isdigit, number.rpartition("-")[2])).lstrip("0") in ends for number in invoices)


def _name_in(said: Sequence[str], name: str) -> bool:
    """Whether the family name is there: the last word of a person's name, any of a company's."""
    words = [word for word in plain_words(name) if word not in {"sia", "as", "ik", "biedriba", "un", "psia", "vas"}]
    return any(alike(word, other) for word in words[-1:] for other in said)
