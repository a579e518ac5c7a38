"""Months, half-open periods, and local days as instants (Europe/Riga)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

RIGA = ZoneInfo("Europe/Riga")


@dataclass(frozen=True, order=True)
class Month:
    """A calendar month.

    >>> Month(2026, 12).next, Month(2026, 1).previous, str(Month(2026, 3))
    (Month(year=2027, number=1), Month(year=2025, number=12), '2026-03')
    """

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Month:
        return cls(day.year, day.month)

    @classmethod
    def parse(cls, text: str) -> Month:
        year, _, number = text.partition("-")
        return cls.of(date(int(year), int(number), 1))

    def plus(self, months: int) -> Month:
        index = self.year * 12 + self.number - 1 + months
        return Month(index // 12, index % 12 + 1)

    @cached_property
    def next(self) -> Month:
        return self.plus(1)

    @property
    def previous(self) -> Month:
        return self.plus(-1)

    @cached_property
    def first_day(self) -> date:
        return date(self.year, self.number, 1)

    @cached_property
    def last_day(self) -> date:
        return self.next.first_day - timedelta(days=1)

    @cached_property
    def period(self) -> Period:
        return Period(self.first_day, self.next.first_day)

    def __str__(self) -> str:
        return f"{self.year}-{self.number:02d}"


@dataclass(frozen=True)
class Period:
    """Days from start up to, not including, end; an end of None is open.

    >>> Period(date(2026, 1, 1), date(2026, 2, 1)).days
    31
    """

    start: date
    end: date | None = None

    def covers(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)

    def overlaps(self, other: Period) -> bool:
        starts_in_time = other.end is None or self.start < other.end
        return starts_in_time and (self.end is None or other.start < self.end)

    @property
    def days(self) -> int:
        if self.end is None:
            raise ValueError("an open period has no length")
        return (self.end - self.start).days


def start_of(day: date) -> datetime:
    """Return the instant (UTC) at which a local day begins.

    >>> start_of(date(2026, 10, 26)) - start_of(date(2026, 10, 25))  # summer time ends: 25 hours
    datetime.timedelta(days=1, seconds=3600)
    """
    return datetime.combine(day, time.min, tzinfo=RIGA).astimezone(UTC)


def end_of(day: date) -> datetime:
    """Return the instant (UTC) at which a local day is over: 24:00.

    >>> end_of(date(2026, 11, 28))
    datetime.datetime(2026, 11, 28, 22, 0, tzinfo=datetime.timezone.utc)
    """
    return start_of(day + timedelta(days=1))


def at_local(day: date, hour: int, minute: int = 0) -> datetime:
    """Return the instant (UTC) of a local wall-clock time.

    >>> at_local(date(2026, 11, 25), 9)
    datetime.datetime(2026, 11, 25, 7, 0, tzinfo=datetime.timezone.utc)
    """
    return datetime.combine(day, time(hour, minute), tzinfo=RIGA).astimezone(UTC)


def local_day(moment: datetime) -> date:
    """Return the day in Riga on which an instant falls.

    >>> local_day(datetime(2026, 11, 28, 22, 30, tzinfo=UTC))
    datetime.date(2026, 11, 29)
    """
    return moment.astimezone(RIGA).date()
