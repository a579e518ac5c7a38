"""The reminding jobs; harmless at any hour."""

from django_tasks import task

from avots.core import clock
from avots.readings import queries
from avots.readings.models import Round
from avots.reminders import actions


@task()
def remind() -> int:
    """Remind those who have not reported in the round that is open."""
    now = clock.now()
    try:
        round = queries.round_at(now)
    except Round.DoesNotExist:
        return 0
    return actions.remind(round, now=now) if round.stage(now) == Round.Stage.OPEN else 0


@task()
def notify_terms() -> int:
    """Tell of the meters whose term is 90, 30 or 7 days away (dated policies)."""
    return actions.notify_terms(now=clock.now())
