"""Invariants of coupons."""

from avots.core.references import is_valid
from avots.coupons.models import Coupon
from avots.coupons.rules import layout_of


def coupons_can_be_read() -> list[str]:
    """Return coupons whose code does not check, or whose layout has no room for their meters."""
    return [
        f"coupon {code}: layout {layout}, {len(installations)} meters"
        for code, layout, installations in Coupon.objects.values_list("code", "layout", "installations").iterator()
        if not is_valid(code) or layout != layout_of(len(installations))
    ]
