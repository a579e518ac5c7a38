"""The whole timetable in one file; every job is harmless at any hour and when started twice."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from avots.billing.jobs import follow_deliveries, render_documents, sweep_runs
from avots.billing.queries import is_document_waiting, is_email_followed
from avots.config.jobs import add_up_month, check_books, tidy_up
from avots.core.dates import at_local, local_day
from avots.core.jobs import anchor_audit, seal_audit
from avots.customers.jobs import answer_code_requests, forget_people, is_code_asked
from avots.intake.jobs import sweep_files
from avots.outbox.jobs import deliver_queued
from avots.outbox.queries import is_anything_due
from avots.readings.jobs import plan_rounds
from avots.reminders.jobs import notify_terms, remind


@dataclass(frozen=True)
class Every:
    """So many seconds apart, counted from the start of the day."""

    seconds: int

    def slot(self, now: datetime) -> datetime:
        start = at_local(local_day(now), 0)
        passed = int((now - start).total_seconds())
        return start + timedelta(seconds=passed - passed % self.seconds)


@dataclass(frozen=True)
class Daily:
    """Once a local day, at or after an hour; also on the days when the clock changes."""

    hour: int
    minute: int = 0

    def slot(self, now: datetime) -> datetime:
        today = self._on(local_day(now))
        return today if now >= today else self._on(local_day(now) - timedelta(days=1))

    def _on(self, day: date) -> datetime:
        return at_local(day, self.hour, self.minute)


@dataclass(frozen=True)
class Entry:
    """A job, when it starts, and whether there is anything for it to do."""

    task: Any
    when: Every | Daily
    only_if: Callable[[datetime], bool] | None = None

    @property
    def name(self) -> str:
        return f"{self.task.func.__module__}.{self.task.func.__name__}"


TIMETABLE = (
    Entry(deliver_queued, Every(2), only_if=is_anything_due),
    Entry(render_documents, Every(10), only_if=is_document_waiting),
    Entry(follow_deliveries, Every(60), only_if=is_email_followed),
    Entry(answer_code_requests, Every(5), only_if=is_code_asked),
    Entry(seal_audit, Every(60)),
    Entry(add_up_month, Every(5 * 60)),
    Entry(remind, Every(15 * 60)),
    Entry(sweep_runs, Every(10 * 60)),
    Entry(sweep_files, Every(10 * 60)),
    Entry(plan_rounds, Daily(1)),
    Entry(notify_terms, Daily(9, 30)),
    Entry(forget_people, Daily(3)),
    Entry(check_books, Daily(3, 30)),
    Entry(tidy_up, Daily(4, 30)),
    Entry(anchor_audit, Daily(5)),
)
