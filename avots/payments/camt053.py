"""ISO 20022 bank statements (camt.053, and its siblings 052 and 054) as values, read as a stream.

Elements are found by local names, because versions differ by bank (.001.01 to .001.14 seen) and many
real files break their own schema.

:source: ISO 20022 BankToCustomerStatement; domain.md 8.4
"""

from collections.abc import Iterable, Iterator
from datetime import date

from avots.core.errors import Refused
from avots.payments.statements import Detail, Entry, Statement, cents_of, day_of
from avots.payments.xmlstream import Place, Record, walk

MOST_DETAILS = 100_000
MESSAGES = {"BkToCstmrStmt": "camt.053", "BkToCstmrAcctRpt": "camt.052", "BkToCstmrDbtCdtNtfctn": "camt.054"}
SIDES = {"CRDT": 1, "DBIT": -1}
OPENING, CLOSING = ("OPBD", "PRCD"), ("CLBD",)
# What banks write where they have no reference.
NO_REFERENCE = frozenset({"NONREF", "NOTPROVIDED", "NOREF", "NONE"})

STATEMENT = {
    "Id": "number",
    "CreDtTm": "made",
    "FrToDt/FrDtTm": "from",
    "FrToDt/FrDt": "from",
    "FrToDt/ToDtTm": "to",
    "FrToDt/ToDt": "to",
    "Acct/Id/IBAN": "account",
    "Acct/Id/Othr/Id": "account",
    "Acct/Id/BBAN": "account",
    "Acct/Id/PrtryAcct/Id": "account",
    "Acct/Ccy": "currency",
}
BALANCE = {
    "Tp/CdOrPrtry/Cd": "code",
    "Tp/Cd": "code",
    "Amt": "amount",
    "CdtDbtInd": "side",
    "Dt/Dt": "day",
    "Dt/DtTm": "day",
}
ENTRY = {
    "Amt": "amount",
    "CdtDbtInd": "side",
    "RvslInd": "reversal",
    "Sts": "status",
    "Sts/Cd": "status",
    "BookgDt/Dt": "booked",
    "BookgDt/DtTm": "booked",
    "ValDt/Dt": "value",
    "ValDt/DtTm": "value",
    "AcctSvcrRef": "reference",
    "AddtlNtryInf": "text",
}
DETAIL = {
    "Amt": "amount",
    "AmtDtls/TxAmt/Amt": "tx_amount",
    "CdtDbtInd": "side",
    "Refs/AcctSvcrRef": "bank_reference",
    "Refs/EndToEndId": "end_to_end",
    "RltdPties/Dbtr/Nm": "debtor",
    "RltdPties/Dbtr/Pty/Nm": "debtor",
    "RltdPties/DbtrAcct/Id/IBAN": "debtor_account",
    "RltdPties/DbtrAcct/Id/Othr/Id": "debtor_account",
    "RltdPties/Cdtr/Nm": "creditor",
    "RltdPties/Cdtr/Pty/Nm": "creditor",
    "RltdPties/CdtrAcct/Id/IBAN": "creditor_account",
    "RltdPties/CdtrAcct/Id/Othr/Id": "creditor_account",
    "RmtInf/Ustrd": "+text",
    "RmtInf/Strd/AddtlRmtInf": "+text",
    "RmtInf/Strd/CdtrRefInf/Ref": "+reference",
    "RmtInf/Strd/CdtrRefInf/CdtrRef": "+reference",
}


def _plan() -> Place:
    root = Place()
    statement = Place("statement").add(STATEMENT)
    statement.at("Bal", "balance").add(BALANCE)
    entry = statement.at("Ntry", "entry").add(ENTRY)
    entry.kids["TxDtls"] = entry.at("NtryDtls/TxDtls", "detail").add(DETAIL)  # version 1 has it without NtryDtls
    for name in [*MESSAGES, *(f"{name}V01" for name in MESSAGES)]:
        message = root.at(name, "message")
        message.at("GrpHdr", "group").add({"CreDtTm": "made"})
        message.kids |= dict.fromkeys(("Stmt", "Rpt", "Ntfctn"), statement)
    return root


PLAN = _plan()


def read(source: Iterable[bytes]) -> Iterator[Entry | Statement]:
    """Yield a message's booked entries in order, each statement's own followed by the statement itself.

    Entries that are pending are counted, not yielded. Whether balances add up is for the caller to judge.

    :raises Refused: ``statement_missing`` when nothing of the kind is inside, ``statement_bad_amount``,
        ``statement_bad_day``, ``statement_incomplete``, and what ``xmlstream.walk`` refuses
    """
    reader, found = _Reader(), False
    for _ in walk(source, PLAN, reader.take):
        found = found or any(isinstance(item, Statement) for item in reader.ready)
        yield from reader.ready
        reader.ready.clear()
    if not found:
        raise Refused("statement_missing")


class _Reader:
    """Turns records into values; holds the sums of the statement that is being read."""

    def __init__(self) -> None:
        self.ready: list[Entry | Statement] = []
        self.made = ""
        self.start()

    def start(self) -> None:
        self.balances: dict[str, tuple[int, str]] = {}
        self.currency = ""
        self.entries = self.payments = self.credit = self.debit = self.pending = 0

    def take(self, record: Record) -> None:
        """Take a record that has ended."""
        if record.begins == "detail" and record.parent is not None:
            record.parent.kids.append(record)
            if len(record.parent.kids) > MOST_DETAILS:
                raise Refused("statement_incomplete", what="TxDtls")
        elif record.begins == "entry":
            self.entry(record)
        elif record.begins == "balance":
            self.balance(record.values)
        elif record.begins == "statement":
            self.ready.append(self.statement(record))
            self.start()
        elif record.begins == "group":
            self.made = record.values.get("made", "")

    def balance(self, values: dict[str, str]) -> None:
        code = values.get("code", "")
        if code in OPENING or code in CLOSING:
            self.currency = self.currency or values.get("amount_currency", "")
            cents = cents_of(values.get("amount", "")) * _side(values.get("side", "CRDT"))
            self.balances.setdefault(code, (cents, values.get("day", "")))

    def entry(self, record: Record) -> None:
        values = record.values
        if values.get("status", "BOOK") not in {"BOOK", "Booked"}:
            self.pending += 1
            return
        side, currency = _side(values.get("side", "")), values.get("amount_currency", "")
        self.currency = self.currency or currency
        if currency and currency != self.currency:
            raise Refused("statement_two_currencies", one=self.currency, other=currency)
        cents = cents_of(values.get("amount", ""))
        details = _details(record, cents * side, currency)
        entry = Entry(
            cents * side,
            self.day(record),
            day_of(values["value"]) if "value" in values else self.day(record),
            _reference(values.get("reference", "")) or _reference_of(record.kids),
            values.get("reversal", "") in {"true", "1"},
            details,
        )
        self.entries += 1
        self.payments += len(details)
        if side > 0:
            self.credit += cents
        else:
            self.debit += cents
        self.ready.append(entry)

    def day(self, record: Record) -> date:
        """Return the day of an entry; where the bank gives none, the day of the statement."""
        values = record.values
        return day_of(values.get("booked") or values.get("value") or self.days(record.parent)[1])

    def days(self, statement: Record | None) -> tuple[str, str]:
        values = statement.values if statement is not None else {}
        opened = [self.balances[code][1] for code in ("OPBD",) if code in self.balances]
        closed = [self.balances[code][1] for code in CLOSING if code in self.balances]
        made = values.get("made") or self.made
        to = values.get("to") or (closed or opened or [made])[0]
        return values.get("from") or (opened or [to])[0] or to, to

    def statement(self, record: Record) -> Statement:
        values = record.values
        if "account" not in values:
            raise Refused("statement_incomplete", what="Acct/Id")
        opening = [self.balances[code][0] for code in OPENING if code in self.balances]
        closing = [self.balances[code][0] for code in CLOSING if code in self.balances]
        start, end = self.days(record)
        message = record.parent.element if record.parent is not None else ""
        return Statement(
            kind=MESSAGES[message.removesuffix("V01")],
            number=values.get("number", ""),
            account=values["account"].replace(" ", ""),
            currency=values.get("currency") or self.currency,
            from_on=day_of(start),
            to_on=day_of(end),
            opening_cents=opening[0] if opening else None,
            closing_cents=closing[0] if closing else None,
            entries=self.entries,
            payments=self.payments,
            credit_cents=self.credit,
            debit_cents=self.debit,
            pending=self.pending,
        )


def _side(text: str) -> int:
    if text not in SIDES:
        raise Refused("statement_incomplete", what="CdtDbtInd")
    return SIDES[text]


def _reference(text: str) -> str:
    return "" if text.upper() in NO_REFERENCE else text


def _reference_of(details: list[Record]) -> str:
    """Return the bank's reference of an entry's only detail: some banks give it there alone."""
    return _reference(details[0].values.get("bank_reference", "")) if len(details) == 1 else ""


def _details(record: Record, cents: int, currency: str) -> tuple[Detail, ...]:
    """Return an entry's payments: a batch is split where its parts add up, else it stays whole."""
    kids, note = record.kids, record.values.get("text", "")
    if len(kids) == 1:
        return (_detail(kids[0].values, cents, note),)
    if len(kids) > 1:
        parts = [_part(kid.values, cents, currency) for kid in kids]
        if None not in parts and sum(part or 0 for part in parts) == cents:
            return tuple(_detail(kid.values, part or 0, note) for kid, part in zip(kids, parts, strict=True))
    return (Detail(cents, text=note),)


def _part(values: dict[str, str], whole: int, currency: str) -> int | None:
    """Return the signed cents of one payment of a batch, or nothing where it has none in this currency."""
    name = "tx_amount" if "tx_amount" in values else "amount"
    if name not in values or values.get(f"{name}_currency", currency) != currency:
        name = "amount"
        if name not in values or values.get("amount_currency", currency) != currency:
            return None
    side = _side(values["side"]) if "side" in values else 1 if whole > 0 else -1
    return cents_of(values[name]) * side


def _detail(values: dict[str, str], cents: int, note: str) -> Detail:
    who = "debtor" if cents > 0 else "creditor"
    return Detail(
        cents,
        values.get(who, ""),
        values.get(f"{who}_account", "").replace(" ", ""),
        values.get("reference", ""),
        values.get("text") or note,
        _reference(values.get("end_to_end", "")),
    )
