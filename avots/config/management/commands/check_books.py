"""Look whether the books are right."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from avots.config.jobs import problems


class Command(BaseCommand):
    help = "run every invariant of every room; fails when one is broken"

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(problems())
        for problem in found:
            self.stdout.write(problem)
        if found:
            raise CommandError(f"{len(found)} problems")
        self.stdout.write("the books are right: 0 problems")
