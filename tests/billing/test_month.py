"""A month from readings to postings, through the actions."""

from datetime import UTC, date, datetime

import pytest

from avots.billing import actions as billing
from avots.billing import jobs
from avots.billing.actions.deliveries import follow_emails
from avots.billing.models import BuildingRun, Invoice, Run
from avots.core.audit import By
from avots.core.errors import Refused
from avots.core.volume import capacity_of
from avots.ledger import queries as ledger
from avots.outbox.models import Message
from avots.readings import actions as readings
from avots.readings.models import Reading, Round
from avots.readings.rules.window import moments_of
from avots.usage.models import BuildingMonth, DifferenceShare, Usage
from tests.town import AFTER, MONTH, NOW, Town, build, in_default

ILZE, LAIMA = By("staff", 1), By("staff", 2)
ISSUE_ON = date(2026, 12, 10)


def report(town: Town, *flats: str) -> None:
    for flat in flats:
        readings.record_readings(
            round=town.round,
            premise=town.flats[flat],
            account=town.accounts[flat],
            values=town.sheet(flat),
            source=Reading.Source.PHONE,
            key=f"t:{flat}",
            by=ILZE,
            now=NOW,
        )


def read_intake(town: Town, litres: int = 30_000) -> None:
    row = readings.UtilityRow(town.intake.pk, town.previous(town.intake) + litres, town.round.cut_on)
    readings.record_utility_readings(
        round=town.round, rows=[row], source=Reading.Source.STAFF, key="intake", by=ILZE, now=AFTER
    )


def compute(town: Town) -> BuildingRun:
    run = billing.open_run(town.round, now=AFTER, by=ILZE)
    place = BuildingRun.objects.get(run=run)
    billing.compute(place, now=AFTER)
    place.refresh_from_db()
    return place


def issue(place: BuildingRun) -> None:
    run = Run.objects.get(pk=place.run_id)
    billing.ask_approval(run, issue_on=ISSUE_ON, now=AFTER, by=ILZE)
    billing.approve(run, now=AFTER, by=LAIMA)
    billing.issue(place, now=AFTER)


def next_month(town: Town, *, intake: int, more: dict[int, int] | None = None) -> Round:
    """Read, compute and issue December as November; some meters show so many litres more."""
    month = MONTH.next
    round = Round.objects.filter(first_day=month.first_day).first() or Round.objects.create(
        first_day=month.first_day, **vars(moments_of(month, first_day=25, last_day=28, working_days=3))
    )
    meters = [*town.cold.values(), *town.hot.values(), town.intake]
    used = {town.intake.pk: intake}
    for meter in meters:
        last = Usage.objects.filter(installation=meter).order_by("round__first_day", "part").last()
        litres = (more or {}).get(meter.pk, 0) + used.get(meter.pk, 2_500 if meter in town.cold.values() else 1_700)
        Reading.objects.create(
            installation=meter,
            round=round,
            litres=(last.to_litres + litres) % capacity_of(meter.meter.register.digits_before),
            read_on=round.cut_on,
            received_at=round.opens_at,
            source="staff",
            source_key=f"t:{meter.pk}",
            state="accepted",
            by="test",
        )
    now = datetime(2027, 1, 6, 8, tzinfo=UTC)
    run = billing.open_run(round, now=now, by=ILZE)
    place = BuildingRun.objects.get(run=run)
    billing.compute(place, now=now)
    place.refresh_from_db()
    assert place.state == "drafted", place.reason
    run.refresh_from_db()
    billing.ask_approval(run, issue_on=date(2027, 1, 11), now=now, by=ILZE)
    billing.approve(run, now=now, by=LAIMA)
    billing.issue(place, now=now)
    return round


def test_a_month_goes_from_readings_to_postings(town):
    report(town, "1", "2", "3", "4", "5", "6")
    read_intake(town)
    place = compute(town)
    assert place.state == "drafted", place.reason
    issue(place)

    month = BuildingMonth.objects.get(round=town.round)
    assert (month.intake_litres, month.units_litres, month.shared_litres) == (30_000, 25_200, 4_800)
    assert {share.litres for share in DifferenceShare.objects.filter(building_month=month)} == {800}
    anna = Invoice.objects.get(account=town.accounts["1"])
    # 4,200 m3 own and 0,800 m3 share at 0.89 and 1.51; paper 1.24: 3.74 + 6.34 + 0.71 + 1.21 + 1.24
    assert (anna.net_cents, anna.vat_cents, anna.total_cents) == (1324, 278, 1602)
    assert anna.number == "VU26-000001"
    assert anna.due_on == date(2026, 12, 31)
    assert ledger.balance_of(town.accounts["1"]) == 1602
    assert Run.objects.get().state == Run.State.ISSUED


def test_a_missing_reading_is_estimated_from_three_months(town):
    report(town, "2", "3", "4", "5", "6")
    read_intake(town)
    compute(town)
    tile = Usage.objects.get(round=town.round, installation=town.cold["1"])
    assert (tile.method, tile.litres, tile.misses) == ("estimate", 2_769, 1)


def test_the_history_on_the_invoice_says_which_months_were_estimated(db):
    def guessed(town: Town) -> None:
        before = Usage.objects.filter(installation=town.cold["1"], round__first_day=MONTH.previous.first_day)
        before.update(method=Usage.Method.ESTIMATE)

    town = build(guessed)
    report(town, "1", "2", "3", "4", "5", "6")
    read_intake(town)
    compute(town)

    def history(flat: str) -> list[dict]:
        return Invoice.objects.get(account=town.accounts[flat]).content["history"]

    estimated = [row["month"] for row in history("1") if row["estimated"]]
    assert estimated == [str(MONTH.previous)]
    assert not any(row["estimated"] for row in history("2"))
    assert [row["month"] for row in history("1")] == sorted(row["month"] for row in history("1"))


def test_a_building_without_intake_reading_is_parked_and_goes_on_when_it_comes(town):
    report(town, "1")
    place = compute(town)
    assert (place.state, place.reason) == ("parked", "no_intake_reading")
    read_intake(town)
    billing.retry(place, now=AFTER, by=ILZE)
    billing.compute(place, now=AFTER)
    place.refresh_from_db()
    assert place.state == "drafted"


def test_who_asked_may_not_approve(town):
    read_intake(town)
    place = compute(town)
    run = place.run
    run.refresh_from_db()
    billing.ask_approval(run, issue_on=ISSUE_ON, now=AFTER, by=ILZE)
    with pytest.raises(Refused, match="needs_second_person"):
        billing.approve(run, now=AFTER, by=ILZE)
    billing.issue(place, now=AFTER)
    assert not Invoice.objects.filter(state="issued").exists()


def test_changed_inputs_park_the_building_at_issue(town):
    report(town, "1")
    read_intake(town)
    place = compute(town)
    reading = Reading.objects.get(round=town.round, installation=town.cold["1"])
    Reading.objects.filter(pk=reading.pk).update(litres=reading.litres + 1)
    issue(place)
    place.refresh_from_db()
    assert (place.state, place.reason) == ("parked", "inputs_changed")
    assert not Invoice.objects.filter(state="issued").exists()


def test_a_job_delivered_twice_issues_once(town):
    read_intake(town)
    place = compute(town)
    billing.compute(place, now=AFTER)
    issue(place)
    billing.issue(place, now=AFTER)
    numbers = sorted(Invoice.objects.values_list("number", flat=True))
    assert numbers == [f"VU26-00000{n}" for n in range(1, 7)]


def test_an_email_account_gets_its_invoice_by_email(town):
    account = town.accounts["1"]
    type(account).objects.filter(pk=account.pk).update(delivery="email", invoice_email="anna@example.lv")
    read_intake(town)
    issue(compute(town))
    follow_emails(now=AFTER, by=ILZE)
    message = Message.objects.get(key__startswith="invoice:")
    invoice = Invoice.objects.get(account=account)
    assert message.to == "anna@example.lv"
    assert invoice.reference in message.text
    assert not invoice.invoiceline_set.filter(service="paper").exists()


def test_a_flat_in_default_is_issued_and_not_taken_for_changed(db):
    """Its own share of this month is no fact that this month depends on."""
    town = build(in_default("1"))
    report(town, "2", "3", "4", "5", "6")
    read_intake(town)
    place = compute(town)
    issue(place)
    place.refresh_from_db()
    assert (place.state, place.reason) == ("issued", "")
    share = DifferenceShare.objects.get(premise=town.flats["1"], stage=1)
    assert share.litres == 9_000


def test_a_return_after_default_is_net_of_what_was_shared(db):
    town = build(in_default("1"))
    balance = BuildingMonth.objects.get(round__first_day=date(2026, 10, 1))
    DifferenceShare.objects.create(
        building_month=balance, premise=town.flats["1"], account=town.accounts["1"], stage=1, litres=3_000
    )
    report(town, "1", "2", "3", "4", "5", "6")
    read_intake(town)
    place = compute(town)
    assert place.state == "drafted", (place.reason, place.facts)
    tiles = Usage.objects.filter(round=town.round, premise=town.flats["1"])
    assert sum(tile.shared_before_litres for tile in tiles) == 3_000
    assert sum(tile.litres for tile in tiles) == 4_200 - 3_000


def test_what_is_computed_after_an_approval_needs_a_new_one(town):
    place = compute(town)
    run = Run.objects.get(pk=place.run_id)
    billing.ask_approval(run, issue_on=ISSUE_ON, now=AFTER, by=ILZE)
    billing.approve(run, now=AFTER, by=LAIMA)
    read_intake(town)
    billing.retry(place, now=AFTER, by=ILZE)
    billing.compute(place, now=AFTER)
    billing.issue(place, now=AFTER)
    assert not Invoice.objects.filter(state="issued").exists()
    issue(place)
    assert Invoice.objects.filter(state="issued").count() == 6


def test_an_odd_draft_accepted_after_the_approval_needs_a_new_one(town):
    read_intake(town)
    place = compute(town)
    odd = Invoice.objects.get(account=town.accounts["1"])
    Invoice.objects.filter(pk=odd.pk).update(state="parked", reason="far_above_usual")
    issue(place)
    assert Invoice.objects.filter(state="issued").count() == 5
    billing.accept_parked(odd, now=AFTER, by=ILZE)
    assert Invoice.objects.filter(state="issued").count() == 5
    issue(place)
    assert Invoice.objects.filter(state="issued").count() == 6


def test_a_run_goes_on_whose_worker_died_after_the_last_building(town):
    """The building's commit is one step and the run's another: whoever dies between is swept up."""
    read_intake(town)
    place = compute(town)
    Run.objects.update(state="computing")
    jobs.sweep_runs.func()
    assert Run.objects.get().state == "review"
    issue(place)
    Run.objects.update(state="approved")
    jobs.sweep_runs.func()
    assert Run.objects.get().state == "issued"
