"""What a file would do, has done, and could not do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Count, Sum
from django.utils.translation import gettext

from avots.core import sheets
from avots.intake.kinds import KINDS, kind_named
from avots.intake.kinds.kind import Kind
from avots.intake.models import Item, Sheet, StagedRow
from avots.intake.staging import REASON, ROW_NUMBER
from avots.ui.words import words

State = StagedRow.State
ROWS_SHOWN = 5


@dataclass(frozen=True)
class Summary:
    """A table in figures: rows by state, and the sum of what they are about by state."""

    sheet: Sheet
    kind: Kind | None
    counts: Mapping[str, int]
    sums: Mapping[str, int]

    @property
    def rows(self) -> int:
        return sum(self.counts.values())

    @property
    def total(self) -> int:
        return sum(self.sums.values())

    @property
    def total_used(self) -> int:
        """The sum of the rows that can be used."""
        return self.total - self.sums.get(State.BAD, 0)

    @property
    def unused_columns(self) -> list[str]:
        """The columns we do not know; those that a file of rejected rows adds are none."""
        if self.kind is None:
            return []
        known = {*self.kind.needed, *self.kind.columns, ROW_NUMBER, REASON, ""}
        pairs = zip(self.sheet.header, self.kind.names(self.sheet.header), strict=True)
        return [name for name, ours in pairs if ours not in known]

    @property
    def first_rows(self) -> list[tuple[int, list[str]]]:
        """The first rows with their numbers, a cell under each name."""
        rows = StagedRow.objects.filter(sheet=self.sheet).order_by("number").values_list("number", "cells")
        width = len(self.sheet.header)
        return [(number, [*cells, *[""] * (width - len(cells))]) for number, cells in rows[:ROWS_SHOWN]]


def summaries(item: Item) -> list[Summary]:
    """Return each table of a file in figures, in the order of the file."""
    counts: dict[int, dict[str, int]] = {}
    sums: dict[int, dict[str, int]] = {}
    rows = StagedRow.objects.filter(sheet__item=item).values("sheet", "state").order_by()
    for row in rows.annotate(count=Count("pk"), sum=Sum("amount")):
        counts.setdefault(row["sheet"], {})[row["state"]] = row["count"]
        sums.setdefault(row["sheet"], {})[row["state"]] = row["sum"] or 0
    return [
        Summary(
            sheet, kind_named(sheet.kind) if sheet.kind else None, counts.get(sheet.pk, {}), sums.get(sheet.pk, {})
        )
        for sheet in Sheet.objects.filter(item=item).order_by("position")
    ]


def counts_of(item: Item) -> dict[str, int]:
    """Return how many rows of a file are in each state."""
    rows = StagedRow.objects.filter(sheet__item=item)
    return dict(rows.values_list("state").annotate(Count("pk")).order_by())


def template() -> list[sheets.Sheet]:
    """Return an empty workbook of every kind, its columns as they are called; the needed ones first."""
    return [sheets.Sheet(gettext(kind.title), [*kind.needed, *kind.columns], []) for kind in KINDS]


def rejected_rows(item: Item) -> list[StagedRow]:
    """Return the rows of a file that cannot be used, in its order."""
    bad = StagedRow.objects.filter(sheet__item=item, state=State.BAD).select_related("sheet")
    return list(bad.order_by("sheet__position", "number"))


def rejected(item: Item) -> list[sheets.Sheet]:
    """Return what could not be used as tables to mend and take again: as written, with number and reason.

    The reason is in the reader's language.
    """
    by_sheet: dict[int, list[StagedRow]] = {}
    for row in rejected_rows(item):
        by_sheet.setdefault(row.sheet_id, []).append(row)
    return [_table_of(rows[0].sheet, rows) for rows in by_sheet.values()]


def _table_of(sheet: Sheet, rows: Sequence[StagedRow]) -> sheets.Sheet:
    """Return a table's rejected rows; one it was given before loses that file's number and reason."""
    names = [name.strip().casefold() for name in sheet.header]
    kept = [at for at, name in enumerate(names) if name not in {ROW_NUMBER, REASON}]
    width = max([len(names), *(len(row.cells) for row in rows)])
    kept += range(len(names), width)

    def as_kept(cells: Sequence[str]) -> list[str]:
        return [cells[at] if at < len(cells) else "" for at in kept]

    lines = [[*as_kept(row.cells), str(row.number), words(row.problem, **row.facts)] for row in rows]
    header = [*as_kept(sheet.header), ROW_NUMBER, REASON]
    return sheets.Sheet(sheet.name or sheet.kind, header, lines)
