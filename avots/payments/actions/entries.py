"""Booking a statement's entries: each once, matched where that is certain, else held in suspense."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from avots.core import bulk
from avots.core.audit import By
from avots.ledger import actions as ledger
from avots.payments.actions.booking import Arrival, record_payments, undo_payments
from avots.payments.models import BankEntry, Payment, PaymentReversal, Statement
from avots.payments.queries import Judged, original_of, whose
from avots.payments.statements import Detail, Entry

State = BankEntry.State
FACTS = (
    "account statement entry_key part cents booked_on value_on bank_reference end_to_end party iban reference text"
).split()
COLUMNS = [*FACTS, "state", "reason", "turn", "teaches", "decided_at", "decided_by"]


@dataclass(frozen=True)
class Known:
    """How many entries an earlier statement had brought, and their sum."""

    entries: int = 0
    cents: int = 0

    def __add__(self, other: Known) -> Known:
        return Known(self.entries + other.entries, self.cents + other.cents)


@dataclass(frozen=True)
class Part:
    """One payment of an entry, to become a row."""

    key: str
    number: int
    entry: Entry
    detail: Detail

    @property
    def waits(self) -> bool:
        """Whether somebody must be found for it: money in, or the taking back of such."""
        return (self.detail.cents > 0) != self.entry.is_reversal and self.detail.cents != 0


def book_entries(statement: Statement, batch: Sequence[tuple[str, Entry]], *, now: datetime, by: By) -> Known:
    """Book entries under their keys inside the caller's transaction; return those that were known.

    An entry known from this same statement (whose booking was interrupted) counts as this one's.
    """
    rows = BankEntry.objects.filter(account=statement.account_id, entry_key__in=[key for key, _ in batch])
    there = dict(rows.values_list("entry_key", "statement_id"))
    new = [(key, entry) for key, entry in batch if key not in there]
    parts = [Part(key, n, entry, detail) for key, entry in new for n, detail in enumerate(entry.details)]
    found = whose([part.detail for part in parts if part.waits and part.detail.cents > 0])
    judged = iter(found)
    verdicts = [next(judged) if part.waits and part.detail.cents > 0 else None for part in parts]
    bulk.insert(BankEntry, COLUMNS, [_row(statement, *pair, now) for pair in zip(parts, verdicts, strict=True)])
    _post(statement, parts, verdicts, now=now, by=by)
    elsewhere = [entry for key, entry in batch if there.get(key, statement.pk) != statement.pk]
    return Known(len(elsewhere), sum(entry.cents for entry in elsewhere))


def _row(statement: Statement, part: Part, verdict: Judged | None, now: datetime) -> tuple[object, ...]:
    entry, detail = part.entry, part.detail
    state = State.MATCHED if verdict else State.WAITING if part.waits else State.OWN
    return (
        statement.account_id,
        statement.pk,
        part.key,
        part.number,
        detail.cents,
        entry.booked_on,
        entry.value_on,
        entry.bank_reference[:80],
        detail.end_to_end[:80],
        detail.party[:160],
        detail.iban[:34],
        detail.reference[:80],
        detail.text[:600],
        state,
        verdict.reason if verdict else "",
        1,
        True,
        now if verdict else None,
        "",
    )


def _post(
    statement: Statement, parts: Sequence[Part], verdicts: Sequence[Judged | None], *, now: datetime, by: By
) -> None:
    keys = {part.key for part in parts if part.waits}
    rows = BankEntry.objects.filter(account=statement.account_id, entry_key__in=keys)
    ids = {(key, number): pk for pk, key, number in rows.values_list("pk", "entry_key", "part")}
    bank = Payment.Channel.BANK
    arrivals, held, reversals = [], [], []
    for part, verdict in zip(parts, verdicts, strict=True):
        if verdict:
            pk, detail = ids[part.key, part.number], part.detail
            words = detail.reference or detail.text
            day = part.entry.booked_on
            arrivals.append(Arrival(f"bank:{pk}:1", verdict.account, detail.cents, day, bank, words[:140], pk))
        elif part.waits:
            pk = ids[part.key, part.number]
            held.append(hold(pk, 1, part.detail.cents, part.entry))
            reversals += [pk] if part.entry.is_reversal else []
    record_payments(arrivals, now=now, by=by)
    ledger.post(ledger.in_open_month(held), now=now)
    for row in BankEntry.objects.filter(pk__in=reversals).order_by("pk"):
        _take_back(row, now=now, by=by)


def hold(pk: int, turn: int, cents: int, entry: Entry) -> ledger.Entry:
    """Return the posting that keeps an entry's money in suspense."""
    (held,) = ledger.either_way(
        f"held:{pk}:{turn}", ledger.BANK, ledger.SUSPENSE, cents, entry.booked_on, f"bank:{pk}"
    )
    return held


def _take_back(reversal: BankEntry, *, now: datetime, by: By) -> None:
    """Undo what the bank took back, where it is certain which payment that was."""
    original = original_of(reversal)
    if original is None:
        return
    day, reason = reversal.booked_on, PaymentReversal.Reason.BANK
    if original.state == State.ASIDE:
        key, document = f"taken:{original.pk}", f"bank:{original.pk}"
        taken = ledger.Entry(key, ledger.OTHER, ledger.SUSPENSE, original.cents, day, document)
        ledger.post(ledger.in_open_month([taken]), now=now)
    payments = Payment.objects.standing().filter(entry=original).select_related("account")
    undo_payments(list(payments), to=ledger.SUSPENSE, reason=reason, on=day, now=now, by=by)
    BankEntry.objects.filter(pk=original.pk).update(state=State.REVERSED)
    BankEntry.objects.filter(pk=reversal.pk).update(state=State.REVERSAL)
