"""Facts for the rules, with plain values where a test does not care."""

from dataclasses import replace
from datetime import date

from avots.core.dates import Month
from avots.usage.rules.estimate import Setting
from avots.usage.rules.facts import BuildingFacts, Holding, Law, MeterFacts, PointFacts, PremiseFacts

GROUNDS = ("N1", "N2", "N3", "N4", "N5", "N6", "N7")
LAW = Law(
    average_months=3,
    max_estimates=3,
    after_estimates="noncompliant",
    norm_litres=6_080,
    persons_when_none=1,
    grounds_first=GROUNDS,
    grounds_without_meter=("N2", "N4", "N6"),
    stage1_limit="norm",
    stage2_include_noncompliant=True,
    deadband_permille=0,
    negative_difference="carry_forward",
    net_of_shared=True,
    threshold_litres_day=3,
)
MONTH = Month(2026, 11)
BEFORE, CUT = date(2026, 10, 28), date(2026, 11, 28)
DAYS = (CUT - BEFORE).days


def law(**changes) -> Law:
    return replace(LAW, **changes)


def setting(the_law: Law = LAW, **values) -> Setting:
    return Setting(the_law, DAYS, **values)


def meter(start: int, read: int | None, *, number: int = 1, end: int | None = None, **values) -> MeterFacts:
    facts = {
        "installation_id": number,
        "serial": f"S{number}",
        "digits_before": 5,
        "installed_on": date(2020, 1, 1),
        "removed_on": date(2026, 11, 10) if end is not None else None,
        "from_litres": start,
        "end_litres": end,
        "reading_litres": read,
        "read_on": CUT if read is not None else None,
    }
    return MeterFacts(**facts | values)


def point(number: int, *meters: MeterFacts, role: str = "unit", premise: int | None = None, **values) -> PointFacts:
    facts = {"history": (2_000, 2_000, 2_000), "read_on": BEFORE}
    of = premise or (number if role == "unit" else None)
    return PointFacts(number, role, of, values.pop("parent", None), meters, **facts | values)


def flat(number: int, used: int | None, *, returning: bool = False, **values) -> PointFacts:
    read = None if used is None else 100_000 + used
    return point(number, meter(100_000, read, number=number, in_default=returning), **values)


def premise(number: int, persons: int = 2, **values) -> PremiseFacts:
    holdings = values.pop("holdings", (Holding(number, date(2026, 10, 29)),))
    return PremiseFacts(number, str(number), holdings, persons, **values)


def inlet(used: int | None) -> PointFacts:
    read = None if used is None else 1_000_000 + used
    return point(999, meter(1_000_000, read, number=999, digits_before=6), role="intake")


def building(intake: int | None, points: list[PointFacts], **changes) -> BuildingFacts:
    values = {
        "building_id": 1,
        "address": "Avotu iela 14",
        "month": MONTH,
        "before_on": BEFORE,
        "cut_on": CUT,
        "sharing": "equal",
        "indirect": False,
        "carried_in_litres": 0,
        "held_readings": 0,
        "law": LAW,
        "points": (inlet(intake), *points),
        "premises": tuple(premise(p.premise_id) for p in points if p.premise_id),
    }
    return BuildingFacts(**values | changes)
