"""Making coupons ahead of their round."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from avots.core import bulk
from avots.core.references import new_reference
from avots.coupons.models import Coupon
from avots.coupons.rules import LENGTH, layout_of, parts_of
from avots.readings.models import Round
from avots.readings.queries import to_be_reported

Home = tuple[int, int]
COLUMNS = ["round", "account", "premise", "part", "code", "layout", "installations", "made_at"]


class Made(NamedTuple):
    """A coupon as it is printed; ``installations`` in the order of its rows."""

    part: int
    code: str
    layout: str
    installations: list[int]


def prepare_coupons(round: Round, homes: Iterable[Home], *, now: datetime) -> dict[Home, list[Made]]:
    """Make the coupons of homes (account, premise) for a round, and return those and earlier made ones.

    A home whose meters nobody has to report (read remotely, reported by the manager) gets none.
    More than six meters make more than one coupon.
    """
    wanted = set(homes)
    meters = _meters_by_premise(round, {premise for _, premise in wanted})
    found = _known(round, wanted)
    new = [
        (home, part, rows)
        for home in sorted(wanted - found.keys())
        for part, rows in enumerate(parts_of(meters[home[1]]), 1)
    ]
    for (home, part, rows), code in zip(new, _new_codes(len(new)), strict=True):
        found[home].append(Made(part, code, layout_of(len(rows)), rows))
    written = ((round.pk, *home, *found[home][part - 1], now) for home, part, _ in new)
    bulk.insert(Coupon, COLUMNS, written)
    return dict(found)


def _meters_by_premise(round: Round, premises: set[int]) -> dict[int, list[int]]:
    """Return the meters to be reported in each home, in the order of the sheet: cold first."""
    rows = to_be_reported(round).filter(usage_point__premise__among=premises)
    found: dict[int, list[int]] = defaultdict(list)
    ordered = rows.order_by("usage_point__commodity", "usage_point_id", "pk")
    for premise, pk in ordered.values_list("usage_point__premise", "pk"):
        found[premise or 0].append(pk)
    return found


def _known(round: Round, homes: set[Home]) -> dict[Home, list[Made]]:
    found: dict[Home, list[Made]] = defaultdict(list)
    rows = Coupon.objects.filter(round=round, premise__among={premise for _, premise in homes}).order_by("part")
    for account, premise, *rest in rows.values_list("account_id", "premise_id", *Made._fields):
        if (home := (account, premise)) in homes:
            found[home].append(Made(*rest))
    return found


def _new_codes(count: int) -> list[str]:
    """Return so many codes that no coupon has."""
    codes: set[str] = set()
    while len(codes) < count:
        codes |= {new_reference(LENGTH) for _ in range(count - len(codes))}
        codes -= set(Coupon.objects.filter(code__among=codes).values_list("code", flat=True))
    return list(codes)
