"""SWIFT MT940 bank statements as values, read line by line.

:source: SWIFT MT940 Customer Statement Message; subfields "?20" of tag 86 as banks of the region write them
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from avots.core.errors import Refused
from avots.payments.statements import Detail, Entry, Statement, cents_of

TAG = re.compile(r":([0-9]{2}[A-Z]?):(.*)\Z", re.DOTALL)
BALANCE = re.compile(r"([CD])([0-9]{6})([A-Z]{3})([0-9]+,?[0-9]*)")
LINE = re.compile(
    r"([0-9]{6})([0-9]{4}| {4})?(R?)([CD])[A-Z]?([0-9]+,?[0-9]*)(?:[A-Z][A-Z0-9]{3})?([^/\n]*)(?://([^\n]*))?"
)
SUBFIELD = re.compile(r"[?>]([0-9]{2})")
ACCOUNT = re.compile(r"([A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}?)(?:[A-Z]{3})?\Z")
MOST_LETTERS = 10_000
NO_REFERENCE = frozenset({"NONREF", "NOREF", "NONE", ""})


def read(source: Iterable[bytes]) -> Iterator[Entry | Statement]:
    """Yield a file's entries in order, each statement's own followed by the statement itself.

    An interim report (MT942) is yielded as one, without balances.

    :raises Refused: ``statement_missing``, ``statement_bad_amount``, ``statement_bad_day``,
        ``statement_incomplete``, ``statement_field_too_long``
    """
    reader, found = _Reader(), False
    for tag, text in _fields(_lines(source)):
        reader.take(tag, text)
        found = found or any(isinstance(item, Statement) for item in reader.ready)
        yield from reader.ready
        reader.ready.clear()
    reader.finish()
    yield from reader.ready
    if not found and not any(isinstance(item, Statement) for item in reader.ready):
        raise Refused("statement_missing")


def _lines(source: Iterable[bytes]) -> Iterator[str]:
    """Yield lines, each in UTF-8 or else in Windows-1257."""
    rest = b""
    for piece in source:
        *lines, rest = (rest + piece).split(b"\n")
        for line in [*lines, rest[:MOST_LETTERS]] if len(rest) > MOST_LETTERS else lines:
            if len(line) >= MOST_LETTERS:
                raise Refused("statement_field_too_long")
            yield _text(line)
    yield _text(rest)


def _text(line: bytes) -> str:
    try:
        return line.decode("utf-8-sig").rstrip("\r")
    except UnicodeDecodeError:
        return line.decode("cp1257", errors="replace").rstrip("\r")


def _fields(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield tags with their text; what stands before the first is a bank's own header."""
    tag, text = "", ""
    for line in lines:
        found = TAG.match(line)
        if found or line.startswith(("-}", "{")) or line == "-":
            if tag:
                yield tag, text
            tag, text = (found[1], found[2]) if found else ("", "")
        elif tag:
            text += f"\n{line}"
            if len(text) > MOST_LETTERS:
                raise Refused("statement_field_too_long")
    if tag:
        yield tag, text


class _Reader:
    """Holds the statement that is being read, and the entry whose text may follow."""

    def __init__(self) -> None:
        self.ready: list[Entry | Statement] = []
        self.begin()

    def begin(self) -> None:
        self.number = self.account = self.currency = ""
        self.open = self.interim = False
        self.opening: tuple[int, date] | None = None
        self.closing: tuple[int, date] | None = None
        self.entries = self.credit = self.debit = 0
        self.line: Entry | None = None

    def take(self, tag: str, text: str) -> None:
        """Take a field that has ended."""
        if tag == "86" and self.line is not None:
            self.entry(text)
            return
        self.entry("")
        if tag == "20":
            self.finish()
            self.open = True
        elif tag == "25":
            self.account = account_of(text)
        elif tag in {"28", "28C"}:
            self.number = text.strip()
        elif tag in {"34F", "13", "13D"} and self.opening is None:
            self.interim = True
        elif tag in {"60F", "60M"}:
            self.opening = self.balance(text)
        elif tag == "61":
            self.line = _line(text)
        elif tag in {"62F", "62M"}:
            self.closing = self.balance(text)

    def balance(self, text: str) -> tuple[int, date]:
        found = BALANCE.match(text)
        if not found:
            raise Refused("statement_bad_amount", text=text[:40])
        if self.currency and self.currency != found[3]:
            raise Refused("statement_two_currencies", one=self.currency, other=found[3])
        self.currency = found[3]
        cents = cents_of(found[4]) * (1 if found[1] == "C" else -1)
        return cents, _day(found[2]) or _refuse_day(found[2])

    def entry(self, text: str) -> None:
        """Let the entry in hand go, with the text that belongs to it."""
        if self.line is None:
            return
        line, self.line = self.line, None
        self.entries += 1
        self.credit += max(0, line.cents)
        self.debit += max(0, -line.cents)
        self.ready.append(line._replace(details=(_detail(line.cents, text),)))

    def finish(self) -> None:
        """End the statement in hand, if there is one."""
        self.entry("")
        if self.open:
            self.ready.append(self.statement())
        self.begin()

    def statement(self) -> Statement:
        days = [one[1] for one in (self.opening, self.closing) if one]
        if not self.account or not (days or self.interim):
            raise Refused("statement_incomplete", what=":25:" if days else ":60F:")
        return Statement(
            kind="mt942" if self.interim else "mt940",
            number=self.number,
            account=self.account,
            currency=self.currency,
            from_on=_first_day(days),
            to_on=max(days, default=date.min),
            opening_cents=self.opening[0] if self.opening else None,
            closing_cents=self.closing[0] if self.closing else None,
            entries=self.entries,
            payments=self.entries,
            credit_cents=self.credit,
            debit_cents=self.debit,
        )


def _first_day(days: list[date]) -> date:
    """Return the day after the opening balance, which carries the day of the closing before it."""
    if not days:
        return date.min
    return min(days) + timedelta(days=1) if min(days) < max(days) else days[0]


def account_of(text: str) -> str:
    """Return the account of tag 25 without bank code and currency.

    >>> account_of("LV80BANK0000435195001EUR"), account_of("50880050/0194787400888")
    ('LV80BANK0000435195001', '0194787400888')
    """
    plain = text.strip().replace(" ", "")
    last = plain.rpartition("/")[2] or plain
    found = ACCOUNT.match(last)
    latvian = found and last.startswith("LV")
    return last[:21] if latvian else last[:34]


def _line(text: str) -> Entry:
    """Return the entry of a tag 61: the sign of a reversal (RC, RD) is the opposite one."""
    found = LINE.match(text)
    if not found:
        raise Refused("statement_incomplete", what=f":61:{text[:20]}")
    value = _day(found[1])
    booked = _near(found[2] or "", found[1]) or value or _refuse_day(found[1])
    reversal = found[3] == "R"
    cents = cents_of(found[5]) * (1 if (found[4] == "C") != reversal else -1)
    reference = (found[7] or "").strip() or found[6].strip()
    return Entry(cents, booked, value or booked, "" if reference.upper() in NO_REFERENCE else reference, reversal, ())


def _day(text: str) -> date | None:
    """Return the day written as YYMMDD, or nothing for one that does not exist (30 February is met)."""
    try:
        return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:6]))
    except ValueError:
        return None


def _near(text: str, value: str) -> date | None:
    """Return the day written as MMDD that is nearest to the value day."""
    if not text.strip():
        return None
    year, month = int(value[:2]), int(value[2:4])
    shift = 1 if month == 12 and text[:2] == "01" else -1 if month == 1 and text[:2] == "12" else 0
    return _day(f"{year + shift:02d}{text}")


def _refuse_day(text: str) -> date:
    raise Refused("statement_bad_day", text=text)


def _detail(cents: int, text: str) -> Detail:
    """Return what tag 86 says: by its subfields where it has them, else all of it as text.

    >>> _detail(500, "166?00X?20par udeni?21 VU26-000001?31LV80BANK0000435195001?32ANNA?33OZOLA")[1:5]
    ('ANNA OZOLA', 'LV80BANK0000435195001', '', 'par udeni VU26-000001')
    """
    flat = text.replace("\n", "")
    parts = SUBFIELD.split(flat)
    if len(parts) < 3 or len(parts[0]) > 3:
        return Detail(cents, text=" ".join(text.split()))
    fields: dict[str, str] = {}
    for code, value in zip(parts[1::2], parts[2::2], strict=True):
        fields[code] = fields.get(code, "") + value
    words = "".join(fields.get(f"{code}", "") for code in (*range(20, 30), *range(60, 64)))
    party = " ".join(value for value in (fields.get("32", "").strip(), fields.get("33", "").strip()) if value)
    return Detail(cents, party, fields.get("31", fields.get("38", "")).strip(), "", " ".join(words.split()))
