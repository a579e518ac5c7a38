"""What the bank has sent: originals, statements in their chain, entries that wait."""

import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db.models import Count, Prefetch, Q, QuerySet, Sum

from avots.core.calendar import is_working
from avots.payments import formats, rules
from avots.payments.models import BankAccount, BankEntry, Payment, Statement, StatementFile, StatementPart
from avots.payments.queries.whose import whose
from avots.payments.rules.chain import Gap, linked
from avots.payments.statements import Entry
from avots.payments.statements import Statement as Facts

MOST_PREVIEWED = 5_000
State = BankEntry.State


def pieces_of(file: StatementFile) -> Iterator[bytes]:
    """Yield the original's bytes, a piece at a time."""
    parts = StatementPart.objects.filter(file=file)
    for ordinal in range(parts.count()):
        yield zlib.decompress(bytes(parts.values_list("data", flat=True).get(ordinal=ordinal)))


def keys_of(statement: Statement) -> rules.Keys:
    """Return what gives a statement's entries their keys, counting on from those it is linked to."""
    day = statement.to_on
    others = Statement.objects.filter(account=statement.account_id, to_on=day, from_on=day).exclude(pk=statement.pk)
    links = [link_of(row) for row in others]
    near = [link.key for link in linked(link_of(statement), links)]
    if not near:
        return rules.Keys()
    rows = BankEntry.objects.filter(statement__in=near, booked_on=day, bank_reference="", part=0)
    return rules.Keys(Counter(key.partition(":")[0] for key in rows.values_list("entry_key", flat=True)))


def link_of(row: Statement) -> rules.Link:
    """Return a statement's place in its chain."""
    return rules.Link(row.pk, row.from_on, row.to_on, row.opening_cents, row.closing_cents)


def gaps_of(since: date) -> list[Gap]:
    """Return where statements are missing from a day on: banking days, or a balance that jumps."""
    chains: dict[str, list[rules.Link]] = defaultdict(list)
    rows = Statement.objects.filter(to_on__gte=since, booked_at__isnull=False).select_related("account")
    for row in rows.order_by("pk"):
        chains[row.account.number].append(link_of(row))
    return rules.gaps(chains, is_working)


def original_of(reversal: BankEntry) -> BankEntry | None:
    """Return the payment that a reversal takes back: the only one with its amount and a reference of its own."""
    named = Q()
    for name in ("bank_reference", "end_to_end"):
        if value := getattr(reversal, name):
            named |= Q(**{name: value})
    if not named:
        return None
    rows = BankEntry.objects.filter(named, account=reversal.account_id, cents=-reversal.cents)
    came = rows.filter(booked_on__lte=reversal.booked_on, state__in=[*DECIDED, State.WAITING])
    found = list(came.exclude(pk=reversal.pk)[:2])
    return found[0] if len(found) == 1 else None


DECIDED = (State.MATCHED, State.ASSIGNED, State.ASIDE)


def own_number() -> str:
    """Return the number of the account that stands on our invoices."""
    return str(settings.AVOTS_UTILITY["iban"]).replace(" ", "")


def waiting() -> QuerySet[BankEntry]:
    """Return the entries that wait for a person, oldest first."""
    return BankEntry.objects.filter(state=State.WAITING).order_by("booked_on", "pk")


@dataclass(frozen=True)
class Figures:
    """A booked file in figures: entries of its own by state, cents by state."""

    count: dict[str, int]
    cents: dict[str, int]

    @property
    def automatic_permille(self) -> int:
        """Share of the customers' payments that needed nobody."""
        came = sum(self.count.get(state, 0) for state in (*DECIDED, State.WAITING))
        return self.count.get(State.MATCHED, 0) * 1_000 // came if came else 0


def figures_of(file: StatementFile) -> Figures:
    """Return how many of a file's entries stand where."""
    rows = BankEntry.objects.filter(statement__file=file).order_by().values_list("state")
    sums = list(rows.annotate(Count("pk"), Sum("cents")))
    return Figures({state: n for state, n, _ in sums}, {state: cents for state, _, cents in sums})


def decided_lately(most: int) -> QuerySet[BankEntry]:
    """Return the entries a person decided last, newest first."""
    rows = BankEntry.objects.filter(state__in=[State.ASSIGNED, State.ASIDE]).order_by("-decided_at", "-pk")
    return rows.prefetch_related(PAID)[:most]


def entries_of(file: StatementFile, most: int) -> QuerySet[BankEntry]:
    """Return a file's entries with the accounts they pay."""
    return BankEntry.objects.filter(statement__file=file).order_by("pk").prefetch_related(PAID)[:most]


PAID = Prefetch("payment_set", Payment.objects.standing().select_related("account__party"), to_attr="paid")


@dataclass(frozen=True)
class Preview:
    """What booking a file would do: entries known already, payments matched by reason, payments that would wait."""

    known: int
    matched: dict[str, int]
    waiting: int
    waiting_cents: int


def preview(file: StatementFile) -> Preview | None:
    """Return what booking a staged file would do, without doing it; nothing for a very large one."""
    if file.summary["payments"] > MOST_PREVIEWED:
        return None
    known, details = 0, []
    for facts, entries in grouped(file):
        account = BankAccount.objects.filter(number=facts.account).first() or BankAccount()
        keys = keys_of(row_of(file, facts, account))
        keyed = {keys.key_of(entry): entry for entry in entries}
        rows = BankEntry.objects.filter(account=account.pk, entry_key__in=list(keyed), part=0)
        there = set(rows.values_list("entry_key", flat=True))
        known += len(there)
        for entry in (entry for key, entry in keyed.items() if key not in there and not entry.is_reversal):
            details += [detail for detail in entry.details if detail.cents > 0]
    found = whose(details)
    left = [detail.cents for detail, verdict in zip(details, found, strict=True) if verdict is None]
    return Preview(known, dict(Counter(verdict.reason for verdict in found if verdict)), len(left), sum(left))


def grouped(file: StatementFile) -> Iterator[tuple[Facts, Iterator[Entry]]]:
    """Yield each statement's facts with its entries; read these to their end before the next."""
    items = formats.read(pieces_of(file))
    for facts in facts_of(file):
        yield facts, _until_statement(items)


def _until_statement(items: Iterator[Entry | Facts]) -> Iterator[Entry]:
    for item in items:
        if isinstance(item, Facts):
            return
        yield item


def facts_of(file: StatementFile) -> list[Facts]:
    """Return what was read about each statement when the file was staged."""
    days = ("from_on", "to_on")
    rows = file.summary["statements"]
    return [Facts(**row | {name: date.fromisoformat(row[name]) for name in days}) for row in rows]


def row_of(file: StatementFile, facts: Facts, account: BankAccount, ordinal: int = 0) -> Statement:
    """Return an unsaved row of a statement."""
    return Statement(
        file=file,
        ordinal=ordinal,
        account=account,
        number=facts.number[:60],
        from_on=facts.from_on,
        to_on=facts.to_on,
        opening_cents=facts.opening_cents or 0,
        closing_cents=facts.closing_cents or 0,
        entries=facts.entries,
        pending=facts.pending,
    )
