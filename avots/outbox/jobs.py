"""The worker's side of the outbox."""

from datetime import datetime

from django.conf import settings
from django.core.mail import get_connection
from django_tasks import task

from avots.core import clock
from avots.outbox import actions, smtp
from avots.outbox.models import Message

BATCH = 100


@task()
def deliver_queued() -> int:
    """Send what is due, a batch to a connection, until nothing is; return how many left."""
    return deliver(now=clock.now())


def deliver(*, now: datetime) -> int:
    """Send what is due at an instant; return how many messages left."""
    sent = 0
    actions.release_stuck(now=now)
    while settings.EMAIL_READY and (messages := actions.take_due(now=now, limit=BATCH)):
        sent += _send(messages, now)
    return sent


def _send(messages: list[Message], now: datetime) -> int:
    """Send a batch; each message is marked at once, so a crash repeats at most the one in hand."""
    connection, sent = get_connection(), 0
    for message in messages:
        try:
            connection.open()
            connection.send_messages([smtp.mime(message)])
        except smtp.FAILURES as error:
            connection.close()
            actions.mark_refused(message, error=str(error), permanent=smtp.is_permanent(error), now=now)
        else:
            actions.mark_sent([message], now=now)
            sent += 1
    connection.close()
    return sent
