"""Write the books as a journal that other programs add up."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from avots.ledger.journal import journal


class Command(BaseCommand):
    help = "write the ledger in hledger's journal format to standard output"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--until", type=date.fromisoformat, help="the last day of booking to include")

    def handle(self, *args: Any, **options: Any) -> None:
        for entry in journal(until=options["until"]):
            self.stdout.write(entry, ending="")
