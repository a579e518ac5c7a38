"""Compile every catalogue of words without gettext's tools."""

from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "compile the translations of all rooms"
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        found = sorted(Path(settings.BASE_DIR, "avots").glob("**/locale/*/LC_MESSAGES/django.po"))
        for path in found:
            with path.open("rb") as source:
                catalogue = read_po(source, locale=path.parts[-3])
            with path.with_suffix(".mo").open("wb") as target:
                write_mo(target, catalogue)
        self.stdout.write(f"{len(found)} catalogues compiled")
