"""Taking a file: checked into staging first, written after a person has seen what it would do."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from django.db import transaction
from django.db.models import F

from avots.core import audit, bulk
from avots.core.audit import By
from avots.core.claims import claim, let_others_write
from avots.core.errors import Refused
from avots.intake.kinds import KINDS, kind_named
from avots.intake.kinds.kind import Kind, Verdict
from avots.intake.models import Item, Sheet, StagedRow
from avots.intake.staging import facts_of, row_of, stage_tables
from avots.intake.tables import MOST_BYTES

# Rows a transaction: well under a second of writing, so that people can report meanwhile.
BATCH = 100
State = StagedRow.State
COLUMNS = ["state", "problem", "facts"]


@transaction.atomic
def receive(name: str, data: bytes, *, now: datetime, by: By) -> Item:
    """Keep a file's original; the same bytes are one item, taken anew unless it is being worked on.

    :raises Refused: ``file_too_large``
    """
    if len(data) > MOST_BYTES:
        raise Refused("file_too_large")
    digest = sha256(data).hexdigest()
    known = Item.objects.filter(sha256=digest)
    if (there := known.first()) is not None and there.is_working:
        return there
    known.delete()
    audit.record(now=now, by=by, verb="receive_file", subject=f"file:{digest[:16]}", name=name[:200])
    return Item.objects.create(
        name=name[:200], sha256=digest, original=data, uploaded_at=now, uploaded_by=str(by), changed_at=now
    )


def check(item: Item, *, now: datetime) -> Item:
    """Judge each row of a file and write nothing but that; stopped anywhere it goes on where it was.

    A file that cannot be used at all keeps the reason.

    :raises Refused: that reason, a ``file_...`` code, ``columns_missing`` or ``column_twice``
    """
    waiting = Item.objects.filter(pk=item.pk, state__in=[Item.State.RECEIVED, Item.State.CHECKING])
    if claim(waiting, state=Item.State.CHECKING, changed_at=now):
        try:
            stage_tables(item)
        except Refused as refused:
            reason = {"problem": refused.code, "facts": facts_of(refused)}
            claim(waiting, state=Item.State.REFUSED, changed_at=now, **reason)
            raise
        claim(waiting, state=Item.State.STAGED, changed_at=now)
    item.refresh_from_db()
    return item


def stage(name: str, data: bytes, *, now: datetime, by: By) -> Item:
    """Receive a file and check it at once.

    :raises Refused: what :func:`receive` and :func:`check` refuse
    """
    return check(receive(name, data, now=now, by=by), now=now)


@transaction.atomic
def begin_applying(item: Item, *, now: datetime, by: By) -> Item:
    """Decide that a checked file is written; one already being written stays as it is."""
    ready = Item.objects.filter(pk=item.pk, state__in=[Item.State.STAGED, Item.State.APPLIED])
    left = StagedRow.objects.filter(sheet__item=item, state=State.NEW).count()
    begun = {"applied_by": str(by), "rows_done": F("rows_total") - left, "changed_at": now}
    if claim(ready, state=Item.State.APPLYING, **begun):
        audit.record(now=now, by=by, verb="apply_file", subject=f"file:{item.sha256[:16]}", rows=left)
    item.refresh_from_db()
    return item


def apply_rows(item: Item, *, now: datetime) -> Item:
    """Write the rest of a file's new rows, a batch a transaction; stopped anywhere it goes on where it was.

    A row that has become bad since is kept with its reason; the others go on.
    """
    by = By(*item.applied_by.split(":", 1))
    for sheet in _in_order(item):
        while _write_batch(sheet, now, by):
            let_others_write()
    claim(Item.objects.filter(pk=item.pk, state=Item.State.APPLYING), state=Item.State.APPLIED, changed_at=now)
    item.refresh_from_db()
    return item


def apply(item: Item, *, now: datetime, by: By) -> Item:
    """Write a checked file's new rows at once."""
    return apply_rows(begin_applying(item, now=now, by=by), now=now)


def _in_order(item: Item) -> list[Sheet]:
    """Return a file's tables so that each comes after those it may name."""
    rank = {kind.name: at for at, kind in enumerate(KINDS)}
    sheets = Sheet.objects.filter(item=item).exclude(kind="")
    return sorted(sheets, key=lambda sheet: (rank[sheet.kind], sheet.position))


@transaction.atomic
def _write_batch(sheet: Sheet, now: datetime, by: By) -> int:
    """Write some of a table's new rows; a second worker finds them written."""
    new = StagedRow.objects.select_for_update().filter(sheet=sheet, state=State.NEW)
    rows = list(new.order_by("position")[:BATCH])
    if rows:
        _write(kind_named(sheet.kind), sheet, rows, now, by)
        Item.objects.filter(pk=sheet.item_id).update(rows_done=F("rows_done") + len(rows), changed_at=now)
    return len(rows)


def _write(kind: Kind, sheet: Sheet, rows: Sequence[StagedRow], now: datetime, by: By) -> None:
    names = kind.names(sheet.header)
    verdicts = kind.write([row_of(names, row.cells) for row in rows], now, by)
    bulk.update(StagedRow, COLUMNS, [(*_outcome(v), row.pk) for row, v in zip(rows, verdicts, strict=True)])


def _outcome(verdict: Verdict) -> tuple[State, str, dict[str, str]]:
    if isinstance(verdict, Refused):
        return State.BAD, verdict.code, facts_of(verdict)
    return (State.APPLIED if verdict else State.SAME), "", {}
