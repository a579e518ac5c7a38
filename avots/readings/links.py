"""The personal link: a capability to report one premise's readings in one round, never stored.

token = fields + HMAC-SHA256 over a versioned key; revoking raises the generation (house.md 10).
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from hashlib import sha256
from struct import calcsize, pack, unpack
from struct import error as BadStruct

from django.conf import settings

from avots.core.errors import Refused
from avots.readings.models import LinkGeneration

FIELDS = ">IIIH"
SIGNATURE = 16


@dataclass(frozen=True)
class Link:
    """What a token stands for."""

    round_id: int
    account_id: int
    premise_id: int
    purpose: str = "report"


def token_of(link: Link, *, generation: int = 0) -> str:
    """Return the token of a link, 40 characters, made with the newest key."""
    body = pack(FIELDS, link.round_id, link.account_id, link.premise_id, generation)
    return urlsafe_b64encode(body + _sign(settings.LINK_KEYS[0], link.purpose, body)).decode().rstrip("=")


def link_from(token: str, *, purpose: str = "report") -> Link:
    """Return the link a token stands for.

    :raises Refused: ``link_broken`` when it was not made by us, ``link_revoked``
    """
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        body, signature = raw[: calcsize(FIELDS)], raw[calcsize(FIELDS) :]
        round_id, account_id, premise_id, generation = unpack(FIELDS, body)
    except (NotBase64, BadStruct, ValueError):
        raise Refused("link_broken") from None
    signed = [_sign(key, purpose, body) for key in settings.LINK_KEYS]
    if not any(hmac.compare_digest(signature, one) for one in signed):
        raise Refused("link_broken")
    if generation != generation_of(account_id, premise_id):
        raise Refused("link_revoked")
    return Link(round_id, account_id, premise_id, purpose)


def generation_of(account_id: int, premise_id: int) -> int:
    """Return the generation in force for an account's premise: 0 until a link was revoked."""
    rows = LinkGeneration.objects.filter(account=account_id, premise=premise_id)
    return rows.values_list("generation", flat=True).first() or 0


def _sign(key: str, purpose: str, body: bytes) -> bytes:
    return hmac.new(key.encode(), b"avots-link-1:" + purpose.encode() + b":" + body, sha256).digest()[:SIGNATURE]
