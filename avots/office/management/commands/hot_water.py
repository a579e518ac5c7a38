"""Write the monthly file of hot-water volumes for the heating company."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from avots.core.dates import Month
from avots.readings.models import Round
from avots.readings.queries import round_of
from avots.usage.hotwater import file_of
from avots.usage.queries import hot_volumes


class Command(BaseCommand):
    help = "write a month's hot-water volumes (issued months only) as CSV for the heating company"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("month", help="as 2026-10")
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            round = round_of(Month.parse(options["month"]))
        except (ValueError, Round.DoesNotExist):
            raise CommandError(f"No round {options['month']}; write the month as 2026-10.") from None
        volumes = hot_volumes(round)
        options["file"].write_bytes(file_of(str(round), volumes))
        self.stdout.write(f"{len(volumes)} points, {sum(row.litres for row in volumes)} litres")
