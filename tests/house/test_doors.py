"""Every address says who may enter, and looking changes nothing."""

import re
from datetime import timedelta
from hashlib import sha256

import pytest
from django.apps import apps
from django.test import Client
from django.urls import URLPattern, get_resolver

from avots.config.gate import DECLARED, allowed_at
from avots.core import clock
from avots.core.dates import local_day
from avots.customers.models import AbsenceNotice, Access, Invitation, Occupancy, User
from avots.readings.models import Receipt
from avots.ui.who import ANYONE, SIGNED_IN
from tests.billing.test_month import compute, issue, read_intake, report
from tests.coupons.test_keying import batch, key
from tests.payments.test_cash import work_at_the_desk
from tests.town import AFTER, SINCE, Town

PEOPLE = {
    "anonymous": None,
    "resident": "anna",
    "clerk": "ilze",
    "accountant": "ainars",
    "lead": "laima",
    "administrator": "guntis",
    "manager": "peteris",
    "delegate": "dace",
    "tenant": "toms",
    "submit-only": "sanda",
    "ex-resident": "edgars",
    "stranger": "karlis",
}
VALUES = {
    "month": "2026-11",
    "code": "A14",
    "pk": "1",
    "token": "abc",
    "name": "viegli",
    "reference": "X",
    "key": "x",
    "picture": "x",
    "uidb36": "1",
    "purpose": "atcelt",
    "invoice": "VU26-000001",
    "desk": "1",
    "day": "2026-12-03",
    "receipt": "KV26-000001",
}
# Pages that only answer to a POST, and say so to a GET.
CLOSED = {"account_signup", "account_email", "account_inactive", "account_email_verification_sent"}


def patterns(resolver=None, namespaces=(), prefix=""):
    for item in (resolver or get_resolver()).url_patterns:
        if isinstance(item, URLPattern):
            yield item, namespaces, prefix + str(item.pattern)
        elif item.app_name != "admin":
            names = (*namespaces, item.namespace) if item.namespace else namespaces
            yield from patterns(item, names, prefix + str(item.pattern))


class Match:
    def __init__(self, item, namespaces):
        self.url_name, self.namespaces = item.name, list(namespaces)


def path_of(route: str) -> str:
    def value(match):
        name = match.group(1).split(":")[-1]
        if name == "number":
            return "VU26-000001" if route.startswith("rekini") else "1000001"
        return VALUES[name]

    plain = re.sub(r"<([^>]+)>", value, route)
    return "/" + re.sub(r"\^|\$|\(\?P<(\w+)>[^)]*\)", lambda m: VALUES.get(m.group(1) or "", ""), plain)


PAGES = {
    f"{':'.join(names)}:{item.name}": (path_of(route), allowed_at(Match(item, names), item.callback))
    for item, names, route in patterns()
}
OURS = {name: page for name, page in PAGES.items() if not name.startswith(":")}


def test_every_address_says_who_may_enter():
    silent = {name for name, (_, allowed) in PAGES.items() if not allowed}
    library = {name for name in silent if name.startswith((":account_", ":socialaccount"))}
    assert silent == library, "an address of ours has no access rule"
    assert DECLARED["admin"] == {"administrator"}


@pytest.fixture
def full(town, monkeypatch) -> Town:
    report(town, "1", "2", "3", "4", "5")
    read_intake(town)
    issue(compute(town))
    work_at_the_desk(town)
    key(town, batch(town), "6")
    helpers(town)
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    return town


def helpers(town: Town) -> None:
    """Anna's helpers, and Edgars, who answered for flat 6 until yesterday."""
    on = local_day(AFTER)
    kinds = {"dace": Access.Kind.DELEGATE, "toms": Access.Kind.TENANT, "sanda": Access.Kind.SUBMIT}
    for name, kind in kinds.items():
        town.people[name] = User.objects.create_user(f"{name}@example.lv", name=name.title())
        until = on + timedelta(days=90)
        Access.objects.create(
            user=town.people[name], account=town.accounts["1"], kind=kind, starts_on=on, ends_on=until
        )
    town.people["edgars"] = User.objects.create_user("edgars@example.lv", name="Edgars")
    Access.objects.create(user=town.people["edgars"], account=town.accounts["6"], starts_on=SINCE)
    Occupancy.objects.filter(account=town.accounts["6"]).update(ends_on=on)


def client_of(town: Town, role: str) -> Client:
    client = Client()
    if PEOPLE[role]:
        client.force_login(town.people[PEOPLE[role]], backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


@pytest.mark.parametrize("role", PEOPLE)
def test_a_role_enters_what_it_may_and_nothing_else(full, role):
    client = client_of(full, role)
    wrong = {}
    for name, (path, allowed) in OURS.items():
        answer = client.get(path)
        to_sign_in = answer.status_code == 302 and "/konts/login/" in answer.headers["Location"]
        turned_away = to_sign_in or answer.status_code == 403
        may = ANYONE in allowed or (role != "anonymous" and (SIGNED_IN in allowed or role in allowed))
        if may == turned_away or answer.status_code >= 500:
            wrong[name] = (path, answer.status_code)
    assert not wrong


TABLES = ["ledger/posting", "billing/invoice", "auth/group", "account/emailaddress", "mfa/authenticator"]
TABLES += ["customers/user", "service/announcement"]


@pytest.mark.parametrize("table", ["", *(f"{one}/" for one in TABLES)])
def test_the_admin_is_read_only_and_for_the_role_of_administrators(full, table):
    guntis, laima = full.people["guntis"], full.people["laima"]
    assert not guntis.is_staff
    type(laima).objects.filter(pk=laima.pk).update(is_staff=True)
    assert client_of(full, "administrator").get(f"/birojs/dati/{table}").status_code == 200
    assert client_of(full, "lead").get(f"/birojs/dati/{table}").status_code == 403
    if table:
        assert client_of(full, "administrator").get(f"/birojs/dati/{table}add/").status_code == 403
        assert client_of(full, "administrator").post(f"/birojs/dati/{table}1/delete/").status_code in {302, 403}


def test_every_table_of_the_admin_is_read_only():
    from django.contrib import admin

    from avots.office.site import ReadOnly

    assert {type(shown) for shown in admin.site._registry.values()} == {ReadOnly}


def test_the_admin_shows_no_password_and_no_secret(full):
    pk = full.people["anna"].pk
    page = client_of(full, "administrator").get(f"/birojs/dati/customers/user/{pk}/change/")
    assert page.status_code == 200
    assert "password" not in page.text


def state() -> dict[str, str]:
    """A hash of every row of every table that looking must not change."""
    skipped = {
        "django_session",
        "customers_user",
        "service_look",
    }  # a look is written down because it changes nothing
    return {
        model._meta.db_table: sha256(repr(list(model.objects.order_by("pk").values_list())).encode()).hexdigest()
        for model in apps.get_models()
        if model._meta.db_table not in skipped
    }


def test_looking_changes_nothing(full):
    before = state()
    for role in PEOPLE:
        client = client_of(full, role)
        for path, _ in OURS.values():
            client.get(path)
            client.head(path)
            client.options(path)
    assert state() == before


CSP = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
)


@pytest.mark.parametrize("path", ["/", "/radijumi/", "/birojs/", "/konts/login/", "/nav-tadas/"])
def test_pages_carry_the_strict_policy(full, path):
    policy = client_of(full, "lead").get(path).headers["Content-Security-Policy"]
    assert all(part in policy for part in CSP)
    assert "unsafe" not in policy


# What each person of Anna's account, and each other one, gets of it: the answer to a GET and to an empty POST.
# 200 a page, 302 a way on, 404 not there for them, 405 only the other verb, 422 asked again.
ROLES = ("resident", "delegate", "tenant", "submit-only", "ex-resident", "stranger", "manager", "anonymous")
ANNAS = {
    "home": ("200 200 200 302 404 404 302 302", "405 405 405 405 405 405 405 302"),
    "report": ("200 200 200 200 404 404 404 302", "422 422 422 422 404 404 404 302"),
    "receipt": ("200 200 200 200 404 404 404 302", "405 405 405 405 405 405 405 302"),
    "invoices": ("200 200 200 404 404 404 404 302", "405 405 405 405 405 405 405 302"),
    "invoice": ("200 200 404 404 404 404 404 302", "405 405 405 405 405 405 405 302"),
    "invoice_pdf": ("200 200 404 404 404 404 404 302", "405 405 405 405 405 405 405 302"),
    "building": ("200 200 200 404 404 404 404 302", "405 405 405 405 405 405 405 302"),
    "meters": ("200 200 200 404 404 404 404 302", "405 405 405 405 405 405 405 302"),
    "looks": ("200 404 404 404 404 404 404 302", "405 405 405 405 405 405 405 302"),
    "settings": ("200 200 200 200 404 404 200 302", "302 404 404 404 404 404 404 302"),
    "people": ("200 404 404 404 404 404 404 302", "422 404 404 404 404 404 404 302"),
    "people_end": ("405 405 405 405 405 405 405 302", "302 404 404 404 404 404 404 302"),
    "people_withdraw": ("405 405 405 405 405 405 405 302", "302 404 404 404 404 404 404 302"),
    "absence": ("200 200 200 404 404 404 404 302", "422 422 422 404 404 404 404 302"),
    "absence_end": ("405 405 405 405 405 405 405 302", "302 302 302 404 404 404 404 302"),
}
# Pages about the person alone: nothing of an account is on them.
OWN = {"email", "email_confirm", "devices", "data", "data_json", "data_page", "erase", "prove", "language"}
OWN |= {"register", "register_email", "register_confirm", "register_ask", "capability", "page", "contacts"}
OWN |= {"link", "link_report", "link_receipt"}


def objects_of(full: Town) -> dict[str, tuple[str, str]]:
    """The address of Anna's own object of each page, and that of one which is not there."""
    account = full.accounts["1"]
    receipt = Receipt.objects.get(account=account).reference
    invoice = account.invoice_set.get().number
    access = Access.objects.get(user=full.people["sanda"]).pk
    facts = {"account": account, "invited_by": full.people["anna"], "invited_at": AFTER, "kind": "delegate"}
    invitation = Invitation.objects.create(email="x@example.lv", **facts).pk
    notice = AbsenceNotice.objects.create(
        premise=full.flats["1"], starts_on=local_day(AFTER), announced_at=AFTER, by="user:1"
    ).pk
    found = {name: (PAGES[f"portal:{name}"][0], PAGES[f"portal:{name}"][0]) for name in ANNAS}
    people = "/iestatijumi/cilveki"
    return found | {
        "receipt": (f"/radijumi/{receipt}/", "/radijumi/000000000/"),
        "invoice": (f"/rekini/{invoice}/", "/rekini/VU26-999999/"),
        "invoice_pdf": (f"/rekini/{invoice}/pdf/", "/rekini/VU26-999999/pdf/"),
        "people_end": (f"{people}/{access}/beigt/", f"{people}/99999/beigt/"),
        "people_withdraw": (f"{people}/aicinats/{invitation}/", f"{people}/aicinats/99999/"),
        "absence_end": (f"/iestatijumi/prombutne/{notice}/", "/iestatijumi/prombutne/99999/"),
    }


def test_every_page_of_the_portal_says_whose_it_is():
    assert {name.partition(":")[2] for name in PAGES if name.startswith("portal:")} == ANNAS.keys() | OWN


@pytest.mark.parametrize("number", range(len(ROLES)), ids=ROLES)
def test_of_annas_account_each_person_gets_what_is_declared(full, number):
    client, wrong = client_of(full, ROLES[number]), {}
    for name, (path, _) in objects_of(full).items():
        for verb, answers in zip(("get", "post"), ANNAS[name], strict=True):
            found = getattr(client, verb)(f"{path}?konts=1000001").status_code
            declared = int(answers.split()[number])
            if found != declared:
                wrong[f"{verb} {name}"] = (found, declared)
            for other in ("put", "patch", "delete"):
                if getattr(client, other)(f"{path}?konts=1000001").status_code not in {302, 404, 405}:
                    wrong[f"{other} {name}"] = "done"
    assert not wrong


ALIKE = re.compile(r'name="csrfmiddlewaretoken" value="[^"]+"|konts=\d+')


@pytest.mark.parametrize("role", ["ex-resident", "stranger", "manager"])
def test_a_foreign_object_and_a_missing_one_look_the_same(full, role):
    client, wrong = client_of(full, role), {}
    for name, (path, missing) in objects_of(full).items():
        for verb in ("get", "post"):
            asked = [(path, "1000001"), (missing, "1000001"), (path, "9999999"), (missing, "9999999")]
            answers = [getattr(client, verb)(f"{where}?konts={account}") for where, account in asked]
            pages = {
                (answer.status_code, ALIKE.sub("", answer.text).replace(path, "").replace(missing, ""))
                for answer in answers
            }
            if len(pages) > 1:
                wrong[f"{verb} {name}"] = [answer.status_code for answer in answers]
    assert not wrong
