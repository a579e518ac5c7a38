"""The cash desk as a clerk uses it."""

import pytest

from avots.core import clock
from avots.payments.models import CashDesk, CashReceipt, DeskDay
from tests.town import NOW

PAY = "/birojs/kase/1/maksa/1000003/"


@pytest.fixture(autouse=True)
def in_the_window(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def ilze(town, sign_in):
    sign_in(town.people["laima"]).post("/birojs/kase/jauna/", {"code": "1", "name": "Krasta iela 2"})
    ilze = sign_in(town.people["ilze"])
    ilze.post("/birojs/kase/1/atvert/", {"float": "50,00"})
    return ilze


def pay(client, **said):
    return client.post(PAY, {"amount": "19,15", "channel": "cash", "given": "20", "key": "k"} | said, follow=True)


def test_a_customer_is_found_pays_and_gets_a_receipt_with_the_change(town, ilze):
    assert ilze.get("/birojs/kase/1/?q=avo 3").headers["Location"] == PAY
    assert "Ģirts Kļaviņš" in ilze.get(PAY).text
    page = pay(ilze)
    assert page.redirect_chain[-1][0] == "/birojs/kvitis/KV26-000001/"
    assert "0,85\xa0EUR" in page.text
    paper = ilze.get("/birojs/kvitis/KV26-000001/pdf/")
    assert paper.headers["Content-Type"] == "application/pdf"
    assert paper.content == ilze.get("/birojs/kvitis/KV26-000001/pdf/").content


def test_a_second_press_gives_the_same_receipt(town, ilze):
    assert pay(ilze).redirect_chain == pay(ilze).redirect_chain
    assert CashReceipt.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"amount": "abc"}, "Summu rakstiet kā 19,15"),
        ({"amount": "0"}, "Summai jābūt lielākai par nulli"),
        ({"given": "5"}, "Iedots mazāk"),
    ],
)
def test_what_cannot_be_taken_is_said_and_nothing_typed_is_lost(town, ilze, wrong, sentence):
    page = pay(ilze, **wrong)
    assert page.status_code == 422
    assert sentence in page.text
    assert f'value="{next(iter(wrong.values()))}"' in page.text
    assert not CashReceipt.objects.exists()


def test_money_is_handed_back_by_another_person(town, ilze, sign_in):
    pay(ilze)
    storno = "/birojs/kvitis/KV26-000001/storno/"
    assert "Naudu atdod cits cilvēks" in ilze.post(storno, {"reason": "kļūda"}, follow=True).text
    page = sign_in(town.people["laima"]).post(storno, {"reason": "kļūda"}, follow=True)
    assert "Storno kvīts KV26-000002" in page.text
    assert "nauda atdota" in ilze.get("/birojs/kvitis/KV26-000001/").text


def test_a_difference_is_shown_after_counting_and_closed_with_its_reason(town, ilze, sign_in):
    pay(ilze)
    page = ilze.get("/birojs/kase/1/slegt/")
    assert "69,15" not in page.text
    counted = {"d5000": "1", "d1000": "1"}
    page = ilze.post("/birojs/kase/1/slegt/", counted)
    assert page.status_code == 422
    assert "Trūkst 9,15 EUR" in page.text
    page = ilze.post("/birojs/kase/1/slegt/", counted | {"reason": "izdots par daudz"}, follow=True)
    assert "Kases slēguma lapa" in page.text
    assert "−9,15" in page.text
    ainars = sign_in(town.people["ainars"])
    assert "izdots par daudz" in ainars.get("/birojs/kase/slegumi/").text
    assert "Šī diena ir slēgta" in ilze.get("/birojs/kase/1/").text
    assert "Kase nav atvērta" in pay(ilze, key="z").text


def test_a_desk_left_open_yesterday_is_closed_first(town, ilze, sign_in, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW.replace(day=27))
    ilze = sign_in(town.people["ilze"])  # yesterday's session has ended
    assert "palika atvērta" in ilze.get("/birojs/kase/1/").text
    assert "nav slēgta" in ilze.get("/birojs/kase/").text
    ilze.post("/birojs/kase/1/slegt/", {"d5000": "1"})
    ilze.post("/birojs/kase/1/atvert/", {"float": "50"})
    assert list(DeskDay.objects.order_by("day").values_list("state", flat=True)) == ["closed", "open"]


def test_a_clerk_takes_money_and_an_accountant_sees_the_closings(town, ilze, sign_in):
    ainars = sign_in(town.people["ainars"])
    assert (ilze.get("/birojs/kase/slegumi/").status_code, ainars.get(PAY).status_code) == (403, 403)
    assert ainars.get("/birojs/kase/").status_code == 200
    ilze.post("/birojs/kase/jauna/", {"code": "2", "name": "Otra"})
    assert CashDesk.objects.count() == 1
