"""Play the demo town once."""

import os
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from avots.core import clock
from avots.customers.models import RoleGrant
from avots.demo import mending, play, register

MONTHS_TO_CLOSE = 3


class Command(BaseCommand):
    help = "play the months of the demo town, unless it stands already"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=2026)
        parser.add_argument("--flats", type=int, default=500)
        parser.add_argument("--months", type=int, default=13, help="months before the present one")
        parser.add_argument("--leave-last", action="store_true", help="leave the last whole month unbilled")
        parser.add_argument("--port", type=int, default=8000, help="where the links told here lead")
        parser.add_argument("--present", help="the town's present instead of this month's 27th (ISO, UTC)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo plays only with AVOTS_DEMO=1, in a database of its own.")
        play.prepare()
        present = _present(options["present"])
        present = _kept(present)
        _set_clock(present)
        if play.is_played():
            self.stdout.write("The demo town stands already.")
        else:
            self._play(options, present)
        self._tell(present, f"http://127.0.0.1:{options['port']}")

    def _play(self, options: dict[str, Any], present: datetime) -> None:
        started = time.monotonic()

        def say(what: str) -> None:
            self.stdout.write(f"  {time.monotonic() - started:5.1f} s  {what}")
            self.stdout.flush()

        scale = play.Scale(options["flats"], options["months"], options["seed"], not options["leave_last"])
        play.play(scale, present=present, say=say)
        if scale.bill_last and scale.months > MONTHS_TO_CLOSE:
            staff = RoleGrant.objects.exclude(role=RoleGrant.Role.MANAGER).values_list("role", "user_id")
            mending.lately(present, dict(staff))

    def _tell(self, present: datetime, site: str) -> None:
        self.stdout.write(f"\nSign in at {site}/konts/login/ by code (mail: /demo/pastkaste/)")
        self.stdout.write(f"  resident      {play.example_resident()}")
        for email, (name, role) in register.STAFF.items():
            self.stdout.write(f"  {role:<13} {email}  ({name}), password {register.PASSWORD}")
        self.stdout.write(f"  manager       {register.MANAGER}, password {register.PASSWORD}")
        number, code = play.example_code(present)
        self.stdout.write(f"  register at {site}/registreties/ as customer {number} with code {code}")
        self.stdout.write(f"  a personal link: {site}{play.example_link(present)}")


def _kept(present: datetime) -> datetime:
    """Return the present this town was first played up to."""
    settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
    path = settings.VAR_DIR / "demo_present"
    if not path.exists():
        path.write_text(present.isoformat())
    return datetime.fromisoformat(path.read_text())


def _set_clock(present: datetime) -> None:
    """Let the servers started from now on live in the town's present."""
    real = clock.now() - timedelta(seconds=int(os.environ.get("AVOTS_DEMO_AHEAD", "0")))
    (settings.VAR_DIR / "demo_ahead").write_text(str(int((present - real).total_seconds())))


def _present(given: str | None) -> datetime:
    return datetime.fromisoformat(given).replace(tzinfo=UTC) if given else play.present_of(clock.now())
