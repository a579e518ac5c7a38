"""Finding the coupon a paper or a caller names."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Min, Q, QuerySet

from avots.core.errors import Refused
from avots.coupons.models import Batch, Coupon, Slip
from avots.coupons.rules import KIND, read_payload, typed_code
from avots.meters.models import MeterInstallation
from avots.readings.models import Round
from avots.readings.queries import MeterLine, sheet


def coupon_of(typed: str) -> Coupon:
    """Return the coupon of a code as a person typed it, or as a scanner read it from the square.

    :raises Refused: ``coupon_code_wrong``, ``no_such_coupon``, ``not_a_coupon``
    """
    text = typed.strip()
    code = read_payload(text)[1] if text.upper().startswith(f"{KIND}:") else typed_code(text)
    found = Coupon.objects.select_related("round", "account__party", "premise__building").filter(code=code).first()
    if found is None:
        raise Refused("no_such_coupon")
    return found


def meters_of(coupon: Coupon) -> list[MeterInstallation]:
    """Return the coupon's meters in the order of its rows."""
    rows = MeterInstallation.objects.select_related("meter__register", "usage_point")
    found = rows.in_bulk(coupon.installations)
    return [found[pk] for pk in coupon.installations]


@dataclass(frozen=True)
class Row:
    """A row of a coupon: the meter printed there, and the one that is to be read there now."""

    printed: MeterInstallation
    line: MeterLine | None

    @property
    def exchanged(self) -> bool:
        return self.line is not None and self.line.installation.pk != self.printed.pk

    @property
    def is_keyed(self) -> bool:
        return self.line is not None and not self.line.installation.remote_read


def rows_of(coupon: Coupon, round: Round) -> list[Row]:
    """Return a coupon's rows with the meters that stand in their places in a round."""
    standing = {line.point.pk: line for line in sheet(coupon.premise, round)}
    return [Row(printed, standing.get(printed.usage_point_id)) for printed in meters_of(coupon)]


def first_after_closing(batch: Batch) -> date | None:
    """Return the day of the earliest known collection of the same mailbox after the round's last day."""
    same = Q(building=batch.building_id) if batch.building_id else Q(building=None, place=batch.place)
    after = Batch.objects.filter(same, round=batch.round_id, collected_on__gt=batch.round.cut_on)
    day: date | None = after.aggregate(day=Min("collected_on"))["day"]
    return day


@dataclass(frozen=True)
class Totals:
    """The control of a batch: papers = keyed + rejected + exceptions + left."""

    papers: int
    keyed: int
    rejected: dict[str, int]
    exceptions: int
    second_due: int

    @property
    def left(self) -> int:
        return self.papers - self.keyed - sum(self.rejected.values()) - self.exceptions

    @property
    def adds_up(self) -> bool:
        return not (self.left or self.exceptions or self.second_due)


def totals_of(batches: Sequence[Batch]) -> dict[int, Totals]:
    """Return the control totals of batches, by batch."""
    counts: dict[int, dict[tuple[str, str], int]] = {batch.pk: {} for batch in batches}
    rows = Slip.objects.filter(batch__in=counts).values_list("batch", "state", "reason").annotate(Count("pk"))
    for batch, state, reason, count in rows.order_by():
        counts[batch][state, reason] = counts[batch].get((state, reason), 0) + count
    due = dict(second_keys_due().filter(batch__in=counts).values_list("batch").annotate(Count("pk")).order_by())
    return {batch.pk: _totals(batch, counts[batch.pk], due.get(batch.pk, 0)) for batch in batches}


def _totals(batch: Batch, counts: dict[tuple[str, str], int], due: int) -> Totals:
    rejected = {reason: count for (state, reason), count in counts.items() if state == Slip.State.REJECTED}
    keyed = sum(count for (state, _), count in counts.items() if state == Slip.State.KEYED)
    exceptions = sum(count for (state, _), count in counts.items() if state == Slip.State.EXCEPTION)
    return Totals(batch.papers, keyed, rejected, exceptions, due)


def second_keys_due() -> QuerySet[Slip]:
    """Return the coupons that another person is to key blind, oldest first."""
    rows = Slip.objects.filter(state=Slip.State.KEYED, second=Slip.Second.DUE)
    return rows.select_related("coupon", "batch__building").order_by("pk")


def exceptions() -> QuerySet[Slip]:
    """Return the papers a person must look at, oldest first."""
    rows = Slip.objects.filter(state=Slip.State.EXCEPTION)
    return rows.select_related("coupon__premise__building", "batch__building", "round").order_by("pk")


def counted_slip(coupon: Coupon, round: Round) -> Slip | None:
    """Return what counts of a coupon in a round, if it was keyed."""
    return Slip.objects.filter(coupon=coupon, round=round, state=Slip.State.KEYED).first()


@dataclass(frozen=True)
class CouponFigures:
    """A round's paper in figures."""

    keyed: int
    rejected: int
    exceptions: int
    open_batches: int


def figures_of(round: Round) -> CouponFigures:
    """Return how a round's paper stands."""
    rows = Slip.objects.filter(round=round).values_list("state").annotate(Count("pk")).order_by()
    counts = dict(rows)
    return CouponFigures(
        keyed=counts.get(Slip.State.KEYED, 0),
        rejected=counts.get(Slip.State.REJECTED, 0),
        exceptions=counts.get(Slip.State.EXCEPTION, 0),
        open_batches=Batch.objects.filter(round=round, closed_at=None).count(),
    )
