"""Decisions of staff, corrections of earlier values, and meters that cannot be read."""

from datetime import timedelta

import pytest
from django.db.models import F

from avots.core.errors import Refused
from avots.outbox.models import Message
from avots.readings import actions, queries
from avots.readings.checks import decided_readings_say_why, one_reading_counts
from avots.readings.models import CannotRead, Correction, Reading
from avots.reminders.actions import remind
from avots.usage.actions import compute_building
from avots.usage.checks import tiles_add_up
from avots.usage.models import Usage
from tests.billing.test_month import read_intake, report
from tests.readings.test_actions import ANNA, record
from tests.town import AFTER, BY, MONTH, NOW, Town, build


def hold_swap(town: Town) -> list[Reading]:
    cold, hot = town.cold["1"].pk, town.hot["1"].pk
    right = town.sheet("1")
    swapped = {cold: right[hot], hot: right[cold]}
    return list(record(town, values=swapped, confirmed=record(town, values=swapped).tokens).readings)


def test_a_swap_is_put_right_at_once_and_the_household_is_told(town):
    held, right = hold_swap(town), town.sheet("1")
    actions.mend_held({row: right[row.installation_id] for row in held}, reason="obvious", now=NOW, by=BY)
    counting = Reading.objects.filter(round=town.round, state="accepted")
    assert dict(counting.values_list("installation", "litres")) == right
    assert set(counting.values_list("quality", flat=True)) == {7}
    assert Message.objects.filter(template="reading-decided", to="anna@example.lv").count() == 2
    assert one_reading_counts() == decided_readings_say_why() == []


def test_nothing_of_a_swap_changes_when_one_part_is_decided_already(town):
    held = hold_swap(town)
    actions.decide_held(held[0], decision="accept", reason="visit", now=NOW, by=BY)
    with pytest.raises(Refused, match="already_decided"):
        actions.mend_held({held[1]: 1, held[0]: 2}, reason="obvious", now=NOW, by=BY)
    assert Reading.objects.get(pk=held[1].pk).state == "held"


@pytest.mark.parametrize("decision", ["accept", "reject", "correct"])
def test_todays_decision_can_be_undone_and_decided_again(town, decision):
    held = hold_swap(town)[0]
    litres = {"litres": 1_000} if decision == "correct" else {}
    for _ in range(2):
        actions.decide_held(held, decision=decision, reason="visit", now=NOW, by=BY, **litres)
        actions.undo_decision(held, now=NOW, by=BY)
    assert Reading.objects.get(pk=held.pk).state == "held"
    assert not Reading.objects.filter(installation=held.installation, round=town.round, state="accepted").exists()


def test_yesterdays_decision_and_one_after_which_a_newer_reading_came_stay(town):
    held = hold_swap(town)[0]
    actions.decide_held(held, decision="reject", reason="visit", now=NOW, by=BY)
    with pytest.raises(Refused, match="nothing_to_undo"):
        actions.undo_decision(held, now=NOW + timedelta(days=1), by=BY)
    record(town, key="again")
    with pytest.raises(Refused, match="newer_reading_counts"):
        actions.undo_decision(held, now=NOW, by=BY)


def october(town: Town) -> Reading:
    return Reading.objects.get(installation=town.cold["1"], round=town.rounds[MONTH.previous])


def test_an_earlier_value_is_put_right_by_a_new_row_and_the_next_is_judged_from_it(town):
    wrong = october(town)
    Reading.objects.filter(pk=wrong.pk).update(litres=wrong.litres + 20_000)
    true = {town.cold["1"].pk: wrong.litres + 2_500}
    asked = record(town, values=true)
    assert "previous_wrong" in asked.questions[0].findings
    wrong.refresh_from_db()
    request = actions.ask_correction(wrong, now=NOW, by=ANNA)
    assert actions.ask_correction(wrong, litres=5, now=NOW, by=ANNA) == request
    right = actions.decide_correction(request, litres=wrong.litres - 20_000, now=NOW, by=BY)
    assert (right.round, right.state, right.quality) == (wrong.round, "accepted", 7)
    assert Reading.objects.get(pk=wrong.pk).state == "superseded"
    assert isinstance(record(town, values=true), actions.Recorded)
    with pytest.raises(Refused, match="already_decided"):
        actions.decide_correction(request, litres=None, now=NOW, by=BY)
    assert one_reading_counts() == []


def billed_up_to(high: int):
    """Anna's cold meter was billed up to a wrong value in October."""

    def misread(town: Town) -> None:
        wrong = october(town)
        billed = Usage.objects.filter(installation=wrong.installation_id, round=wrong.round_id)
        billed.update(to_litres=high, litres=F("litres") + high - wrong.litres)
        Reading.objects.filter(pk=wrong.pk).update(litres=high)

    return misread


@pytest.mark.parametrize("put_right", [True, False])
def test_what_was_billed_up_to_a_wrong_value_is_given_back_and_no_face_began_again(db, put_right):
    high = 98_000_000
    town = build(billed_up_to(high))
    cold, wrong = town.cold["1"], october(town)
    true = 108_307
    if put_right:
        request = actions.ask_correction(Reading.objects.get(pk=wrong.pk), now=NOW, by=ANNA)
        actions.decide_correction(request, litres=true, now=NOW, by=BY)
    report(town, "2", "3", "4", "5", "6")
    sheet = {cold.pk: true + 2_500, town.hot["1"].pk: town.sheet("1")[town.hot["1"].pk]}
    answer = record(town, values=sheet)
    if not put_right:
        assert answer.questions[0].findings[0] == "rollover_likely"
        answer = record(town, values=sheet, confirmed=answer.tokens)
        [held] = [row for row in answer.readings if row.installation_id == cold.pk]
        assert held.state == "held"
        actions.decide_held(held, decision="accept", reason="visit", now=NOW, by=BY)
    read_intake(town)
    compute_building(town.round, town.building, now=AFTER)
    tile = Usage.objects.get(round=town.round, installation=cold)
    used = true + 2_500 - high
    assert tile.litres == (used if put_right else used + 100_000_000)
    assert tile.basis.get("rolled_over", False) is not put_right
    assert tiles_add_up() == []


def test_a_declined_correction_leaves_the_reading(town):
    wrong = october(town)
    request = actions.ask_correction(wrong, now=NOW, by=ANNA)
    assert list(queries.corrections()) == [request]
    assert actions.decide_correction(request, litres=None, now=NOW, by=BY) is None
    assert Reading.objects.get(pk=wrong.pk).state == "accepted"
    assert Correction.objects.get().state == "declined"


def test_who_cannot_read_is_heard_once_and_not_reminded(town):
    for way in ("call", "average"):
        for meter in (town.cold["1"], town.hot["1"]):
            actions.say_cannot_read(meter, town.round, way=way, now=NOW, by=ANNA)
    assert CannotRead.objects.count() == 2
    remind(town.round, now=NOW)
    assert not Message.objects.filter(template="reading-reminder", to="anna@example.lv").exists()


def test_a_call_waits_for_staff_until_it_is_made_or_a_reading_comes(town):
    row = actions.say_cannot_read(town.cold["1"], town.round, way="call", now=NOW, by=ANNA)
    actions.say_cannot_read(town.cold["3"], town.round, way="average", now=NOW, by=ANNA)
    assert list(queries.unreadable(town.round)) == [row]
    record(town)
    assert not queries.unreadable(town.round)
    other = actions.say_cannot_read(town.cold["4"], town.round, way="photo", now=NOW, by=ANNA)
    actions.mark_handled(other, now=NOW, by=BY)
    assert not queries.unreadable(town.round)
    with pytest.raises(Refused, match="already_decided"):
        actions.mark_handled(other, now=NOW, by=BY)


def test_nothing_is_said_of_a_round_that_is_complete(town):
    with pytest.raises(Refused, match="round_closed"):
        actions.say_cannot_read(town.cold["1"], town.round, way="call", now=town.round.complete_at, by=ANNA)
