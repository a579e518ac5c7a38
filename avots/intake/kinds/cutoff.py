"""What the utility's own meters showed at the cut-off: the route sheet and remote reading as a file."""

from datetime import datetime

from django.utils.translation import gettext_noop as _

from avots.core.audit import By
from avots.core.errors import Refused
from avots.intake.kinds.kind import Row, columns, day, litres, needed, row_kind
from avots.meters.models import MeterInstallation, UsagePoint
from avots.readings.actions import UtilityRow, record_utility_readings
from avots.readings.models import Reading, Round


def _installation(row: Row) -> MeterInstallation:
    """Return the meter a row names, when it is one the utility reads."""
    serial = needed(row, "meter_serial")
    standing = MeterInstallation.objects.filter(meter__serial=serial, removed_on=None)
    found = standing.select_related("usage_point").first()
    if found is None:
        raise Refused("row_unknown_meter", text=serial)
    if found.usage_point.role == UsagePoint.Role.UNIT and not found.remote_read:
        raise Refused("row_resident_reads", text=serial)
    return found


def _round(row: Row) -> Round:
    """Return the round of the month in which a meter was read."""
    read_on = day(row, "read_on")
    found = Round.objects.filter(first_day=read_on.replace(day=1)).first()
    if found is None:
        raise Refused("row_bad_date", column="read_on", text=row["read_on"])
    return found


def check(row: Row) -> bool:
    reading = litres(row, "cutoff_m3")
    counting = Reading.objects.filter(
        installation=_installation(row), round=_round(row), state__in=["accepted", "held"]
    )
    return not counting.filter(litres=reading).exists()


def apply(row: Row, now: datetime, by: By) -> object:
    installation, reading = _installation(row), litres(row, "cutoff_m3")
    source = Reading.Source.TELEGRAM if installation.remote_read else Reading.Source.IMPORT
    return record_utility_readings(
        round=_round(row),
        rows=[UtilityRow(installation.pk, reading, day(row, "read_on"))],
        source=source,
        key=f"cutoff:{row['read_on']}:{reading}",
        by=by,
        now=now,
    )


KINDS = (
    row_kind(
        "cutoff",
        _("Uzņēmuma skaitītāju rādījumi"),
        ("meter_serial", "read_on", "cutoff_m3"),
        (),
        check,
        apply,
        key=columns("meter_serial", "read_on"),
    ),
)
