"""Buildings, premises and who manages a building."""

from datetime import datetime

from django.utils.translation import gettext_noop as _

from avots.core.audit import By
from avots.customers.actions import appoint_manager, register_manager
from avots.customers.models import Management
from avots.customers.queries import plain
from avots.intake.kinds.kind import Row, building_of, columns, day, needed, one_of, row_kind, whole
from avots.meters import actions as meters
from avots.meters.models import Building, Premise

HIGHEST_FLOOR = 200


def check_building(row: Row) -> bool:
    for column in ("street", "house", "town", "postcode"):
        needed(row, column)
    one_of(row, "segment", Building.Segment, "apartments")
    whole(row, "walking_order", 0)
    return not Building.objects.filter(code=needed(row, "building_code")).exists()


def apply_building(row: Row, now: datetime, by: By) -> object:
    return meters.register_building(
        code=row["building_code"],
        search=plain(f"{row['street']} {row['house']}")[:160],
        now=now,
        by=by,
        street=row["street"],
        house=row["house"],
        town=row["town"],
        postcode=row["postcode"],
        segment=one_of(row, "segment", Building.Segment, "apartments"),
        walking_order=whole(row, "walking_order", 0),
    )


def check_premise(row: Row) -> bool:
    whole(row, "position", 0)
    _floor(row)
    return not Premise.objects.filter(building=building_of(row), number=row.get("premise", "")).exists()


def _floor(row: Row) -> int | None:
    return whole(row, "floor", 0, most=HIGHEST_FLOOR) if row.get("floor") else None


def apply_premise(row: Row, now: datetime, by: By) -> object:
    return meters.register_premise(
        building_of(row),
        number=row.get("premise", ""),
        position=whole(row, "position", 0),
        now=now,
        by=by,
        stairwell=row.get("stairwell", ""),
        floor=_floor(row),
    )


def check_manager(row: Row) -> bool:
    day(row, "since")
    name, place = needed(row, "manager"), row.get("mailbox_place", "")
    known = Management.objects.filter(building=building_of(row), ends_on=None, manager__name=name)
    return not known.filter(mailbox_place=place).exists()


def apply_manager(row: Row, now: datetime, by: By) -> object:
    party = register_manager(row["manager"], now=now, by=by)
    place = row.get("mailbox_place", "")
    return appoint_manager(building_of(row), manager=party, mailbox_place=place, on=day(row, "since"), now=now, by=by)


KINDS = (
    row_kind(
        "buildings",
        _("Mājas"),
        ("building_code", "street", "house", "town", "postcode"),
        ("segment", "walking_order"),
        check_building,
        apply_building,
        key=columns("building_code"),
        provides={"row_unknown_building": "building_code"},
    ),
    row_kind(
        "premises",
        _("Dzīvokļi un telpas"),
        ("building_code", "premise", "position"),
        ("floor", "stairwell"),
        check_premise,
        apply_premise,
        key=columns("building_code", "premise"),
        provides={"row_unknown_premise": "premise"},
    ),
    row_kind(
        "managers",
        _("Pārvaldnieki"),
        ("building_code", "manager", "mailbox_place", "since"),
        (),
        check_manager,
        apply_manager,
        key=columns("building_code", "since"),
    ),
)
