"""Whose a payment is: certain, or left to a person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avots.billing.rules import number_of, rf_reference
from avots.payments.rules import Book, Candidate, Incoming, match, match_all, suggest, wanted
from avots.payments.rules.matching import is_iban, is_reference

ANNA, KARLIS = 1, 5
RF = rf_reference("VU26-104417")
IBAN, OTHER = "LV80BANK0000435195001", "LV97HABA0012345678910"
BOOK = Book(
    invoices={"VU26104417": ANNA, "VU26104418": KARLIS, "VU26104419": ANNA},
    accounts={"1000001": ANNA, "1000005": KARLIS, "21048812": KARLIS, "20261105": KARLIS},
    payers={IBAN: frozenset({ANNA}), OTHER: frozenset({ANNA, KARLIS})},
    owed={ANNA: frozenset({1915, 3830}), KARLIS: frozenset({1915})},
)


def whose(text: str = "", *, reference: str = "", cents: int = 500, iban: str = "") -> tuple[int, str] | None:
    found = match(Incoming(cents, iban, reference, text), BOOK)
    return (found.account, found.reason) if found else None


@pytest.mark.parametrize(
    "text",
    [
        RF,
        RF.lower(),
        f"{RF[:4]} {RF[4:8]} {RF[8:]}",
        f"{RF[:2]} {RF[2:4]} {RF[4:]}",
        f"{RF[:4]}-VU26-104417",
        f"par ūdeni, {RF}, paldies",
        f"Atsauce:{RF}.",
        f"/RF/{RF[:4]} {RF[4:6]} {RF[6:8]} {RF[8:10]} {RF[10:]}/",
    ],
)
def test_a_reference_is_found_in_any_spelling(text):
    assert whose(text) == (ANNA, "reference")
    assert whose(reference=text) == (ANNA, "reference")


@pytest.mark.parametrize(
    "text",
    [
        "VU26-104417",
        "vu26 104417",
        "Rēķins Nr.VU26-104417",
        "VU26104417 par ūdeni",
        "rek VU 26-104417!",
        "(VU26-104417)",
    ],
)
def test_an_invoice_number_is_found_in_the_text(text):
    assert whose(text) == (ANNA, "invoice")


@pytest.mark.parametrize(
    "text",
    ["1000001", "klienta nr. 1000001", "Nr.1000001", "kl.1000001 udens", "1000 001", "par oktobri 1000001, paldies"],
)
def test_a_customer_number_is_found_in_the_text(text):
    assert whose(text) == (ANNA, "customer")


@pytest.mark.parametrize(
    "text",
    [
        RF[:-1] + "8",  # check digits wrong
        RF + "1",  # longer than the reference
        rf_reference("VU26-999999"),  # right, but no invoice of ours
        "VU26-104417 un VU26-104418",  # two customers
        f"{RF}, klients 1000005",  # words that contradict
        "1000001 1000005",
        "104417",  # half an invoice number
        "tālr. 21048812",  # a telephone
        "21048812",
        "2026-11-05 20261105",  # a day
        "31/1000001",
        "1000001-5",
        "10000012",
        "LV80BANK1000001",
        "1000001,50",
        "par ūdeni",
        "",
    ],
)
def test_what_is_not_certain_waits(text):
    assert whose(text) is None


def test_a_number_like_a_telephone_counts_when_it_is_called_the_customers():
    assert whose("klients 21048812") == (KARLIS, "customer")


def test_several_references_of_one_customer_are_no_doubt():
    assert whose("VU26-104417, VU26-104419") == (ANNA, "invoice")
    assert whose(f"{RF} klients 1000001") == (ANNA, "reference")


@pytest.mark.parametrize(
    ("iban", "cents", "text", "expected"),
    [
        (IBAN, 1915, "par ūdeni", (ANNA, "payer")),
        (IBAN, 3830, "", (ANNA, "payer")),
        (IBAN, 1914, "", None),  # not to the cent
        (OTHER, 1915, "", None),  # pays for two
        ("LV00", 1915, "", None),
        (IBAN, 1915, rf_reference("VU26-999999"), None),  # a reference of somebody else's
        (IBAN, 1915, "VU26-104418", (KARLIS, "invoice")),  # the words say for whom
    ],
)
def test_a_known_payer_counts_only_with_the_exact_amount_of_the_only_account(iban, cents, text, expected):
    assert whose(text, cents=cents, iban=iban) == expected


def test_a_second_equal_payment_of_a_day_is_not_matched_by_the_payer_alone():
    one = Incoming(1915, IBAN)
    named = wanted(one)
    first, second = match_all([(one, named), (one, named)], BOOK)
    assert first is not None
    assert second is None


@given(st.integers(0, 99), st.integers(0, 9_999_999), st.sampled_from(["VU", "A", "UDEK"]), st.integers(2, 12))
def test_every_reference_we_print_is_found_however_it_is_grouped(year, number, prefix, group):
    printed = f"{prefix}{year:02d}-{number:06d}"
    reference = rf_reference(printed)
    assert is_reference(reference)
    spaced = " ".join(reference[at : at + group] for at in range(0, len(reference), group))
    if (len(reference) + group - 1) // group <= 6:
        assert reference[4:] in wanted(Incoming(1, text=f"par ūdeni {spaced}.")).references
    assert number_of(reference[4:]) == printed


@given(st.text(max_size=200))
def test_no_text_is_too_odd_to_be_read(text):
    assert match(Incoming(1, text=text, reference=text), BOOK) is None or text


@given(st.integers(0, 10**9), st.integers(1, 9))
def test_one_wrong_digit_in_a_reference_matches_nobody(number, add):
    reference = rf_reference(f"VU26-{number:06d}")
    at = len(reference) - 1
    wrong = reference[:at] + str((int(reference[at]) + add) % 10)
    assert not is_reference(wrong)


def test_account_numbers_are_checked():
    assert is_iban(IBAN)
    assert not is_iban(IBAN[:-1])
    assert not is_iban(IBAN.replace("5001", "5002"))


PEOPLE = [
    Candidate(1, "1000001", "Aivars Bērziņš", "Ozolu iela", "3", "21", frozenset({3113, 6261}), ("VU26-117402",), 22),
    Candidate(2, "1000002", "Anita Bērziņa", "Ozolu iela", "32", "1", frozenset({2902}), ("VU26-130611",), 0, True),
    Candidate(3, "1000003", "Ilmārs Druva", "Ozolu iela", "3", "12", frozenset({8840}), (), 0, True),
]


def test_suggestions_stand_in_order_with_their_reasons():
    text = "par udeni ozolu 3 21 sept un okt"
    first, second, *rest = suggest(cents=6261, party="A BERZINS", text=text, candidates=PEOPLE)
    assert first.candidate.account == 1
    assert first.reasons == ("iban_seen", "amount_exact", "address_in_text", "name_alike")
    assert (second.candidate.account, second.reasons) == (2, ("name_alike", "amount_differs", "iban_strange"))
    assert not rest


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Ozolu iela 3 dz. 21", "address_in_text"),
        ("OZOLU 3-21", "address_in_text"),
        ("ozolu 3/21", "address_in_text"),
        ("rekins 117402", "invoice_part"),
        ("1000001", "number_in_text"),
        ("berzina vieta", "name_alike"),
    ],
)
def test_each_hint_is_seen_without_case_and_diacritics(text, reason):
    (found,) = suggest(cents=1, party="", text=text, candidates=PEOPLE[:1])
    assert reason in found.reasons


def test_nothing_is_suggested_without_a_reason():
    assert suggest(cents=1, party="SIA Cits", text="kredits", candidates=PEOPLE[1:]) == []
