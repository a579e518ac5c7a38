"""Booking what turned out wrong of an issued month, and who answers for it."""

from collections.abc import Sequence
from datetime import datetime

from avots.core.audit import By
from avots.core.volume import capacity_of
from avots.customers.models import CustomerAccount
from avots.meters.models import UsagePoint
from avots.meters.rules import consumption
from avots.readings.models import Reading
from avots.usage.models import BookedCorrection, BuildingMonth, DifferenceShare, Usage


def book_corrections(month: BuildingMonth, account: CustomerAccount, *, now: datetime, by: By) -> dict[str, int]:
    """Book what an account's meters showed otherwise than billed, inside the caller's transaction.

    :returns: the litres by serial number of the meter

    Only the building's latest issued month can be put right: in an older one the months after it
    have settled the mistake already, each from where the one before had ended.
    """
    later = BuildingMonth.objects.filter(
        building=month.building_id, final=True, round__first_day__gt=month.round.first_day
    )
    if later.exists():
        return {}
    own = Usage.objects.filter(building_month=month, account=account, usage_point__role=UsagePoint.Role.UNIT)
    tiles = own.select_related("installation__meter__register").order_by("part")
    last = {tile.installation_id: tile for tile in tiles}
    shows = _accepted_now(month.round_id, list(last))
    return {
        tile.installation.meter.serial: _book(tile, shows[pk], month, now, by)
        for pk, tile in last.items()
        if pk in shows and _can_be_put_right(tile) and shows[pk] != tile.to_litres
    }


def _accepted_now(round_id: int, installations: Sequence[int]) -> dict[int, int]:
    accepted = Reading.objects.filter(round=round_id, installation__in=installations, state=Reading.State.ACCEPTED)
    regular = accepted.filter(kind=Reading.Kind.REGULAR).order_by("read_on", "pk")
    return dict(regular.values_list("installation_id", "litres"))


def _can_be_put_right(tile: Usage) -> bool:
    """Return whether a tile ends at its round's reading: no estimate, exchange or end of a holding."""
    return tile.method == Usage.Method.ACTUAL and not ({"removed", "held_until", "opening"} & tile.basis.keys())


def _book(tile: Usage, shows: int, month: BuildingMonth, now: datetime, by: By) -> int:
    """Write the tile from where the month was billed to what its reading says, and that it was booked."""
    digits = tile.installation.meter.register.digits_before
    metered = consumption(tile.from_litres, shows, digits_before=digits).litres
    litres = metered - tile.litres - tile.shared_before_litres
    turn = (litres - (shows - tile.to_litres)) // capacity_of(digits)
    parts = Usage.objects.filter(round=month.round_id, installation=tile.installation_id)
    new = Usage.objects.create(
        round_id=month.round_id,
        building_month=month,
        usage_point_id=tile.usage_point_id,
        installation_id=tile.installation_id,
        premise_id=tile.premise_id,
        account_id=tile.account_id,
        part=1 + max(parts.values_list("part", flat=True)),
        from_litres=tile.to_litres,
        to_litres=shows,
        litres=litres,
        method=Usage.Method.ACTUAL,
        read_on=tile.read_on,
        basis={"corrected": True} | ({"rolled_over" if turn > 0 else "rolled_back": True} if turn else {}),
    )
    BookedCorrection.objects.create(
        tile=new,
        building_id=month.building_id,
        round_id=month.round_id,
        litres=litres,
        booked_at=now,
        booked_by=str(by),
    )
    return litres


def move_month(month: BuildingMonth, *, of: CustomerAccount, to: CustomerAccount) -> None:
    """Let another account answer for what one was billed in a month, inside the caller's transaction."""
    for model in (Usage, DifferenceShare):
        model.objects.filter(building_month=month, account=of).update(account=to)
