"""A person's own sign-in: address, passwords, sessions, language, and being forgotten."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models

from avots.core.dates import local_day
from avots.core.errors import Refused
from avots.customers.actions import own, people
from avots.customers.actions.registration import register
from avots.customers.jobs import forget_people
from avots.customers.models import Access, Consent, CustomerAccount, EmailChange, Erasure, Party, User
from avots.customers.passwords import ContextValidator, LengthValidator
from avots.customers.queries import contacts_of
from avots.outbox.models import Message
from tests.customers.test_registration import code_of, prove
from tests.town import BY, NOW

TODAY = local_day(NOW)
HELD_DOCUMENTS = {"billing_invoice", "customers_party"}  # the customer's contract and its papers


def test_a_changed_address_signs_in_and_the_old_one_may_undo_it(town):
    anna = town.people["anna"]
    CustomerAccount.objects.filter(pk=town.accounts["1"].pk).update(invoice_email="anna@example.lv")
    change = own.change_email(anna, "Anna.Jauna@example.lv", now=NOW)
    assert EmailAddress.objects.get(user=anna).email == "anna.jauna@example.lv"
    assert CustomerAccount.objects.get(pk=town.accounts["1"].pk).invoice_email == "anna.jauna@example.lv"
    letter = Message.objects.get(template="email-changed")
    assert letter.to == "anna@example.lv"
    assert "jauna@" not in letter.text
    own.undo_email(change, now=NOW)
    anna.refresh_from_db()
    assert anna.email == "anna@example.lv"
    with pytest.raises(Refused, match="already_decided"):
        own.undo_email(change, now=NOW)


def test_an_address_in_use_is_not_taken(town):
    with pytest.raises(Refused, match="email_taken"):
        own.change_email(town.people["anna"], "karlis@example.lv", now=NOW)
    assert not EmailChange.objects.exists()


def test_letters_come_in_the_language_a_person_asked_for_and_the_wish_is_kept(town):
    anna = town.people["anna"]
    for _ in range(2):
        own.wish_language(anna, "en", now=NOW, by=BY)
        anna.refresh_from_db()
    wish = Consent.objects.get()
    assert (wish.choice, wish.at, wish.by, wish.purpose) == ("en", NOW, str(BY), "language")
    assert contacts_of([town.accounts["1"]], on=TODAY)[town.accounts["1"].pk].language == "en"


PASSWORDS = {
    "pirmais otrais": False,
    "pirmais otrais x": True,
    "a" * 129: False,
    "ūdens ūdens ūdens": False,
    "ventspils-udens-1": False,
    "Ventas ūdens 12345": False,
    "mans ūdens tek pa cauruli": True,
    "žāvētas plūmes 🌊🌊": True,
}


@pytest.mark.parametrize(("password", "good"), PASSWORDS.items())
def test_passwords_are_long_and_not_about_the_utility(password, good):
    def taken() -> bool:
        try:
            LengthValidator().validate(password)
            ContextValidator().validate(password)
        except ValidationError:
            return False
        return True

    assert taken() is good


def test_eight_characters_are_enough_beside_a_second_step(town):
    anna = town.people["anna"]
    with pytest.raises(ValidationError):
        LengthValidator().validate("x7-kvarc", anna)
    Authenticator.objects.create(user=anna, type="webauthn", data={})
    LengthValidator().validate("x7-kvarc", anna)
    with pytest.raises(ValidationError):
        LengthValidator().validate("x7-kvar", anna)


def test_a_code_from_a_letter_is_the_way_back_for_who_lost_their_passkey(town):
    anna = town.people["anna"]
    Authenticator.objects.create(user=anna, type="webauthn", data={})
    proof = prove("1000001", code_of("1000001"), network="n", now=NOW)
    assert register(proof, "anna@example.lv", by_email=False, now=NOW) == anna
    assert not Authenticator.objects.exists()


def plaintext(words: set[str]) -> dict[str, list[str]]:
    """Where in any text of any table one of these words stands."""
    found: dict[str, list[str]] = {}
    for model in apps.get_models():
        table = model._meta.db_table
        fields = [
            one.attname
            for one in model._meta.concrete_fields
            if isinstance(one, models.CharField | models.TextField | models.JSONField)
        ]
        for row in model.objects.values_list(*fields) if fields else ():
            text = " ".join(map(str, row)).lower()
            if any(word in text for word in words) and table not in HELD_DOCUMENTS:
                found.setdefault(table, []).append(text[:80])
    return found


@pytest.fixture
def lived(town):
    """Anna after a life in the portal under two addresses, with helpers, wishes, letters and a session."""
    anna = town.people["anna"]
    User.objects.filter(pk=anna.pk).update(name="Anastasija Unikālā")
    anna.refresh_from_db()
    own.wish_language(anna, "en", now=NOW, by=BY)
    own.change_email(anna, "anastasija@unikala.example", now=NOW)
    CustomerAccount.objects.filter(pk=town.accounts["1"].pk).update(
        delivery="email", invoice_email="anastasija@unikala.example"
    )
    Party.objects.filter(pk=town.accounts["1"].party_id).update(email="anna@example.lv")
    people.invite(town.accounts["1"], email="mate@example.lv", kind="delegate", ends_on=None, now=NOW, inviter=anna)
    register(prove("1000001", code_of("1000001"), network="n", now=NOW), "cits@example.lv", by_email=False, now=NOW)
    own.note_sign_in(anna, session_key="s" * 32, device="Firefox, Android", now=NOW)
    Authenticator.objects.create(user=anna, type="webauthn", data={"name": "Anastasija telefons"})
    return town


HER_WORDS = {"anastasija", "unikālā", "anna@example.lv", "unikala.example"}


def test_after_erasure_nothing_of_the_person_stands_anywhere_but_in_held_documents(lived):
    assert len(plaintext(HER_WORDS)) >= 5
    anna = lived.people["anna"]
    own.ask_erasure(anna, now=NOW, by=BY)
    assert plaintext(HER_WORDS) == {}
    anna.refresh_from_db()
    assert not anna.is_active
    assert not anna.has_usable_password()
    account = CustomerAccount.objects.get(pk=lived.accounts["1"].pk)
    assert (account.delivery, account.invoice_email) == ("paper", "")
    assert Access.objects.valid(on=TODAY).filter(account=account).count() == 1


def test_a_legal_hold_keeps_the_data_and_closes_the_door(lived, monkeypatch):
    anna = lived.people["anna"]
    hold = own.hold_data(lived.accounts["1"], reason="Prasība tiesā", now=NOW, by=BY)
    own.ask_erasure(anna, now=NOW, by=BY)
    assert plaintext(HER_WORDS)
    assert not User.objects.get(pk=anna.pk).is_active
    later = NOW + timedelta(days=90)
    own.release_hold(hold, now=later, by=BY)
    monkeypatch.setattr("avots.core.clock.now", lambda: later)
    assert forget_people.func() == 1
    assert plaintext(HER_WORDS) == {}
    assert Erasure.objects.get().done_at == later


def test_staff_are_not_erased_while_they_serve(town):
    with pytest.raises(Refused, match="staff_not_erased"):
        own.ask_erasure(town.people["ilze"], now=NOW, by=BY)
