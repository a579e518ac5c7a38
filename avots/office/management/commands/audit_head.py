"""Show the newest link of the audit chain, or check that one noted earlier still stands."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from avots.core import seals


class Command(BaseCommand):
    help = "show the head of the audit chain, or check one noted elsewhere"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("digest", nargs="?", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["digest"]:
            if not seals.stands(options["digest"]):
                raise CommandError("the chain was cut or changed: this head is no part of it")
            self.stdout.write("stands")
            return
        newest = seals.head()
        self.stdout.write(f"{newest.digest} {newest.sealed_at.isoformat()}" if newest else "nothing is sealed yet")
