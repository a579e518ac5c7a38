"""Judging a file's rows into staging, some at a time."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, zip_longest

from django.db import transaction
from django.db.models import F

from avots.core.claims import let_others_write
from avots.core.errors import Refused
from avots.intake import files
from avots.intake.kinds import kind_named, recognise
from avots.intake.kinds.kind import Kind, Row, Verdict, too_long
from avots.intake.models import Item, Sheet, StagedRow
from avots.intake.tables import Line, Table, twice_encoded

# Rows a transaction of staging; only inserts, so more than when they are written.
BATCH = 500
# What a file of rejected rows adds; it is not a column we miss.
ROW_NUMBER, REASON = "row_number", "reason"
LONGEST_FACT = 120
State = StagedRow.State
Provided = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Found:
    """A row of a table: its number, its order of writing, as written and by our names."""

    number: int
    position: int
    cells: Line
    row: Row


def facts_of(refused: Refused) -> dict[str, str]:
    """Return a refusal's facts as they are kept with a row."""
    return {key: str(value)[:LONGEST_FACT] for key, value in refused.facts.items()}


def row_of(names: Sequence[str], cells: Sequence[str]) -> Row:
    """Return a row by our names of its columns; cells it lacks are empty.

    >>> row_of(["account", "name"], ["7"])
    {'account': '7', 'name': ''}
    """
    return dict(zip_longest(names, cells[: len(names)], fillvalue=""))


def stage_tables(item: Item) -> None:
    """Open a file's tables and judge their rows; rows judged before stay as they are.

    :raises Refused: where no table can be used, the first one's reason
    """
    tables = files.tables_of(bytes(item.original))
    opened = [_open(item, position, table) for position, table in enumerate(tables)]
    usable = [(sheet, table) for sheet, table in opened if sheet.kind]
    if not usable:
        first = opened[0][0]
        raise Refused(first.problem, **first.facts)
    found = [(sheet, kind_named(sheet.kind), _rows(sheet, table)) for sheet, table in usable]
    total = sum(len(rows) for _, _, rows in found)
    Item.objects.filter(pk=item.pk).update(rows_total=total, rows_done=0)
    provided = _provided(found)
    for sheet, kind, rows in found:
        _stage(sheet, kind, rows, provided)


def _open(item: Item, position: int, table: Table) -> tuple[Sheet, Table]:
    """Return a table's sheet, with its kind or the reason why it has none."""
    kind, problem, facts = "", "", {}
    try:
        recognised, table = recognise(table)
        kind = recognised.name
    except Refused as refused:
        problem, facts = refused.code, facts_of(refused)
    values = {
        "name": table.name[:80],
        "kind": kind,
        "encoding": table.encoding,
        "header": list(table.header),
        "problem": problem,
        "facts": facts,
        "doubt": _doubt(table)[:120],
    }
    sheet, _ = Sheet.objects.update_or_create(item=item, position=position, defaults=values)
    return sheet, table


def _doubt(table: Table) -> str:
    """Return a text of a table that looks encoded twice; nothing is mended by guessing."""
    for line in (table.header, *table.lines):
        for cell in line:
            if not cell.isascii() and twice_encoded(cell):
                return cell
    return ""


def _rows(sheet: Sheet, table: Table) -> list[Found]:
    kind = kind_named(sheet.kind)
    names = kind.names(table.header)
    rows = [(number, cells, row_of(names, cells)) for number, cells in table.rows()]
    rows.sort(key=lambda found: (kind.order(found[2]), found[0]))
    return [Found(number, position, cells, row) for position, (number, cells, row) in enumerate(rows)]


def _provided(found: Sequence[tuple[Sheet, Kind, list[Found]]]) -> Provided:
    """Return, for the codes of refusals, the texts that rows of the same file will make known."""
    texts: dict[str, set[str]] = defaultdict(set)
    for _, kind, rows in found:
        for code, column in kind.provides.items():
            texts[code].update(one.row.get(column, "") for one in rows)
    return {code: frozenset(values) for code, values in texts.items()}


def _stage(sheet: Sheet, kind: Kind, rows: Sequence[Found], provided: Provided) -> None:
    taken: dict[tuple[str, ...], Found] = {}
    for batch in _batches(rows):
        verdicts = _verdicts(sheet, kind, batch, provided)
        staged = [
            _staged(sheet, kind, one, _unless_twice(kind, one, verdict, taken))
            for one, verdict in zip(batch, verdicts, strict=True)
        ]
        with transaction.atomic():
            StagedRow.objects.bulk_create(staged, ignore_conflicts=True)
            Item.objects.filter(pk=sheet.item_id).update(rows_done=F("rows_done") + len(batch))
        let_others_write()


def _batches(rows: Sequence[Found]) -> Iterator[list[Found]]:
    left = iter(rows)
    while batch := list(islice(left, BATCH)):
        yield batch


def _verdicts(sheet: Sheet, kind: Kind, batch: Sequence[Found], provided: Provided) -> list[Verdict]:
    """Return what becomes of each row; what it names may stand elsewhere in the same file."""
    shape = [_shape(sheet, one) for one in batch]
    judged = iter(kind.judge([one.row for one, wrong in zip(batch, shape, strict=True) if wrong is None]))
    return [wrong or _if_provided(next(judged), provided) for wrong in shape]


def _shape(sheet: Sheet, one: Found) -> Refused | None:
    nameless = [cell for name, cell in zip_longest(sheet.header, one.cells, fillvalue="") if cell and not name]
    return Refused("row_too_many_cells", text=nameless[0][:30]) if nameless else too_long(one.row)


def _if_provided(verdict: Verdict, provided: Provided) -> Verdict:
    if isinstance(verdict, Refused) and verdict.facts.get("text") in provided.get(verdict.code, ()):
        return True
    return verdict


def _unless_twice(kind: Kind, one: Found, verdict: Verdict, taken: dict[tuple[str, ...], Found]) -> Verdict:
    """Return a row's verdict, or that an earlier row says the same, or something else, of the same."""
    if isinstance(verdict, Refused):
        return verdict
    first = taken.setdefault(kind.key(one.row), one)
    if first is one:
        return verdict
    return False if first.cells == one.cells else Refused("row_twice", row=first.number)


def _staged(sheet: Sheet, kind: Kind, one: Found, verdict: Verdict) -> StagedRow:
    refused = verdict if isinstance(verdict, Refused) else None
    return StagedRow(
        sheet=sheet,
        number=one.number,
        position=one.position,
        cells=list(one.cells),
        amount=_amount(kind, one.row),
        state=State.BAD if refused else State.NEW if verdict else State.SAME,
        problem=refused.code if refused else "",
        facts=facts_of(refused) if refused else {},
    )


def _amount(kind: Kind, row: Row) -> int | None:
    try:
        return kind.amount(row) if kind.amount else None
    except Refused:
        return None
