"""The second step of signing in: staff must, others may."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.management import call_command

from avots.core.models import AuditEntry
from avots.outbox.models import Message
from tests.town import Town

ACTIVATE, PROVE = "/konts/otrais-solis/totp/activate/", "/konts/otrais-solis/authenticate/"


@pytest.fixture
def demanded(town, settings) -> Town:
    settings.STAFF_SECOND_FACTOR = True
    return town


def code_of(secret: str, later: int = 1) -> str:
    """What the person's app shows now, or half a minute later."""
    return format_hotp_value(hotp_value(secret, list(yield_hotp_counters_from_time())[later]))


def activate(client) -> str:
    """Set an app up as a person does; return its secret."""
    secret = re.search(r'<b class="num">(\w+)</b>', client.get(ACTIVATE).text).group(1)
    asked = client.post(ACTIVATE, {"code": code_of(secret)}, follow=True)
    assert "Apstipriniet, ka tas esat jūs" in asked.text
    codes = client.post(asked.redirect_chain[-1][0], {"code": code_of(secret)}, follow=True)
    assert "Rezerves kodi" in codes.text
    return secret


def sign_in_by_code(client, email: str) -> str:
    """Pass the first step; return where it leads."""
    client.get("/konts/login/code/")
    client.post("/konts/login/code/", {"email": email})
    letter = Message.objects.filter(template="sign-in-code").latest("pk")
    code = re.search(r"^\s+(\S{6,})$", letter.text, re.MULTILINE).group(1)
    return client.post("/konts/login/code/confirm/", {"code": code}).headers["Location"]


def test_staff_do_not_enter_the_office_with_one_step_alone(demanded, sign_in):
    ilze = sign_in(demanded.people["ilze"])
    page = ilze.get("/birojs/", follow=True)
    assert page.redirect_chain == [("/konts/otrais-solis/?birojs=1", 302)]
    assert "Bez tā birojs neatveras" in page.text


def test_setting_an_app_up_opens_the_office(demanded, sign_in):
    ilze = sign_in(demanded.people["ilze"])
    activate(ilze)
    assert ilze.get("/birojs/").status_code == 200


def test_another_session_with_one_step_stays_outside_when_an_app_is_set_up(demanded, sign_in):
    first, second = sign_in(demanded.people["ilze"]), sign_in(demanded.people["ilze"])
    activate(first)
    page = second.get("/birojs/klienti/", follow=True)
    assert page.redirect_chain == [("/konts/otrais-solis/reauthenticate/?next=/birojs/klienti/", 302)]


def test_the_next_signing_in_asks_for_the_code_and_a_backup_code_works_once(demanded, sign_in, visitor):
    ilze = sign_in(demanded.people["ilze"])
    activate(ilze)
    backup = re.findall(r'<li class="num">(\d+)</li>', ilze.get("/konts/otrais-solis/recovery-codes/").text)
    assert len(backup) == 10
    assert sign_in_by_code(visitor, "ilze@example.lv") == PROVE
    assert visitor.get("/birojs/").status_code == 302
    wrong = visitor.post(PROVE, {"code": "000000"})
    assert 'class="errorlist"' in wrong.text
    visitor.post(PROVE, {"code": backup[0]})
    assert visitor.get("/birojs/").status_code == 200
    again = type(visitor)()
    sign_in_by_code(again, "ilze@example.lv")
    again.post(PROVE, {"code": backup[0]})
    assert again.get("/birojs/").status_code == 302


def test_residents_and_house_managers_need_no_second_step(demanded, sign_in):
    assert sign_in(demanded.people["anna"]).get("/").status_code == 200
    assert sign_in(demanded.people["peteris"]).get("/birojs/majas/A14/").status_code == 200


def test_a_change_of_the_second_step_is_recorded_and_told(demanded, sign_in, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        activate(sign_in(demanded.people["ilze"]))
    subject = f"user:{demanded.people['ilze'].pk}"
    assert AuditEntry.objects.filter(subject=subject, verb="totp_activated").count() == 1
    assert Message.objects.filter(template="second-step", to="ilze@example.lv").exists()


def test_the_secret_is_not_readable_in_the_database_and_survives_a_new_key(demanded, sign_in, settings):
    secret = activate(sign_in(demanded.people["ilze"]))
    kept = Authenticator.objects.get(type="totp")
    assert secret not in str(kept.data)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another"
    assert kept.wrap().validate_code(code_of(secret, later=2))


def test_a_lost_second_step_is_removed_by_a_command(demanded, sign_in):
    activate(sign_in(demanded.people["ilze"]))
    call_command("forget_second_step", "ilze@example.lv")
    assert not Authenticator.objects.filter(user=demanded.people["ilze"]).exists()
    assert AuditEntry.objects.filter(verb="second_step_forgotten").exists()


@pytest.mark.parametrize("page", ["", "totp/activate/", "webauthn/", "webauthn/add/", "recovery-codes/generate/"])
@pytest.mark.parametrize("language", ["lv", "en"])
def test_every_page_of_the_second_step_is_ours(demanded, sign_in, visitor, page, language):
    ilze = sign_in(demanded.people["ilze"])
    if page == "webauthn/add/":  # only for who has just proved who they are
        ilze = visitor
        sign_in_by_code(ilze, "ilze@example.lv")
    if page.startswith("recovery"):
        activate(ilze)
    ilze.cookies["django_language"] = language
    seen = ilze.get(f"/konts/otrais-solis/{page}")
    assert seen.status_code == 200
    assert "6000 0000" in seen.text
