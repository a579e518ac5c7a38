"""Bank statements read from real files, from broken ones and from hostile ones."""

import os
import re
import time
import tracemalloc
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from avots.core.errors import Refused
from avots.payments import formats
from avots.payments.rules import judge_statement
from avots.payments.statements import Entry, Statement, chunks
from tests.payments.bank import Pay, camt, file, message, statement

DATA = Path(os.environ.get("AVOTS_SAMPLES", Path(__file__).parents[3] / "shared" / "data"))
BANK, BOMBS = DATA / "bank", DATA / "upload_fuzz" / "xml_bombs"
needs_samples = pytest.mark.skipif(not BANK.exists(), reason="no sample data: set AVOTS_SAMPLES")
STATEMENT = re.compile(
    r"\[acct=(\S+) ccy=\S+ open=(\S+) close=(\S+) entries=(\d+) "
    r"\(CRDT \d+=(\S+), DBIT \d+=(\S+)\) [^\]]*?(?: open\+cr-dr==close:(True|False))?\]"
)
# In these samples an entry's currency is not its account's: no sum can be formed.
TWO_CURRENCIES = {
    "camt/iso20022js__goldman_sachs_camt_053_us_v2_sample.xml",
    "camt/newinnovations__example-camt053-b.xml",
    "camt/viafintech__053_valid_example_v8.xml",
}


@dataclass(frozen=True)
class Sample:
    name: str
    facts: str

    @property
    def path(self) -> Path:
        return BANK / self.name


def manifest() -> list[Sample]:
    if not BANK.exists():
        return []
    rows = (line.split("\t") for line in (BANK / "MANIFEST.tsv").read_text().splitlines()[1:])
    return [Sample(row[0], row[3]) for row in rows if row[0].startswith("camt") and row[0].endswith(".xml")]


SAMPLES = manifest()
EMPTY = [one for one in SAMPLES if "reject" in one.facts]
READABLE = [one for one in SAMPLES if one not in EMPTY and "bad_amounts" not in one.facts]


def read(data: bytes, size: int = 64 * 1024) -> tuple[list[Entry], list[Statement]]:
    items = list(formats.read(data[at : at + size] for at in range(0, len(data), size)))
    return (
        [item for item in items if isinstance(item, Entry)],
        [item for item in items if isinstance(item, Statement)],
    )


def refusal(data: bytes) -> str:
    with pytest.raises(Refused) as refused:
        for one in read(data)[1]:
            judge_statement(one)
    return refused.value.code


def cents(text: str) -> int | None:
    return None if text == "None" else int(Decimal(text) * 100)


@needs_samples
@pytest.mark.parametrize("sample", READABLE, ids=lambda one: one.name)
def test_every_real_file_gives_the_entries_sums_and_balances_of_its_manifest(sample):
    if sample.name in TWO_CURRENCIES:
        assert refusal(sample.path.read_bytes()) == "statement_two_currencies"
        return
    entries, statements = read(sample.path.read_bytes())
    expected = STATEMENT.findall(sample.facts)
    assert len(statements) == len(expected) > 0
    for one, (account, opening, closing, count, credit, debit, adds_up) in zip(statements, expected, strict=True):
        assert account in {one.account, "?"}
        assert (one.opening_cents, one.closing_cents) == (cents(opening), cents(closing))
        assert one.entries + one.pending == int(count)
        if not one.pending:  # the manifest adds pending entries to its sums, we leave them out
            assert (one.credit_cents, one.debit_cents) == (cents(credit), cents(debit))
        assert not adds_up or one.adds_up == (adds_up == "True")
    assert sum(entry.cents for entry in entries) == sum(one.credit_cents - one.debit_cents for one in statements)
    assert all(sum(detail.cents for detail in entry.details) == entry.cents for entry in entries)


@needs_samples
@pytest.mark.parametrize("sample", EMPTY, ids=lambda one: one.name)
def test_a_file_without_a_statement_is_refused(sample):
    assert refusal(sample.path.read_bytes()) == "statement_missing"


@needs_samples
def test_a_statement_that_does_not_add_up_is_refused():
    off = [one for one in READABLE if "close:False" in one.facts and one.name not in TWO_CURRENCIES]
    assert len(off) >= 10
    codes = {refusal(one.path.read_bytes()) for one in off}
    assert codes <= {"statement_does_not_add_up", "statement_foreign_currency"}


@needs_samples
@pytest.mark.parametrize("kind", ["052", "054"])
def test_intraday_reports_and_notifications_are_recognised_and_not_booked(kind):
    siblings = [one for one in READABLE if one.facts.startswith(f"camt.{kind}")]
    assert len(siblings) >= 10
    for one in siblings:
        assert refusal(one.path.read_bytes()) == "statement_not_final", one.name


@needs_samples
@pytest.mark.parametrize("path", sorted(BOMBS.glob("*")) if BOMBS.exists() else [], ids=lambda path: path.name)
def test_a_bomb_is_refused_at_once(path):
    before = time.process_time()
    assert refusal(path.read_bytes()) in {"xml_has_doctype", "statement_missing", "xml_broken"}
    assert time.process_time() - before < 1


GOOD = camt("2026-11-20", Pay(1915, "RF88VU26104417", "B1"), Pay(-500, "nodoklis", "B2"), opening=10_000)


def test_the_made_statement_is_good():
    entries, (one,) = read(GOOD)
    assert [entry.cents for entry in entries] == [1915, -500]
    assert entries[0].details[0].text == "RF88VU26104417"
    judge_statement(one)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (GOOD[:-200], "xml_broken"),
        (GOOD[:700], "xml_broken"),
        (GOOD.replace(b"19.15", b"19..15"), "statement_bad_amount"),
        (GOOD.replace(b"19.15", b"-19.15"), "statement_bad_amount"),
        (GOOD.replace(b"19.15", b"19.155"), "statement_bad_amount"),
        (GOOD.replace(b"19.15", b"1e5"), "statement_bad_amount"),
        (GOOD.replace(b"19.15", "١٩".encode()), "statement_bad_amount"),
        (GOOD.replace(b"19.15", b"19.14"), "statement_does_not_add_up"),
        (GOOD.replace(b"2026-11-20</Dt></BookgDt>", b"2026-13-20</Dt></BookgDt>"), "statement_bad_day"),
        (GOOD.replace(b"CRDT", b"XXXX"), "statement_incomplete"),
        (GOOD.replace(b"OPBD", b"XXXX"), "statement_balance_missing"),
        (GOOD.replace(b"EUR", b"USD"), "statement_foreign_currency"),
        (GOOD.replace(b'Ccy="EUR">19', b'Ccy="SEK">19'), "statement_two_currencies"),
        (GOOD.replace(b"<Document", b'<!DOCTYPE Document SYSTEM "http://127.0.0.1/x"><Document'), "xml_has_doctype"),
        (GOOD.replace(b"UTF-8", b"UTF-7"), "xml_broken"),
        (GOOD.replace(b"UTF-8", b"no-such"), "xml_broken"),
        (GOOD.replace(b"nodoklis", "ūdens".encode("cp1257")), "xml_broken"),
        (GOOD.replace(b"nodoklis", b"a\x00b"), "xml_broken"),
        (GOOD.replace(b"nodoklis", b"x" * 20_000), "statement_field_too_long"),
        (GOOD.replace(b"<Stmt>", b"<a>" * 200 + b"</a>" * 200 + b"<Stmt>"), "xml_too_deep"),
        (b"<a>" * 200 + b"</a>" * 200, "xml_too_deep"),
        (GOOD.replace(b"<Stmt>", b'<a b="' + b"x" * 3_000_000 + b'"/><Stmt>'), "statement_field_too_long"),
        (b"", "statement_unknown_format"),
        (b"PK\x03\x04zip", "statement_unknown_format"),
        (GOOD + GOOD, "xml_broken"),
    ],
)
def test_a_broken_file_is_refused_whole(data, code):
    assert refusal(data) == code


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf" + GOOD,
        GOOD.replace(b"><", b">\r\n<"),
        GOOD.decode().replace("UTF-8", "UTF-16").encode("utf-16"),
        GOOD.decode().replace("UTF-8", "windows-1257").replace("nodoklis", "ūdens").encode("cp1257"),
        GOOD.replace(b"<Document", b"<x:Document")
        .replace(b"</Document", b"</x:Document")
        .replace(b"xmlns=", b"xmlns:x="),
        GOOD.replace(b".001.02", b".001.14"),
    ],
)
def test_marks_line_ends_encodings_and_versions_do_not_matter(data):
    entries, (one,) = read(data)
    assert [entry.cents for entry in entries] == [1915, -500]
    judge_statement(one)


def test_it_does_not_matter_where_the_pieces_are_cut():
    assert read(GOOD, 7) == read(GOOD, 64 * 1024)


def test_pending_entries_are_counted_and_not_booked():
    entries, (one,) = read(camt("2026-11-20", Pay(1915, ref="B1"), Pay(700, ref="B2", status="PDNG")))
    assert ([entry.cents for entry in entries], one.pending, one.closing_cents) == ([1915], 1, 1915)
    judge_statement(one)


def test_a_batch_is_split_where_its_parts_add_up_and_stays_whole_where_not():
    good = Pay(3000, ref="B1", parts=[Pay(1000, "a", party="A"), Pay(2000, "b", party="B")])
    bad = Pay(3000, ref="B2", parts=[Pay(1000, "a"), Pay(1500, "b")])
    entries, _ = read(camt("2026-11-20", good, bad))
    assert [(d.cents, d.party, d.text) for d in entries[0].details] == [(1000, "A", "a"), (2000, "B", "b")]
    assert [(d.cents, d.party) for d in entries[1].details] == [(3000, "")]


def test_a_statement_without_an_opening_balance_uses_the_previous_closing():
    _, (one,) = read(GOOD.replace(b"OPBD", b"PRCD"))
    judge_statement(one)


def test_memory_does_not_grow_with_the_file():
    def peak(entries: int) -> int:
        pays = [Pay(100 + n % 7, f"par udeni {n}", f"B{n}") for n in range(entries)]
        data = file(camt("2026-11-20", *pays))
        tracemalloc.start()
        assert sum(isinstance(item, Entry) for item in formats.read(chunks(data))) == entries
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    assert peak(8_000) < peak(2_000) + 100_000


def test_dates_stand_as_the_bank_wrote_them_and_fall_back_to_the_statement():
    bare = re.sub(rb"<(BookgDt|ValDt)>.*?</\1>", b"", GOOD)
    entries, (one,) = read(bare)
    assert {entry.booked_on for entry in entries} == {date(2026, 11, 20)}
    assert (one.from_on, one.to_on) == (date(2026, 11, 20), date(2026, 11, 20))


def test_one_bad_statement_refuses_the_whole_file():
    good, bad = statement("2026-11-19", Pay(5)), statement("2026-11-20", Pay(5), off=1)
    assert refusal(message(good, bad)) == "statement_does_not_add_up"
