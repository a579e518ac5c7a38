"""What the office's pages show across rooms; reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from avots.billing.models import Run
from avots.billing.overview import overview_of
from avots.billing.queries import RunSummary, asked_of
from avots.core.models import Approval
from avots.coupons.queries import CouponFigures, figures_of
from avots.office.monthfigures import MonthFigures, month_figures
from avots.payments.models import CashDesk, DeskDay
from avots.payments.queries import DeskTotals, desk_totals
from avots.readings import queries
from avots.readings.models import Round


@dataclass(frozen=True)
class MonthPage:
    """A month as a checklist: what waits for somebody as it is now, and figures that may be kept."""

    round: Round
    stage: str
    held: int
    coupons: CouponFigures
    run: Run | None
    summary: RunSummary | None
    approval: Approval | None
    figures: MonthFigures


def month_page(round: Round, now: datetime, *, anew: bool = False) -> MonthPage:
    """Return a month's steps.

    :param anew: add the figures up now, whatever is kept
    """
    run = Run.objects.select_related("round").filter(round=round).first()
    return MonthPage(
        round=round,
        stage=round.stage(now),
        held=queries.held_in(round),
        coupons=figures_of(round),
        run=run,
        summary=overview_of(run).summary if run else None,
        approval=asked_of(run).last() if run else None,
        figures=month_figures(round, run, now, anew=anew),
    )


@dataclass(frozen=True)
class DeskRow:
    """A desk and how it stands: at work today, closed today, left open before, or not opened yet."""

    desk: CashDesk
    state: str
    day: DeskDay | None
    totals: DeskTotals | None


def desks_page(today: date) -> list[DeskRow]:
    """Return every desk with its latest day."""
    rows = []
    for desk in CashDesk.objects.order_by("code"):
        day = DeskDay.objects.filter(desk=desk).order_by("-day").first()
        shown = day if day and (day.day == today or day.state == DeskDay.State.OPEN) else None
        rows.append(DeskRow(desk, _desk_state(shown, today), shown, desk_totals(shown) if shown else None))
    return rows


def _desk_state(day: DeskDay | None, today: date) -> str:
    if day is None:
        return "waiting"
    if day.state == DeskDay.State.CLOSED:
        return "closed"
    return "open" if day.day == today else "left_open"
