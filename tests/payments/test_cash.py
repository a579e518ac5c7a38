"""The cash desk: opened, paid at, taken back, closed by counting."""

import pytest
from pypdfium2 import PdfDocument

from avots.config.jobs import problems
from avots.core.audit import By
from avots.core.errors import KeyReused, Refused
from avots.ledger.models import Posting
from avots.ledger.queries import balance_of, total_of
from avots.payments import actions, queries
from avots.payments.models import CashDesk, CashReceipt, DeskDay, Payment
from avots.payments.receipt import receipt_pdf
from tests.billing.test_month import compute, issue, read_intake, report
from tests.town import AFTER, Town

ILZE, LAIMA = By("staff", 1), By("staff", 2)
CASH, CARD = Payment.Channel.CASH, Payment.Channel.CARD
NEXT_DAY = AFTER.replace(day=4)
FLOAT = {2_000: 2, 500: 2}


def work_at_the_desk(town: Town) -> None:
    """A day at a desk, for tests that look at a full town: a receipt, a storno, a closing."""
    desk = actions.register_desk(code="1", name="Krasta iela 2", now=AFTER, by=LAIMA)
    day = actions.open_desk(desk, float_cents=5_000, now=AFTER, by=ILZE)
    receipt = take(town, day, given_cents=2_000)
    actions.cancel_receipt(receipt, reason="cits klients", now=AFTER, by=LAIMA)
    close(day)


@pytest.fixture
def desk(town) -> CashDesk:
    return actions.register_desk(code="1", name="Krasta iela 2", now=AFTER, by=LAIMA)


@pytest.fixture
def day(desk) -> DeskDay:
    return actions.open_desk(desk, float_cents=5_000, now=AFTER, by=ILZE)


def take(town: Town, day: DeskDay, cents: int = 1_915, key: str = "a", **facts) -> CashReceipt:
    said = {"channel": CASH, "account": town.accounts["1"], "now": AFTER, "by": ILZE} | facts
    return actions.take_payment(desk=day.desk, cents=cents, key=f"desk:{key}", **said)


def close(day: DeskDay, counted=FLOAT, reason="", now=AFTER) -> DeskDay:
    return actions.close_desk(day, counted=counted, reason=reason, now=now, by=ILZE)


def test_money_at_the_desk_is_a_payment_a_posting_and_a_receipt(town, day):
    receipt = take(town, day, given_cents=2_000)
    assert receipt.number == "KV26-000001"
    payment = Payment.objects.get()
    assert (payment.channel, payment.cents, payment.reference) == ("cash", 1_915, "KV26-000001")
    assert total_of("cash") == 1_915
    assert balance_of(town.accounts["1"]) == -1_915
    shown = receipt.content
    assert (shown["given_cents"], shown["change_cents"], shown["owed_after_cents"]) == (2_000, 85, -1_915)
    assert (shown["customer"], shown["address"]) == ("Anna Ozola", "Avotu iela 14-1")


def test_the_same_key_gives_the_same_receipt_even_after_closing(town, day):
    first = take(town, day)
    assert take(town, day) == first
    close(day, FLOAT | {1_000: 1, 500: 3, 200: 2, 10: 1, 5: 1})
    assert take(town, day) == first
    assert (Payment.objects.count(), CashReceipt.objects.count()) == (1, 1)


def test_the_same_key_with_another_amount_is_a_bug(town, day):
    take(town, day)
    with pytest.raises(KeyReused):
        take(town, day, cents=1_916)


def test_receipts_are_numbered_without_a_gap_whatever_is_refused_between(town, day):
    take(town, day, key="a")
    for wrong in ({"cents": 0}, {"given_cents": 1}):
        with pytest.raises(Refused):
            take(town, day, key="b", **wrong)
    assert take(town, day, key="c").number == "KV26-000002"
    assert list(problems()) == []


def test_an_invoice_paid_at_the_desk_is_paid_until_the_money_is_handed_back(town, day):
    report(town, "1", "2", "3", "4", "5", "6")
    read_intake(town)
    issue(compute(town))
    anna = town.accounts["1"]
    receipt = take(town, day, cents=balance_of(anna))
    assert queries.history(anna)[0].paid_on == day.day
    actions.cancel_receipt(receipt, reason="cits klients", now=AFTER, by=LAIMA)
    assert queries.history(anna)[0].open_cents == balance_of(anna) > 0
    assert queries.received_of(anna) == []
    assert list(problems()) == []


def test_a_storno_is_the_opposite_posting_with_a_receipt_of_its_own(town, day):
    receipt = take(town, day)
    storno = actions.cancel_receipt(receipt, reason="cits klients", now=AFTER, by=LAIMA)
    assert (storno.number, storno.content["reverses"], storno.content["cents"]) == (
        "KV26-000002",
        "KV26-000001",
        -1_915,
    )
    assert (total_of("cash"), balance_of(town.accounts["1"])) == (0, 0)
    assert Posting.objects.count() == 2


@pytest.mark.parametrize(
    ("by", "reason", "code"), [(ILZE, "kļūda", "storno_by_another"), (LAIMA, " ", "storno_needs_a_reason")]
)
def test_a_storno_needs_a_second_person_and_a_reason(town, day, by, reason, code):
    with pytest.raises(Refused, match=code):
        actions.cancel_receipt(take(town, day), reason=reason, now=AFTER, by=by)


def test_money_is_handed_back_once(town, day):
    receipt = take(town, day)
    storno = actions.cancel_receipt(receipt, reason="x", now=AFTER, by=LAIMA)
    with pytest.raises(Refused, match="receipt_cancelled"):
        actions.cancel_receipt(receipt, reason="x", now=AFTER, by=LAIMA)
    with pytest.raises(Refused, match="receipt_is_storno"):
        actions.cancel_receipt(storno, reason="x", now=AFTER, by=By("staff", 3))


def test_a_storno_of_an_earlier_day_leaves_the_drawer_of_today(town, day):
    receipt = take(town, day)
    close(day, FLOAT | {1_000: 1, 500: 3, 200: 2, 10: 1, 5: 1})
    with pytest.raises(Refused, match="desk_not_open"):
        actions.cancel_receipt(receipt, reason="x", now=NEXT_DAY, by=LAIMA)
    today = actions.open_desk(day.desk, float_cents=5_000, now=NEXT_DAY, by=ILZE)
    actions.cancel_receipt(receipt, reason="x", now=NEXT_DAY, by=LAIMA)
    assert queries.desk_totals(today).expected_cents == 5_000 - 1_915
    assert list(problems()) == []


def test_cards_do_not_lie_in_the_drawer(town, day):
    take(town, day, key="a", cents=700, channel=CARD)
    take(town, day, key="b", cents=300)
    totals = queries.desk_totals(day)
    assert (totals.card_in, totals.cash_in, totals.expected_cents, totals.receipts) == (700, 300, 5_300, 2)
    assert total_of("card") == 700


def test_a_desk_is_closed_by_what_was_counted(town, day):
    take(town, day, cents=1_000)
    closed = close(day, FLOAT | {1_000: 1})
    assert (closed.counted_cents, closed.expected_cents, closed.difference_cents) == (6_000, 6_000, 0)
    assert total_of("cash_difference") == 0


def test_a_difference_needs_a_reason_and_is_booked(town, day):
    take(town, day, cents=1_000)
    with pytest.raises(Refused, match="desk_difference"):
        close(day)
    assert DeskDay.objects.get().state == "open"
    closed = close(day, FLOAT | {500: 1}, reason="izdots par daudz")
    assert (closed.difference_cents, closed.reason) == (-1_500, "izdots par daudz")
    assert (total_of("cash"), total_of("cash_difference")) == (-500, 1_500)
    assert list(problems()) == []


def test_nothing_is_booked_on_a_closed_day(town, day):
    receipt = take(town, day)
    close(day, reason="trūkst")
    for act in (
        lambda: take(town, day, key="b"),
        lambda: actions.cancel_receipt(receipt, reason="x", now=AFTER, by=LAIMA),
    ):
        with pytest.raises(Refused, match="desk_not_open"):
            act()
    for act in (lambda: close(day), lambda: actions.open_desk(day.desk, float_cents=0, now=AFTER, by=ILZE)):
        with pytest.raises(Refused, match="desk_day_closed"):
            act()


def test_yesterday_is_closed_before_today_is_opened(town, day):
    with pytest.raises(Refused, match="desk_day_left_open"):
        actions.open_desk(day.desk, float_cents=0, now=NEXT_DAY, by=ILZE)
    with pytest.raises(Refused, match="desk_not_open"):
        take(town, day, now=NEXT_DAY)
    close(day, now=NEXT_DAY)
    assert actions.open_desk(day.desk, float_cents=0, now=NEXT_DAY, by=ILZE).day.day == 4


def test_only_euro_cash_is_counted(town, day):
    with pytest.raises(Refused, match="no_such_money"):
        close(day, {300: 1})


def test_a_receipt_on_paper_is_the_same_bytes_again_and_says_what_was_paid(town, day):
    receipt = CashReceipt.objects.get(pk=take(town, day, given_cents=2_000).pk)
    storno = actions.cancel_receipt(receipt, reason="cits klients", now=AFTER, by=LAIMA)
    texts = []
    for found in (receipt, storno):
        first, again = (receipt_pdf(found.content, at=found.issued_at) for _ in range(2))
        assert first == again
        texts.append(PdfDocument(first)[0].get_textpage().get_text_bounded().replace("\xa0", " "))
    for fact in ("KV26-000001", "Anna Ozola", "Avotu iela 14-1", "19,15 EUR", "0,85 EUR", "03.12.2026."):
        assert fact in texts[0]
    for fact in ("Storno kvīts", "KV26-000002", "Atceļ kvīti", "KV26-000001", "cits klients"):
        assert fact in texts[1]


def test_a_payer_is_found_by_flat_name_number_and_invoice(town):
    read_intake(town)
    issue(compute(town))
    for text in ("avo 3", "klavins", "1000003", "vu26-000003"):
        found = queries.payers(text, on=AFTER.date())
        assert [row.account.number for row in found] == ["1000003"], text
