"""Recompute what was issued from what was known then, and name every difference."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from avots.billing.models import Invoice, Run
from avots.billing.replay import places_of, replay
from avots.core.dates import Month

SHOWN = 50


class Command(BaseCommand):
    help = "recompute issued months from what was known when they were computed; fails where something differs"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--run", type=Month.parse, help="one month, as 2026-11")
        parser.add_argument("--invoice", help="the building month of one invoice, by its number")

    def handle(self, *args: Any, **options: Any) -> None:
        run, invoice = self._wanted(options["run"], options["invoice"])
        months = invoices = 0
        problems: list[str] = []
        for place in places_of(run=run, invoice=invoice):
            done = replay(place)
            months, invoices = months + 1, invoices + done.invoices
            problems += done.problems
        for problem in problems[:SHOWN]:
            self.stderr.write(problem)
        self.stdout.write(f"{months} building months, {invoices} invoices recomputed, {len(problems)} differences")
        if problems:
            raise CommandError("what was issued is not what today's rules make of what was known")

    def _wanted(self, month: Month | None, number: str | None) -> tuple[Run | None, Invoice | None]:
        try:
            run = Run.objects.get(round__first_day=month.first_day) if month else None
            return run, Invoice.objects.issued().get(number=number) if number else None
        except (Run.DoesNotExist, Invoice.DoesNotExist):
            raise CommandError("no such run or invoice") from None
