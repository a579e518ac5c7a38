"""The worker's side of the outbox."""

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
    sent = 0
    actions.release_stuck(now=clock.now())
    while settings.EMAIL_READY and (messages := actions.take_due(now=clock.now(), limit=BATCH)):
        sent += _send(messages)
    return sent


def _send(messages: list[Message]) -> int:
    connection, sent = get_connection(), []
    for message in messages:
        try:
            connection.open()
            connection.send_messages([smtp.mime(message)])
        except smtp.FAILURES as error:
            connection.close()
            actions.mark_refused(message, error=str(error), permanent=smtp.is_permanent(error), now=clock.now())
        else:
            sent.append(message)
    actions.mark_sent(sent, now=clock.now())
    connection.close()
    return len(sent)
