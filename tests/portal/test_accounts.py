"""Registering, signing in, sessions and what is asked again, through the doors."""

import re
from collections import Counter
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from avots.config import sessions
from avots.core import clock, throttles
from avots.core.dates import local_day
from avots.core.models import AuditEntry
from avots.customers.actions import own
from avots.customers.models import Access, CodeGeneration, SignIn, User
from avots.outbox.models import Message
from avots.portal.proof import network_of
from tests.customers.test_registration import code_of, wrong
from tests.page import CheckedClient
from tests.town import NOW, Town

DAY = timedelta(days=1)
TODAY = local_day(NOW)
CSRF = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"')


@pytest.fixture(autouse=True)
def in_the_window(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


def mailed_code(email: str) -> str:
    letter = Message.objects.filter(to=email, template="confirm-address").latest("pk")
    return re.search(r"^\s+(\S{7})$", letter.text, re.MULTILINE).group(1)


def register(visitor: Client, email: str, number: str = "1000006", *, by_email: str = "1"):
    visitor.post("/registreties/", {"number": number, "code": code_of(number)})
    visitor.post("/registreties/epasts/", {"email": email, "by_email": by_email})
    return visitor.post("/registreties/apstiprinat/", {"code": mailed_code(email)}, follow=True)


def test_a_new_user_goes_from_the_code_to_being_signed_in(town, visitor):
    page = register(visitor, "nina@example.lv")
    assert "Reģistrācija ir pabeigta" in page.text
    assert page.request["PATH_INFO"] == "/"
    assert "Avotu iela 14-6" in page.text
    town.accounts["6"].refresh_from_db()
    assert (town.accounts["6"].delivery, town.accounts["6"].invoice_email) == ("email", "nina@example.lv")
    assert SignIn.objects.get().user.email == "nina@example.lv"


def test_somebody_signed_in_adds_a_flat_and_switches_between_the_two(town, sign_in):
    anna = sign_in(town.people["anna"])
    page = anna.post("/registreties/", {"number": "1000006", "code": code_of()}, follow=True)
    assert "Konts ir pievienots" in page.text
    assert "1000001" in page.text
    assert "Avotu iela 14-1" in anna.get("/?konts=1000001").text


PAIRS = {
    "unknown": ("9999999", wrong()),
    "known": ("1000004", wrong()),
    "foreign": ("1000004", code_of("1000006")),
    "used": ("1000003", code_of("1000003")),
    "expired": ("1000004", code_of("1000004", on=TODAY - 31 * DAY)),
}


def test_every_wrong_pair_gets_the_same_page_and_status(town, visitor):
    CodeGeneration.objects.create(number="1000003", generation=1)
    pages = {}
    for name, (number, code) in PAIRS.items():
        answer = CheckedClient().post("/registreties/", {"number": number, "code": code})
        pages[name] = (answer.status_code, CSRF.sub("", answer.text).replace(number, "").replace(code, ""))
    assert len(set(pages.values())) == 1
    assert pages["known"][0] == 422


def test_asking_for_a_code_says_nothing_about_the_number(town, visitor):
    known = visitor.post("/registreties/jauns-kods/", {"number": "1000006"})
    unknown = CheckedClient().post("/registreties/jauns-kods/", {"number": "9999999"})
    assert (known.status_code, CSRF.sub("", known.text)) == (unknown.status_code, CSRF.sub("", unknown.text))


def test_a_code_from_the_mail_dies_after_three_wrong_tries_and_after_ten_minutes(town, visitor, monkeypatch):
    visitor.post("/registreties/", {"number": "1000006", "code": code_of()})
    visitor.post("/registreties/epasts/", {"email": "nina@example.lv"})
    right = mailed_code("nina@example.lv")
    for _ in range(3):
        assert visitor.post("/registreties/apstiprinat/", {"code": "AAAAAAA"}).status_code == 422
    assert visitor.post("/registreties/apstiprinat/", {"code": right}).status_code == 422
    visitor.post("/registreties/epasts/", {"email": "nina@example.lv"})
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(minutes=10))
    late = visitor.post("/registreties/apstiprinat/", {"code": mailed_code("nina@example.lv")})
    assert late.status_code == 422
    assert not User.objects.filter(email="nina@example.lv").exists()


def test_without_a_living_code_there_is_no_second_step(town, visitor):
    assert visitor.get("/registreties/epasts/").headers["Location"] == "/registreties/"
    assert visitor.post("/registreties/apstiprinat/", {"code": "x"}).headers["Location"] == "/registreties/"


@pytest.mark.parametrize("count", [60, pytest.param(10_000, marks=pytest.mark.drill)])
def test_after_a_storm_of_tries_the_real_person_still_gets_in_by_mail_code(town, visitor, monkeypatch, count):
    storm = Client(REMOTE_ADDR="203.0.113.7")
    for number in range(count):
        storm.post("/registreties/", {"number": "1000001", "code": wrong(number)})
        storm.post("/konts/login/", {"login": "anna@example.lv", "password": f"x{number}"})
    assert throttles.Throttle.objects.filter(name__startswith="code-number:1000001").exists()
    visitor.post("/konts/login/code/", {"email": "anna@example.lv"})
    letter = Message.objects.filter(template="sign-in-code").latest("pk")
    code = re.search(r"^\s+(\S{6,})$", letter.text, re.MULTILINE).group(1)
    assert "Iziet" in visitor.post("/konts/login/code/confirm/", {"code": code}, follow=True).text


def attack(count: int) -> Counter[str]:
    """Try codes, also the right one: at one customer from one network, and at many from many, in turn."""
    answers: Counter[str] = Counter()
    right = code_of("1000004")
    for at in range(count):
        near = at % 2 == 0
        number = "1000004" if near else f"{1_000_001 + at % 97}"
        code = right if near and at > 20 and at % 10 == 0 else wrong(at)
        network = "203.0.113.7" if near else f"10.{at % 251}.{at // 251 % 251}.7"
        page = Client(REMOTE_ADDR=network).post("/registreties/", {"number": number, "code": code})
        busy = "Mēģinājumu ir par daudz" in page.text
        answers["opened" if page.status_code == 302 else "throttled" if busy else "wrong"] += 1
        assert page.status_code in {302, 422}
    return answers


@pytest.mark.parametrize("count", [200, pytest.param(10_000, marks=pytest.mark.drill)])
def test_of_a_storm_of_codes_every_one_is_refused_and_most_are_not_even_judged(town, count):
    users, held = User.objects.count(), Access.objects.count()
    answers = attack(count)
    print(f"\n{count} codes tried: {dict(answers)}")
    judged = AuditEntry.objects.filter(verb="prove_code")
    assert answers["opened"] == 0
    assert answers["wrong"] == judged.count() <= 2_000
    assert judged.filter(subject="account:1000004").count() <= 15
    assert answers["throttled"] == count - judged.count() > count // 4
    assert CodeGeneration.objects.get(number="1000004").generation >= 2
    assert (User.objects.count(), Access.objects.count()) == (users, held)


def test_a_network_is_the_one_the_proxy_saw_not_what_a_caller_writes(rf, settings):
    def network(**headers):
        return network_of(rf.get("/", **headers))

    assert network(REMOTE_ADDR="203.0.113.7") == network(REMOTE_ADDR="203.0.113.9", HTTP_X_FORWARDED_FOR="1.2.3.4")
    assert network(REMOTE_ADDR="203.0.113.7") != network(REMOTE_ADDR="203.0.114.7")
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    real = network(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="203.0.113.7")
    assert real == network(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="9.9.9.9, 203.0.113.7")


def signed_in(town: Town, name: str) -> Client:
    """A client that signed in by a code, so that it proved itself lately."""
    client = CheckedClient(headers={"user-agent": "Mozilla/5.0 (Android 14) Firefox/130.0"})
    client.post("/konts/login/code/", {"email": f"{name}@example.lv"})
    letter = Message.objects.filter(template="sign-in-code", to=f"{name}@example.lv").latest("pk")
    code = re.search(r"^\s+(\S{6,})$", letter.text, re.MULTILINE).group(1)
    client.post("/konts/login/code/confirm/", {"code": code})
    return client


def test_a_session_gets_a_new_id_at_sign_in_and_its_person_can_see_and_end_the_others(town):
    first = CheckedClient()
    first.get("/konts/login/")
    first.post("/konts/login/code/", {"email": "anna@example.lv"})
    before = first.session.session_key
    letter = Message.objects.get(template="sign-in-code")
    code = re.search(r"^\s+(\S{6,})$", letter.text, re.MULTILINE).group(1)
    first.post("/konts/login/code/confirm/", {"code": code})
    assert first.session.session_key != before
    second = signed_in(town, "anna")
    page = second.get("/iestatijumi/ierices/")
    assert "Firefox, Android" in page.text
    second.post("/iestatijumi/ierices/", {"only": ""})
    assert first.get("/iestatijumi/").status_code == 302
    assert second.get("/iestatijumi/").status_code == 200


def test_nobody_ends_a_strangers_session(town):
    anna, karlis = signed_in(town, "anna"), signed_in(town, "karlis")
    target = SignIn.objects.get(user=town.people["anna"])
    karlis.post("/iestatijumi/ierices/", {"only": str(target.pk)})
    assert anna.get("/iestatijumi/").status_code == 200


LIVES = [("anna", sessions.RESIDENT), ("ilze", sessions.STAFF)]


@pytest.mark.parametrize(("name", "life"), LIVES)
def test_a_session_ends_when_idle_and_after_its_whole_life(town, monkeypatch, name, life):
    path = "/iestatijumi/"
    idle = signed_in(town, name)
    monkeypatch.setattr(clock, "now", lambda: NOW + life.idle - timedelta(seconds=1))
    assert idle.get(path).status_code == 200
    monkeypatch.setattr(clock, "now", lambda: NOW + 2 * life.idle)
    assert idle.get(path).status_code == 302
    monkeypatch.setattr(clock, "now", lambda: NOW)
    busy, at = signed_in(town, name), NOW
    while at - NOW < life.whole - life.idle / 2:
        assert busy.get(path).status_code == 200
        at += life.idle / 2
        monkeypatch.setattr(clock, "now", lambda at=at: at)
    monkeypatch.setattr(clock, "now", lambda: NOW + life.whole)
    assert busy.get(path).status_code == 302


def test_somebody_who_may_no_longer_sign_in_is_out_at_once(town):
    anna = signed_in(town, "anna")
    User.objects.filter(email="anna@example.lv").update(is_active=False)
    assert anna.get("/iestatijumi/").status_code == 302


CAREFUL = ["/iestatijumi/epasts/", "/iestatijumi/dati/mani-dati.json", "/iestatijumi/dati/dzest/"]


@pytest.mark.parametrize("path", CAREFUL)
def test_important_steps_ask_again_who_is_there(town, sign_in, path):
    anna = sign_in(town.people["anna"])
    to = anna.get(path).headers["Location"]
    assert to.startswith("/apliecinat/?next=")
    anna.post(to, {"send": "1", "next": path})
    answer = anna.post("/apliecinat/", {"code": mailed_code("anna@example.lv"), "next": path})
    assert answer.headers["Location"] == path
    assert anna.get(path).status_code == 200


def test_after_proving_nobody_is_led_to_another_site(town, sign_in):
    anna = sign_in(town.people["anna"])
    assert 'value="/iestatijumi/"' in anna.get("/apliecinat/?next=https://evil.example/").text


def test_who_has_a_password_proves_with_it(town, sign_in):
    town.people["anna"].set_password("viens divi trīs četri")
    town.people["anna"].save()
    to = sign_in(town.people["anna"]).get(CAREFUL[0]).headers["Location"]
    assert to.startswith("/konts/reauthenticate/")


def test_an_address_changes_by_a_code_and_the_old_one_undoes_it_by_a_button(town, visitor):
    anna = signed_in(town, "anna")
    anna.post("/iestatijumi/epasts/", {"email": "jauna@example.lv"})
    page = anna.post("/iestatijumi/epasts/kods/", {"code": mailed_code("jauna@example.lv")}, follow=True)
    assert "jauna@example.lv" in page.text
    link = re.search(r"/saite/atcelt/\S+/", Message.objects.get(template="email-changed").text).group()
    for _ in range(3):
        assert "Atcelt maiņu" in visitor.get(link).text
    assert User.objects.filter(email="jauna@example.lv").exists()
    assert "atjaunota" in visitor.post(link).text
    assert EmailAddress.objects.get(user=town.people["anna"]).email == "anna@example.lv"
    assert anna.get("/iestatijumi/").status_code == 302
    assert visitor.post(link).status_code == 410


def test_the_undo_ends_after_a_day(town, visitor, monkeypatch):
    own.change_email(town.people["anna"], "jauna@example.lv", now=NOW)
    link = re.search(r"/saite/atcelt/\S+/", Message.objects.get(template="email-changed").text).group()
    monkeypatch.setattr(clock, "now", lambda: NOW + DAY)
    assert visitor.post(link).status_code == 410


def test_an_objection_by_the_link_closes_the_newcomers_access(town, visitor):
    newcomer = CheckedClient()
    register(newcomer, "svess@example.lv", "1000001")
    link = re.search(r"/saite/iebildums/\S+/", Message.objects.get(template="somebody-registered").text).group()
    visitor.get(link)
    assert newcomer.get("/rekini/?konts=1000001").status_code == 200
    visitor.post(link)
    assert newcomer.get("/rekini/?konts=1000001").status_code == 404
