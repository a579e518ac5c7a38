"""The gate: no page is entered whose URL does not say who may."""

from collections.abc import Callable
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from avots.config import sessions
from avots.core import clock
from avots.core.dates import local_day
from avots.customers.queries import roles_of
from avots.office.access import STAFF
from avots.ui.who import ANYONE, SIGNED_IN

# Pages of libraries, by URL name or namespace; ours declare themselves in their urls.py.
DECLARED = {
    "admin": frozenset({"administrator"}),
    "account_login": frozenset({ANYONE}),
    "account_logout": frozenset({ANYONE}),
    "account_request_login_code": frozenset({ANYONE}),
    "account_confirm_login_code": frozenset({ANYONE}),
    "account_reset_password": frozenset({ANYONE}),
    "account_reset_password_done": frozenset({ANYONE}),
    "account_reset_password_from_key": frozenset({ANYONE}),
    "account_reset_password_from_key_done": frozenset({ANYONE}),
    "account_change_password": frozenset({SIGNED_IN}),
    "account_set_password": frozenset({SIGNED_IN}),
    "account_reauthenticate": frozenset({SIGNED_IN}),
    "mfa_authenticate": frozenset({ANYONE}),
    "mfa_login_webauthn": frozenset({ANYONE}),
    "mfa_index": frozenset({SIGNED_IN}),
    "mfa_reauthenticate": frozenset({SIGNED_IN}),
    "mfa_activate_totp": frozenset({SIGNED_IN}),
    "mfa_deactivate_totp": frozenset({SIGNED_IN}),
    "mfa_list_webauthn": frozenset({SIGNED_IN}),
    "mfa_add_webauthn": frozenset({SIGNED_IN}),
    "mfa_edit_webauthn": frozenset({SIGNED_IN}),
    "mfa_remove_webauthn": frozenset({SIGNED_IN}),
    "mfa_reauthenticate_webauthn": frozenset({SIGNED_IN}),
    "mfa_view_recovery_codes": frozenset({SIGNED_IN}),
    "mfa_generate_recovery_codes": frozenset({SIGNED_IN}),
    "mfa_download_recovery_codes": frozenset({SIGNED_IN}),
}


class Gate:
    """Middleware: looks up who may enter, and turns the others away."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: Any, view: Any, args: tuple[object, ...], kwargs: dict[str, object]
    ) -> HttpResponse | None:
        allowed = allowed_at(request.resolver_match, view)
        if ANYONE in allowed:
            return None
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        now = clock.now()
        roles = request.roles = roles_of(request.user, on=local_day(now))
        life = sessions.STAFF if roles & set(STAFF) else sessions.RESIDENT
        if sessions.is_over(request.session, life, now=now):
            logout(request)
            return redirect_to_login(request.get_full_path())
        sessions.touch(request.session, life, now=now)
        if allowed.isdisjoint(roles | {SIGNED_IN}):
            raise PermissionDenied
        if settings.STAFF_SECOND_FACTOR and SIGNED_IN not in allowed and roles & set(STAFF):
            return second_step(request)
        return None


def second_step(request: Any) -> HttpResponse | None:
    """Return where staff go who signed in with one step only: to prove their second, or to set one up."""
    if any(record.get("method") == "mfa" for record in get_authentication_records(request, request.user)):
        return None
    if is_mfa_enabled(request.user):
        return redirect_to_login(request.get_full_path(), reverse("mfa_reauthenticate"))
    return redirect(f"{reverse('mfa_index')}?birojs=1")


def allowed_at(match: Any, view: Any) -> frozenset[str]:
    """Return who may enter a resolved URL: nobody, when it does not say."""
    names = [match.url_name, *match.namespaces] if match else []
    library = next((DECLARED[name] for name in names if name in DECLARED), frozenset[str]())
    return getattr(view, "who", library)
