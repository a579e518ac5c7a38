"""A paper coupon and a person's own entry for one meter: the own entry beats the coupon."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from avots.core import audit, policies
from avots.core.audit import By
from avots.readings.models import Reading, Receipt, Round
from avots.readings.queries import COUNTING

Source = Reading.Source
State = Reading.State
OWN = frozenset({Source.PORTAL, Source.LINK, Source.PHONE, Source.PHOTO})
FINDING = "coupon_differs"


def settle_with_coupons(rows: Sequence[Reading], standing: Iterable[Reading], round: Round) -> list[Reading]:
    """Let a person's own entry beat a coupon, whichever came first; return the new rows that count.

    The coupon is kept as superseded. Where the two lie further apart than the policy allows, the own
    entry goes to staff; a late coupon, meant for the month before, is compared with nothing.

    :param standing: what was heard of these meters in the round before
    """
    heard = list(standing)
    own = _by_meter(row for row in heard if row.source in OWN and row.state in COUNTING)
    papers = _by_meter(row for row in heard if row.source == Source.COUPON and "late" not in row.findings)
    limit = policies.on(round.month.last_day).coupon_conflict_litres if own or papers else 0
    counting = []
    for row in rows:
        mine = own.get(row.installation_id) if row.source == Source.COUPON else None
        if mine is not None:
            row.state = State.SUPERSEDED
            if "late" not in row.findings and abs(mine.litres - row.litres) > limit:
                _doubt(mine)
                mine.save(update_fields=["state", "quality", "findings"])
            continue
        paper = papers.get(row.installation_id) if row.source in OWN else None
        if paper is not None and abs(paper.litres - row.litres) > limit:
            _doubt(row)
        counting.append(row)
    return counting


@transaction.atomic
def hold_readings(receipt: Receipt, *, finding: str, now: datetime, by: By) -> int:
    """Hold what was accepted of a submission, because of something found later; return how many."""
    rows = Reading.objects.select_for_update().filter(receipt=receipt, state=State.ACCEPTED)
    found = list(rows)
    for row in found:
        row.state, row.findings = State.HELD, [*row.findings, finding]
        row.save(update_fields=["state", "findings"])
    audit.record(now=now, by=by, verb="hold_readings", subject=f"premise:{receipt.premise_id}", finding=finding)
    return len(found)


def _by_meter(rows: Iterable[Reading]) -> dict[int, Reading]:
    return {row.installation_id: row for row in rows}


def _doubt(own: Reading) -> None:
    own.state, own.quality = State.HELD, Reading.Quality.QUESTIONABLE
    own.findings = [*own.findings, *([] if FINDING in own.findings else [FINDING])]
