"""The personal link: a capability to report one premise's readings in one round, never stored.

token = fields + HMAC-SHA256 over a versioned key; revoking raises the generation (house.md 10).
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from struct import calcsize, pack, unpack
from struct import error as BadStruct

from django.conf import settings

from avots.core.errors import Refused
from avots.readings.models import LinkGeneration, Receipt

FIELDS = ">IIIH"
RECEIPT_FIELDS = ">IH"
GENERATION = ("account", "premise", "generation")
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


def receipt_token_of(receipt: Receipt, *, generation: int) -> str:
    """Return the token that shows one receipt, read-only, and nothing else; a purpose of its own."""
    body = pack(RECEIPT_FIELDS, receipt.pk, generation)
    return urlsafe_b64encode(body + _sign(settings.LINK_KEYS[0], "receipt", body)).decode().rstrip("=")


def receipt_from(token: str) -> Receipt:
    """Return the receipt a token shows; it outlives the round, and ends when the home's links are revoked.

    :raises Refused: ``link_broken``, ``link_revoked``
    """
    try:
        raw = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        body, signature = raw[: calcsize(RECEIPT_FIELDS)], raw[calcsize(RECEIPT_FIELDS) :]
        receipt_id, generation = unpack(RECEIPT_FIELDS, body)
    except (NotBase64, BadStruct, ValueError):
        raise Refused("link_broken") from None
    if not any(hmac.compare_digest(signature, _sign(key, "receipt", body)) for key in settings.LINK_KEYS):
        raise Refused("link_broken")
    receipt = Receipt.objects.filter(pk=receipt_id).select_related("round", "premise__building", "account").first()
    if receipt is None or generation != generation_of(receipt.account_id or 0, receipt.premise_id):
        raise Refused("link_revoked")
    return receipt


def receipt_tokens_of(receipts: Sequence[Receipt]) -> dict[int, str]:
    """Return the tokens of many receipts, by receipt."""
    rows = LinkGeneration.objects.filter(account__in={receipt.account_id for receipt in receipts})
    raised = {(account, premise): number for account, premise, number in rows.values_list(*GENERATION)}
    return {
        receipt.pk: receipt_token_of(receipt, generation=raised.get((receipt.account_id or 0, receipt.premise_id), 0))
        for receipt in receipts
    }


def generation_of(account_id: int, premise_id: int) -> int:
    """Return the generation in force for an account's premise: 0 until a link was revoked."""
    rows = LinkGeneration.objects.filter(account=account_id, premise=premise_id)
    return rows.values_list("generation", flat=True).first() or 0


def _sign(key: str, purpose: str, body: bytes) -> bytes:
    return hmac.new(key.encode(), b"avots-link-1:" + purpose.encode() + b":" + body, sha256).digest()[:SIGNATURE]
