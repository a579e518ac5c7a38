"""Bank money in the office: upload, look, book, decide, undo."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command

from avots.core import clock
from avots.ledger.queries import balance_of
from avots.payments.models import BankEntry, Payment, StatementFile
from tests.payments.bank import KARLIS, Pay, camt, file
from tests.payments.test_statements import invoice, take
from tests.town import AFTER


@pytest.fixture(autouse=True)
def in_december(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AFTER)


@pytest.fixture
def ainars(town, sign_in):
    return sign_in(town.people["ainars"])


def upload(client, data: bytes, name: str = "izraksts.xml"):
    sent = file(data)
    sent.name = name
    return client.post("/birojs/izraksti/", {"file": sent}, follow=True)


def entry(reference: str = "B1") -> BankEntry:
    return BankEntry.objects.get(bank_reference=reference)


def test_a_statement_is_looked_at_first_and_booked_by_a_second_press(issued, ainars):
    data = camt("2026-12-01", Pay(700, invoice(issued, "1").reference, "B1"), Pay(300, "?", "B2"), Pay(-5, "x", "B3"))
    page = upload(ainars, data)
    for words in ("Vēl nekas nav ielādēts", "atsauce: 1", "sakrīt līdz centam", "Gaidīs lēmumu"):
        assert words in page.text
    assert not BankEntry.objects.exists()
    path = page.redirect_chain[-1][0]
    page = ainars.post(f"{path}ieladet/", follow=True)
    assert "Izraksts ielādēts." in page.text
    assert "Anna Ozola" in page.text
    assert Payment.objects.get().cents == 700
    ainars.post(f"{path}ieladet/")
    assert upload(ainars, data).redirect_chain[-1][0] == path
    assert BankEntry.objects.count() == 3


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<a>", "Fails ir bojāts"),
        (b"hello", "Faila formāts nav zināms"),
        (camt("2026-12-01", Pay(5), off=1), "nesummējas"),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "dokumenta tipa apraksts"),
    ],
)
def test_a_file_that_cannot_be_booked_is_refused_with_a_sentence(ainars, data, words):
    page = upload(ainars, data)
    assert (page.status_code, words in page.text) == (422, True)
    assert not StatementFile.objects.exists()
    assert ainars.post("/birojs/izraksti/").status_code == 422


def test_a_new_account_needs_a_word_of_the_person(ainars):
    path = upload(ainars, camt("2026-12-01", Pay(5), account=KARLIS)).redirect_chain[-1][0]
    assert "nav mūsu kontu sarakstā" in ainars.post(f"{path}ieladet/", follow=True).text
    assert not BankEntry.objects.exists()
    ainars.post(f"{path}ieladet/", {"ours": "1"})
    assert BankEntry.objects.count() == 1


def test_the_queue_shows_the_evidence_and_one_key_decides(issued, ainars):
    due = invoice(issued, "3").total_cents
    take(camt("2026-12-01", Pay(due, "par udeni avotu 14 3", "B1", party="GIRTS KLAVINS", iban=KARLIS)))
    page = ainars.get("/birojs/maksajumi/")
    for words in (
        "jāizlemj: 1",
        "Ģirts Kļaviņš",
        "summa sakrīt līdz centam",
        "adrese mērķī",
        'aria-keyshortcuts="1"',
    ):
        assert words in page.text
    sent = {"account": "1000003", "remember": "1"}
    page = ainars.post(f"/birojs/maksajumi/{entry().pk}/lemt/", sent, follow=True)
    assert "viss izlemts" in page.text
    assert balance_of(issued.accounts["3"]) == 0
    again = ainars.post(f"/birojs/maksajumi/{entry().pk}/lemt/", sent)
    assert (again.status_code, Payment.objects.count()) == (422, 1)


def test_another_customer_is_found_by_a_few_letters(town, ainars):
    take(camt("2026-12-01", Pay(500, "?", "B1", party="X")))
    page = ainars.get(f"/birojs/maksajumi/?r={entry().pk}&meklet=avo 5")
    assert "Kārlis Svešais" in page.text
    assert "Nekas nav atrasts" in ainars.get(f"/birojs/maksajumi/?r={entry().pk}&meklet=qqq").text


def test_a_split_keeps_what_was_typed_until_it_adds_up(town, ainars):
    take(camt("2026-12-01", Pay(1000, "abi", "B1")))
    typed = {"decision": "split", "number1": "1000001", "amount1": "4,00", "number2": "1000002", "amount2": "6,01"}
    page = ainars.post(f"/birojs/maksajumi/{entry().pk}/lemt/", typed)
    assert (page.status_code, "Daļu summai jābūt 10,00 EUR" in page.text, 'value="6,01"' in page.text) == (
        422,
        True,
        True,
    )
    ainars.post(f"/birojs/maksajumi/{entry().pk}/lemt/", typed | {"amount2": "6,00"})
    assert sorted(Payment.objects.values_list("cents", flat=True)) == [400, 600]


@pytest.mark.parametrize("change", [{"number1": "9"}, {"amount1": "x"}, {"number1": ""}, {"amount1": "-10,00"}])
def test_a_split_that_cannot_be_is_refused(town, ainars, change):
    take(camt("2026-12-01", Pay(1000, "abi", "B1")))
    typed = {"decision": "split", "number1": "1000001", "amount1": "10,00"} | change
    assert ainars.post(f"/birojs/maksajumi/{entry().pk}/lemt/", typed).status_code == 422
    assert not Payment.objects.exists()


def test_money_of_no_customer_is_set_aside_and_undone_by_one_key(town, ainars):
    take(camt("2026-12-01", Pay(1000, "kredīts", "B1")))
    for reason in ("", "made up"):
        ainars.post(f"/birojs/maksajumi/{entry().pk}/lemt/", {"decision": "aside", "reason": reason})
        assert entry().state == "waiting"
    page = ainars.post(f"/birojs/maksajumi/{entry().pk}/lemt/", {"decision": "aside", "reason": "loan"}, follow=True)
    assert "aizdevums vai kredīts" in page.text
    assert 'aria-keyshortcuts="z"' in page.text
    page = ainars.post(f"/birojs/maksajumi/{entry().pk}/atsaukt/", follow=True)
    assert "Maksājums atkal gaida" in page.text
    assert entry().state == "waiting"


def test_missing_days_are_shown_once(town, ainars, sign_in):
    take(camt("2026-11-26", Pay(5)))
    take(camt("2026-11-30", Pay(5), opening=5))
    for path in ("/birojs/maksajumi/", "/birojs/izraksti/"):
        page = ainars.get(path)
        assert page.text.count("trūkst izraksta") == 1
        assert "27.11.2026." in page.text


def test_looking_at_the_money_pages_is_for_those_who_handle_money(town, sign_in):
    take(camt("2026-12-01", Pay(5)))
    pk = StatementFile.objects.get().pk
    for name, status in (("ilze", 403), ("laima", 200), ("guntis", 403)):
        client = sign_in(town.people[name])
        assert {client.get(path).status_code for path in ("/birojs/izraksti/", f"/birojs/izraksti/{pk}/")} == {status}


def test_the_command_books_files_and_says_what_it_did(town, tmp_path, capsys):
    path = tmp_path / "a.xml"
    path.write_bytes(camt("2026-12-01", Pay(5, "?"), Pay(-7, "alga")))
    call_command("import_statement", path, "--check")
    assert not BankEntry.objects.exists()
    call_command("import_statement", path)
    call_command("import_statement", path)
    assert "a.xml: booked, 2 entries, {'own': 1, 'waiting': 1}" in capsys.readouterr().out
    assert BankEntry.objects.count() == 2
    path.write_bytes(b"<a>")
    with pytest.raises(CommandError, match="Fails ir bojāts"):
        call_command("import_statement", path)


def test_a_bank_payment_shows_in_the_history_of_its_day(issued, sign_in):
    take(camt("2026-12-01", Pay(invoice(issued, "1").total_cents, invoice(issued, "1").reference, "B1")))
    page = sign_in(issued.people["anna"]).get("/rekini/")
    assert "01.12.2026." in page.text
    assert date(2026, 12, 1) == entry().booked_on
