"""The office's page of rules: read by three roles, changed by two, by two people where money depends on it."""

from datetime import date

import pytest

from avots.core import clock, policies
from avots.core.allowed import ALLOWED, DECIDES_MONEY, ONLY_SHOWN
from avots.core.errors import Refused
from avots.core.models import Approval, AuditEntry, PolicyChange
from avots.office.rulebook import LABELS
from avots.office.rulevalues import text_of
from avots.ui.formats import NBSP
from tests.billing.test_month import compute, issue, read_intake, report
from tests.town import AFTER, BY, NOW, Town

LIST, NORM, HOUR = (
    "/birojs/noteikumi/",
    "/birojs/noteikumi/norm_litres_person_month/",
    "/birojs/noteikumi/reminder_hour/",
)
DECEMBER = date(2026, 12, 1)
WANTED = {"value": "4,5", "valid_from": "2026-12-01", "basis": "saistošie noteikumi Nr. 16"}


@pytest.fixture(autouse=True)
def in_the_window(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def laima(town, sign_in):
    return sign_in(town.people["laima"])


@pytest.fixture
def ainars(town, sign_in):
    return sign_in(town.people["ainars"])


def decide(client, decision: str, pk: int | None = None):
    pk = Approval.objects.get(kind="rule").pk if pk is None else pk
    return client.post(f"/birojs/noteikumi/{pk}/lemt/", {"decision": decision}, follow=True)


def test_every_rule_has_a_name_limits_and_a_value_within_them(town):
    assert LABELS.keys() == ALLOWED.keys() == policies.NAMES
    assert DECIDES_MONEY | ONLY_SHOWN <= policies.NAMES
    for name, rows in policies.defaults().items():
        assert all(ALLOWED[name].holds(row["value"]) for row in rows), name
        assert all(row["basis"] and row["basis_lv"] and row["status"] in "SIM" for row in rows), name
        assert text_of(name, rows[-1]["value"])


@pytest.mark.parametrize(
    ("language", "facts"),
    [
        (
            "lv",
            ["Norma vienam cilvēkam mēnesī", f"6,08{NBSP}m³", "novadu norma", "jāapstiprina", "ne vairāk par normu"],
        ),
        ("en", ["Norm for one person a month", f"6.08{NBSP}m³", "placeholder of the region", "to be confirmed"]),
    ],
)
def test_the_page_shows_every_rule_with_unit_and_source(ainars, language, facts):
    ainars.cookies["django_language"] = language
    page = ainars.get(LIST).text
    assert page.count("<details") == len(ALLOWED)
    assert all(fact in page for fact in facts)
    assert NORM not in page  # an accountant reads


def test_earlier_values_stand_with_their_days(laima):
    page = laima.get(LIST).text
    assert "grozījumi 03.06.2025." in page
    assert "06.06.2025." in page


def test_the_values_of_a_rule_are_those_that_held(town):
    change = {"basis": "b", "now": NOW, "by": BY}
    policies.change(name="grounds_carrying_first", valid_from=date(2021, 1, 1), value=["N7"], **change)
    policies.change(name="vat_rate_per_10000", valid_from=DECEMBER, value=2_200, **change)
    for name, held in policies.timelines().items():
        assert all(getattr(policies.on(one.since), name) == one.value for one in held), name
    assert [one.value for one in policies.timelines()["grounds_carrying_first"]][-2:] == [
        ["N2", "N4", "N5", "N6", "N7"],
        ["N7"],
    ]


def test_a_rule_without_money_changes_at_once_and_says_by_whom(laima):
    laima.post(HOUR, {"value": "8", "valid_from": "2026-11-26", "basis": "rīkojums 7"})
    assert policies.on(date(2026, 11, 26)).reminder_hour == 8
    page = laima.get(LIST).text
    assert "rīkojums 7" in page
    assert "mainīts šeit" in page
    assert "Laima" in page
    assert AuditEntry.objects.get(verb="change_policy").facts["value"] == 8


def test_a_rule_of_money_waits_for_a_second_person(laima, ainars):
    assert "Tagad vajag otru cilvēku" in laima.post(NORM, WANTED, follow=True).text
    assert not PolicyChange.objects.exists()
    assert "Apstiprina cits cilvēks" in decide(laima, "approve").text
    assert not PolicyChange.objects.exists()
    page = ainars.get(LIST).text
    assert f"4,5{NBSP}m³" in page
    decide(ainars, "approve")
    assert policies.on(DECEMBER).norm_litres_person_month == 4_500
    assert policies.on(date(2026, 11, 30)).norm_litres_person_month == 6_080
    page = ainars.get(LIST).text
    assert all(fact in page for fact in ("saistošie noteikumi Nr. 16", "Laima", "Ainars", "vēl nav sācies"))


def test_a_change_is_declined(laima, ainars):
    laima.post(NORM, WANTED)
    assert "Viss paliek, kā bija" in decide(ainars, "decline").text
    assert not PolicyChange.objects.exists()
    assert AuditEntry.objects.filter(verb="decline_rule").count() == 1
    assert "Par šo jau ir izlemts" in decide(ainars, "approve").text


def test_sent_twice_is_done_once(laima, ainars):
    for _ in range(2):
        laima.post(NORM, WANTED)
        laima.post(HOUR, {"value": "8", "valid_from": "2026-11-26", "basis": "r"})
    assert Approval.objects.filter(kind="rule").count() == 1
    assert AuditEntry.objects.filter(verb="ask_rule").count() == 1
    assert AuditEntry.objects.filter(verb="change_policy").count() == 1
    for _ in range(2):
        decide(ainars, "approve")
    laima.post(NORM, WANTED)  # the form once more, after the decision
    assert PolicyChange.objects.filter(name="norm_litres_person_month").count() == 1
    assert not Approval.objects.filter(state="open").exists()


def test_another_change_of_a_rule_waits_for_the_first(laima, town, sign_in):
    laima.post(NORM, WANTED)
    other = laima.post(NORM, WANTED | {"value": "5"})
    assert other.status_code == 422
    assert "jau lūgta cita maiņa" in other.text
    same = sign_in(town.people["guntis"]).post(NORM, WANTED)
    assert "jau lūgta cita maiņa" in same.text
    assert Approval.objects.filter(kind="rule").count() == 1


@pytest.mark.parametrize(
    ("name", "sent", "says", "keeps"),
    [
        ("norm_litres_person_month", {"value": "daudz"}, "0,001–100", 'value="daudz"'),
        ("norm_litres_person_month", {"value": "6,0801"}, "0,001–100", 'value="6,0801"'),
        ("reminder_hour", {"value": "24"}, "0–23", 'value="24"'),
        ("reminder_hour", {"value": "-1"}, "0–23", 'value="-1"'),
        ("vat_rate_per_10000", {"value": "101"}, "0–100", 'value="101"'),
        ("verification_notice_days", {"value": "7, 30"}, "lielākais pirmais", 'value="7, 30"'),
        ("verification_notice_days", {"value": ""}, "lielākais pirmais", 'name="value"'),
        ("mistakes_per_100k", {"value_wrong_digit": "x"}, "1–50000", 'value="x"'),
        ("stage1_limit", {"value": "all"}, "noteikt nevar", 'name="value"'),
        ("reminder_hour", {"value": "8", "valid_from": ""}, "Norādiet datumu", 'value="8"'),
        ("reminder_hour", {"value": "8", "basis": " "}, "Ierakstiet pamatu", 'value="8"'),
        ("reminder_hour", {"value": "8", "valid_from": "2026-11-25"}, "no šodienas", 'value="2026-11-25"'),
        ("reading_window_first_day", {"value": "28"}, "", ""),
        ("reading_window_last_day", {"value": "24"}, "Loga pirmā diena būtu pēc pēdējās", 'value="24"'),
    ],
)
def test_a_wrong_value_says_what_is_allowed_and_keeps_the_typing(laima, name, sent, says, keeps):
    page = laima.post(f"{LIST}{name}/", {"valid_from": "2026-12-01", "basis": "lēmums 5"} | sent)
    if not says:
        assert page.status_code == 302
        return
    assert page.status_code == 422
    assert says in page.text.replace(NBSP, " ")
    assert keeps in page.text
    assert not PolicyChange.objects.exists()
    assert not Approval.objects.exists()
    assert AuditEntry.objects.filter(verb="office:rule", refused=True).count() == 1


@pytest.mark.parametrize(
    ("name", "sent", "value"),
    [
        ("verification_notice_days", {"value": "60, 14"}, [60, 14]),
        ("second_key_permille", {"value": "12,5"}, 125),
        ("leak_multiple_permille", {"value": "3.5"}, 3_500),
        ("flat_replacement_term", {"value": "False"}, False),
        ("odd_invoice_floor_cents", {"value": "150"}, 15_000),
    ],
)
def test_each_kind_of_value_is_typed_in_the_unit_shown(laima, name, sent, value):
    assert laima.get(f"{LIST}{name}/").status_code == 200
    assert laima.post(f"{LIST}{name}/", {"valid_from": "2026-12-01", "basis": "b"} | sent).status_code == 302
    assert getattr(policies.on(DECEMBER), name) == value


def test_grounds_are_picked(laima, ainars):
    picked = {"value": ["N7", "N2"], "valid_from": "2026-12-01", "basis": "b"}
    laima.post(f"{LIST}grounds_carrying_first/", picked)
    decide(ainars, "approve")
    assert policies.on(DECEMBER).grounds_carrying_first == ["N2", "N7"]


def test_what_the_form_shows_can_be_sent_back(laima):
    for name in sorted(policies.NAMES - ONLY_SHOWN - {"contact_phone", "contact_email", "opening_week"}):
        page = laima.get(f"{LIST}{name}/")
        assert page.status_code == 200, name
        assert "Pamats" in page.text


def billed(town: Town) -> None:
    report(town, "1", "2", "3", "4", "5", "6")
    read_intake(town)
    issue(compute(town))


def test_a_change_inside_an_issued_month_is_refused_with_the_first_day(town, sign_in, monkeypatch):
    sign_in(town.people["laima"]).post(NORM, WANTED | {"valid_from": "2026-11-30"})
    billed(town)
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    laima, ainars = sign_in(town.people["laima"]), sign_in(town.people["ainars"])
    page = laima.post(f"{LIST}vat_rate_per_10000/", WANTED | {"value": "22", "valid_from": "2026-11-30"})
    assert page.status_code == 422
    assert "no 01.12.2026." in page.text
    late = decide(ainars, "approve", Approval.objects.get(kind="rule").pk)
    assert "no 01.12.2026." in late.text
    assert not PolicyChange.objects.exists()
    assert Approval.objects.get(kind="rule").state == "open"


@pytest.mark.parametrize("person", ["ilze", "peteris", "anna"])
def test_others_neither_read_nor_change(town, sign_in, person):
    client = sign_in(town.people[person])
    assert client.get(LIST).status_code == 403
    assert client.post(HOUR, {"value": "8", "valid_from": "2026-12-01", "basis": "b"}).status_code == 403
    assert client.post("/birojs/noteikumi/1/lemt/", {"decision": "approve"}).status_code == 403


def test_an_accountant_approves_but_does_not_ask(ainars):
    assert ainars.post(NORM, WANTED).status_code == 403
    assert not Approval.objects.exists()


def test_deciding_takes_a_post_and_a_rule(laima, ainars):
    other = Approval.objects.create(kind="tariff", subject="t", requested_by="staff:0", requested_at=NOW)
    assert ainars.get(f"/birojs/noteikumi/{other.pk}/lemt/").status_code == 405
    assert ainars.post(f"/birojs/noteikumi/{other.pk}/lemt/", {"decision": "approve"}).status_code == 404
    for name in ("nav", "contact_phone", "due_date_rule"):
        assert laima.post(f"{LIST}{name}/", {"value": "x"}).status_code == 404


def test_the_action_itself_refuses_what_no_page_may_send(town):
    for name, value in (("reminder_hour", 24), ("reminder_hour", "8"), ("stage2_include_noncompliant", 1)):
        with pytest.raises(Refused, match="policy_value"):
            policies.change(name=name, valid_from=DECEMBER, value=value, basis="b", now=NOW, by=BY)
