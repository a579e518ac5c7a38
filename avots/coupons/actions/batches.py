"""Batches of paper: opened with what was counted in the hand, closed when every paper is explained."""

from datetime import date, datetime

from django.db import transaction

from avots.core import audit
from avots.core.audit import By
from avots.core.dates import end_of, local_day
from avots.core.errors import Refused
from avots.coupons.models import Batch, Coupon, Slip
from avots.coupons.queries import first_after_closing, totals_of
from avots.coupons.rules import counts_in_window
from avots.meters.models import Building
from avots.readings.models import Round

Reason = Slip.Reason


@transaction.atomic
def open_batch(
    *, building: Building | None, place: str, collected_on: date, papers: int, key: str, now: datetime, by: By
) -> Batch:
    """Open a batch of papers from a mailbox; its day of collection names the round they count in.

    The first collection after closing counts as in the window; later ones are kept for the next round.
    The same key again returns the same batch.

    :raises Refused: ``batch_needs_a_place``, ``batch_is_empty``, ``day_in_future``, ``round_not_open``
    """
    if building is None and not place.strip():
        raise Refused("batch_needs_a_place")
    if papers < 1:
        raise Refused("batch_is_empty")
    if collected_on > local_day(now):
        raise Refused("day_in_future")
    known = Batch.objects.filter(key=key).first()
    if known is not None:
        return known
    round = Round.objects.filter(opens_at__lt=end_of(collected_on)).order_by("-opens_at").first()
    if round is None:
        raise Refused("round_not_open")
    batch = Batch(
        round=round,
        building=building,
        place=place.strip()[:120],
        collected_on=collected_on,
        papers=papers,
        key=key,
        opened_at=now,
        opened_by=str(by),
    )
    batch.in_window = counts_in_window(collected_on, cut_on=round.cut_on, first_after=first_after_closing(batch))
    batch.save(force_insert=True)
    audit.record(now=now, by=by, verb="open_batch", subject=f"batch:{batch.pk}", papers=papers)
    return batch


@transaction.atomic
def reject_paper(*, batch: Batch, coupon: Coupon | None, reason: str, key: str, now: datetime, by: By) -> Slip:
    """Put a paper aside that gives no reading, with its reason; the same key again does nothing.

    :raises Refused: ``batch_closed``, ``reason_missing``
    """
    open_locked(batch)
    if reason not in {Reason.UNREADABLE, Reason.EMPTY, Reason.FOREIGN, Reason.REPEATED}:
        raise Refused("reason_missing")
    values = {
        "batch": batch,
        "round": batch.round,
        "coupon": coupon,
        "state": Slip.State.REJECTED,
        "reason": reason,
        "keyed_at": now,
        "keyed_by": str(by),
    }
    slip, new = Slip.objects.get_or_create(key=f"paper:{batch.pk}:{key}", defaults=values)
    if new:
        audit.record(now=now, by=by, verb="reject_paper", subject=f"batch:{batch.pk}", reason=reason)
    return slip


@transaction.atomic
def close_batch(batch: Batch, *, papers: int, now: datetime, by: By) -> Batch:
    """Close a batch once its papers, counted again, are keyed or rejected to the last one.

    :raises Refused: ``batch_closed``, ``batch_does_not_add_up``
    """
    row = open_locked(batch)
    row.papers = papers
    totals = totals_of([row])[row.pk]
    if not totals.adds_up:
        rejected = sum(totals.rejected.values())
        raise Refused("batch_does_not_add_up", papers=papers, keyed=totals.keyed, rejected=rejected)
    row.closed_at, row.closed_by = now, str(by)
    row.save(update_fields=["papers", "closed_at", "closed_by"])
    audit.record(now=now, by=by, verb="close_batch", subject=f"batch:{row.pk}", papers=papers, keyed=totals.keyed)
    return row


def open_locked(batch: Batch) -> Batch:
    """Return the batch, locked: nobody closes it while a paper is keyed.

    :raises Refused: ``batch_closed``
    """
    row = Batch.objects.select_for_update(of=("self",)).select_related("round", "building").get(pk=batch.pk)
    if row.closed_at is not None:
        raise Refused("batch_closed")
    return row
