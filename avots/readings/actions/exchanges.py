"""Exchanging a meter whose end reading we compare with what it showed before."""

from datetime import date, datetime

from django.db import transaction

from avots.core.audit import By
from avots.core.errors import Refused
from avots.meters import actions as meters
from avots.meters.actions import Act, Device
from avots.meters.models import MeterInstallation
from avots.meters.rules import consumption
from avots.readings.models import Reading


@transaction.atomic
def exchange(
    old: MeterInstallation,
    device: Device,
    *,
    end_litres: int,
    on: date,
    act: Act,
    stood_by: int | None,
    now: datetime,
    by: By,
) -> MeterInstallation:
    """Exchange a meter by its act; an end reading below the last one counts only when a person stands by it.

    What an earlier reading was too high is settled in the month of discovery (domain.md 2.6).

    :param stood_by: the end reading somebody has confirmed after being asked
    :raises Refused: ``end_reading_falls``, ``serial_missing``, and what :func:`meters.exchange_meter` refuses
    """
    if not device.serial.strip():
        raise Refused("serial_missing")
    last = (
        Reading.objects.filter(installation=old, state=Reading.State.ACCEPTED).order_by("-round__first_day").first()
    )
    digits = old.meter.register.digits_before
    falls = last is not None and consumption(last.litres, end_litres, digits_before=digits).litres < 0
    if falls and stood_by != end_litres and last is not None:
        raise Refused("end_reading_falls", litres=last.litres, on=last.read_on)
    if old.removed_on is not None:
        raise Refused("no_such_meter")
    return meters.exchange_meter(old.usage_point, device, end_litres=end_litres, on=on, now=now, by=by, act=act)
