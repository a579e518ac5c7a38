"""Remove the second step of somebody who lost every key and code."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from avots.core import clock
from avots.core.audit import By
from avots.customers.actions import forget_second_step
from avots.customers.models import User


class Command(BaseCommand):
    help = "remove a person's passkeys and codes, so that the next signing in sets new ones up"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email=options["email"].strip().lower()).first()
        if user is None:
            raise CommandError(f"nobody signs in as {options['email']}")
        removed = forget_second_step(user, now=clock.now(), by=By("command", "forget_second_step"))
        self.stdout.write(f"{user.email}: {removed} removed")
