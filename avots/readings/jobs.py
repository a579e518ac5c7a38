"""Planning ahead: next months' links can be printed only for rounds that exist."""

from django_tasks import task

from avots.core import clock
from avots.core.audit import By
from avots.core.dates import Month, local_day
from avots.readings import actions

MONTHS_AHEAD = 3


@task()
def plan_rounds() -> int:
    """Plan the rounds of this month and the next ones."""
    now = clock.now()
    month = Month.of(local_day(now))
    by = By("job", "plan_rounds")
    return len([actions.plan_round(month.plus(ahead), now=now, by=by) for ahead in range(MONTHS_AHEAD + 1)])
