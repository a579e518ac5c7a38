"""Usage points with the meter that stands there."""

from datetime import datetime

from django.utils.translation import gettext_noop as _

from avots.core.audit import By
from avots.core.errors import Refused
from avots.intake.kinds.kind import (
    Row,
    building_of,
    columns,
    day,
    litres,
    needed,
    one_of,
    premise_of,
    row_kind,
    whole,
)
from avots.meters import actions
from avots.meters.models import MeterInstallation, Register, UsagePoint


def check_meter(row: Row) -> bool:
    installed = day(row, "installed_on")
    litres(row, "start_m3")
    one_of(row, "commodity", UsagePoint.Commodity, "cold")
    one_of(row, "face", Register.Face, "rollers")
    if row.get("verified_until"):
        day(row, "verified_until")
    _digits(row)
    building_of(row)
    if one_of(row, "role", UsagePoint.Role, "unit") == UsagePoint.Role.UNIT:
        premise_of(row)
    _parent(row)
    serial = needed(row, "meter_serial")
    standing = MeterInstallation.objects.filter(usage_point__code=needed(row, "point_code"), removed_on=None)
    there = standing.values_list("meter__serial", "installed_on").first()
    if there is not None and there != (serial, installed):
        raise Refused("point_has_a_meter", serial=there[0])
    _refuse_a_meter_elsewhere(row, serial)
    return there is None


def _refuse_a_meter_elsewhere(row: Row, serial: str) -> None:
    device = MeterInstallation.objects.filter(meter__serial=serial, meter__make=row.get("make", ""), removed_on=None)
    elsewhere = (
        device.exclude(usage_point__code=row["point_code"]).values_list("usage_point__code", flat=True).first()
    )
    if elsewhere is not None:
        raise Refused("row_meter_elsewhere", text=serial, point=elsewhere)


def _digits(row: Row) -> tuple[int, int]:
    before, after = whole(row, "digits_before", 5), whole(row, "digits_after", 3)
    if not (1 <= before <= 8 and after <= 3):
        raise Refused("row_bad_number", column="digits_before", text=f"{before}+{after}")
    return before, after


def _parent(row: Row) -> UsagePoint | None:
    code = row.get("parent_code", "")
    found = UsagePoint.objects.filter(code=code).first() if code else None
    if code and found is None:
        raise Refused("row_unknown_parent", text=code)
    actions.refuse_parent(found)
    return found


def apply_meter(row: Row, now: datetime, by: By) -> object:
    installed, (before, after) = day(row, "installed_on"), _digits(row)
    role = one_of(row, "role", UsagePoint.Role, "unit")
    point = actions.register_point(
        building_of(row),
        code=row["point_code"],
        starts_on=installed,
        now=now,
        by=by,
        role=role,
        premise=premise_of(row) if role == UsagePoint.Role.UNIT else None,
        parent=_parent(row),
        commodity=one_of(row, "commodity", UsagePoint.Commodity, "cold"),
        place=row.get("place", ""),
    )
    device = actions.Device(
        serial=row["meter_serial"],
        start_litres=litres(row, "start_m3"),
        make=row.get("make", ""),
        digits_before=before,
        digits_after=after,
        face=one_of(row, "face", Register.Face, "rollers"),
        verified_until=day(row, "verified_until") if row.get("verified_until") else None,
        seal=row.get("seal", ""),
        remote_read=row.get("remote_read", "") in {"1", "yes", "jā"},
    )
    return actions.install_meter(point, device, on=installed, now=now, by=by)


KINDS = (
    row_kind(
        "meters",
        _("Skaitītāji"),
        ("point_code", "building_code", "meter_serial", "installed_on", "start_m3"),
        (
            "premise",
            "role",
            "commodity",
            "place",
            "parent_code",
            "make",
            "digits_before",
            "digits_after",
            "face",
            "verified_until",
            "seal",
            "remote_read",
        ),
        check_meter,
        apply_meter,
        key=columns("point_code"),
        provides={"row_unknown_parent": "point_code", "row_unknown_meter": "meter_serial"},
    ),
)
