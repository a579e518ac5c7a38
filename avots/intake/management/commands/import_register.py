"""Import register files from the command line."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from avots.core import clock, sheets
from avots.core.audit import By
from avots.core.errors import Refused
from avots.intake import actions, queries
from avots.intake.models import Item
from avots.ui.words import words


class Command(BaseCommand):
    help = "check XLSX and CSV files of the register; with --apply also write their new rows"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path)
        parser.add_argument("--apply", action="store_true")
        parser.add_argument("--rejected", type=Path, metavar="FOLDER", help="write each file's unusable rows there")

    def handle(self, *args: Any, **options: Any) -> None:
        for path in options["files"]:
            try:
                item = self._take(path, apply=options["apply"])
            except Refused as refused:
                raise CommandError(f"{path.name}: {words(refused.code, **refused.facts)}") from refused
            self._tell(path, item)
            if options["rejected"] and (tables := queries.rejected(item)):
                target = options["rejected"] / f"{path.name.split('.')[0]}-rejected.xlsx"
                target.write_bytes(sheets.to_workbook(tables))
                self.stdout.write(f"  {target}")

    def _take(self, path: Path, *, apply: bool) -> Item:
        by = By("command", "import_register")
        item = actions.stage(path.name, path.read_bytes(), now=clock.now(), by=by)
        return actions.apply(item, now=clock.now(), by=by) if apply else item

    def _tell(self, path: Path, item: Item) -> None:
        for one in queries.summaries(item):
            counts = ", ".join(f"{count} {state}" for state, count in sorted(one.counts.items()))
            reason = words(one.sheet.problem, **one.sheet.facts) if one.sheet.problem else counts
            self.stdout.write(f"{path.name} {one.sheet.name}: {one.sheet.kind} {reason}")
        for row in queries.rejected_rows(item):
            self.stdout.write(f"  {row.sheet.name} {row.number}: {words(row.problem, **row.facts)}")
