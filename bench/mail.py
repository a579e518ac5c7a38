"""P10: reminders handed to a local relay; beside Django's send_mail with a connection for each.

    python bench/mail.py [MESSAGES]

The relay is another process, whose CPU is not counted on either side.
"""

import asyncio
import multiprocessing
import socket
import sys
import time
from datetime import UTC, datetime

from tools import cpu_of, start, tell


def relay(port: int) -> None:
    """Take every message and forget it."""
    from aiosmtpd.controller import UnthreadedController

    class Sink:
        async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
            return "250 taken"

    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    UnthreadedController(Sink(), hostname="127.0.0.1", port=port, loop=loop).begin()
    loop.run_forever()


def main(count: int) -> None:
    start()
    from django.conf import settings
    from django.core.mail import send_mail

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    sink = multiprocessing.get_context("spawn").Process(target=relay, args=(port,), daemon=True)
    sink.start()
    time.sleep(2)
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS, settings.EMAIL_READY = (
        "127.0.0.1",
        port,
        False,
        True,
    )
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"

    from avots.core.letters import Letter
    from avots.outbox import actions, jobs

    now = datetime(2026, 11, 25, 7, tzinfo=UTC)
    text, html = "Labdien! " * 60, "<p>Labdien!</p>" * 60
    letter = Letter("Ūdens rādījumi: līdz 28. novembrim", text, html)
    drafts = [
        actions.Draft(f"bench:{n}", f"anna.{n}@example.lv", letter, "reading-reminder", "lv") for n in range(count)
    ]
    actions.queue_many(drafts, now=now)
    ours = cpu_of(lambda: jobs.deliver(now=now))

    def one_by_one() -> None:
        for n in range(count // 10):
            send_mail(letter.subject, text, "klienti@example.lv", [f"anna.{n}@example.lv"], html_message=html)

    theirs = cpu_of(one_by_one)
    mine, peer = count / ours, (count // 10) / theirs
    tell("P10_mail_delivered", mine, "messages/CPU-s", mine / peer, f"send_mail {peer:.0f}; goal 5 times")
    tell("P10_reminders_15000", 15_000 / mine, "CPU-s", 60 / (15_000 / mine), "goal 60 s against a local relay")
    sink.kill()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
