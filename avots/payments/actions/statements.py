"""Bank statements: kept and checked whole first, booked some entries at a time after a person has looked."""

import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from hashlib import sha256
from itertools import islice
from typing import IO

from django.db import transaction

from avots.core import audit
from avots.core.audit import By
from avots.core.errors import Refused
from avots.payments import formats, rules
from avots.payments.actions.entries import Known, book_entries
from avots.payments.models import BankAccount, Statement, StatementFile, StatementPart
from avots.payments.queries.bank import facts_of, grouped, keys_of, own_number, row_of
from avots.payments.statements import Entry, chunks
from avots.payments.statements import Statement as Facts

# Entries a transaction: well under a second of writing, so that people can report meanwhile.
BATCH = 500
MOST_UPLOADED = 20 * 1024 * 1024
PART = 1024 * 1024
State = StatementFile.State


def stage_statement(
    name: str, file: IO[bytes], *, now: datetime, by: By, most: int | None = MOST_UPLOADED
) -> StatementFile:
    """Keep a bank's file after reading and judging all of it; nothing is booked. The same bytes are one file.

    ``most``: bytes taken; None for any size, where memory does not grow with it.

    :raises Refused: ``statement_too_large``, and what ``formats.read`` and ``rules.judge_statement`` refuse
    """
    digest, size = _digest(file)
    if most is not None and size > most:
        raise Refused("statement_too_large")
    known = StatementFile.objects.filter(sha256=digest).exclude(state=State.ARRIVING).first()
    if known is not None:
        return known
    statements = _judged(file)
    StatementFile.objects.filter(sha256=digest).delete()
    row = StatementFile.objects.create(
        name=name[:200],
        sha256=digest,
        size=size,
        summary=_summary(statements),
        uploaded_at=now,
        uploaded_by=str(by),
    )
    file.seek(0)
    for ordinal, piece in enumerate(iter(lambda: file.read(PART), b"")):
        StatementPart.objects.create(file=row, ordinal=ordinal, data=zlib.compress(piece, 6))
    StatementFile.objects.filter(pk=row.pk).update(state=State.STAGED)
    row.state = State.STAGED
    audit.record(now=now, by=by, verb="stage_statement", subject=f"file:{digest[:16]}", size=size)
    return row


def _digest(file: IO[bytes]) -> tuple[str, int]:
    digest, size = sha256(), 0
    file.seek(0)
    for piece in chunks(file):
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size


def _judged(file: IO[bytes]) -> list[Facts]:
    file.seek(0)
    statements = [item for item in formats.read(chunks(file)) if isinstance(item, Facts)]
    for statement in statements:
        rules.judge_statement(statement)
    return statements


def _summary(statements: Sequence[Facts]) -> dict[str, object]:
    names = ("entries", "payments", "credit_cents", "debit_cents", "pending")
    sums = {name: sum(getattr(statement, name) for statement in statements) for name in names}
    shown = [asdict(one) | {"from_on": str(one.from_on), "to_on": str(one.to_on)} for one in statements]
    return {**sums, "statements": shown}


def import_statement(file: StatementFile, *, now: datetime, by: By, ours: bool = False) -> StatementFile:
    """Book a staged file's entries, some at a time; stopped anywhere it goes on where it was.

    Entries that an earlier file has brought are passed over. ``ours``: whoever acts says that accounts
    not seen before are the utility's own.

    :raises Refused: ``statement_account_unknown``
    """
    if file.state == State.BOOKED:
        return file
    accounts = _accounts(file, ours=ours, now=now, by=by)
    StatementFile.objects.filter(pk=file.pk).update(state=State.BOOKING)
    for ordinal, (facts, entries) in enumerate(grouped(file)):
        _book_statement(_saved(file, ordinal, facts, accounts[facts.account]), entries, now, by)
    file.state = State.BOOKED
    file.save(update_fields=["state"])
    counts = {name: file.summary[name] for name in ("entries", "credit_cents", "debit_cents")}
    audit.record(now=now, by=by, verb="import_statement", subject=f"file:{file.sha256[:16]}", **counts)
    return file


def _accounts(file: StatementFile, *, ours: bool, now: datetime, by: By) -> dict[str, BankAccount]:
    """Return the utility's accounts by number, those of the file opened where that may be."""
    wanted = {facts.account for facts in facts_of(file)}
    known = {account.number: account for account in BankAccount.objects.filter(number__in=wanted)}
    for number in sorted(wanted - known.keys()):
        if number != own_number() and not ours:
            raise Refused("statement_account_unknown", account=number)
        known[number], _ = BankAccount.objects.get_or_create(
            number=number, defaults={"opened_at": now, "opened_by": str(by)}
        )
        audit.record(now=now, by=by, verb="open_bank_account", subject=f"bank:{number}")
    return known


def _book_statement(row: Statement, entries: Iterable[Entry], now: datetime, by: By) -> None:
    keys, known = keys_of(row), Known()
    for batch in batched(((keys.key_of(entry), entry) for entry in entries), BATCH):
        known += _book(row, batch, now, by)
    Statement.objects.filter(pk=row.pk).update(known=known.entries, known_cents=known.cents, booked_at=now)


def _saved(file: StatementFile, ordinal: int, facts: Facts, account: BankAccount) -> Statement:
    """Return a statement's row, the one of an interrupted booking where there is one."""
    row = Statement.objects.filter(file=file, ordinal=ordinal).first()
    if row is None:
        row = row_of(file, facts, account, ordinal)
        row.save(force_insert=True)
    return row


@transaction.atomic
def _book(row: Statement, batch: Sequence[tuple[str, Entry]], now: datetime, by: By) -> Known:
    BankAccount.objects.select_for_update().get(pk=row.account_id)  # one import of an account at a time
    return book_entries(row, batch, now=now, by=by)


def batched(items: Iterable[tuple[str, Entry]], size: int) -> Iterator[list[tuple[str, Entry]]]:
    """Yield items so many at a time (``itertools.batched`` comes with Python 3.12)."""
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some
