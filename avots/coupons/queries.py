"""Finding the coupon a paper or a caller names."""

from avots.core.errors import Refused
from avots.coupons.models import Coupon
from avots.coupons.rules import typed_code
from avots.meters.models import MeterInstallation


def coupon_of(typed: str) -> Coupon:
    """Return the coupon of a code as a person typed it.

    :raises Refused: ``coupon_code_wrong``, ``no_such_coupon``
    """
    code = typed_code(typed)
    found = Coupon.objects.select_related("round", "account__party", "premise__building").filter(code=code).first()
    if found is None:
        raise Refused("no_such_coupon")
    return found


def meters_of(coupon: Coupon) -> list[MeterInstallation]:
    """Return the coupon's meters in the order of its rows."""
    rows = MeterInstallation.objects.select_related("meter__register", "usage_point")
    found = rows.in_bulk(coupon.installations)
    return [found[pk] for pk in coupon.installations]
