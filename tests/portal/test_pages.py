"""The resident's other pages."""

import re

import pytest

from avots.billing.models import Invoice
from avots.core import clock, policies
from avots.customers.models import CustomerAccount
from avots.outbox.models import Message
from avots.readings.models import Reading
from tests.billing.test_month import compute, issue, read_intake, report
from tests.town import AFTER, BY, MONTH, NOW, Town


@pytest.fixture(autouse=True)
def in_december(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AFTER)


@pytest.fixture
def billed(town) -> Town:
    report(town, "2", "3", "4", "5", "6")
    read_intake(town)
    issue(compute(town))
    return town


def test_home_says_what_to_pay_and_shows_use(billed, sign_in):
    page = sign_in(billed.people["anna"]).get("/")
    assert "Jāmaksā" in page.text
    assert 'role="img"' in page.text
    assert "1 no 3" in page.text


def test_home_says_what_to_do_while_the_window_is_open(town, sign_in, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    page = sign_in(town.people["anna"]).get("/")
    assert "Labdien! Laiks paziņot rādījumus." in page.text
    assert "28.\xa0novembrim" in page.text
    assert "no 6 dzīvokļiem jau paziņojuši" in page.text


def test_home_counts_the_meters_left_and_greets_by_name(town, sign_in, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)
    report(town, "1")
    anna = town.people["anna"]
    type(anna).objects.filter(pk=anna.pk).update(name="Jānis Ozols")
    page = sign_in(anna).get("/")
    assert "Paldies, viss ir paziņots!" in page.text
    Reading.objects.filter(installation=town.cold["1"], round=town.round).update(state="superseded")
    page = sign_in(anna).get("/")
    assert "Labdien, Jāni! Atlicis viens skaitītājs." in page.text


def test_home_compares_with_homes_like_it_and_never_with_too_few(billed, sign_in):
    anna = sign_in(billed.people["anna"])
    assert "Salīdzināti dzīvokļi: 5." in anna.get("/").text.replace("\xa0", " ")
    policies.change(name="similar_homes_at_least", valid_from=MONTH.first_day, value=6, basis="t", now=AFTER, by=BY)
    assert "Salīdzināti" not in anna.get("/").text


def test_invoices_have_sum_period_due_and_payment_date(billed, sign_in):
    anna = sign_in(billed.people["anna"])
    page = anna.get("/rekini/")
    assert "31.12.2026." in page.text
    assert "2026. gada novembri" in page.text
    invoice = anna.get("/rekini/VU26-000001/")
    assert "(2,412 + 3,105 + 2,790) : 3" in invoice.text
    assert "Mājas starpība" in invoice.text


def test_a_strangers_invoice_is_not_there(billed, sign_in):
    assert sign_in(billed.people["karlis"]).get("/rekini/VU26-000001/").status_code == 404


def test_delivery_changes_in_one_click(town, sign_in):
    anna = sign_in(town.people["anna"])
    anna.post("/iestatijumi/", {"delivery": "email"})
    account = CustomerAccount.objects.get(pk=town.accounts["1"].pk)
    assert (account.delivery, account.invoice_email) == ("email", "anna@example.lv")
    anna.post("/iestatijumi/", {"delivery": "paper"})
    account.refresh_from_db()
    assert account.delivery == "paper"


@pytest.mark.parametrize(
    "path", ["/skaititaji/", "/iestatijumi/", "/lapa/viegli/", "/lapa/pieklustamiba/", "/lapa/dati/"]
)
def test_quiet_pages_open(town, sign_in, path):
    assert sign_in(town.people["anna"]).get(path).status_code == 200


def test_the_accessibility_statement_is_linked_and_says_how_far_by_whom_and_when(town, visitor):
    assert 'href="/lapa/pieklustamiba/"' in visitor.get("/konts/login/").text
    page = visitor.get("/lapa/pieklustamiba/").text
    for part in ("EN 301 549", "Nr. 445", "daļēji atbilst", "Kas vēl nav labi", "Pēdējā pārbaude: 2026", "tel:"):
        assert part in page


def test_anna_signs_in_by_a_code(town, visitor):
    visitor.get("/konts/login/code/")
    visitor.post("/konts/login/code/", {"email": "anna@example.lv"})
    letter = Message.objects.get(template="sign-in-code")
    code = re.search(r"^\s+(\S{6,})$", letter.text, re.MULTILINE).group(1)
    page = visitor.post("/konts/login/code/confirm/", {"code": code}, follow=True)
    assert page.status_code == 200
    assert "Iziet" in page.text


def test_an_unknown_address_sees_the_same_page(town, visitor):
    known = visitor.post("/konts/login/code/", {"email": "anna@example.lv"}, follow=True)
    unknown = type(visitor)().post("/konts/login/code/", {"email": "nobody@example.lv"}, follow=True)
    strip = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"|\S+@example\.lv')
    assert strip.sub("", known.text) == strip.sub("", unknown.text)


@pytest.mark.parametrize(
    ("person", "path"),
    [("anna", "/rekini/{}/"), ("ilze", "/birojs/klienti/1000001/rekini/{}/"), ("anna", "/rekini/")],
)
def test_an_invoice_and_the_list_take_a_dozen_queries(
    issued, sign_in, monkeypatch, person, path, django_assert_max_num_queries
):
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    page = path.format(Invoice.objects.get(account=issued.accounts["1"]).number)
    client = sign_in(issued.people[person])
    client.get(page)
    with django_assert_max_num_queries(12):
        client.get(page)


@pytest.mark.parametrize(
    ("person", "path", "at", "most"),
    [
        ("anna", "/", NOW, 26),
        ("anna", "/", AFTER, 23),
        ("anna", "/skaititaji/", AFTER, 11),
        ("ilze", "/birojs/klienti/1000001/", AFTER, 22),
        ("ilze", "/birojs/klienti/?q=1000001", AFTER, 26),
        ("ilze", "/birojs/klienti/", AFTER, 3),
    ],
)
def test_a_page_asks_no_more_than_it_shows(
    issued, sign_in, monkeypatch, django_assert_max_num_queries, person, path, at, most
):
    monkeypatch.setattr(clock, "now", lambda: at)
    client = sign_in(issued.people[person])
    client.get(path, follow=True)
    with django_assert_max_num_queries(most):
        assert client.get(path, follow=True).status_code == 200
