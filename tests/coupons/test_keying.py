"""Coupons that came back: keyed, compared, rejected; batches that add up."""

from datetime import date, timedelta

import pytest

from avots.config.jobs import problems
from avots.core import policies
from avots.core.audit import By
from avots.core.errors import Refused
from avots.coupons import actions
from avots.coupons.models import Batch, Coupon, Slip
from avots.coupons.queries import coupon_of, exceptions, rows_of, second_keys_due, totals_of
from avots.coupons.rules import payload
from avots.meters import actions as meters
from avots.outbox.models import Message
from avots.readings.actions import Asked, decide_held, plan_round, record_readings
from avots.readings.models import Reading
from tests.town import BY, NOW, Town

ILZE, LAIMA = By("staff", 1), By("staff", 2)
AFTER_CLOSING = NOW + timedelta(days=4)  # Monday the 30th
COMPLETE = NOW + timedelta(days=9)


@pytest.fixture(autouse=True)
def nobody_keys_twice(db):
    """No second key unless a test asks for one."""
    for name in ("second_key_permille", "second_key_odd_permille"):
        policies.change(name=name, valid_from=date(2020, 1, 1), value=0, basis="test", now=NOW, by=BY)


def key_twice(permille: int = 1_000) -> None:
    for name in ("second_key_permille", "second_key_odd_permille"):
        policies.change(name=name, valid_from=date(2020, 1, 1), value=permille, basis="test", now=NOW, by=BY)


def coupon(town: Town, flat: str = "1") -> Coupon:
    home = (town.accounts[flat].pk, town.flats[flat].pk)
    return coupon_of(actions.prepare_coupons(town.round, [home], now=NOW)[home][0].code)


def batch(town: Town, *, on: date = date(2026, 11, 26), papers: int = 1, key: str = "b", now=NOW) -> Batch:
    return actions.open_batch(
        building=town.building, place="", collected_on=on, papers=papers, key=key, now=now, by=ILZE
    )


def key(town: Town, into: Batch, flat: str = "1", *, cold: int = 2_500, now=NOW, by=ILZE, **more) -> Slip | Asked:
    values = town.sheet(flat, cold)
    return actions.key_coupon(batch=into, coupon=coupon(town, flat), values=values, now=now, by=by, **more)


def readings(town: Town, flat: str = "1") -> list[tuple[str, str, int]]:
    rows = Reading.objects.filter(installation=town.cold[flat], received_at__gte=NOW - timedelta(days=1))
    return list(rows.order_by("pk").values_list("source", "state", "litres"))


def test_a_keyed_coupon_is_a_reading_with_the_day_of_its_collection(town):
    slip = key(town, batch(town, on=date(2026, 11, 25)))
    assert slip.state == "keyed"
    row = Reading.objects.get(receipt=slip.receipt, installation=town.cold["1"])
    assert (row.source, row.state, row.read_on) == ("coupon", "accepted", date(2026, 11, 25))
    assert list(problems()) == []


def test_an_odd_value_is_asked_about_and_what_stands_so_on_paper_is_held(town):
    into = batch(town)
    asked = key(town, into, cold=30_000)
    assert isinstance(asked, Asked)
    assert not Slip.objects.exists()
    slip = key(town, into, cold=30_000, confirmed=asked.tokens)
    states = set(slip.receipt.reading_set.values_list("installation", "state"))
    assert states == {(town.cold["1"].pk, "held"), (town.hot["1"].pk, "accepted")}


@pytest.mark.parametrize(
    ("on", "counts"),
    [(date(2026, 11, 28), True), (date(2026, 11, 30), True), (date(2026, 12, 1), False)],
)
def test_the_first_collection_after_closing_counts_and_later_ones_wait(town, on, counts):
    batch(town, on=date(2026, 11, 30), key="first", now=AFTER_CLOSING + timedelta(days=1))
    into = batch(town, on=on, now=AFTER_CLOSING + timedelta(days=1))
    assert (into.round, into.in_window) == (town.round, counts)
    slip = key(town, into, now=AFTER_CLOSING + timedelta(days=1))
    row = Reading.objects.filter(receipt=slip.receipt).first()
    assert (str(row.round), row.state) == (("2026-11", "accepted") if counts else ("2026-12", "held"))
    assert row.read_on == min(on, town.round.cut_on) if counts else on


def test_a_coupon_keyed_after_completion_is_never_lost(town):
    into = batch(town, on=date(2026, 11, 30), now=AFTER_CLOSING)
    slip = key(town, into, now=COMPLETE)
    assert {(str(r.round), r.state) for r in slip.receipt.reading_set.all()} == {("2026-12", "held")}


def test_papers_found_months_later_are_kept_for_the_round_that_runs(town):
    into = batch(town)
    for month in (town.round.month.next, town.round.month.plus(2)):
        running = plan_round(month, now=NOW, by=BY)
    slip = key(town, into, now=running.opens_at)
    assert {(r.round, r.state) for r in slip.receipt.reading_set.all()} == {(running, "held")}


def own(town: Town, cold: int, *, now=NOW, source=Reading.Source.PORTAL, name="own") -> None:
    record_readings(
        round=town.round,
        premise=town.flats["1"],
        account=town.accounts["1"],
        values=town.sheet("1", cold),
        source=source,
        key=name,
        by=By("user", 1),
        now=now,
    )


@pytest.mark.parametrize("source", [Reading.Source.PORTAL, Reading.Source.LINK, Reading.Source.PHONE])
def test_an_own_entry_beats_a_coupon_that_comes_later(town, source):
    own(town, 2_500, source=source)
    letters = Message.objects.count()
    key(town, batch(town), cold=3_500, now=NOW + timedelta(hours=1))
    assert [(s, state) for s, state, _ in readings(town)] == [(source, "accepted"), ("coupon", "superseded")]
    assert Message.objects.count() == letters


def test_an_own_entry_beats_a_coupon_that_came_first(town):
    key(town, batch(town), cold=3_500)
    own(town, 2_500, now=NOW + timedelta(hours=1))
    assert [(s, state) for s, state, _ in readings(town)] == [("coupon", "superseded"), ("portal", "accepted")]


@pytest.mark.parametrize("coupon_first", [True, False])
def test_more_than_a_cubic_metre_apart_goes_to_staff(town, coupon_first):
    if coupon_first:
        key(town, batch(town), cold=3_501)
        own(town, 2_500, now=NOW + timedelta(hours=1))
    else:
        own(town, 2_500)
        key(town, batch(town), cold=3_501, now=NOW + timedelta(hours=1))
    held = Reading.objects.get(installation=town.cold["1"], round=town.round, state="held")
    assert (held.source, held.findings) == ("portal", ["coupon_differs"])
    hot = Reading.objects.get(installation=town.hot["1"], round=town.round, source="portal")
    assert hot.state == "accepted"


def test_a_late_coupon_does_not_cast_doubt_on_the_next_month(town):
    batch(town, on=date(2026, 11, 30), key="first", now=AFTER_CLOSING + timedelta(days=1))
    late = batch(town, on=date(2026, 12, 1), now=AFTER_CLOSING + timedelta(days=1))
    key(town, late, now=AFTER_CLOSING + timedelta(days=1))
    december = plan_round(town.round.month.next, now=NOW, by=BY)
    record_readings(
        round=december,
        premise=town.flats["1"],
        account=town.accounts["1"],
        values=town.sheet("1", 5_100, 3_600),
        source=Reading.Source.PORTAL,
        key="december",
        by=By("user", 1),
        now=december.opens_at,
    )
    rows = Reading.objects.filter(round=december, installation=town.cold["1"]).order_by("pk")
    assert list(rows.values_list("source", "state")) == [("coupon", "superseded"), ("portal", "accepted")]


def test_the_same_coupon_with_the_same_content_does_nothing_again(town):
    into = batch(town, papers=2)
    assert key(town, into) == key(town, into, now=NOW + timedelta(hours=1), by=LAIMA)
    assert (Slip.objects.count(), len(readings(town))) == (1, 1)


def test_the_same_coupon_with_other_content_waits_for_a_person_and_what_counted_is_held(town):
    into = batch(town, papers=2)
    key(town, into)
    second = key(town, into, cold=2_600, by=LAIMA)
    assert second == key(town, into, cold=2_600, by=LAIMA)
    assert (second.state, exceptions().count()) == ("exception", 1)
    assert readings(town)[0][1] == "held"
    assert totals_of([into])[into.pk].exceptions == 1


@pytest.mark.parametrize("one_paper", [True, False])
@pytest.mark.parametrize("takes", [True, False])
def test_a_third_look_decides_which_content_is_right(town, takes, one_paper):
    into = batch(town, papers=1 if one_paper else 2)
    key(town, into)
    second = key(town, into, cold=2_600)
    actions.decide_slip(second, takes=takes, one_paper=one_paper, now=NOW, by=LAIMA)
    counting = [litres for _, state, litres in readings(town) if state == "accepted"]
    assert counting == [town.previous(town.cold["1"]) + (2_600 if takes else 2_500)]
    totals = totals_of([into])[into.pk]
    assert (totals.keyed, sum(totals.rejected.values()), totals.left) == (1, 0 if one_paper else 1, 0)
    with pytest.raises(Refused, match="already_decided"):
        actions.decide_slip(second, takes=takes, one_paper=one_paper, now=NOW, by=LAIMA)
    actions.close_batch(into, papers=into.papers, now=NOW, by=ILZE)
    assert list(problems()) == []


def test_a_meter_exchanged_since_printing_is_read_in_its_place(town):
    printed = coupon(town)
    device = meters.Device(serial="99000001", start_litres=0)
    new = meters.exchange_meter(
        town.cold["1"].usage_point, device, end_litres=town.previous(town.cold["1"]) + 900, on=date(2026, 11, 20),
        now=NOW, by=BY,
    )  # fmt: skip
    cold, hot = rows_of(coupon_of(printed.code), town.round)
    assert (cold.exchanged, hot.exchanged) == (True, False)
    assert (cold.printed, cold.line.installation) == (town.cold["1"], new)
    values = {new.pk: 1_400, town.hot["1"].pk: town.previous(town.hot["1"]) + 1_700}
    slip = actions.key_coupon(batch=batch(town), coupon=printed, values=values, now=NOW, by=ILZE)
    assert slip.receipt.reading_set.get(installation=new).litres == 1_400


def test_a_batch_closes_only_when_every_paper_is_explained(town):
    into = batch(town, papers=3)
    key(town, into)
    actions.reject_paper(batch=into, coupon=None, reason="unreadable", key="1", now=NOW, by=ILZE)
    actions.reject_paper(batch=into, coupon=None, reason="unreadable", key="1", now=NOW, by=ILZE)
    with pytest.raises(Refused, match="batch_does_not_add_up"):
        actions.close_batch(into, papers=3, now=NOW, by=ILZE)
    actions.reject_paper(batch=into, coupon=coupon(town, "2"), reason="empty", key="2", now=NOW, by=ILZE)
    totals = totals_of([into])[into.pk]
    assert (totals.papers, totals.keyed, totals.rejected, totals.left) == (3, 1, {"unreadable": 1, "empty": 1}, 0)
    actions.close_batch(into, papers=3, now=NOW, by=ILZE)
    for act in (
        lambda: key(town, into, "2"),
        lambda: actions.reject_paper(batch=into, coupon=None, reason="empty", key="3", now=NOW, by=ILZE),
        lambda: actions.close_batch(into, papers=3, now=NOW, by=ILZE),
    ):
        with pytest.raises(Refused, match="batch_closed"):
            act()


def test_a_rejected_paper_has_a_reason(town):
    with pytest.raises(Refused, match="reason_missing"):
        actions.reject_paper(batch=batch(town), coupon=None, reason="ugly", key="1", now=NOW, by=ILZE)


def test_a_batch_has_a_place_papers_and_a_day_that_has_come(town):
    facts = {"building": None, "place": "Avotu iela", "collected_on": date(2026, 11, 26), "papers": 1}
    for wrong, code in (
        ({"place": " "}, "batch_needs_a_place"),
        ({"papers": 0}, "batch_is_empty"),
        ({"collected_on": date(2026, 11, 27)}, "day_in_future"),
        ({"collected_on": date(2026, 1, 1)}, "round_not_open"),
    ):
        with pytest.raises(Refused, match=code):
            actions.open_batch(**facts | wrong, key="x", now=NOW, by=ILZE)


def test_a_code_is_taken_as_typed_and_as_scanned(town):
    printed = coupon(town)
    assert coupon_of(printed.code.lower()) == coupon_of(payload(printed.code, "A")) == printed


def test_a_second_person_keys_blind_and_agrees(town):
    key_twice()
    into = batch(town)
    key(town, into)
    assert second_keys_due().count() == 1
    with pytest.raises(Refused, match="batch_does_not_add_up"):
        actions.close_batch(into, papers=1, now=NOW, by=ILZE)
    key(town, into)  # the same person is no second one
    assert second_keys_due().count() == 1
    key(town, into, by=LAIMA)
    assert second_keys_due().count() == 0
    actions.close_batch(into, papers=1, now=NOW, by=ILZE)


def test_a_second_person_who_reads_otherwise_calls_for_a_third_look(town):
    key_twice()
    into = batch(town)
    key(town, into)
    second = key(town, into, cold=2_600, by=LAIMA)
    assert (second.state, second.second, readings(town)[0][1]) == ("exception", "differed", "held")
    actions.decide_slip(second, takes=True, one_paper=True, now=NOW, by=By("staff", 3))
    assert totals_of([into])[into.pk].adds_up


def test_about_a_twentieth_is_keyed_twice_and_everything_odd(town):
    from avots.coupons.rules import is_drawn

    policy = policies.default_on(date(2026, 11, 1))
    assert (policy["second_key_permille"], policy["second_key_odd_permille"]) == (50, 1_000)
    drawn = sum(is_drawn(f"{n:08d}", "2026-11", 50) for n in range(20_000))
    assert 900 < drawn < 1_100
    assert is_drawn("any", "2026-11", 1_000)
    key_twice(0)
    policies.change(
        name="second_key_odd_permille", valid_from=date(2020, 1, 1), value=1_000, basis="t", now=NOW, by=BY
    )
    into = batch(town, papers=2)
    asked = key(town, into, cold=30_000)
    assert key(town, into, cold=30_000, confirmed=asked.tokens).second == "due"
    assert key(town, into, "2").second == "none"


def test_what_staff_decided_in_the_meantime_stays_decided(town):
    into = batch(town)
    key(town, into)
    second = key(town, into, cold=2_600)
    held = Reading.objects.get(installation=town.cold["1"], round=town.round, state="held")
    decide_held(held, decision="reject", reason="photo", now=NOW, by=LAIMA)
    actions.decide_slip(second, takes=False, one_paper=True, now=NOW, by=LAIMA)
    held.refresh_from_db()
    assert held.state == "rejected"
