"""Proving that a person is who they say: codes sent to an address, and having done so lately."""

import ipaddress
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import get_language

from avots.core import throttles
from avots.core.errors import Refused
from avots.core.references import new_reference
from avots.core.throttles import Limit
from avots.customers import emails
from avots.customers.registration import typed

CODE_LENGTH, CODE_TRIES = 7, 3
MAILED_TO = Limit("mailed-to", 6, timedelta(hours=1))
MAILED_FROM = Limit("mailed-from", 30, timedelta(hours=1))
MAILED = Limit("mailed", 3_000, timedelta(hours=1))
View = Callable[..., HttpResponse]


def network_of(request: HttpRequest) -> str:
    """Return which network a request comes from, as a word that tells nobody else."""
    address = ipaddress.ip_address(get_adapter().get_client_ip(request))
    network = ipaddress.ip_network((address, 24 if address.version == 4 else 64), strict=False)
    return salted_hmac("avots.network", str(network)).hexdigest()[:20]


def language() -> str:
    """Return the language the page is read in."""
    return (get_language() or settings.LANGUAGE_CODE)[:2]


def send_code(request: HttpRequest, purpose: str, email: str, *, now: datetime) -> None:
    """Send a code to an address and remember in this session what it is for.

    :raises Refused: ``registration_busy``
    """
    address = salted_hmac("avots.address", email).hexdigest()[:20]
    tries = ((MAILED_TO, address), (MAILED_FROM, network_of(request)), (MAILED, ""))
    if not throttles.hit_all(tries, now=now):
        raise Refused("registration_busy")
    code = new_reference(CODE_LENGTH)
    until = (now + emails.CODE_LIVES).timestamp()
    waiting = {"email": email, "digest": _digest(purpose, code), "until": until, "left": CODE_TRIES}
    request.session[f"code-{purpose}"] = waiting
    emails.confirm_address(email, code=code, language=language(), now=now)


def waiting_for(request: HttpRequest, purpose: str) -> str:
    """Return the address a code was sent to for a purpose, if one is waited for."""
    return str(request.session.get(f"code-{purpose}", {}).get("email", ""))


def check_code(request: HttpRequest, purpose: str, code: str, *, now: datetime) -> str:
    """Return the address that a typed code proves; the code is used up.

    :raises Refused: ``email_code_wrong``, ``email_code_ended`` after ten minutes or three wrong tries
    """
    waiting: dict[str, Any] = request.session.get(f"code-{purpose}", {})
    if not waiting or waiting["until"] <= now.timestamp() or waiting["left"] < 1:
        raise Refused("email_code_ended")
    if not compare_digest(waiting["digest"], _digest(purpose, typed(code))):
        request.session[f"code-{purpose}"] = waiting | {"left": waiting["left"] - 1}
        raise Refused("email_code_wrong")
    del request.session[f"code-{purpose}"]
    return str(waiting["email"])


def _digest(purpose: str, code: str) -> str:
    return salted_hmac(f"avots.code.{purpose}", code).hexdigest()


def proved_lately(request: HttpRequest) -> bool:
    """Return whether this session proved its person within the last quarter of an hour."""
    records = get_authentication_records(request, request.user)
    latest = max((float(record["at"]) for record in records), default=0.0)
    return time.time() - latest < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT  # the library's own stamps


def note_proof(request: HttpRequest) -> None:
    """Remember that the person of this session has just proved themselves by a code."""
    record_authentication(request, request.user, method="code", reauthenticated=True)


def to_prove(request: HttpRequest) -> HttpResponse:
    """Send a person to prove themselves again: by password or passkey, or by a code to their address."""
    flows = get_reauthentication_flows(request.user)
    names = {"reauthenticate": "account_reauthenticate", "mfa_reauthenticate": "mfa_reauthenticate"}
    name = names[flows[0]["id"]] if flows else "portal:prove"
    return redirect(f"{reverse(name)}?{urlencode({'next': request.get_full_path()})}")


def lately(view: View) -> View:
    """Return a page that asks for a fresh proof of who is there before it opens."""

    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return view(request, *args, **kwargs) if proved_lately(request) else to_prove(request)

    return page
