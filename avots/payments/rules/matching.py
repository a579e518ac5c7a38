"""Whose a payment is. A wrong guess is worse than none: what is not certain waits for a person."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

TOKEN = re.compile(r"[^\W_]+")
INVOICE = re.compile(r"[A-Z]{1,4}[0-9]{8,10}\Z")
REFERENCE = re.compile(r"RF[0-9]{2}[A-Z0-9]{1,21}\Z")
IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}\Z")
DIGIT_RUN = re.compile(r"(?<![\w,/-])(?<![0-9]\.)[0-9]+(?: [0-9]+)*(?![\w/-]|[.,][0-9])")
LONGEST_REFERENCE, MOST_JOINED = 25, 6
SHORTEST_NUMBER, LONGEST_NUMBER = 6, 20
# Eight digits that begin so are a telephone in Latvia, unless the words before say "customer".
PHONE = re.compile(r"[26][0-9]{7}\Z")
CUSTOMER_WORD = re.compile(r"(klient|kl|lig|līg|abon|konta)\w*\.?:? *(nr\.?|numurs)?:? *\Z", re.IGNORECASE)


@dataclass(frozen=True)
class Incoming:
    """What a bank says about money that came."""

    cents: int
    iban: str = ""
    reference: str = ""
    text: str = ""


@dataclass(frozen=True)
class Wanted:
    """What the words of a payment may name: to be looked up, then judged by :func:`match`."""

    references: frozenset[str] = frozenset()
    invoices: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Book:
    """What is known: invoices by their number without signs, accounts by number, payers, open amounts.

    ``owed``: by account, the amounts that would settle something exactly: the balance and each open invoice.
    """

    invoices: Mapping[str, int] = field(default_factory=dict)
    accounts: Mapping[str, int] = field(default_factory=dict)
    payers: Mapping[str, frozenset[int]] = field(default_factory=dict)
    owed: Mapping[int, frozenset[int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Match:
    """The account a payment belongs to, and the reason: reference, invoice, customer or payer."""

    account: int
    reason: str


def is_reference(text: str) -> bool:
    """Return whether a text is an ISO 11649 creditor reference with right check digits.

    >>> is_reference("RF88VU26104417"), is_reference("RF87VU26104417")
    (True, False)

    :source: ISO 11649; ISO 7064 mod 97-10
    """
    return bool(REFERENCE.match(text)) and 2 <= int(text[2:4]) <= 98 and _remainder(text) == 1


def is_iban(text: str) -> bool:
    """Return whether a text is an account number with right check digits; Latvian ones have 21 characters.

    >>> is_iban("LV80BANK0000435195001"), is_iban("LV80BANK0000435195002")
    (True, False)

    :source: ISO 13616
    """
    right_length = len(text) == 21 or not text.startswith("LV")
    return bool(IBAN.match(text)) and right_length and _remainder(text) == 1


def _remainder(text: str) -> int:
    return int("".join(str(int(char, 36)) for char in text[4:] + text[:4])) % 97


def wanted(incoming: Incoming) -> Wanted:
    """Return everything a payment's words may name, in any spelling.

    >>> found = wanted(Incoming(500, text="udens, rf88 vu26 1044 17"))
    >>> "VU26104417" in found.references, "VU26104417" in found.invoices
    (True, False)
    >>> "VU26104417" in wanted(Incoming(500, text="Rēķins Nr.VU26-104417, klients 1004231")).invoices
    True
    >>> sorted(wanted(Incoming(500, text="kl. 1004 231, 2026-11-05")).numbers)
    ['1004231']
    """
    words = f"{incoming.reference} {incoming.text}"
    joined = [*_joined(TOKEN.findall(incoming.reference.upper())), *_joined(TOKEN.findall(incoming.text.upper()))]
    references = frozenset(text[4:] for text in joined if text.startswith("RF") and is_reference(text))
    invoices = frozenset(text for text in joined if INVOICE.match(text) and not text.startswith("RF"))
    return Wanted(references, invoices - references, frozenset(_numbers(words)))


def _joined(tokens: Sequence[str]) -> Iterator[str]:
    """Yield each run of neighbouring tokens, written together, that could be one reference."""
    for at, first in enumerate(tokens):
        if not first[0].isalpha() or not first.isascii():
            continue
        text = ""
        for token in tokens[at : at + MOST_JOINED]:
            text += token
            if len(text) > LONGEST_REFERENCE:
                break
            yield text


def _numbers(words: str) -> Iterator[str]:
    """Yield runs of digits that may be a customer's number: no days, telephones, amounts or parts of codes."""
    for run in DIGIT_RUN.finditer(words):
        before = words[: run.start()]
        for number in {run.group().replace(" ", ""), *run.group().split()}:
            fits = SHORTEST_NUMBER <= len(number) <= LONGEST_NUMBER
            if fits and (CUSTOMER_WORD.search(before) or not (PHONE.match(number) or _is_day(number))):
                yield number


def _is_day(number: str) -> bool:
    for form in ("%Y%m%d", "%d%m%Y"):
        try:
            if len(number) == 8 and 1990 <= datetime.strptime(number, form).year <= 2100:
                return True
        except ValueError:
            continue
    return False


def match(incoming: Incoming, book: Book, *, named: Wanted | None = None) -> Match | None:
    """Return whose a payment certainly is, or nothing.

    In this order: a reference, an invoice's number, a customer's number, then a payer who has paid for
    one account only and pays to the cent what it owes. Words that name two accounts decide nothing.

    >>> book = Book(invoices={"VU26104417": 7}, payers={"LV1": frozenset({7})}, owed={7: frozenset({1915})})
    >>> match(Incoming(500, text="RF88VU26104417"), book)
    Match(account=7, reason='reference')
    >>> match(Incoming(1915, iban="LV1", text="par ūdeni"), book)
    Match(account=7, reason='payer')
    >>> match(Incoming(1900, iban="LV1", text="par ūdeni"), book) is None
    True

    :source: domain.md 8.2
    """
    named = named or wanted(incoming)
    by_reason = {
        "reference": {book.invoices[key] for key in named.references if key in book.invoices},
        "invoice": {book.invoices[key] for key in named.invoices if key in book.invoices},
        "customer": {book.accounts[key] for key in named.numbers if key in book.accounts},
    }
    accounts = set().union(*by_reason.values())
    if len(accounts) == 1:
        return Match(accounts.pop(), next(reason for reason, some in by_reason.items() if some))
    if accounts or named.references:  # two accounts, or a valid reference that is not ours
        return None
    return _by_payer(incoming, book)


def _by_payer(incoming: Incoming, book: Book) -> Match | None:
    accounts = book.payers.get(incoming.iban, frozenset()) if incoming.iban else frozenset()
    if len(accounts) != 1:
        return None
    (account,) = accounts
    return Match(account, "payer") if incoming.cents in book.owed.get(account, frozenset()) else None


def match_all(payments: Iterable[tuple[Incoming, Wanted]], book: Book) -> list[Match | None]:
    """Return the match of each payment of a batch; an account already paid in it matches by payer no more."""
    paid: set[int] = set()
    matches = []
    for incoming, named in payments:
        found = match(incoming, book, named=named)
        if found and found.reason == "payer" and found.account in paid:
            found = None
        if found:
            paid.add(found.account)
        matches.append(found)
    return matches
