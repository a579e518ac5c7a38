"""Import bank statements from the command line, of any size."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from avots.core import clock
from avots.core.audit import By
from avots.core.errors import Refused
from avots.payments import actions, queries
from avots.ui.words import words


class Command(BaseCommand):
    help = "check bank statements and book their entries; the same file again adds nothing"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("files", nargs="+", type=Path)
        parser.add_argument("--check", action="store_true", help="only check; book nothing")
        parser.add_argument("--ours", action="store_true", help="accounts not seen before are the utility's own")

    def handle(self, *args: Any, **options: Any) -> None:
        for path in sorted(options["files"]):
            try:
                self._take(path, check=options["check"], ours=options["ours"])
            except Refused as refused:
                raise CommandError(f"{path.name}: {words(refused.code, **refused.facts)}") from refused

    def _take(self, path: Path, *, check: bool, ours: bool) -> None:
        by, now = By("command", "import_statement"), clock.now()
        with path.open("rb") as source:
            file = actions.stage_statement(path.name, source, now=now, by=by, most=None)
        if not check:
            actions.import_statement(file, now=now, by=by, ours=ours)
        counts = queries.figures_of(file).count
        self.stdout.write(f"{path.name}: {file.state}, {file.summary['entries']} entries, {counts}")
