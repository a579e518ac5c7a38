"""Bank statements become payments: each entry once, matched or in suspense, whatever is sent again."""

import zlib
from datetime import date
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from avots.billing.models import Invoice
from avots.core.audit import By
from avots.core.errors import Refused
from avots.ledger.models import Posting
from avots.ledger.queries import balance_of, total_of
from avots.payments import actions
from avots.payments.actions import statements as importing
from avots.payments.models import BankEntry, Payment, Statement, StatementFile
from avots.payments.queries import gaps_of, history, preview
from tests.payments.bank import ANNA, IBAN, KARLIS, Pay, camt, file, message, statement
from tests.payments.test_camt053 import BANK, BOMBS, EMPTY, GOOD, SAMPLES, needs_samples
from tests.town import AFTER, Town

BY = By("staff", 1)


def take(data: bytes, name: str = "a.xml", **facts) -> StatementFile:
    staged = actions.stage_statement(name, file(data), now=AFTER, by=BY)
    return actions.import_statement(staged, now=AFTER, by=BY, **facts)


def invoice(town: Town, flat: str) -> Invoice:
    return Invoice.objects.get(account=town.accounts[flat])


def books_are_right() -> bool:
    from avots.config.jobs import problems

    return list(problems()) == []


def state_of_books() -> tuple[object, ...]:
    rows = BankEntry.objects.order_by("pk").values_list("entry_key", "part", "cents", "state")
    return list(rows), Payment.objects.count(), list(Posting.objects.order_by("pk").values_list("key", "cents"))


def test_a_statement_pays_invoices_and_the_balance_follows(issued):
    anna, karlis = invoice(issued, "1"), invoice(issued, "5")
    take(
        camt(
            "2026-12-14",
            Pay(anna.total_cents, f"par ūdeni {anna.reference}", "B1"),
            Pay(700, f"Rēķins {karlis.number}", "B2", iban=KARLIS),
            Pay(300, "paldies", "B3"),
            Pay(-1_000, "alga", "B4"),
        )
    )
    (paid,) = history(issued.accounts["1"])
    assert (paid.open_cents, paid.paid_on) == (0, date(2026, 12, 14))
    assert balance_of(issued.accounts["1"]) == 0
    (part,) = history(issued.accounts["5"])
    assert (part.open_cents, part.paid_on) == (karlis.total_cents - 700, None)
    states = dict(BankEntry.objects.values_list("bank_reference", "state"))
    assert states == {"B1": "matched", "B2": "matched", "B3": "waiting", "B4": "own"}
    assert dict(BankEntry.objects.values_list("bank_reference", "reason"))["B1"] == "reference"
    assert (total_of("suspense"), total_of("bank")) == (-300, anna.total_cents + 1_000)
    assert books_are_right()


def test_importing_again_adds_nothing(issued):
    data = camt("2026-12-14", Pay(1915, invoice(issued, "1").reference, "B1"), Pay(300, "x"), Pay(-5, "y"))
    take(data)
    before = state_of_books()
    take(data)
    take(data.replace(b"><", b">\n<"))  # the same statement in other bytes
    assert state_of_books() == before
    assert Statement.objects.order_by("pk").values_list("known", "known_cents")[1] == (3, 2210)
    assert books_are_right()


def test_overlapping_days_add_only_what_is_new(town):
    monday = [Pay(100, "a", "B1"), Pay(200, "b"), Pay(200, "b")]
    tuesday = [Pay(100, "a", "B2", day="2026-12-15"), Pay(200, "b", day="2026-12-15")]
    take(camt("2026-12-14", *monday))
    take(camt("2026-12-14", *monday, *tuesday, to="2026-12-15"))
    take(camt("2026-12-15", *tuesday, opening=500))
    assert sum(BankEntry.objects.values_list("cents", flat=True)) == 800
    assert BankEntry.objects.count() == 5
    assert books_are_right()


def test_two_equal_payments_on_one_day_are_two_payments(issued):
    twin = Pay(1000, f"par ūdeni {invoice(issued, '1').reference}")
    take(camt("2026-12-14", twin, twin))
    assert Payment.objects.filter(account=issued.accounts["1"]).count() == 2


def test_twins_in_two_statements_of_one_day_are_two_and_sent_again_stay_two(town):
    twin = Pay(1000, "par ūdeni")
    morning, evening = camt("2026-12-14", twin), camt("2026-12-14", twin, opening=1000)
    for data in (morning, evening, evening.replace(b"><", b"> <"), morning.replace(b"><", b"> <")):
        take(data)
    assert BankEntry.objects.count() == 2
    take(camt("2026-12-14", twin, twin, to="2026-12-15"))  # and the whole day
    assert BankEntry.objects.count() == 2
    assert books_are_right()


def test_a_bank_reference_used_again_next_year_is_another_payment(town):
    take(camt("2026-12-14", Pay(1000, "a", "B1")))
    take(camt("2027-12-14", Pay(1000, "a", "B1"), opening=1000))
    take(camt("2027-12-15", Pay(30, "maksa", "B2"), Pay(1000, "a", "B2"), opening=2000))
    assert BankEntry.objects.count() == 4


def test_a_batch_becomes_its_parts_and_is_known_again_when_sent_whole(issued):
    parts = [Pay(700, invoice(issued, "1").reference, party="A"), Pay(800, "nezināms", party="B")]
    take(camt("2026-12-14", Pay(1500, ref="B1", parts=parts)))
    assert list(BankEntry.objects.order_by("part").values_list("cents", "state")) == [
        (700, "matched"),
        (800, "waiting"),
    ]
    take(camt("2026-12-14", Pay(1500, "veikals", "B1")))
    assert BankEntry.objects.count() == 2
    assert books_are_right()


def test_a_known_payer_is_matched_by_the_exact_amount(issued):
    anna = invoice(issued, "1")
    take(camt("2026-12-14", Pay(5, anna.reference, "B1")))
    take(camt("2026-12-15", Pay(anna.total_cents - 5, "ūdens", "B2"), opening=5))
    assert BankEntry.objects.get(bank_reference="B2").reason == "payer"
    assert history(issued.accounts["1"])[0].paid_on == date(2026, 12, 15)


def test_a_reversal_undoes_its_payment_by_the_opposite_posting(issued):
    anna = invoice(issued, "1")
    take(camt("2026-12-14", Pay(anna.total_cents, anna.reference, "B1")))
    back = Pay(-anna.total_cents, anna.reference, "B1", reversal=True)
    data = camt("2026-12-16", back, opening=anna.total_cents)
    take(data)
    take(data.replace(b"><", b"> <"))
    assert history(issued.accounts["1"])[0].paid_on is None
    assert balance_of(issued.accounts["1"]) == anna.total_cents
    assert (total_of("bank"), total_of("suspense")) == (0, 0)
    assert sorted(BankEntry.objects.values_list("state", flat=True)) == ["reversal", "reversed"]
    assert Payment.objects.count() == 1  # it stands as it was, its reversal beside it
    assert books_are_right()


def test_money_in_suspense_can_be_taken_back_too_and_within_one_day(town):
    take(camt("2026-12-14", Pay(700, "?", "B1"), Pay(-700, "?", "B1", reversal=True)))
    assert sorted(BankEntry.objects.values_list("state", flat=True)) == ["reversal", "reversed"]
    assert total_of("suspense") == 0
    assert books_are_right()


def test_a_reversal_of_something_uncertain_waits_for_a_person(town):
    twins = [Pay(700, "?", e2e="X"), Pay(700, "?", e2e="X")]
    take(camt("2026-12-14", *twins, Pay(-700, "?", e2e="X", reversal=True), Pay(-800, "?", "B9", reversal=True)))
    assert BankEntry.objects.filter(state="waiting").count() == 4
    assert total_of("suspense") == -(700 + 700 - 700 - 800)
    assert books_are_right()


def hostile() -> list[tuple[str, bytes]]:
    made = [
        ("truncated", GOOD[:-200]),
        ("off", GOOD.replace(b"19.15", b"19.14")),
        ("cp1257", GOOD.replace(b"nod", b"\xf8")),
    ]
    if not BANK.exists():
        return made
    real = [one for one in SAMPLES if "close:False" in one.facts or "bad_amounts" in one.facts or one in EMPTY]
    return made + [(path.name, path.read_bytes()) for path in [*BOMBS.glob("*"), *(one.path for one in real)]]


@pytest.mark.parametrize(("name", "data"), hostile(), ids=[name for name, _ in hostile()])
def test_a_defective_file_is_refused_whole_and_nothing_is_posted(db, name, data):
    with pytest.raises(Refused):
        take(data, ours=True)
    assert not StatementFile.objects.exists()
    assert not BankEntry.objects.exists()
    assert not Posting.objects.exists()


def test_an_upload_has_its_bound_and_the_command_line_none(db):
    with pytest.raises(Refused, match="statement_too_large"):
        actions.stage_statement("a", file(GOOD), now=AFTER, by=BY, most=100)
    assert actions.stage_statement("a", file(GOOD), now=AFTER, by=BY, most=None).size == len(GOOD)


def test_the_original_is_kept(db):
    staged = actions.stage_statement("a.xml", file(GOOD), now=AFTER, by=BY)
    parts = staged.statementpart_set.order_by("ordinal").values_list("data", flat=True)
    assert b"".join(zlib.decompress(bytes(part)) for part in parts) == GOOD


def test_a_foreign_account_is_taken_only_when_somebody_says_it_is_ours(db):
    data = camt("2026-12-14", Pay(5), account=KARLIS)
    with pytest.raises(Refused, match="statement_account_unknown"):
        take(data)
    assert not BankEntry.objects.exists()
    take(data, ours=True)
    take(camt("2026-12-15", Pay(5), opening=5, account=KARLIS))
    assert BankEntry.objects.count() == 2


def test_a_dry_run_says_what_would_happen_and_does_nothing(issued):
    take(camt("2026-12-14", Pay(5, "x", "B1")))
    data = camt("2026-12-14", Pay(5, "x", "B1"), Pay(7, invoice(issued, "1").reference, "B2"), Pay(9, "?", "B3"))
    before = state_of_books()
    seen = preview(actions.stage_statement("b.xml", file(data), now=AFTER, by=BY))
    assert (seen.known, seen.matched, seen.waiting, seen.waiting_cents) == (1, {"reference": 1}, 1, 9)
    assert state_of_books() == before


def test_an_interrupted_booking_goes_on_where_it_was(issued, monkeypatch):
    reference = invoice(issued, "1").reference
    pays = [Pay(100 + n % 3, reference if n % 2 else "?", f"B{n}" if n % 5 else "") for n in range(40)]
    data = message(statement("2026-12-14", *pays), statement("2026-12-15", *pays, opening=sum(p.cents for p in pays)))
    monkeypatch.setattr(importing, "BATCH", 7)
    book, calls = importing.book_entries, []

    def failing(*args, **facts):
        calls.append(1)
        if len(calls) in {3, 9}:
            raise RuntimeError("power cut")
        return book(*args, **facts)

    monkeypatch.setattr(importing, "book_entries", failing)
    for _ in range(2):
        with pytest.raises(RuntimeError):
            take(data)
        assert StatementFile.objects.get().state == "booking"
    take(data)
    assert StatementFile.objects.get().state == "booked"
    assert BankEntry.objects.count() == 80
    assert not Statement.objects.exclude(known=0)
    assert books_are_right()


def test_a_batch_of_entries_needs_few_queries(issued):
    def queries(count: int, day: str, opening: int) -> int:
        pays = [Pay(100, invoice(issued, "1").reference, f"{day}{n}") for n in range(count)]
        staged = actions.stage_statement("x", file(camt(day, *pays, opening=opening)), now=AFTER, by=BY)
        with CaptureQueriesContext(
            connection,
        ) as seen:
            actions.import_statement(staged, now=AFTER, by=BY)
        return len(seen)

    queries(1, "2026-12-14", 0)
    assert queries(400, "2026-12-15", 100) <= queries(2, "2026-12-16", 40_100) + 2


DAILY = sorted((BANK / "camt_LT_daily").glob("053_*.xml")) if BANK.exists() else []


def take_all(paths: list[Path]) -> None:
    for path in paths:
        take(path.read_bytes(), path.name, ours=True)


@needs_samples
def test_thirty_real_daily_statements_chain_and_add_nothing_again(db):
    assert len(DAILY) == 30
    take_all(DAILY)
    assert Statement.objects.count() == 60
    assert gaps_of(date(2024, 1, 1)) == []
    count, before = BankEntry.objects.count(), state_of_books()
    take_all(DAILY)
    assert (BankEntry.objects.count(), state_of_books()) == (count, before)
    assert not BankEntry.objects.filter(state="matched").exists()
    for number, opening, closing in (
        ("LT625883379695428516", 2108122258, 2007366835),
        ("LT414319056143772570", 480155, 280155),
    ):
        own = BankEntry.objects.filter(account__number=number).values_list("cents", flat=True)
        assert opening + sum(own) == closing
    assert books_are_right()


@needs_samples
@pytest.mark.parametrize("missing", [1, 10, 16, 28])
def test_a_missing_banking_day_is_exactly_one_warning(db, missing):
    take_all(DAILY[:missing] + DAILY[missing + 1 :])
    (gap,) = gaps_of(date(2024, 1, 1))
    assert [f"053_{day}.xml" for day in gap.days] == [DAILY[missing].name]
    take_all([DAILY[missing]])
    assert gaps_of(date(2024, 1, 1)) == []


def test_the_same_iban_of_the_utility_needs_no_word(db):
    take(camt("2026-12-14", Pay(5)))
    assert BankEntry.objects.get().account.number == IBAN
    assert BankEntry.objects.get().iban == ANNA
