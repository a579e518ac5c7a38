"""Notices of meters' terms: to whom, when, with which words, never twice."""

import csv
import io
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avots.core import clock
from avots.core.csvout import csv_of, plain, safe
from avots.core.dates import at_local
from avots.core.policies import change
from avots.customers.models import Access, Occupancy, Party
from avots.meters import actions as meters
from avots.meters.models import Building, MeterInstallation
from avots.outbox.models import Message
from avots.reminders.actions import notify_terms
from avots.reminders.models import TermNotice
from avots.reminders.rules import term_notice_due
from tests.town import BY, Town

TERM = date(2026, 11, 30)


@pytest.fixture
def near(town) -> Town:
    """Anna's two meters have their verification term on 30 November 2026; nobody else has one near."""
    mine = MeterInstallation.objects.filter(usage_point__premise=town.flats["1"])
    mine.update(verified_until=TERM, replace_by=date(2036, 7, 1))
    return town


def run(day: date) -> int:
    return notify_terms(now=at_local(day, 9, 30))


def letters() -> list[Message]:
    return list(Message.objects.filter(template__endswith="-term").order_by("pk"))


def test_a_term_is_told_90_30_and_7_days_before(near):
    days = [TERM - timedelta(days=left) for left in range(120, -5, -1)]
    told = {(TERM - day).days: count for day in days if (count := run(day))}
    assert told == {90: 2, 30: 2, 7: 2}
    assert [message.key for message in letters()] == [
        f"verification-term:{near.cold['1'].pk}:2026-11-30:{ordinal}" for ordinal in (1, 2, 3)
    ]


def test_a_notice_is_never_promised_twice(near):
    assert [run(date(2026, 11, 10)), run(date(2026, 11, 10)), run(date(2026, 11, 11))] == [2, 0, 0]
    assert len(letters()) == 1


def test_a_missed_day_is_made_good_by_the_next_run(near):
    assert run(date(2026, 11, 15)) == 2
    assert {notice.ordinal for notice in TermNotice.objects.all()} == {2}


def test_both_meters_of_a_home_stand_in_one_letter(near):
    run(date(2026, 11, 1))
    (letter,) = letters()
    assert letter.to == "anna@example.lv"
    for text in (letter.text, letter.html):
        assert "44710001" in text
        assert "51200001" in text


def test_a_meter_taken_out_is_never_told_of(near):
    device = meters.Device("99990001", 0)
    point = near.cold["1"].usage_point
    meters.exchange_meter(point, device, end_litres=200_000, on=date(2026, 10, 20), now=at_local(TERM, 9), by=BY)
    run(date(2026, 11, 1))
    assert {notice.installation_id for notice in TermNotice.objects.all()} == {near.hot["1"].pk}
    assert "44710001" not in letters()[0].text


def test_flats_are_told_that_readings_are_still_accepted(near):
    run(date(2026, 11, 1))
    text = " ".join(letters()[0].text.split())
    assert "Rādījumus joprojām pieņemam. Jums nekas nav jādara." in text
    assert "jāverificē" not in text


def test_before_6_june_2025_a_flat_had_to_act(near):
    MeterInstallation.objects.filter(verified_until=TERM).update(verified_until=date(2025, 5, 30))
    MeterInstallation.objects.update(installed_on=date(2021, 1, 1))
    for model in (Occupancy, Access):
        model.objects.update(starts_on=date(2021, 1, 1))
    run(date(2025, 5, 20))
    assert "jāverificē vai jānomaina" in letters()[0].text
    run(date(2025, 5, 25))
    assert len(letters()) == 2


def test_a_private_house_has_to_act_still(near):
    Building.objects.update(segment=Building.Segment.PRIVATE)
    run(date(2026, 11, 1))
    assert "jāverificē vai jānomaina" in letters()[0].text


def test_an_intake_meter_is_told_of_to_the_house_manager(near):
    MeterInstallation.objects.filter(pk=near.intake.pk).update(verified_until=TERM)
    Party.objects.filter(name="SIA Nams").update(email="nams@example.lv")
    run(date(2026, 11, 1))
    (letter,) = [one for one in letters() if one.to == "nams@example.lv"]
    assert "Šo skaitītāju maina uzņēmums" in letter.text


def test_replacement_is_told_to_flats_only_since_the_law_says_so(near):
    MeterInstallation.objects.update(verified_until=None)
    MeterInstallation.objects.filter(usage_point__premise=near.flats["1"]).update(replace_by=TERM)
    assert run(date(2026, 11, 1)) == 2
    assert letters()[0].template == "replacement-term"
    MeterInstallation.objects.filter(replace_by=TERM).update(
        replace_by=date(2025, 5, 30), installed_on=date(2015, 1, 1)
    )
    assert run(date(2025, 5, 1)) == 0


def test_the_days_are_a_dated_policy(near):
    made = {"name": "verification_notice_days", "value": [60], "basis": "x", "now": at_local(TERM, 9), "by": BY}
    change(valid_from=date(2026, 11, 1), **made)
    assert run(date(2026, 10, 31)) == 2
    assert run(date(2026, 11, 1)) == 0
    assert run(date(2026, 11, 29)) == 0


def test_a_home_without_an_address_is_left_to_its_invoice(near):
    MeterInstallation.objects.filter(usage_point__premise=near.flats["4"]).update(verified_until=TERM)
    assert run(date(2026, 11, 1)) == 2


@given(left=st.integers(-400, 400), days=st.lists(st.integers(0, 365), unique=True, max_size=5))
def test_notices_grow_one_by_one_and_end_with_the_term(left, days):
    on = TERM - timedelta(days=left)
    due = term_notice_due(TERM, on=on, days=days)
    assert (due == 0) == (left < 0 or all(left > day for day in days))
    assert due <= len(days)


def test_the_meters_page_says_the_date_the_days_left_and_what_it_means(near, sign_in, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: at_local(date(2026, 11, 20), 10))
    page = sign_in(near.people["anna"]).get("/skaititaji/").text
    assert "30.11.2026." in page
    assert "vēl 10\xa0dienu" in page
    assert "Rādījumus joprojām pieņemam" in page


def test_the_office_lists_the_meters_due_and_the_file_says_the_same(near, sign_in, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: at_local(date(2026, 11, 20), 10))
    run(date(2026, 11, 20))
    ilze = sign_in(near.people["ilze"])
    page = ilze.get("/birojs/termini/").text
    assert "tuvākajās 90 dienās: 2" in page
    file = ilze.get("/birojs/termini.csv")
    rows = list(csv.reader(io.StringIO(file.content.decode("utf-8-sig")), delimiter=";"))
    assert [row[2] for row in rows[1:]] == ["44710001", "51200001"]
    assert rows[1][5:8] == ["2026-11-30", "10", "1"]


@given(st.text())
def test_no_text_of_a_file_is_a_formula_and_reading_it_back_gives_the_text(text):
    cell = safe(text)
    bare = str(cell).lstrip(' "\u00a0')
    assert not bare or bare[0] not in "=+-@\t\r\n＝＋－＠"
    assert plain(str(cell)) == text


def test_numbers_of_a_file_stay_numbers():
    assert csv_of(["a"], [[-12.5], [-3]]).decode("utf-8-sig") == "a\r\n-12.5\r\n-3\r\n"
