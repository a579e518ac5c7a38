"""A worker: starts what the timetable says and does the jobs; run as many as you like."""

import time
from threading import Event, Thread
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections
from django.utils.crypto import get_random_string
from django_tasks_db.management.commands.db_worker import Worker

from avots.config.schedule import TIMETABLE, Entry
from avots.core import clock
from avots.core.claims import first_to_tick


class Command(BaseCommand):
    help = "start jobs by the timetable and work them off"

    def handle(self, *args: Any, **options: Any) -> None:
        stop = Event()
        ticking = Thread(target=tick_until, args=(stop,), daemon=True)
        ticking.start()
        worker = Worker(
            queue_names=["default"],
            interval=0.5,
            batch=False,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=get_random_string(32),
            excluded_queue_names=[],
        )
        worker.configure_signals()
        try:
            worker.run()
        finally:
            stop.set()


def tick_until(stop: Event) -> None:
    """Start due jobs each second until told to stop."""
    while not stop.is_set():
        tick()
        close_old_connections()
        time.sleep(1)


def tick(timetable: tuple[Entry, ...] = TIMETABLE) -> None:
    """Start every job whose slot nobody has started yet."""
    now = clock.now()
    for entry in timetable:
        if entry.only_if is not None and not entry.only_if(now):
            continue
        if first_to_tick(entry.name, entry.when.slot(now)):
            entry.task.enqueue()
