"""Web server and worker together, on one machine."""

import signal
import subprocess
import sys
from types import FrameType
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser


class Command(BaseCommand):
    help = "serve portal and office, with a worker beside"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", default="8000")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("collectstatic", interactive=False, verbosity=0)
        signal.signal(signal.SIGTERM, _stop)
        server = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", options["host"]]
        server += ["--port", options["port"], "--blocking-threads", "4", "--log-level", "warning"]
        commands = ([*server, "avots.config.wsgi:application"], [sys.executable, "manage.py", "work"])
        self.stdout.write(f"http://{options['host']}:{options['port']}/  (Ctrl+C stops)")
        both = [subprocess.Popen(command) for command in commands]  # noqa: S603 - our own two commands
        try:
            both[0].wait()
        except KeyboardInterrupt:
            self.stdout.write("stopped")
        finally:
            for process in both:
                process.terminate()
            for process in both:
                process.wait()


def _stop(number: int, frame: FrameType | None) -> None:
    """End both when a service manager asks, as Ctrl+C does."""
    raise KeyboardInterrupt
