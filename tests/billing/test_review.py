"""What is looked at before a run is approved: the month before, outliers, and the last dry run."""

from datetime import timedelta

import pytest

from avots.billing import actions as billing
from avots.billing.actions.again import compute_again
from avots.billing.models import BuildingRun, Invoice, Run
from avots.billing.overview import overview_of
from avots.billing.review import changed_since, review_of
from avots.core import clock
from avots.core.errors import Refused
from avots.readings.models import Reading
from tests.billing.test_corrections import correct
from tests.billing.test_month import ILZE, compute, issue, next_month, read_intake, report
from tests.town import AFTER


@pytest.fixture
def two_months(town):
    """November and December, both issued; flat 1 used 6 m3 more in December."""
    report(town, "1", "2", "3", "4", "5", "6")
    read_intake(town)
    issue(compute(town))
    next_month(town, intake=36_000, more={town.cold["1"].pk: 6_000})
    return town


def run_of(month: str) -> Run:
    return Run.objects.get(round__first_day=f"{month}-01")


def test_a_run_stands_beside_the_month_before(two_months):
    november, december = run_of("2026-11"), run_of("2026-12")
    assert review_of(november) is None
    review = review_of(december)
    assert (review.now.invoices, review.before.invoices, review.only_now, review.only_before) == (6, 6, 0, 0)
    issued = Invoice.objects.filter(run=december)
    assert review.now.total_cents == sum(issued.values_list("total_cents", flat=True))
    water = review.services[0]
    assert (water.name, water.quantity_before, water.quantity) == ("water", 30_000, 36_000)
    paper = review.services[-1]
    assert (paper.name, paper.pieces, paper.pieces_before) == ("paper", 6, 6)


def test_outliers_come_with_their_cause(two_months):
    review = review_of(run_of("2026-12"))
    (rise,) = review.rises
    assert rise.bill.account == two_months.accounts["1"].number
    assert (rise.cause.cause, rise.cause.litres) == ("cold", 6_000)
    assert rise.cents == rise.bill.total_cents - rise.before_cents
    assert review.falls == []


def test_the_month_before_is_what_still_stands_of_it(two_months):
    november = Invoice.objects.of_runs().get(account=two_months.accounts["2"], run=run_of("2026-11"))
    correct(november, bill_anew=False)
    review = review_of(run_of("2026-12"))
    assert (review.before.invoices, review.only_now) == (5, 1)


def test_a_new_dry_run_says_what_it_changed(town):
    report(town, "1", "2", "3", "4", "5", "6")
    read_intake(town)
    place = compute(town)
    run = place.run
    assert changed_since(run) is None
    before = Invoice.objects.get(account=town.accounts["1"]).total_cents
    reading = Reading.objects.get(round=town.round, installation=town.cold["1"])
    Reading.objects.filter(pk=reading.pk).update(litres=reading.litres - 1_000)
    assert compute_again(run, now=AFTER, by=ILZE) == 1
    billing.compute(place, now=AFTER)
    again = changed_since(run)
    # the others pay more of the difference: 1 m3 of it is shared by six
    assert (again.remembered, again.changed) == (6, 6)
    anna = next(row for row in again.rows if row.bill.account == town.accounts["1"].number)
    assert anna.before_cents == before
    assert again.rows[0] == anna
    assert again.cents == sum(row.cents for row in again.rows)
    assert abs(again.cents) <= 12, "what one pays less the others pay more, but for rounding"


def test_only_a_run_that_is_looked_at_is_computed_again(town):
    read_intake(town)
    place = compute(town)
    issue(place)
    with pytest.raises(Refused, match="run_not_in_review"):
        compute_again(place.run, now=AFTER, by=ILZE)


def test_the_run_page_shows_it_and_opens_a_draft(two_months, sign_in, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    laima = sign_in(two_months.people["laima"])
    page = laima.get("/birojs/rekini/2026-12/")
    assert "Lielākie kāpumi" in page.text
    issued = Invoice.objects.get(run=run_of("2026-12"), account=two_months.accounts["1"])
    shown = laima.get(f"/birojs/rekini/2026-12/skatit/{issued.pk}/", follow=True)
    assert issued.number in shown.text


def test_a_draft_is_explained_before_it_is_issued(town, sign_in, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    read_intake(town)
    place = compute(town)
    laima = sign_in(town.people["laima"])
    invoice = Invoice.objects.get(account=town.accounts["1"])
    Invoice.objects.filter(pk=invoice.pk).update(state="parked", reason="far_above_usual")
    page = laima.get(f"/birojs/rekini/2026-11/skatit/{invoice.pk}/")
    assert "Melnraksts" in page.text
    assert "Summa ir daudz lielāka nekā parasti." in page.text
    laima.post("/birojs/rekini/2026-11/velreiz/", follow=True)
    assert BuildingRun.objects.get(pk=place.pk).state in {"waiting", "drafted"}


def test_the_totals_of_a_run_are_added_up_once_and_again_when_something_changed(town, django_assert_num_queries):
    read_intake(town)
    place = compute(town)
    run = Run.objects.select_related("round").get(pk=place.run_id)
    first = overview_of(run)
    assert (first.summary.made, first.summary.ready, first.summary.houses) == (6, 1, 1)
    assert first.summary.total_cents == sum(Invoice.objects.values_list("total_cents", flat=True))
    with django_assert_num_queries(3):
        assert overview_of(run).totals == first.totals
    odd = Invoice.objects.earliest("pk")
    Invoice.objects.filter(pk=odd.pk).update(state="parked", reason="far_above_usual")
    BuildingRun.objects.update(changed_at=AFTER + timedelta(minutes=1))
    assert [bill.pk for bill in overview_of(run).totals.parked] == [odd.pk]
    billing.accept_parked(odd, now=AFTER + timedelta(minutes=2), by=ILZE)
    assert overview_of(run).summary.invoices == {"draft": 6}


def test_a_credit_note_makes_the_next_months_review_anew(two_months):
    run = run_of("2026-12")
    assert overview_of(run).totals.review.before.invoices == 6
    correct(Invoice.objects.of_runs().get(account=two_months.accounts["2"], run=run_of("2026-11")), bill_anew=False)
    assert overview_of(run).totals.review.before.invoices == 5


def test_a_run_has_no_totals_while_it_is_computed(town, sign_in, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    read_intake(town)
    place = compute(town)
    run = Run.objects.get(pk=place.run_id)
    compute_again(run, now=AFTER, by=ILZE)
    run.refresh_from_db()
    assert overview_of(run).totals is None
    assert "kad viss būs izrēķināts" in sign_in(town.people["laima"]).get("/birojs/rekini/2026-11/").text


def test_the_run_page_takes_a_dozen_queries_however_many_invoices_there_are(
    two_months, sign_in, monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    laima = sign_in(two_months.people["laima"])
    laima.get("/birojs/rekini/2026-12/")
    with django_assert_max_num_queries(12):
        laima.get("/birojs/rekini/2026-12/")
