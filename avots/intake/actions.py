"""Taking a file: staged and judged first, applied after a person has seen what it would do."""

from collections import Counter
from datetime import datetime
from hashlib import sha256

from django.db import transaction

from avots.core import audit
from avots.core.audit import By
from avots.core.errors import Refused
from avots.intake import csvfile
from avots.intake.kinds import kind_named, kind_of
from avots.intake.kinds.kind import Kind
from avots.intake.models import Item, StagedRow

# Rows a transaction: well under a second of writing, so that people can report meanwhile.
BATCH = 100
State = StagedRow.State


def stage(name: str, data: bytes, *, now: datetime, by: By) -> Item:
    """Keep a file's original, judge each row, and write nothing else; the same bytes are one item.

    :raises Refused: ``file_encoding_unknown``, ``file_empty``, ``file_too_large``, ``columns_missing``
    """
    table = csvfile.read(data)
    kind = kind_of(table.header)
    digest = sha256(data).hexdigest()
    rows = list(table.rows())
    provided = frozenset(values.get(kind.provides, "") for _, values in rows)
    judged = [_judge(kind, number, values, provided) for number, values in rows]
    unknown = [name for name in table.header if name and name not in {*kind.needed, *kind.columns}]
    with transaction.atomic():
        Item.objects.filter(sha256=digest).delete()
        item = Item.objects.create(
            kind=kind.name,
            name=name[:200],
            sha256=digest,
            original=data,
            encoding=table.encoding,
            summary=dict(Counter(row.state for row in judged)) | {"rows": len(judged), "unknown": unknown},
            uploaded_at=now,
            uploaded_by=str(by),
        )
        for row in judged:
            row.item = item
        StagedRow.objects.bulk_create(judged, batch_size=500)
        audit.record(now=now, by=by, verb="stage_file", subject=f"file:{digest[:16]}", kind=kind.name)
    return item


def _judge(kind: Kind, number: int, values: dict[str, str], provided: frozenset[str]) -> StagedRow:
    try:
        state = State.NEW if kind.check(values) else State.SAME
    except Refused as refused:
        if refused.code == "row_unknown_parent" and refused.facts["text"] in provided:
            return StagedRow(number=number, values=values, state=State.NEW)
        facts = {key: str(value)[:200] for key, value in refused.facts.items()}
        return StagedRow(number=number, values=values, state=State.BAD, problem=refused.code, facts=facts)
    return StagedRow(number=number, values=values, state=state)


def apply(item: Item, *, now: datetime, by: By) -> Item:
    """Write a staged file's new rows, some at a time; stopped anywhere it goes on where it was.

    A row that has become bad since is kept with its reason; the others go on.
    """
    Item.objects.filter(pk=item.pk).update(state=Item.State.APPLYING)
    while batch := list(StagedRow.objects.filter(item=item, state=State.NEW).order_by("number")[:BATCH]):
        with transaction.atomic():
            for row in batch:
                _apply(item.kind, row, now, by)
    counts = Counter(StagedRow.objects.filter(item=item).values_list("state", flat=True))
    item.summary = dict(counts) | {"rows": sum(counts.values()), "unknown": item.summary.get("unknown", [])}
    item.state = Item.State.APPLIED
    item.save(update_fields=["summary", "state"])
    audit.record(now=now, by=by, verb="apply_file", subject=f"file:{item.sha256[:16]}", **counts)
    return item


def _apply(kind: str, row: StagedRow, now: datetime, by: By) -> None:
    try:
        with transaction.atomic():
            kind_named(kind).apply(row.values, now, by)
            row.state = State.APPLIED
    except Refused as refused:
        row.state, row.problem = State.BAD, refused.code
        row.facts = {key: str(value)[:200] for key, value in refused.facts.items()}
    row.save(update_fields=["state", "problem", "facts"])
