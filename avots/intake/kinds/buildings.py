"""Buildings, premises and who manages a building."""

from datetime import datetime

from avots.core.audit import By
from avots.customers.actions import appoint_manager
from avots.customers.models import Management, Party
from avots.customers.queries import plain
from avots.intake.kinds.kind import Kind, Row, building_of, day, needed, one_of, whole
from avots.meters import actions as meters
from avots.meters.models import Building, Premise


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
    return not Premise.objects.filter(building=building_of(row), number=row.get("premise", "")).exists()


def apply_premise(row: Row, now: datetime, by: By) -> object:
    floor = row.get("floor", "")
    return meters.register_premise(
        building_of(row),
        number=row.get("premise", ""),
        position=whole(row, "position", 0),
        now=now,
        by=by,
        stairwell=row.get("stairwell", "")[:10],
        floor=whole(row, "floor", 0) if floor else None,
    )


def check_manager(row: Row) -> bool:
    day(row, "since")
    name, place = needed(row, "manager"), row.get("mailbox_place", "")
    known = Management.objects.filter(building=building_of(row), ends_on=None, manager__name=name)
    return not known.filter(mailbox_place=place).exists()


def apply_manager(row: Row, now: datetime, by: By) -> object:
    party = Party.objects.filter(name=row["manager"]).order_by("pk").first()
    if party is None:
        name = row["manager"]
        party = Party.objects.create(name=name, kind=Party.Kind.COMPANY, search=plain(name)[:160])
    place = row.get("mailbox_place", "")
    return appoint_manager(building_of(row), manager=party, mailbox_place=place, on=day(row, "since"), now=now, by=by)


KINDS = (
    Kind(
        "buildings",
        ("building_code", "street", "house", "town", "postcode"),
        ("segment", "walking_order"),
        check_building,
        apply_building,
    ),
    Kind(
        "premises",
        ("building_code", "premise", "position"),
        ("floor", "stairwell"),
        check_premise,
        apply_premise,
    ),
    Kind("managers", ("building_code", "manager", "mailbox_place", "since"), (), check_manager, apply_manager),
)
