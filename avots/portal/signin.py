"""Signing in: how the library's mails and rules become ours."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class Adapter(DefaultAccountAdapter):
    """Nobody signs up by themselves yet; accounts come from the register."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
