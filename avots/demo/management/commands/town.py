"""Play the sample registers: real figures through the import, the rounds and the billing."""

import io
import os
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from avots.core.volume import m3_text
from avots.demo import play
from avots.demo.samples import municipal, sums
from avots.demo.samples.quarters import Quarters
from avots.demo.samples.town import LOSS_PERMILLE, Town, months_of
from avots.intake import queries
from avots.ui.words import words

RUNS = ("households", "quarterly", "municipal")


class Command(BaseCommand):
    help = "build towns from sample registers, play them through the public actions, and print their sums"

    def add_arguments(self, parser: CommandParser) -> None:
        default = os.environ.get("AVOTS_SAMPLES", "../shared/data")
        parser.add_argument(
            "--from-samples", type=Path, nargs="?", const=Path(default), metavar="FOLDER", required=True
        )
        parser.add_argument("--only", choices=RUNS, action="append", help="one of the runs; all of them without")
        parser.add_argument("--loss", type=int, default=LOSS_PERMILLE, help="the intakes' loss in thousandths")
        parser.add_argument("--full-return", action="store_true", help="bill a meter read again by its full reading")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Sample towns are played only with AVOTS_DEMO=1, in a database of their own.")
        folder: Path = options["from_samples"]
        if not (folder / "consumption").is_dir():
            raise CommandError(f"No sample registers in {folder}.")
        play.prepare()
        if play.is_played():
            raise CommandError("This database holds a town already. Choose another with DATABASE_URL or AVOTS_VAR.")
        self.started = time.monotonic()
        for run in options["only"] or RUNS:
            self.say(f"== {run} ==")
            getattr(self, run)(folder, options)

    def say(self, what: str) -> None:
        self.stdout.write(f"{time.monotonic() - self.started:6.1f} s  {what}")
        self.stdout.flush()

    def check_books(self) -> str:
        told = io.StringIO()
        call_command("check_books", stdout=told)
        return told.getvalue().strip()

    def households(self, folder: Path, options: dict[str, Any]) -> None:
        """Play the household registers month by month; the books are checked after each."""
        town = Town(folder, say=self.say, loss_permille=options["loss"])
        people = town.build()
        if options["full_return"]:
            town.settle_in_full()
        for month in months_of(town.first, town.last):
            town.play(month, people)
            self.say(f"{month}: {self.check_books()}")
        self.tell_households(town)

    def tell_households(self, town: Town) -> None:
        for line in sums.table([sums.sum_of(house) for house in town.houses]):
            self.stdout.write(line)
        corrections = list(sums.corrections(town.houses))
        for title, lines in (
            (f"of {town.reported} readings asked about, and stood by", town.asked),
            ("corrections below nothing", corrections),
        ):
            self.stdout.write(f"{title}: {len(lines)}")
            for line in lines:
                self.stdout.write(f"  {line}")
        if wrong := sums.wrong_meters(town.houses):
            raise CommandError("\n".join(wrong))
        metered = sum(flat.home.litres for house in town.houses for flat in house.flats)
        self.stdout.write(f"every meter's billed litres are its last minus first: {m3_text(metered)} m3 in all")

    def quarterly(self, folder: Path, options: dict[str, Any]) -> None:
        """Play the quarterly registers; each fall is explained by a line."""
        run = Quarters(folder, say=self.say)
        run.play(run.build())
        self.say(self.check_books())
        for drop in run.drops:
            self.stdout.write(f"  {drop}")
        for key, visits, meters, litres in run.sums():
            self.stdout.write(f"  {key}  {visits:>3} visits  {meters} meters  {m3_text(litres):>9} m3")
        total = sum(litres for *_, litres in run.sums())
        repeated = sum(stand.visits.repeated for stand in run.stands)
        self.stdout.write(
            f"{len(run.drops)} falls, all explained; {repeated} lines told twice; "
            f"{run.held} figures held and accepted; {m3_text(total)} m3 in all, none negative"
        )

    def municipal(self, folder: Path, options: dict[str, Any]) -> None:
        """Take the municipal months; what was told twice is named by its row."""
        item = municipal.take(folder, municipal.path_in(folder).read_bytes(), say=self.say)
        [summary] = queries.summaries(item)
        for row in queries.rejected_rows(item):
            self.stdout.write(f"  row {row.number}, {row.cells}: {words(row.problem, **row.facts)}")
        self.say(self.check_books())
        counts = ", ".join(f"{count} {state}" for state, count in sorted(summary.counts.items()))
        self.stdout.write(
            f"{summary.rows} rows: {counts}; control sum {m3_text(summary.total)} m3, "
            f"taken {m3_text(summary.total_used)} m3"
        )
