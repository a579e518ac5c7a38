"""Making coupons ahead of their round."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from avots.core.references import new_reference
from avots.coupons.models import Coupon
from avots.coupons.rules import LENGTH, layout_of, parts_of
from avots.readings.models import Round
from avots.readings.queries import to_be_reported

Home = tuple[int, int]


def prepare_coupons(round: Round, homes: Iterable[Home], *, now: datetime) -> dict[Home, list[Coupon]]:
    """Make the coupons of homes (account, premise) for a round, and return those and earlier made ones.

    A home whose meters nobody has to report (read remotely, reported by the manager) gets none.
    More than six meters make more than one coupon.
    """
    wanted = set(homes)
    meters = _meters_by_premise(round, {premise for _, premise in wanted})
    known = _known(round, wanted)
    new = [
        Coupon(round=round, account_id=account, premise_id=premise, part=part, installations=rows, made_at=now)
        for account, premise in sorted(wanted - set(known))
        for part, rows in enumerate(parts_of(meters[premise]), 1)
    ]
    for coupon, code in zip(new, _new_codes(len(new)), strict=True):
        coupon.code, coupon.layout = code, layout_of(len(coupon.installations))
    Coupon.objects.bulk_create(new)
    for coupon in new:
        known[coupon.account_id, coupon.premise_id].append(coupon)
    return dict(known)


def _meters_by_premise(round: Round, premises: set[int]) -> dict[int, list[int]]:
    """Return the meters to be reported in each home, in the order of the sheet: cold first."""
    rows = to_be_reported(round).filter(usage_point__premise__among=premises)
    found: dict[int, list[int]] = defaultdict(list)
    ordered = rows.order_by("usage_point__commodity", "usage_point_id", "pk")
    for premise, pk in ordered.values_list("usage_point__premise", "pk"):
        found[premise or 0].append(pk)
    return found


def _known(round: Round, homes: set[Home]) -> dict[Home, list[Coupon]]:
    found: dict[Home, list[Coupon]] = defaultdict(list)
    rows = Coupon.objects.filter(round=round, premise__among={premise for _, premise in homes}).order_by("part")
    for coupon in rows:
        if (home := (coupon.account_id, coupon.premise_id)) in homes:
            found[home].append(coupon)
    return found


def _new_codes(count: int) -> list[str]:
    """Return so many codes that no coupon has."""
    codes: set[str] = set()
    while len(codes) < count:
        codes |= {new_reference(LENGTH) for _ in range(count - len(codes))}
        codes -= set(Coupon.objects.filter(code__in=codes).values_list("code", flat=True))
    return list(codes)
