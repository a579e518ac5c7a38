"""Every address says who may enter, and looking changes nothing."""

from hashlib import sha256

import pytest
from django.apps import apps
from django.test import Client
from django.urls import URLPattern, get_resolver

from avots.config.gate import DECLARED, allowed_at
from avots.core import clock
from avots.ui.who import ANYONE, SIGNED_IN
from tests.billing.test_month import compute, issue, read_intake, report
from tests.coupons.test_keying import batch, key
from tests.payments.test_cash import work_at_the_desk
from tests.town import AFTER, Town

PEOPLE = {
    "anonymous": None,
    "resident": "anna",
    "clerk": "ilze",
    "accountant": "ainars",
    "lead": "laima",
    "administrator": "guntis",
    "manager": "peteris",
}
VALUES = {
    "month": "2026-11",
    "code": "A14",
    "pk": "1",
    "token": "abc",
    "name": "viegli",
    "reference": "X",
    "key": "x",
    "uidb36": "1",
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
    import re

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
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    return town


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
