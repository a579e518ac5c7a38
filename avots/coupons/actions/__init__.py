"""Making coupons, and keying those that came back."""

from avots.coupons.actions.batches import close_batch, open_batch, reject_paper
from avots.coupons.actions.keying import decide_slip, key_coupon
from avots.coupons.actions.preparing import Made, prepare_coupons

__all__ = ["Made", "close_batch", "decide_slip", "key_coupon", "open_batch", "prepare_coupons", "reject_paper"]
