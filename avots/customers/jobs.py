"""What the worker does for people: codes they asked for, and forgetting."""

from datetime import datetime, timedelta

from django_tasks import task

from avots.core import clock, throttles
from avots.customers.actions.own import finish_erasure
from avots.customers.actions.registration import answer_request
from avots.customers.models import CodeRequest, Erasure

KEEP = timedelta(days=30)


def is_code_asked(now: datetime) -> bool:
    """Return whether a request for a code waits for the worker."""
    return CodeRequest.objects.filter(state=CodeRequest.State.ASKED, asked_at__lte=now).exists()


@task()
def answer_code_requests() -> int:
    """Send each code that was asked for to what is on file; return how many were looked at."""
    waiting = list(CodeRequest.objects.filter(state=CodeRequest.State.ASKED)[:500])
    for request in waiting:
        answer_request(request, now=clock.now())
    return len(waiting)


@task()
def forget_people() -> int:
    """Do the erasures whose legal hold has ended; forget counted tries and answered requests after a month."""
    now = clock.now()
    throttles.forget(before=now - KEEP)
    over = [CodeRequest.State.NONE, CodeRequest.State.MAILED, CodeRequest.State.PRINTED]
    CodeRequest.objects.filter(state__in=over, asked_at__lt=now - KEEP).delete()
    return sum(finish_erasure(one, now=now) for one in Erasure.objects.filter(done_at=None).select_related("user"))
