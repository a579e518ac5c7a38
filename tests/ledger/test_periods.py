"""A closed month of the books takes no posting: neither through the code nor through SQL."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from avots.billing import actions as billing
from avots.billing.actions.corrections import ask_credit_note, grant_credit_note
from avots.billing.actions.periods import ask_closing, ask_reopening, close_month, decline, reopen_month
from avots.billing.models import BuildingRun, Invoice
from avots.config.jobs import problems
from avots.core import clock
from avots.core.dates import Month
from avots.core.errors import Refused
from avots.core.models import Approval
from avots.ledger import actions as ledger
from avots.ledger.models import ClosedMonth, Posting
from avots.ledger.months import MonthOfBooks, Sums, months_of_books, sums_of_months
from avots.payments.actions import record_payment
from avots.payments.queries import history
from tests.billing.test_month import ILZE, ISSUE_ON, LAIMA, compute, issue, read_intake, report
from tests.town import AFTER, build

DECEMBER = Month(2026, 12)
JANUARY_9 = datetime(2027, 1, 9, 9, tzinfo=UTC)
FEBRUARY_9 = datetime(2027, 2, 9, 9, tzinfo=UTC)


@pytest.fixture
def books(town):
    """November issued on 10 December, and the books of December closed."""
    report(town, "1", "2", "3", "4", "5", "6")
    read_intake(town)
    issue(compute(town))
    close(DECEMBER)
    return town


def close(month: Month, now: datetime = JANUARY_9) -> None:
    ask_closing(month, now=now, by=ILZE)
    close_month(month, now=now, by=LAIMA)


def entry(key: str, on: date) -> ledger.Entry:
    return ledger.Entry(key, "bank", "vat", 5, on, "x")


@pytest.mark.parametrize("on", [date(2026, 12, 31), date(2026, 12, 1), date(2026, 11, 30), date(2020, 1, 1)])
def test_no_posting_is_booked_into_a_closed_month_or_before_it(books, on):
    with pytest.raises(Refused, match="period_closed"):
        ledger.post([entry("a", date(2027, 1, 1)), entry("b", on)], now=JANUARY_9)
    assert not Posting.objects.filter(key__in=["a", "b"]).exists()
    assert ledger.post([entry("a", date(2027, 1, 1))], now=JANUARY_9) == 1


@pytest.mark.parametrize("on", ["2026-12-31", "2026-12-01", "2026-11-30"])
def test_the_database_itself_refuses(books, on):
    columns = "debit_id, credit_id, cents"
    insert = (
        f"INSERT INTO ledger_posting (key, {columns}, booked_on, posted_at, document) "
        f"SELECT 'attack', {columns}, '{{on}}', posted_at, document FROM ledger_posting LIMIT 1"
    )
    with pytest.raises(DatabaseError, match="frozen"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(insert.format(on=on))
    with connection.cursor() as cursor:
        cursor.execute(insert.format(on="2027-01-01"))
    assert Posting.objects.get(key="attack").booked_on == date(2027, 1, 1)


def test_the_same_entry_again_is_nothing_even_when_its_month_is_closed(books):
    row = Posting.objects.select_related("debit", "credit").earliest("pk")
    again = ledger.Entry(row.key, row.debit.code, row.credit.code, row.cents, row.booked_on, row.document)
    assert ledger.post([again], now=JANUARY_9) == 0


def test_money_of_a_closed_month_is_booked_in_the_open_one_and_counts_from_its_day(books):
    anna = books.accounts["1"]
    record_payment(
        key="late",
        account=anna,
        cents=1602,
        received_on=date(2026, 12, 29),
        channel="bank",
        reference="",
        now=JANUARY_9,
        by=ILZE,
    )
    assert Posting.objects.get(key="payment:late").booked_on == date(2027, 1, 1)
    assert history(anna)[0].paid_on == date(2026, 12, 29)


def test_a_correction_of_a_closed_month_is_booked_in_the_open_one(books):
    invoice = Invoice.objects.get(account=books.accounts["1"])
    ask_credit_note(invoice, reason="other", text="Kļūda.", bill_anew=True, now=JANUARY_9, by=ILZE)
    grant_credit_note(invoice, now=JANUARY_9, by=LAIMA)
    booked = Posting.objects.filter(document__in=["VUK27-000001", "VU27-000001"])
    assert {row.booked_on for row in booked} == {date(2027, 1, 9)}
    assert list(problems()) == []


def test_a_day_of_a_closed_month_is_refused_when_approval_is_asked_and_the_next_open_day_is_offered(
    town, sign_in, monkeypatch
):
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    read_intake(town)
    compute(town)
    ClosedMonth.objects.create(first_day=date(2026, 12, 1), closed_at=AFTER, asked_by="a", closed_by="b")
    ilze = sign_in(town.people["ainars"])
    page = "/birojs/rekini/2026-11/"
    assert 'value="2027-01-01"' in ilze.get(page).text
    answer = ilze.post(f"{page}lugt/", {"issue_on": "2026-12-31"}, follow=True).text
    assert "Grāmatas slēgtas: 2026. gada decembris. Rēķinu datums var būt no 01.01.2027. vai vēlāk." in answer
    assert not Approval.objects.filter(kind="billing_run").exists()
    ilze.post(f"{page}lugt/", {"issue_on": "2027-01-01"}, follow=True)
    assert Approval.objects.get(kind="billing_run").facts == {"issue_on": "2027-01-01"}


def test_a_run_asked_for_before_its_month_was_closed_is_sent_back_and_asked_for_with_another_day(
    town, sign_in, monkeypatch
):
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    read_intake(town)
    place = compute(town)
    run = place.run
    run.refresh_from_db()
    billing.ask_approval(run, issue_on=ISSUE_ON, now=AFTER, by=ILZE)
    ClosedMonth.objects.create(first_day=date(2026, 12, 1), closed_at=AFTER, asked_by="a", closed_by="b")
    laima = sign_in(town.people["laima"])
    page = "/birojs/rekini/2026-11/apstiprinat/"
    assert "var būt no 01.01.2027." in laima.post(page, follow=True).text
    assert Approval.objects.get(kind="billing_run").state == "open"
    assert "Rēķini nav apstiprināti." in laima.post(page, {"decision": "decline"}, follow=True).text
    billing.ask_approval(run, issue_on=date(2027, 1, 4), now=AFTER, by=ILZE)
    billing.approve(run, now=AFTER, by=LAIMA)
    billing.issue(place, now=AFTER)
    assert {row.issued_on for row in Invoice.objects.all()} == {date(2027, 1, 4)}


def test_a_building_is_parked_when_its_invoices_would_bear_a_day_of_a_closed_month(town):
    read_intake(town)
    place = compute(town)
    place.run.refresh_from_db()
    billing.ask_approval(place.run, issue_on=ISSUE_ON, now=AFTER, by=ILZE)
    billing.approve(place.run, now=AFTER, by=LAIMA)
    ClosedMonth.objects.create(first_day=date(2026, 12, 1), closed_at=AFTER, asked_by="a", closed_by="b")
    billing.issue(place, now=AFTER)
    place.refresh_from_db()
    assert (place.state, place.reason) == ("parked", "period_closed")
    assert ISSUE_ON.month == 12
    assert not Invoice.objects.filter(state="issued").exists()


def test_a_month_is_closed_when_it_is_over_by_a_second_person_and_once(town):
    with pytest.raises(Refused, match="month_not_over"):
        ask_closing(DECEMBER, now=AFTER, by=ILZE)
    with pytest.raises(Refused, match="nobody_asked"):
        close_month(DECEMBER, now=JANUARY_9, by=LAIMA)
    ask_closing(DECEMBER, now=JANUARY_9, by=ILZE)
    with pytest.raises(Refused, match="needs_second_person"):
        close_month(DECEMBER, now=JANUARY_9, by=ILZE)
    close_month(DECEMBER, now=JANUARY_9, by=LAIMA)
    with pytest.raises(Refused, match="already_decided"):
        close_month(DECEMBER, now=JANUARY_9, by=LAIMA)
    with pytest.raises(Refused, match="month_already_closed"):
        ask_closing(Month(2026, 11), now=JANUARY_9, by=ILZE)


def test_a_month_is_not_closed_while_its_invoices_are_being_issued(town):
    read_intake(town)
    place = compute(town)
    place.run.state, place.run.issue_on = "approved", ISSUE_ON
    place.run.save()
    with pytest.raises(Refused, match="invoices_being_issued"):
        ask_closing(DECEMBER, now=JANUARY_9, by=ILZE)


def test_the_latest_month_is_opened_again_by_two_people_with_a_reason(books):
    close(Month(2027, 1), now=FEBRUARY_9)
    with pytest.raises(Refused, match="only_the_latest_month"):
        ask_reopening(DECEMBER, reason="Kļūda", now=FEBRUARY_9, by=ILZE)
    with pytest.raises(Refused, match="reopening_needs_a_reason"):
        ask_reopening(Month(2027, 1), reason=" ", now=FEBRUARY_9, by=ILZE)
    ask_reopening(Month(2027, 1), reason="Kļūda", now=FEBRUARY_9, by=ILZE)
    with pytest.raises(Refused, match="needs_second_person"):
        reopen_month(Month(2027, 1), now=FEBRUARY_9, by=ILZE)
    reopen_month(Month(2027, 1), now=FEBRUARY_9, by=LAIMA)
    assert ledger.post([entry("a", date(2027, 1, 31))], now=FEBRUARY_9) == 1
    with pytest.raises(Refused, match="period_closed"):
        ledger.post([entry("b", date(2026, 12, 31))], now=FEBRUARY_9)


def test_declined_it_stays_open(town):
    ask_closing(DECEMBER, now=JANUARY_9, by=ILZE)
    decline(DECEMBER, now=JANUARY_9, by=LAIMA)
    assert not ClosedMonth.objects.exists()
    close(DECEMBER)


def test_the_months_of_the_books_add_up_and_again_when_more_is_posted(books):
    def months(now: datetime) -> dict[Month, MonthOfBooks]:
        return {row.month: row for row in months_of_books(Month(2027, 1), months=3, now=now)}

    first = months(JANUARY_9)
    assert first[DECEMBER].sums.billed_cents == sum(Invoice.objects.values_list("total_cents", flat=True))
    assert first[DECEMBER].closed
    assert first[Month(2027, 1)].sums == Sums()
    pay = {"account": books.accounts["1"], "channel": "bank", "reference": "", "by": ILZE}
    record_payment(key="a", cents=1_000, received_on=date(2027, 1, 9), now=JANUARY_9, **pay)
    assert months(JANUARY_9)[Month(2027, 1)].sums == Sums(1, 0, 1_000), "posted this moment"
    record_payment(key="b", cents=500, received_on=date(2027, 1, 10), now=JANUARY_9 + timedelta(days=1), **pay)
    for days in (1, 2, 3):
        seen = months(JANUARY_9 + timedelta(days=days))
        assert seen[Month(2027, 1)].sums == Sums(2, 0, 1_500), "each posting is counted once"
        assert seen[DECEMBER].sums == first[DECEMBER].sums


def test_what_was_added_up_once_is_not_read_again(books, django_assert_num_queries):
    whole = sums_of_months(FEBRUARY_9)
    with django_assert_num_queries(3), CaptureQueriesContext(connection) as asked:
        assert sums_of_months(FEBRUARY_9) == whole
    last = Posting.objects.latest("pk").pk
    assert f'"ledger_posting"."id" > {last}' in asked.captured_queries[-1]["sql"]


def test_a_posting_on_its_way_is_waited_for_and_none_slips_in_behind(own_database, at_once):
    """Six threads book into a month while it is closed: each is in the books before, or refused."""
    build()
    ask_closing(DECEMBER, now=JANUARY_9, by=ILZE)

    def act(at: int) -> object:
        if at == 0:
            return close_month(DECEMBER, now=JANUARY_9, by=LAIMA)
        with transaction.atomic():
            return ledger.post([entry(f"race:{at}", date(2026, 12, 31))], now=JANUARY_9)

    answers = at_once(act, 7)
    assert answers[0] is None, answers
    refused = [one for one in answers[1:] if isinstance(one, Refused | DatabaseError)]
    booked = Posting.objects.filter(key__startswith="race:").count()
    assert booked == answers.count(1)
    assert booked + len(refused) == 6, answers
    assert ClosedMonth.objects.count() == 1


def test_two_people_close_a_month_on_its_page(books, sign_in, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: FEBRUARY_9)
    ainars, laima = sign_in(books.people["ainars"]), sign_in(books.people["laima"])
    page = ainars.get("/birojs/gramatas/")
    assert "slēgts līdz 31.12.2026." in page.text
    asked = ainars.post("/birojs/gramatas/2027-01/lugt/", {"what": "close"}, follow=True)
    assert "lūdz slēgt" in asked.text
    closed = laima.post("/birojs/gramatas/2027-01/lemt/", {"decision": "close"}, follow=True)
    assert "slēgts līdz 31.01.2027." in closed.text
    ainars.post("/birojs/gramatas/2027-01/lugt/", {"what": "reopen", "reason": "Kļūda"})
    opened = laima.post("/birojs/gramatas/2027-01/lemt/", {"decision": "reopen"}, follow=True)
    assert "slēgts līdz 31.12.2026." in opened.text
    assert BuildingRun.objects.count() == 1
