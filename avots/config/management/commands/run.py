"""Web server and worker together, on one machine."""

import subprocess
import sys
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
        worker = subprocess.Popen([sys.executable, "manage.py", "work"])
        server = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", options["host"]]
        server += ["--port", options["port"], "--blocking-threads", "4", "--log-level", "warning"]
        self.stdout.write(f"http://{options['host']}:{options['port']}/  (Ctrl+C stops)")
        try:
            subprocess.run([*server, "avots.config.wsgi:application"], check=False)  # noqa: S603 - as above
        except KeyboardInterrupt:
            self.stdout.write("stopped")
        finally:
            worker.terminate()
            worker.wait()
