"""The second step of signing in: how the library's keys and pictures become ours."""

from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Any

import zxingcpp
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.utils.translation import gettext as _


class Adapter(DefaultMFAAdapter):
    """Secrets are encrypted with the installation's key; the code's picture is plain SVG of our own."""

    def get_totp_issuer(self) -> str:
        return str(settings.AVOTS_UTILITY["short_name"])

    def _get_site_name(self) -> str:
        return str(settings.AVOTS_UTILITY["short_name"])

    def build_totp_svg(self, url: str) -> str:
        """Return the picture as SVG without prologue, so that it can stand in a page."""
        svg = str(zxingcpp.create_barcode(url, zxingcpp.BarcodeFormat.QRCode).to_svg(scale=5))
        return svg[svg.index("<svg") :].replace("<svg ", f'<svg role="img" aria-label="{_("QR kods")}" ', 1)

    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _box().decrypt(encrypted_text.encode()).decode()

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return _("Atslēga {number}").format(number=number)


def _box() -> MultiFernet:
    """Return the cipher under the present key, which still opens what earlier keys closed."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(urlsafe_b64encode(sha256(f"second step:{key}".encode()).digest())) for key in keys])
