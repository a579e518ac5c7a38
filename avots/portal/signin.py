"""Signing in: how the library's mails and rules become ours."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.utils.translation import get_language

from avots.core import clock
from avots.core.audit import By
from avots.customers import emails
from avots.customers.actions import note_second_step


class Adapter(DefaultAccountAdapter):
    """Nobody signs up by themselves yet: accounts come from the register."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

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
