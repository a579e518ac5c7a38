"""Invariants of coupons."""

from avots.core.references import is_valid
from avots.coupons.models import Batch, Coupon, Slip
from avots.coupons.queries import totals_of
from avots.coupons.rules import layout_of


def coupons_can_be_read() -> list[str]:
    """Return coupons whose code does not check, or whose layout has no room for their meters."""
    return [
        f"coupon {code}: layout {layout}, {len(installations)} meters"
        for code, layout, installations in Coupon.objects.values_list("code", "layout", "installations").iterator()
        if not is_valid(code) or layout != layout_of(len(installations))
    ]


def keyed_coupons_have_their_readings() -> list[str]:
    """Return keyed slips whose readings are not what was keyed."""
    wrong = []
    rows = (
        Slip.objects.filter(state=Slip.State.KEYED).select_related("coupon").prefetch_related("receipt__reading_set")
    )
    for slip in rows.iterator(chunk_size=1_000):
        heard = {row.installation_id: row.litres for row in slip.receipt.reading_set.all()} if slip.receipt else {}
        missing = {pk: litres for pk, litres in slip.litres.items() if pk not in heard}
        if missing:
            wrong.append(f"coupon {slip.coupon}: no reading of {sorted(missing)}")
    return wrong


def closed_batches_add_up() -> list[str]:
    """Return closed batches whose papers are not keyed or rejected to the last one."""
    closed = list(Batch.objects.filter(closed_at__isnull=False))
    totals = totals_of(closed)
    return [f"batch {batch.pk} does not add up" for batch in closed if totals[batch.pk].left]
