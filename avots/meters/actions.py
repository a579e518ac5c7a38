"""Changing buildings, usage points and which meter stands where."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from avots.core import audit, policies
from avots.core.audit import By
from avots.core.claims import claim
from avots.core.dates import local_day
from avots.core.errors import Refused
from avots.meters import rules
from avots.meters.models import (
    Building,
    ExchangeAct,
    Meter,
    MeterInstallation,
    Noncompliance,
    Premise,
    Register,
    UsagePoint,
)


@dataclass(frozen=True)
class Device:
    """A meter as its plate and papers describe it; the start reading in litres."""

    serial: str
    start_litres: int
    make: str = ""
    digits_before: int = 5
    digits_after: int = 3
    face: str = Register.Face.ROLLERS
    life_years: int | None = None
    verified_until: date | None = None
    seal: str = ""
    remote_read: bool = False


@dataclass(frozen=True)
class Act:
    """What the paper of an exchange says beside the readings."""

    performed_by: str
    handed_in_on: date
    removed_seal: str = ""


@transaction.atomic
def register_building(*, code: str, search: str, now: datetime, by: By, **facts: object) -> Building:
    """Register a building, or return the one already known by its code.

    :param facts: street, house, town, postcode, segment, walking_order
    """
    known = Building.objects.filter(code=code).first()
    if known is not None:
        return known
    audit.record(now=now, by=by, verb="register_building", subject=f"building:{code}")
    return Building.objects.create(code=code, search=search, **facts)


@transaction.atomic
def register_premise(
    building: Building, *, number: str, position: int, now: datetime, by: By, **facts: object
) -> Premise:
    """Register a premise of a building, or return the one already known by its number."""
    known = Premise.objects.filter(building=building, number=number).first()
    if known is not None:
        return known
    audit.record(now=now, by=by, verb="register_premise", subject=f"building:{building.code}", number=number)
    return Premise.objects.create(building=building, number=number, position=position, **facts)


@transaction.atomic
def register_point(
    building: Building, *, code: str, starts_on: date, now: datetime, by: By, **facts: object
) -> UsagePoint:
    """Register a usage point, or return the one already known by its code.

    :param facts: premise, parent, role, commodity, place
    :raises Refused: ``parent_is_a_flats``: what stands behind a flat's meter would be counted twice
    """
    known = UsagePoint.objects.filter(code=code).first()
    if known is not None:
        return known
    refuse_parent(facts.get("parent"))
    audit.record(now=now, by=by, verb="register_point", subject=f"point:{code}")
    return UsagePoint.objects.create(building=building, code=code, starts_on=starts_on, **facts)


def refuse_parent(parent: object) -> None:
    """Let a usage point stand behind an intake or a common meter only.

    :raises Refused: ``parent_is_a_flats``
    """
    if isinstance(parent, UsagePoint) and parent.role == UsagePoint.Role.UNIT:
        raise Refused("parent_is_a_flats", text=parent.code)


@transaction.atomic
def install_meter(point: UsagePoint, device: Device, *, on: date, now: datetime, by: By) -> MeterInstallation:
    """Install a meter at an empty usage point; the same one already standing is returned.

    :raises Refused: ``point_has_a_meter``, ``meter_stands_elsewhere``
    """
    standing = MeterInstallation.objects.filter(usage_point=point, removed_on=None).select_related("meter")
    if (there := standing.first()) is not None:
        if there.meter.serial == device.serial:
            return there
        raise Refused("point_has_a_meter", serial=there.meter.serial)
    meter = Meter.objects.filter(make=device.make, serial=device.serial).first() or _register_meter(device)
    if MeterInstallation.objects.filter(meter=meter, removed_on=None).exists():
        raise Refused("meter_stands_elsewhere", serial=device.serial)
    years = policies.on(on).replace_after_years
    audit.record(now=now, by=by, verb="install_meter", subject=f"point:{point.code}", serial=device.serial)
    return MeterInstallation.objects.create(
        usage_point=point,
        meter=meter,
        installed_on=on,
        start_litres=device.start_litres,
        verified_until=device.verified_until,
        replace_by=rules.replace_by(on, life_years=device.life_years, replace_after_years=years),
        seal=device.seal,
        remote_read=device.remote_read,
    )


def _register_meter(device: Device) -> Meter:
    meter = Meter.objects.create(make=device.make, serial=device.serial, life_years=device.life_years)
    Register.objects.create(
        meter=meter, digits_before=device.digits_before, digits_after=device.digits_after, face=device.face
    )
    return meter


@transaction.atomic
def remove_meter(point: UsagePoint, *, end_litres: int, on: date, now: datetime, by: By) -> MeterInstallation:
    """Take the standing meter out at its end reading; what it measured is billed with the month.

    :raises Refused: ``no_such_meter`` when none stands there, ``exchange_before_install``
    """
    standing = MeterInstallation.objects.filter(usage_point=point, removed_on=None)
    old = standing.select_for_update().first()
    if old is None:
        raise Refused("no_such_meter")
    if on < old.installed_on:
        raise Refused("exchange_before_install", day=old.installed_on)
    MeterInstallation.objects.filter(pk=old.pk).update(removed_on=on, end_litres=end_litres)
    audit.record(now=now, by=by, verb="remove_meter", subject=f"point:{point.code}", end_litres=end_litres)
    return old


@transaction.atomic
def exchange_meter(
    point: UsagePoint,
    device: Device,
    *,
    end_litres: int,
    on: date,
    now: datetime,
    by: By,
    act: Act | None = None,
) -> MeterInstallation:
    """Take the standing meter out at its end reading and put another in its place, with the act when there is one.

    :raises Refused: what :func:`remove_meter` refuses; for an act also ``day_in_future``,
        ``days_turned_round`` when it was handed in before the exchange, ``performer_missing``
    """
    if act is not None:
        _check(act, on, now)
    old = remove_meter(point, end_litres=end_litres, on=on, now=now, by=by)
    new = install_meter(point, device, on=on, now=now, by=by)
    if act is not None:
        ExchangeAct.objects.create(
            removed=old, installed=new, acted_on=on, recorded_at=now, recorded_by=str(by), **vars(act)
        )
    return new


def _check(act: Act, on: date, now: datetime) -> None:
    if not act.performed_by.strip():
        raise Refused("performer_missing")
    if act.handed_in_on < on:
        raise Refused("days_turned_round")
    if act.handed_in_on > local_day(now):
        raise Refused("day_in_future")


@transaction.atomic
def record_ground(
    premise: Premise, *, ground: Noncompliance.Ground, starts_on: date, evidence: str, now: datetime, by: By
) -> Noncompliance:
    """Record a ground of non-compliance with its evidence; the customer can see it.

    :raises Refused: ``evidence_missing``, ``no_such_kind``
    """
    if not evidence.strip():
        raise Refused("evidence_missing")
    if ground not in Noncompliance.Ground.values:
        raise Refused("no_such_kind")
    row, _ = Noncompliance.objects.get_or_create(
        premise=premise,
        ground=ground,
        starts_on=starts_on,
        defaults={"evidence": evidence, "recorded_at": now, "recorded_by": str(by)},
    )
    audit.record(now=now, by=by, verb="record_ground", subject=f"premise:{premise.pk}", ground=ground)
    return row


@transaction.atomic
def end_ground(row: Noncompliance, *, ends_on: date, now: datetime, by: By) -> None:
    """End a ground of non-compliance from a day on.

    :raises Refused: ``days_turned_round``, ``already_decided`` when it has an end
    """
    if ends_on < row.starts_on:
        raise Refused("days_turned_round")
    if not claim(Noncompliance.objects.filter(pk=row.pk, ends_on=None), ends_on=ends_on):
        raise Refused("already_decided")
    subject = f"premise:{row.premise_id}"
    audit.record(now=now, by=by, verb="end_ground", subject=subject, ground=row.ground, on=str(ends_on))
