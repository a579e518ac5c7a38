"""Django's migrate, the cache table, and after them the triggers that keep frozen rows frozen."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.commands.migrate import Command as Migrate
from django.db import connection

from avots.core import frozen


class Command(Migrate):
    def handle(self, *args: Any, **options: Any) -> None:
        frozen.lift([*settings.FROZEN_PARTS, *settings.FROZEN_MONTHS])
        try:
            super().handle(*args, **options)
        finally:
            _freeze()
        call_command("createcachetable", verbosity=0)


def _freeze() -> None:
    tables = set(connection.introspection.table_names())
    frozen.install(
        {name: when for name, when in settings.FROZEN_TABLES.items() if name in tables},
        {name: part for name, part in settings.FROZEN_PARTS.items() if {name, part.whole} <= tables},
        {name: closed for name, closed in settings.FROZEN_MONTHS.items() if {name, closed.months} <= tables},
    )
