"""Staff decide about money that waits, and take a wrong decision back."""

from datetime import date

import pytest

from avots.core.audit import By
from avots.core.errors import Refused
from avots.ledger.queries import balance_of, total_of
from avots.payments import actions
from avots.payments.models import BankEntry, Payment
from avots.payments.queries import history, received_cents, received_of, suggestions, waiting
from tests.payments.bank import KARLIS, Pay, camt
from tests.payments.test_statements import books_are_right, invoice, take
from tests.town import AFTER

AINARS = By("staff", 2)


def entry(reference: str = "B1") -> BankEntry:
    return BankEntry.objects.get(bank_reference=reference)


def assign(town, *shares: tuple[str, int], of: str = "B1", remember: bool = True) -> None:
    parts = [actions.Share(town.accounts[flat], cents) for flat, cents in shares]
    actions.assign_entry(entry(of), parts, remember=remember, now=AFTER, by=AINARS)


def test_an_assigned_entry_pays_from_the_day_it_came(issued):
    due = invoice(issued, "1").total_cents
    take(camt("2026-12-14", Pay(due, "ūdens", "B1")))
    assign(issued, ("1", due))
    assert history(issued.accounts["1"])[0].paid_on == date(2026, 12, 14)
    assert (balance_of(issued.accounts["1"]), total_of("suspense"), total_of("bank")) == (0, 0, due)
    assert not waiting()
    assert books_are_right()


def test_an_entry_is_split_to_the_cent_or_not_at_all(town):
    take(camt("2026-12-14", Pay(1000, "par abiem", "B1")))
    for shares in ([("1", 400)], [("1", 400), ("2", 601)], [("1", 1100), ("2", -100)], [("1", 400), ("1", 600)], []):
        with pytest.raises(Refused):
            assign(town, *shares)
    assign(town, ("1", 400), ("2", 600))
    assert sorted(Payment.objects.values_list("account__number", "cents")) == [("1000001", 400), ("1000002", 600)]
    assert books_are_right()


def test_what_is_decided_is_not_decided_again(town):
    take(camt("2026-12-14", Pay(1000, "?", "B1")))
    stale = entry()
    assign(town, ("1", 1000))
    for decide in (
        lambda: actions.assign_entry(stale, [actions.Share(town.accounts["2"], 1000)], now=AFTER, by=AINARS),
        lambda: actions.set_entry_aside(stale, reason="loan", now=AFTER, by=AINARS),
    ):
        with pytest.raises(Refused, match="already_decided"):
            decide()
    assert Payment.objects.count() == 1


def test_money_of_no_customer_is_set_aside_with_a_reason_and_comes_back(town):
    take(camt("2026-12-14", Pay(1000, "aizdevums", "B1")))
    with pytest.raises(Refused, match="reason_missing"):
        actions.set_entry_aside(entry(), reason=" ", now=AFTER, by=AINARS)
    actions.set_entry_aside(entry(), reason="loan", now=AFTER, by=AINARS)
    assert (total_of("other"), total_of("suspense")) == (-1000, 0)
    assert books_are_right()
    actions.undo_decision(entry(), now=AFTER, by=AINARS)
    assert (total_of("other"), total_of("suspense")) == (0, -1000)
    assert books_are_right()


def test_a_wrong_assignment_is_undone_and_made_right(issued):
    due = invoice(issued, "1").total_cents
    take(camt("2026-12-14", Pay(due, "ūdens", "B1")))
    assign(issued, ("2", due))
    actions.undo_decision(entry(), now=AFTER, by=AINARS)
    assert received_of(issued.accounts["2"]) == []
    assign(issued, ("1", due))
    assert history(issued.accounts["1"])[0].open_cents == 0
    assert balance_of(issued.accounts["2"]) == invoice(issued, "2").total_cents
    assert (Payment.objects.count(), received_cents()) == (2, due)
    assert books_are_right()


def test_a_wrong_match_is_undone_too(issued):
    take(camt("2026-12-14", Pay(700, invoice(issued, "1").reference, "B1")))
    actions.undo_decision(entry(), now=AFTER, by=AINARS)
    assert (entry().state, total_of("suspense")) == ("waiting", -700)
    with pytest.raises(Refused, match="already_decided"):
        actions.undo_decision(entry(), now=AFTER, by=AINARS)
    assert books_are_right()


@pytest.mark.parametrize(("remember", "state"), [(True, "matched"), (False, "waiting")])
def test_a_payer_is_remembered_where_staff_says_so(issued, remember, state):
    due = invoice(issued, "1").total_cents
    take(camt("2026-12-14", Pay(5, "ūdens", "B1")))
    assign(issued, ("1", 5), remember=remember)
    take(camt("2026-12-15", Pay(due - 5, "ūdens", "B2"), opening=5))
    assert entry("B2").state == state


def test_a_payer_of_two_customers_is_nobodys(issued):
    take(
        camt("2026-12-14", Pay(5, invoice(issued, "1").reference, "B1"), Pay(5, invoice(issued, "2").reference, "B2"))
    )
    take(camt("2026-12-15", Pay(invoice(issued, "1").total_cents - 5, "ūdens", "B3"), opening=10))
    assert entry("B3").state == "waiting"


def test_an_undone_assignment_is_forgotten(issued):
    take(camt("2026-12-14", Pay(5, "ūdens", "B1")))
    assign(issued, ("2", 5))
    actions.undo_decision(entry(), now=AFTER, by=AINARS)
    assign(issued, ("1", 5))
    take(camt("2026-12-15", Pay(invoice(issued, "1").total_cents - 5, "ūdens", "B2"), opening=5))
    assert (entry("B2").state, entry("B2").payment_set.get().account) == ("matched", issued.accounts["1"])


def test_what_the_bank_took_back_is_given_to_the_payment_it_undoes(issued):
    take(camt("2026-12-14", Pay(700, invoice(issued, "1").reference, "B1")))
    take(camt("2026-12-15", Pay(-700, "atsaukts", "B2", reversal=True), opening=700))
    with pytest.raises(Refused, match="no_such_payment"):
        assign(issued, ("2", 700), of="B2")
    assign(issued, ("1", 700), of="B2")
    assert (total_of("suspense"), total_of("bank")) == (0, 0)
    assert balance_of(issued.accounts["1"]) == invoice(issued, "1").total_cents
    for reference in ("B1", "B2"):
        with pytest.raises(Refused, match="reversal_stays"):
            actions.undo_decision(entry(reference), now=AFTER, by=AINARS)
    assert books_are_right()


def test_a_waiting_entry_has_suggestions_with_reasons(issued):
    due = invoice(issued, "3").total_cents
    take(camt("2026-12-14", Pay(due, "par udeni avotu 14 3", "B1", party="GIRTS KLAVINS", iban=KARLIS)))
    first, *_ = suggestions(entry(), on=date(2026, 12, 14))
    assert first.candidate.account == issued.accounts["3"].pk
    assert first.reasons == ("amount_exact", "address_in_text", "name_alike")
    assert entry().state == "waiting"  # a suggestion never decides


def test_names_and_addresses_alone_never_match(issued):
    due = invoice(issued, "1").total_cents
    take(camt("2026-12-14", Pay(due, "Anna Ozola, Avotu iela 14-1, par ūdeni", "B1")))
    assert entry().state == "waiting"
