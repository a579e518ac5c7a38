"""FiDAViSta bank statements (XML of Latvian banks, v1.01 and v1-1) as values, read as a stream.

A party's legal identifier, which may be a personal code, is never read.

:source: domain.md 8.3
"""

from collections.abc import Iterable, Iterator

from avots.core.errors import Refused
from avots.payments.statements import Detail, Entry, Statement, cents_of, day_of
from avots.payments.xmlstream import Place, Record, walk

SIDES = {"C": 1, "D": -1}
TRANSACTION = {
    "BookDate": "booked",
    "ValueDate": "value",
    "BankRef": "reference",
    "CorD": "side",
    "AccAmt": "amount",
    "PmtInfo": "text",
    "CPartySet/AccNo": "account",
    "CPartySet/AccHolder/Name": "party",
}


def _plan() -> Place:
    root = Place()
    statement = root.at("FIDAVISTA/Statement", "statement")
    statement.add({"Period/StartDate": "from", "Period/EndDate": "to"})
    account = statement.at("AccountSet", "account").add({"AccNo": "number"})
    currency = account.at("CcyStmt", "currency").add({"Ccy": "code", "OpenBal": "opening", "CloseBal": "closing"})
    transaction = currency.at("TrxSet", "transaction").add(TRANSACTION)
    transaction.kids["Trx"] = transaction  # some banks wrap all of them in one set
    return root


PLAN = _plan()


def read(source: Iterable[bytes]) -> Iterator[Entry | Statement]:
    """Yield a file's entries in order, those of each account and currency followed by their statement.

    :raises Refused: ``statement_missing``, ``statement_bad_amount``, ``statement_bad_day``,
        ``statement_incomplete``, and what ``xmlstream.walk`` refuses
    """
    reader, found = _Reader(), False
    for _ in walk(source, PLAN, reader.take):
        found = found or any(isinstance(item, Statement) for item in reader.ready)
        yield from reader.ready
        reader.ready.clear()
    if not found:
        raise Refused("statement_missing")


class _Reader:
    """Turns records into values; holds the sums of the currency that is being read."""

    def __init__(self) -> None:
        self.ready: list[Entry | Statement] = []
        self.entries = self.credit = self.debit = 0

    def take(self, record: Record) -> None:
        """Take a record that has ended."""
        if record.begins == "transaction" and record.values:
            self.transaction(record.values)
        elif record.begins == "currency":
            self.ready.append(self.statement(record))
            self.entries = self.credit = self.debit = 0

    def transaction(self, values: dict[str, str]) -> None:
        cents = cents_of(values.get("amount", "")) * _of(SIDES, values.get("side", ""), "CorD")
        booked = day_of(values.get("booked", ""))
        detail = Detail(
            cents, values.get("party", ""), values.get("account", "").replace(" ", ""), text=values.get("text", "")
        )
        value = day_of(values["value"]) if "value" in values else booked
        self.ready.append(Entry(cents, booked, value, values.get("reference", ""), False, (detail,)))
        self.entries += 1
        self.credit += max(0, cents)
        self.debit += max(0, -cents)

    def statement(self, record: Record) -> Statement:
        account = record.parent.values if record.parent is not None else {}
        period = record.parent.parent.values if record.parent is not None and record.parent.parent is not None else {}
        if "number" not in account or "from" not in period:
            raise Refused("statement_incomplete", what="AccNo, Period")
        values = record.values
        return Statement(
            kind="fidavista",
            number="",
            account=account["number"].replace(" ", ""),
            currency=values.get("code", ""),
            from_on=day_of(period["from"]),
            to_on=day_of(period.get("to", period["from"])),
            opening_cents=_balance(values.get("opening")),
            closing_cents=_balance(values.get("closing")),
            entries=self.entries,
            payments=self.entries,
            credit_cents=self.credit,
            debit_cents=self.debit,
        )


def _of(known: dict[str, int], text: str, what: str) -> int:
    if text not in known:
        raise Refused("statement_incomplete", what=what)
    return known[text]


def _balance(text: str | None) -> int | None:
    """Return a balance, which may be below zero, or nothing where the bank gave none."""
    if text is None:
        return None
    return -cents_of(text[1:]) if text.startswith("-") else cents_of(text)
