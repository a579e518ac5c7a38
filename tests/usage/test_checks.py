"""The nightly checks of litres find what somebody slipped in."""

from datetime import date

import pytest

from avots.core.errors import Refused
from avots.meters.actions import register_point
from avots.meters.models import UsagePoint
from avots.ui.words import words
from avots.usage import checks
from avots.usage.models import Usage
from tests.billing.test_month import compute, issue, read_intake, report
from tests.town import AFTER, BY, Town


def test_a_tile_slipped_into_an_issued_month_is_found(town):
    report(town, "1", "2", "3", "4", "5", "6")
    read_intake(town)
    issue(compute(town))
    assert checks.tiles_are_what_was_billed() == []
    tile = Usage.objects.filter(round=town.round, installation=town.cold["1"]).values().get()
    start = tile["to_litres"]
    slipped = {"id": None, "part": 1, "from_litres": start, "to_litres": start + 777, "litres": 777}
    Usage.objects.create(**tile | slipped)
    assert checks.tiles_meet() == checks.tiles_add_up() == []  # the other checks see nothing wrong
    [problem] = checks.tiles_are_what_was_billed()
    assert f"building month {tile['building_month_id']}" in problem


@pytest.mark.parametrize("role", ["unit", "common", "intake"])
def test_a_point_stands_behind_no_flats_meter(town: Town, role):
    behind = {"unit": town.cold["1"].usage_point, "intake": town.intake.usage_point}.get(role)
    facts = {"starts_on": date(2026, 7, 1), "now": AFTER, "by": BY, "premise": town.flats["2"]}
    if behind is None:
        behind = UsagePoint.objects.create(
            code="kopa", building=town.building, role="common", starts_on=date(2026, 7, 1)
        )
    if role != "unit":
        assert register_point(town.building, code="jauns", parent=behind, **facts).parent == behind
        return
    with pytest.raises(Refused) as refused:
        register_point(town.building, code="jauns", parent=behind, **facts)
    assert behind.code in words(refused.value.code, **refused.value.facts)
    assert not UsagePoint.objects.filter(code="jauns").exists()
