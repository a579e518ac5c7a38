"""Recording readings on real tables."""

from datetime import timedelta

import pytest

from avots.core.audit import By
from avots.core.errors import KeyReused, Refused
from avots.outbox.models import Message
from avots.readings import actions
from avots.readings.models import Reading
from avots.readings.queries import missing
from avots.reminders.actions import remind
from tests.town import BY, NOW, Town

ANNA = By("user", 1)


def record(town: Town, flat: str = "1", *, key: str = "k", now=NOW, source="portal", **changes):
    values = {
        "round": town.round,
        "premise": town.flats[flat],
        "account": town.accounts[flat],
        "values": town.sheet(flat),
        "source": source,
        "key": key,
        "by": ANNA,
        "now": now,
    }
    return actions.record_readings(**values | changes)


def test_the_same_key_records_once_and_other_content_is_a_bug(town):
    first, again = record(town), record(town)
    assert first.receipt == again.receipt
    assert Reading.objects.filter(round=town.round).count() == 2
    with pytest.raises(KeyReused):
        record(town, values=town.sheet("1", 2_600))
    with pytest.raises(KeyReused):
        record(town, values={town.cold["1"].pk: town.sheet("1")[town.cold["1"].pk]})


def test_a_fall_is_held_for_staff_when_a_person_stands_by_it(town):
    fallen = {town.cold["1"].pk: town.previous(town.cold["1"]) - 500}
    asked = record(town, values=fallen)
    assert asked.questions[0].findings == ("lower_than_previous",)
    done = record(town, values=fallen, confirmed=frozenset({"lower_than_previous"}))
    assert done.readings[0].state == "held"


def test_a_swap_of_cold_and_hot_is_seen_and_never_silently_accepted(town):
    cold, hot = town.cold["1"].pk, town.hot["1"].pk
    right = town.sheet("1")
    swapped = {cold: right[hot], hot: right[cold]}
    asked = record(town, values=swapped)
    assert {question.findings for question in asked.questions} == {("swapped_cold_hot",)}
    done = record(town, values=swapped, confirmed=frozenset({"swapped_cold_hot"}))
    assert {row.state for row in done.readings} == {"held"}


def test_a_foreign_meter_and_an_empty_sheet_are_refused(town):
    with pytest.raises(Refused, match="meter_not_here"):
        record(town, values=town.sheet("2"))
    with pytest.raises(Refused, match="nothing_typed"):
        record(town, values={})


def test_a_remote_read_meter_is_refused(town):
    type(town.cold["1"]).objects.filter(pk=town.cold["1"].pk).update(remote_read=True)
    with pytest.raises(Refused, match="remote_read_meter"):
        record(town)


def test_nobody_reports_before_the_window_and_staff_may_until_it_is_complete(town):
    with pytest.raises(Refused, match="round_not_open"):
        record(town, now=town.round.opens_at - timedelta(seconds=1))
    assert record(town, now=town.round.closes_at, source="phone").readings[0].round == town.round
    with pytest.raises(Refused, match="round_closed"):
        record(town, "2", key="x", now=town.round.complete_at, source="phone")


def test_one_bad_submission_does_not_hold_up_the_others(town):
    def submission(flat: str, values: dict[int, int]):
        premise, account = town.flats[flat], town.accounts[flat]
        return actions.Submission(premise, account, values, "portal", f"b:{flat}", ANNA, NOW)

    sheets = [submission("1", town.sheet("1")), submission("3", town.sheet("4")), submission("4", town.sheet("4"))]
    answers = actions.record_submissions(town.round, sheets)
    assert [type(answer).__name__ for answer in answers] == ["Recorded", "Refused", "Recorded"]


def test_only_those_who_have_not_reported_are_reminded_and_once(town):
    type(town.accounts["3"].party).objects.filter(pk=town.accounts["3"].party_id).update(email="girts@example.lv")
    record(town)
    morning = town.round.opens_at + timedelta(hours=10)
    assert remind(town.round, now=morning) == 3
    assert set(Message.objects.filter(template="reading-reminder").values_list("to", flat=True)) == {
        "berzins@example.lv",
        "girts@example.lv",
        "karlis@example.lv",
    }
    cold = {town.cold["5"].pk: town.sheet("5")[town.cold["5"].pk]}
    record(town, "5", key="half", values=cold)
    assert remind(town.round, now=morning + timedelta(hours=1)) == 0
    last = town.round.closes_at - timedelta(hours=10)
    assert remind(town.round, now=last) == 3
    assert {row.meters for row in missing(town.round) if row.occupancy.premise == town.flats["5"]} == {1}


def test_nobody_is_reminded_before_nine_or_after_closing(town):
    assert remind(town.round, now=town.round.opens_at + timedelta(hours=8)) == 0
    assert remind(town.round, now=town.round.closes_at) == 0


def test_a_late_reading_does_not_count_as_next_months_report(town):
    late = record(town, now=town.round.closes_at)
    assert late.readings[0].round.month == town.round.month.next
    assert any(row.occupancy.premise == town.flats["1"] for row in missing(late.readings[0].round))


def test_a_held_reading_is_decided_once(town):
    fallen = {town.cold["1"].pk: town.previous(town.cold["1"]) - 500}
    held = record(town, values=fallen, confirmed=frozenset({"lower_than_previous"})).readings[0]
    actions.decide_held(held, decision="reject", reason="visit", now=NOW, by=BY)
    with pytest.raises(Refused, match="already_decided"):
        actions.decide_held(held, decision="accept", reason="visit", now=NOW, by=BY)
    with pytest.raises(ValueError, match="acept"):
        actions.decide_held(held, decision="acept", reason="visit", now=NOW, by=BY)
