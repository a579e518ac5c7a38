"""All rounds as they stand at a moment: one question for whoever needs several of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from avots.readings.models import Round


@dataclass(frozen=True)
class Rounds:
    """The planned rounds, newest first, seen from a moment."""

    rows: Sequence[Round]
    now: datetime

    @property
    def latest(self) -> Round | None:
        """The round that is open, or else the one that opened last."""
        opened = (row for row in self.rows if row.opens_at <= self.now)
        return max(opened, key=lambda row: row.opens_at, default=None)

    @property
    def next(self) -> Round | None:
        ahead = (row for row in self.rows if row.opens_at > self.now)
        return min(ahead, key=lambda row: row.opens_at, default=None)

    @property
    def closed(self) -> list[Round]:
        return [row for row in self.rows if row.closes_at <= self.now]


def rounds_at(now: datetime) -> Rounds:
    """Return all rounds; they are twelve a year."""
    return Rounds(list(Round.objects.order_by("-first_day")), now)
