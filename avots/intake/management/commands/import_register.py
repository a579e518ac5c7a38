"""Import register files from the command line."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from avots.core import clock
from avots.core.audit import By
from avots.core.errors import Refused
from avots.intake import actions
from avots.intake.models import StagedRow
from avots.ui.words import words


class Command(BaseCommand):
    help = "check CSV files of the register; with --apply also write their new rows"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path)
        parser.add_argument("--apply", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        for path in options["files"]:
            try:
                self._take(path, apply=options["apply"])
            except Refused as refused:
                raise CommandError(f"{path.name}: {words(refused.code, **refused.facts)}") from refused

    def _take(self, path: Path, *, apply: bool) -> None:
        by = By("command", "import_register")
        item = actions.stage(path.name, path.read_bytes(), now=clock.now(), by=by)
        if apply:
            actions.apply(item, now=clock.now(), by=by)
        self.stdout.write(f"{path.name}: {item.kind}, {item.summary}")
        for row in StagedRow.objects.filter(item=item, state=StagedRow.State.BAD).order_by("number"):
            self.stdout.write(f"  {row.number}: {words(row.problem, **row.facts)}")
