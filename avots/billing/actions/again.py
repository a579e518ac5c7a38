"""A dry run once more: what the drafts say is remembered, so that the new ones are shown beside it."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction

from avots.billing.models import BuildingRun, DraftBefore, Run
from avots.core import audit
from avots.core.audit import By
from avots.core.claims import claim
from avots.core.errors import Refused


@transaction.atomic
def compute_again(run: Run, *, now: datetime, by: By) -> int:
    """Let every building of a run that is looked at be computed again; return how many wait now.

    An approval somebody asked for stays asked for: it is given to what is shown when it is given.

    :raises Refused: ``run_not_in_review``
    """
    if not claim(Run.objects.filter(pk=run.pk, state=Run.State.REVIEW), state=Run.State.COMPUTING):
        raise Refused("run_not_in_review")
    places = BuildingRun.objects.filter(run=run).exclude(state=BuildingRun.State.ISSUED)
    remember(run, list(places.values_list("building_id", flat=True)))
    waiting = places.update(state=BuildingRun.State.WAITING, reason="", facts={}, changed_at=now)
    audit.record(now=now, by=by, verb="compute_again", subject=f"run:{run.round}", buildings=waiting)
    return waiting


def remember(run: Run, buildings: Sequence[int]) -> None:
    """Keep what the drafts of these buildings ask for, in place of what was kept before."""
    DraftBefore.objects.filter(run=run, building__in=buildings).delete()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO billing_draftbefore (run_id, building_id, account_id, total_cents) "
            "SELECT i.run_id, i.building_id, i.account_id, i.total_cents FROM billing_invoice i "
            "JOIN billing_buildingrun b ON b.run_id = i.run_id AND b.building_id = i.building_id "
            "WHERE i.run_id = %s AND i.state <> 'issued' AND b.state <> 'issued'",
            [run.pk],
        )
