"""MT940 and FiDAViSta give the same values as camt.053, and are booked the same way."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from avots.core.errors import Refused
from avots.payments import formats, mt940
from avots.payments.models import BankEntry
from avots.payments.rules import judge_statement
from avots.payments.statements import Entry, Statement
from tests.payments.bank import ANNA, IBAN
from tests.payments.test_camt053 import BANK, needs_samples, read, refusal
from tests.payments.test_statements import books_are_right, invoice, take

FACTS = re.compile(
    r"MT940 :60=(\d+) :61=(\d+) :62=(\d+) credits=([\d.]+) debits=([\d.]+)"
    r"(?: open=\S+)?(?: close=\S+)?(?: open\+cr-dr==close:(True|False))?"
)
# The manifest's own count misses lines with spaces for a day or without amount letters; both add up as we read them.
BETTER = {"wolph__ASNB_mt940_with_spaces_for_entry_date.txt": 8, "wolph__citi_mt940.txt": 5}


def samples() -> list[tuple[Path, re.Match[str]]]:
    if not BANK.exists():
        return []
    rows = (line.split("\t") for line in (BANK / "MANIFEST.tsv").read_text().splitlines()[1:])
    found = [(BANK / row[0], FACTS.match(row[3])) for row in rows if row[0].startswith("mt940/")]
    return [(path, facts) for path, facts in found if facts]


WHOLE = [(path, facts) for path, facts in samples() if int(facts[1]) and int(facts[1]) == int(facts[3])]


def items_of(path: Path) -> tuple[list[Entry], list[Statement]]:
    items = list(mt940.read([path.read_bytes()]))
    return [one for one in items if isinstance(one, Entry)], [one for one in items if isinstance(one, Statement)]


@needs_samples
@pytest.mark.parametrize(("path", "facts"), WHOLE, ids=[path.name for path, _ in WHOLE])
def test_every_whole_mt940_file_gives_the_entries_and_sums_of_its_manifest(path, facts):
    entries, statements = items_of(path)
    assert len(statements) == int(facts[1])
    if path.name in BETTER:
        assert len(entries) == BETTER[path.name]
        assert all(one.adds_up for one in statements)
        return
    assert len(entries) == int(facts[2])
    assert sum(one.credit_cents for one in statements) == int(Decimal(facts[4]) * 100)
    assert sum(one.debit_cents for one in statements) == int(Decimal(facts[5]) * 100)
    if facts[6]:
        assert statements[0].adds_up == (facts[6] == "True")


@needs_samples
@pytest.mark.parametrize("path", sorted((BANK / "mt940").glob("*.sta")) + sorted((BANK / "mt940").glob("*.txt")))
def test_no_mt940_file_fails_but_by_a_refusal(path):
    try:
        for one in items_of(path)[1]:
            judge_statement(one)
    except Refused:
        pass


MT940 = f"""{{1:F01PARALV22AXXX0000000000}}{{4:
:20:STARTUMSE
:25:{IBAN}EUR
:28C:00004/00001
:60F:C261213EUR100,00
:61:2612141214CR19,15NTRFNONREF//B1
:86:166?00GUTSCHRIFT?20par ūdeni?21 VU26-000001?31{ANNA}?32ANNA?33OZOLA
:61:261214D5,00NTRFNONREF//B2
:86:alga
decembris
:62F:C261214EUR114,15
-}}
""".encode()


def test_an_mt940_statement_says_who_paid_what_for():
    entries, (one,) = read(MT940)
    assert [(entry.cents, entry.bank_reference) for entry in entries] == [(1915, "B1"), (-500, "B2")]
    assert entries[0].details[0][1:5] == ("ANNA OZOLA", ANNA, "", "par ūdeni VU26-000001")
    assert entries[1].details[0].text == "alga decembris"
    assert (one.account, one.from_on, one.to_on) == (IBAN, date(2026, 12, 14), date(2026, 12, 14))
    judge_statement(one)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (MT940[: MT940.index(b":62F")], "statement_balance_missing"),
        (MT940.replace(b"19,15", b"19,16"), "statement_does_not_add_up"),
        (MT940.replace(b"CR19,15", b"XX"), "statement_incomplete"),
        (MT940.replace(b":62F:C261214EUR", b":62F:C261214USD"), "statement_two_currencies"),
        (MT940.replace(b"EUR", b"SEK"), "statement_foreign_currency"),
        (MT940.replace(b"alga", b"x" * 20_000), "statement_field_too_long"),
        (MT940.replace(b"C261213", b"C261399"), "statement_bad_day"),
        (MT940.replace(b":60F:C261213EUR100,00", b":34F:EUR0,"), "statement_not_final"),
    ],
)
def test_a_broken_mt940_file_is_refused_whole(data, code):
    assert refusal(data) == code


def test_mt940_is_read_in_windows_1257_with_any_line_ends_and_cuts():
    expected = read(MT940)
    assert read(MT940.decode().replace("\n", "\r\n").encode("cp1257"), 7) == expected


def test_a_reversal_in_mt940_has_the_opposite_sign():
    entries, _ = read(MT940.replace(b"1214CR19,15", b"1214RC19,15"))
    assert (entries[0].cents, entries[0].is_reversal) == (-1915, True)


TRX = """<TrxSet><TypeCode>INB</TypeCode><BookDate>2026-12-14</BookDate><ValueDate>2026-12-14</ValueDate>
<BankRef>B1</BankRef><CorD>C</CorD><AccAmt>19.15</AccAmt><PmtInfo>Rēķins VU26-000001</PmtInfo><CPartySet>
<AccNo>{anna}</AccNo>
<AccHolder><Name>ANNA OZOLA</Name><LegalId>161175-19997</LegalId></AccHolder></CPartySet></TrxSet>
<TrxSet><BookDate>2026-12-14</BookDate><BankRef>B2</BankRef><CorD>D</CorD><AccAmt>5.00</AccAmt></TrxSet>"""
FIDAVISTA = """<?xml version="1.0" encoding="UTF-8"?>
<FIDAVISTA xmlns="http://www.bankasoc.lv/fidavista/fidavista0101.xsd"><Header><From>PARA</From></Header><Statement>
<Period><StartDate>2026-12-14</StartDate><EndDate>2026-12-14</EndDate></Period><AccountSet><AccNo>{iban}</AccNo>
<CcyStmt><Ccy>EUR</Ccy><OpenBal>-100.00</OpenBal>{trx}<CloseBal>-85.85</CloseBal></CcyStmt></AccountSet>
</Statement></FIDAVISTA>"""


def fidavista(trx: str = TRX) -> bytes:
    return FIDAVISTA.format(iban=IBAN, trx=trx.format(anna=ANNA)).encode()


@pytest.mark.parametrize(
    "data",
    [
        fidavista(),
        fidavista("<TrxSet>" + TRX.replace("TrxSet>", "Trx>") + "</TrxSet>"),
        fidavista().replace(b"UTF-8", b"windows-1257").decode().encode("cp1257"),
        fidavista().replace(b"www.bankasoc.lv/fidavista/fidavista0101.xsd", b"ivis.eps.gov.lv/x/fidavista/v1-1"),
    ],
)
def test_a_fidavista_statement_is_read_in_both_shapes(data):
    entries, (one,) = read(data)
    assert [(entry.cents, entry.bank_reference) for entry in entries] == [(1915, "B1"), (-500, "B2")]
    assert entries[0].details[0][1:5] == ("ANNA OZOLA", ANNA, "", "Rēķins VU26-000001")
    assert (one.kind, one.account, one.opening_cents, one.closing_cents) == ("fidavista", IBAN, -10_000, -8_585)
    judge_statement(one)


def test_a_personal_code_is_never_read():
    assert "161175" not in repr(read(fidavista()))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (fidavista()[:-40], "xml_broken"),
        (fidavista().replace(b"19.15", b"19.14"), "statement_does_not_add_up"),
        (fidavista().replace(b"<CorD>C", b"<CorD>K"), "statement_incomplete"),
        (fidavista().replace(b"<FIDAVISTA", b"<!DOCTYPE a><FIDAVISTA"), "xml_has_doctype"),
        (fidavista().replace(b"Statement>", b"Other>"), "statement_missing"),
        (fidavista().replace(b">EUR<", b">USD<"), "statement_foreign_currency"),
    ],
)
def test_a_broken_fidavista_file_is_refused_whole(data, code):
    assert refusal(data) == code


@pytest.mark.parametrize("data", [MT940, fidavista()])
def test_other_formats_are_booked_alike(issued, data):
    take(data)
    take(data)
    assert list(BankEntry.objects.order_by("pk").values_list("state", "reason")) == [
        ("matched", "invoice"),
        ("own", ""),
    ]
    assert BankEntry.objects.first().payment_set.get().account == invoice(issued, "1").account
    assert books_are_right()


def test_the_same_payment_is_the_same_in_every_format(issued):
    take(MT940)
    take(fidavista())
    assert BankEntry.objects.count() == 2


def test_what_is_no_statement_is_not_guessed():
    with pytest.raises(Refused, match="statement_unknown_format"):
        list(formats.read([b"Datums;Summa\n2026-12-14;19,15\n"]))
