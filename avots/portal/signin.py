"""Signing in: how the library's mails and rules become ours."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language

from avots.core import clock
from avots.core.audit import By
from avots.customers import emails
from avots.customers.actions import note_second_step
from avots.customers.actions.own import note_sign_in


class Adapter(DefaultAccountAdapter):
    """Nobody signs up here: a registration code of ours opens an account (``views.register``)."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def post_login(self, request: HttpRequest, user: Any, **details: Any) -> HttpResponse:
        """Remember the new session, and greet people in the language they asked for.

        Who has just signed in has just proved who they are: nothing asks them again at once.
        """
        answer: HttpResponse = super().post_login(request, user, **details)
        for record in get_authentication_records(request, user)[-1:]:
            record_authentication(request, user, **record | {"at": None, "reauthenticated": True})
        now = clock.now()
        key = request.session.session_key or ""
        device = device_of(request.META.get("HTTP_USER_AGENT", ""))
        note_sign_in(user, session_key=key, device=device, now=now)
        request.session["since"] = request.session["seen"] = int(now.timestamp())
        request.session["key"] = key
        if user.language in dict(settings.LANGUAGES):
            answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, user.language, samesite="Lax", max_age=365 * 24 * 3600)
        return answer

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: dict[str, Any] | None = None, email: str | None = None
    ) -> None:
        """Record a change of the second step, and tell its owner."""
        change = template_prefix.rpartition("/")[2]
        if template_prefix.startswith("mfa/"):
            note_second_step(user, change=change, now=clock.now(), by=By("user", user.pk))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Turn the library's messages into ours; what we have no letter for is not sent."""
        language, now = (get_language() or "lv")[:2], clock.now()
        name = template_prefix.rpartition("/")[2]
        if name == "login_code":
            emails.sign_in_code(email, code=context["code"], language=language, now=now)
        elif name == "password_reset_key":
            emails.password_reset(email, url=context["password_reset_url"], language=language, now=now)
        elif name in {"unknown_account", "account_already_exists"}:
            emails.unknown_address(email, language=language, now=now)


DEVICES = {"iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Windows": "Windows", "Macintosh": "Mac"}
BROWSERS = {"Edg": "Edge", "Firefox": "Firefox", "OPR": "Opera", "Chrome": "Chrome", "Safari": "Safari"}


def device_of(agent: str) -> str:
    """Return a browser and device in words a person knows.

    >>> device_of("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36")
    'Chrome, Android'
    >>> device_of("curl/8")
    ''
    """
    found = [next((name for mark, name in marks.items() if mark in agent), "") for marks in (BROWSERS, DEVICES)]
    return ", ".join(name for name in found if name)
