"""The registration code: derived, one use, thirty days, five tries; and what an outsider learns: nothing."""

import time
from datetime import timedelta
from statistics import fmean, median, pvariance

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from avots.core.dates import local_day
from avots.core.errors import Refused
from avots.customers import registration as codes
from avots.customers.actions import give_access, registration
from avots.customers.actions.registration import PER_NUMBER, prove, redeem, register
from avots.customers.jobs import answer_code_requests
from avots.customers.models import Access, CodeGeneration, CodeRequest, Party, User
from avots.customers.queries import accounts_of, code_to_print
from avots.outbox.models import Message
from tests.town import BY, NOW, Town, build

DAY = timedelta(days=1)
TODAY = local_day(NOW)


def wrong(number: int = 0) -> str:
    """A whole code that opens nothing."""
    body = f"{number:09d}"
    return body + codes.check_character(body)


def code_of(number: str = "1000006", *, on=TODAY, generation: int = 0) -> str:
    return codes.code_for(number, issued_on=on, generation=generation)


def refused(number: str, code: str, *, now=NOW, network: str = "n") -> str:
    with pytest.raises(Refused) as error:
        prove(number, code, network=network, now=now)
    return error.value.code


@given(st.text(st.sampled_from("0123456789"), min_size=1, max_size=12), st.dates(), st.integers(0, 9))
def test_a_code_has_44_bits_checks_itself_and_is_bound_to_its_number_day_and_generation(number, day, generation):
    code = codes.code_for(number, issued_on=day, generation=generation, key="k")
    assert codes.is_whole(code)
    assert len(codes.ALPHABET) ** codes.BODY >= 2**40
    others = {
        codes.code_for(number + "1", issued_on=day, generation=generation, key="k"),
        codes.code_for(number, issued_on=day, generation=generation + 1, key="k"),
        codes.code_for(number, issued_on=day, generation=generation, key="other"),
    }
    assert code not in others


def test_a_code_opens_for_thirty_days_and_not_before_it_was_issued():
    open_on = [day for day in range(-2, 40) if codes.opens("1", code_of("1"), on=TODAY + day * DAY, generation=0)]
    assert open_on == list(range(31))


def test_a_code_made_with_the_key_before_still_opens(monkeypatch):
    old = code_of("1")
    monkeypatch.setattr(settings, "REGISTRATION_KEYS", ["new", *settings.REGISTRATION_KEYS])
    assert code_of("1") != old
    assert codes.opens("1", old, on=TODAY, generation=0)


def test_a_code_is_read_as_people_type_it(town):
    code = codes.grouped(code_of()).lower().replace("0", "o").replace("1", "l")
    assert prove(" 100 0006 ", f" {code} ", network="n", now=NOW).number == "1000006"


def test_a_code_makes_a_holder_once(town):
    proof = prove("1000006", code_of(), network="n", now=NOW)
    user = register(proof, "Nina@Example.lv", by_email=True, now=NOW)
    held = accounts_of(user, on=TODAY)
    assert [(one.account.number, one.kind) for one in held] == [("1000006", "holder")]
    assert (held[0].account.delivery, held[0].account.invoice_email) == ("email", "nina@example.lv")
    assert refused("1000006", code_of()) == "registration_code_wrong"
    with pytest.raises(Refused, match="registration_code_used"):
        redeem(proof, user, by_email=False, now=NOW)


def test_an_expired_a_used_a_foreign_and_an_unknown_code_get_the_same_answer(town):
    register(prove("1000003", code_of("1000003"), network="n", now=NOW), "g@example.lv", by_email=False, now=NOW)
    tried = {
        "expired": ("1000004", code_of("1000004", on=TODAY - 31 * DAY)),
        "used": ("1000003", code_of("1000003")),
        "foreign": ("1000004", code_of("1000006")),
        "unknown": ("9999999", wrong()),
        "unknown with its own code": ("9999999", code_of("9999999")),
        "wrong": ("1000004", wrong()),
    }
    assert {name: refused(*pair) for name, pair in tried.items()} == dict.fromkeys(tried, "registration_code_wrong")


def test_a_slip_is_no_try(town):
    for _ in range(40):
        assert refused("1000006", code_of()[:-1] + "?") == "registration_code_typo"
    assert not CodeGeneration.objects.exists()


def test_after_five_wrong_codes_the_old_one_is_dead_and_a_new_one_opens(town):
    for number in range(codes.TRIES):
        refused("1000006", wrong(number))
    assert refused("1000006", code_of()) == "registration_code_wrong"
    fresh = code_to_print(town.accounts["6"], issued_on=TODAY)
    assert fresh != code_of()
    assert prove("1000006", fresh, network="n", now=NOW)


def test_tries_are_limited_by_number_by_network_and_in_all(town, monkeypatch):
    networks = [f"n{number}" for number in range(PER_NUMBER.tries + 1)]
    answers = [refused("1000006", wrong(n), network=network) for n, network in enumerate(networks)]
    assert answers == ["registration_code_wrong"] * PER_NUMBER.tries + ["registration_busy"]
    many = [refused(f"77{number}", wrong(number), network="one") for number in range(31)]
    assert many[-2:] == ["registration_code_wrong", "registration_busy"]
    monkeypatch.setattr(registration, "OF_ALL", registration.Limit("code-all", 50, timedelta(hours=1)))
    assert refused("1000004", wrong(), network="fresh") == "registration_code_wrong"
    monkeypatch.setattr(registration, "OF_ALL", registration.Limit("code-all", 10, timedelta(hours=1)))
    assert refused("1000004", wrong(), network="fresh") == "registration_busy"


def test_nobody_is_locked_out_for_good(town):
    for number in range(PER_NUMBER.tries + 1):
        refused("1000006", wrong(number), network=f"n{number}")
    tomorrow = NOW + DAY
    fresh = code_to_print(town.accounts["6"], issued_on=local_day(tomorrow))
    assert prove("1000006", fresh, network="n", now=tomorrow)


def test_who_acted_before_is_told_and_the_letter_says_no_full_address(town):
    user = register(
        prove("1000001", code_of("1000001"), network="n", now=NOW), "new@example.lv", by_email=False, now=NOW
    )
    letter = Message.objects.get(template="somebody-registered")
    assert letter.to == "anna@example.lv"
    assert "new@example.lv" not in letter.text + letter.html
    registration.object_to(town.accounts["1"], user, now=NOW, by=BY)
    assert accounts_of(user, on=TODAY) == []
    assert accounts_of(town.people["anna"], on=TODAY)
    assert Message.objects.get(template="objected").to == "new@example.lv"
    with pytest.raises(Refused, match="already_decided"):
        registration.object_to(town.accounts["1"], user, now=NOW, by=BY)


def test_a_paper_shows_a_code_only_where_no_portal_user_is(town):
    assert code_to_print(town.accounts["1"], issued_on=TODAY) == ""
    assert codes.is_whole(code_to_print(town.accounts["6"], issued_on=TODAY))


def test_a_code_that_was_asked_for_goes_to_what_is_on_file_or_to_a_letter(town, monkeypatch):
    Party.objects.filter(pk=town.accounts["6"].party_id).update(email="nina@example.lv")
    for number in ("1000006", "1000004", "9999999"):
        registration.ask_for_code(number, network="n", now=NOW)
    monkeypatch.setattr("avots.core.clock.now", lambda: NOW)
    answer_code_requests.func()
    assert dict(CodeRequest.objects.values_list("number", "state")) == {
        "1000006": "mailed",
        "1000004": "letter",
        "9999999": "none",
    }
    letter = Message.objects.get()
    assert letter.to == "nina@example.lv"
    assert codes.grouped(code_of()) in letter.text
    printed = registration.print_letter(town.accounts["4"], now=NOW, by=BY)
    assert printed == code_of("1000004")
    assert CodeRequest.objects.get(number="1000004").state == "printed"


def test_a_customer_number_invoice_number_and_sum_never_finish_a_registration(town):
    """They lie in an open letterbox: at most they start it, by asking for a code."""
    for guess in ("VU26-000001", "1915", "19,15", "1000006"):
        assert refused("1000006", guess) == "registration_code_typo"
    assert not User.objects.filter(email="nina@example.lv").exists()


def seconds(town: Town, number: str, code: str, network: str) -> float:
    start = time.perf_counter()
    refused(number, code, network=network)
    return time.perf_counter() - start


def apart(count: int, town: Town) -> tuple[float, float]:
    """How far apart the answers for a known and an unknown number are: in milliseconds, and as Welch's t.

    The two are measured in turn, so that what else the machine does falls on both.
    """
    known, unknown = [], []
    for n in range(count):
        known.append(seconds(town, f"100000{n % 6 + 1}", wrong(n), f"k{n}"))
        unknown.append(seconds(town, f"900000{n % 6 + 1}", wrong(n), f"u{n}"))
        if n % 12 == 11:
            registration.throttles.forget(before=NOW + DAY)
    cut = sorted(known + unknown)[int(1.8 * count)]  # the slowest tenth is the machine, not the rule
    known, unknown = ([one for one in times if one <= cut] for times in (known, unknown))
    spread = (pvariance(known) / len(known) + pvariance(unknown) / len(unknown)) ** 0.5
    return abs(median(known) - median(unknown)) * 1_000, abs(fmean(known) - fmean(unknown)) / spread


@pytest.mark.parametrize("count", [150, pytest.param(1_000, marks=pytest.mark.drill)])
def test_time_tells_nothing_about_a_number(town, count):
    difference, t = apart(count, town)
    assert difference < 20, f"known and unknown are {difference:.2f} ms apart"
    assert t < 2.58 or difference < 0.2, f"t = {t:.2f}: the means differ (p < 0.01) by {difference:.2f} ms"


@pytest.mark.parametrize("times", range(2))
def test_of_two_who_redeem_one_code_at_once_one_wins(own_database, at_once, times):
    town = build()
    people = [User.objects.create_user(f"p{number}@example.lv") for number in range(8)]
    proof = prove("1000006", code_of(), network="n", now=NOW)

    def act(number: int) -> object:
        return redeem(proof, people[number], by_email=False, now=NOW)

    answers = at_once(act, 8)
    assert [str(one) for one in answers].count("1000006") == 1
    assert sum(isinstance(one, Refused) and one.code == "registration_code_used" for one in answers) == 7
    assert Access.objects.filter(account=town.accounts["6"]).count() == 1


def test_of_two_who_look_first_and_then_take_both_win(own_database, at_once, monkeypatch):
    """The race without the claim: what the test above would miss if it could not fail."""
    town = build()
    people = [User.objects.create_user(f"p{number}@example.lv") for number in range(8)]

    def act(number: int) -> object:
        row, _ = CodeGeneration.objects.get_or_create(number="1000006")
        time.sleep(0.05)
        if row.generation:
            return None
        CodeGeneration.objects.filter(pk=row.pk).update(generation=1)
        give_access(people[number], town.accounts["6"], kind=Access.Kind.HOLDER, on=TODAY, now=NOW, by=BY)
        return number

    at_once(act, 8)
    assert Access.objects.filter(account=town.accounts["6"]).count() > 1
