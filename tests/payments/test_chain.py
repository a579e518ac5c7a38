"""Statements follow each other by day and by balance."""

from datetime import date

from avots.core.calendar import is_working
from avots.payments.rules import Link, gaps
from avots.payments.rules.chain import linked


def link(key: int, day: int, opening: int, closing: int, to: int = 0, month: int = 3) -> Link:
    return Link(key, date(2024, month, day), date(2024, month, to or day), opening, closing)


def found(*links: Link, account: str = "A"):
    return gaps({account: links}, is_working)


def test_a_weekend_and_a_holiday_are_no_gap():
    thursday, tuesday = link(1, 28, 0, 5), link(2, 2, 5, 9, month=4)  # Good Friday to Easter Monday between
    assert found(thursday, tuesday) == []


def test_a_missing_banking_day_is_one_warning_that_names_it():
    (gap,) = found(link(1, 4, 0, 5), link(2, 6, 5, 9), link(3, 7, 9, 9))
    assert (gap.days, gap.off_cents) == ((date(2024, 3, 5),), 0)


def test_a_balance_that_jumps_is_a_warning():
    (gap,) = found(link(1, 4, 0, 5), link(2, 5, 6, 9))
    assert (gap.days, gap.off_cents) == ((), 1)


def test_several_accounts_of_one_missing_file_are_one_warning():
    a, b = [link(1, 4, 0, 5), link(2, 6, 5, 9)], [link(3, 4, 7, 7), link(4, 6, 7, 7)]
    (gap,) = gaps({"A": a, "B": b}, is_working)
    assert gap.accounts == ("A", "B")


def test_a_statement_again_and_one_over_more_days_are_no_gap():
    assert found(link(1, 4, 0, 5), link(2, 4, 0, 5), link(3, 4, 0, 9, to=6), link(4, 7, 9, 9)) == []


def test_statements_of_one_day_are_linked_before_and_after():
    morning, noon, evening = link(1, 4, 0, 5), link(2, 4, 5, 9), link(3, 4, 9, 12)
    assert linked(evening, [morning, noon]) == [noon, morning]
    assert linked(noon, [morning, evening]) == [morning, evening]
    assert linked(morning, [evening]) == []  # one between is missing


def test_the_same_statement_and_the_whole_day_are_linked_to_nothing():
    morning, noon = link(1, 4, 0, 5), link(2, 4, 5, 9)
    assert linked(link(3, 4, 5, 9), [noon]) == []
    assert linked(link(3, 4, 0, 9), [morning, noon]) == []
    assert linked(link(3, 4, 5, 9), [morning, noon]) == [morning]
    assert linked(link(3, 4, 5, 5), [link(4, 4, 5, 5)]) == []
