"""Recording readings on real tables."""

from datetime import date, timedelta

import pytest

from avots.core.audit import By
from avots.core.errors import KeyReused, Refused
from avots.meters.actions import Device, exchange_meter
from avots.outbox.models import Message
from avots.readings import actions
from avots.readings.models import Reading
from avots.readings.queries import missing, sheet
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
    assert asked.questions[0].findings[0] == "lower_than_previous"
    done = record(town, values=fallen, confirmed=asked.tokens)
    assert done.readings[0].state == "held"


def test_it_is_right_stands_for_exactly_the_value_and_findings_asked_about(town):
    cold = town.cold["1"].pk
    asked = record(town, values={cold: town.previous(town.cold["1"]) - 500})
    for other in (town.previous(town.cold["1"]) - 501, town.previous(town.cold["1"]) + 90_000):
        again = record(town, values={cold: other}, confirmed=asked.tokens | {"lower_than_previous"})
        assert isinstance(again, actions.Asked)
    assert not Reading.objects.filter(round=town.round).exists()


def test_a_swap_of_cold_and_hot_is_seen_and_never_silently_accepted(town):
    cold, hot = town.cold["1"].pk, town.hot["1"].pk
    right = town.sheet("1")
    swapped = {cold: right[hot], hot: right[cold]}
    asked = record(town, values=swapped)
    assert {question.findings[1] for question in asked.questions} == {"swapped_cold_hot"}
    assert dict(asked.questions[0].guesses[0].fix) == right
    done = record(town, values=swapped, confirmed=asked.tokens)
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
    held = record(town, values=fallen, confirmed=record(town, values=fallen).tokens).readings[0]
    actions.decide_held(held, decision="reject", reason="visit", now=NOW, by=BY)
    with pytest.raises(Refused, match="already_decided"):
        actions.decide_held(held, decision="accept", reason="visit", now=NOW, by=BY)
    with pytest.raises(ValueError, match="acept"):
        actions.decide_held(held, decision="acept", reason="visit", now=NOW, by=BY)


def test_the_neighbours_meter_is_seen_and_never_named(town):
    theirs = town.previous(town.cold["2"]) + 8_100
    asked = record(town, values={town.cold["1"].pk: theirs})
    guess = next(guess for guess in asked.questions[0].guesses if guess.code == "neighbours_meter")
    assert guess.fix == ()
    assert guess.meters == (town.cold["1"].pk,)


def test_the_band_comes_from_the_usage_point_also_across_an_exchange(town):
    device = Device(serial="new", start_litres=0, digits_before=5)
    now, point = town.round.opens_at, town.cold["2"].usage_point
    new = exchange_meter(
        point, device, end_litres=town.previous(town.cold["2"]) + 4_000, on=date(2026, 11, 10), now=now, by=BY
    )
    line = next(line for line in sheet(town.flats["2"], town.round) if line.installation == new)
    assert line.usual == (8_200, 8_100)


def test_months_without_a_reading_share_the_use_and_widen_the_band(town):
    october = Reading.objects.filter(installation=town.cold["1"], round__first_day__month=10)
    october.update(state="rejected", decision="visit")
    line = next(line for line in sheet(town.flats["1"], town.round) if line.installation == town.cold["1"])
    assert (line.months, line.usual) == (2, (2_412, 3_105))
    two_months = {town.cold["1"].pk: line.previous_litres + 5_500}
    assert isinstance(record(town, values=two_months), actions.Recorded)
