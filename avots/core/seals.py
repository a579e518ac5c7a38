"""The tamper-evident chain over audit rows.

A bare hash chain can be rewritten by whoever owns the database, so each link is an HMAC with
a key kept outside it (``AUDIT_KEY``). Entries commit late and out of order; a seal therefore
names its entries instead of a range of ids.
"""

import hmac
import json
from datetime import datetime
from hashlib import sha256

from django.conf import settings
from django.db import transaction

from avots.core.models import AuditEntry, AuditSeal, SealedEntry

START = "0" * 64


def digest_of(previous: str, entries: list[AuditEntry]) -> str:
    """Return the HMAC-SHA256 of the previous link and these entries in order."""
    chain = hmac.new(settings.AUDIT_KEY.encode(), previous.encode(), sha256)
    for row in entries:
        facts = json.dumps(row.facts, sort_keys=True, default=str)
        parts = [str(row.pk), row.at.isoformat(), row.by, row.verb, row.subject, facts, str(row.refused)]
        chain.update("\x1f".join(parts).encode())
    return chain.hexdigest()


@transaction.atomic
def seal_new(*, now: datetime) -> int:
    """Seal every entry not yet sealed as one more link; return how many there were."""
    last = AuditSeal.objects.select_for_update().order_by("-pk").first()
    entries = list(AuditEntry.objects.filter(sealedentry=None).order_by("pk")[:50_000])
    if not entries:
        return 0
    previous = last.digest if last else START
    seal = AuditSeal.objects.create(
        sealed_at=now, entries=len(entries), previous=previous, digest=digest_of(previous, entries)
    )
    SealedEntry.objects.bulk_create([SealedEntry(entry=row, seal=seal, position=i) for i, row in enumerate(entries)])
    return len(entries)


def broken_seals() -> list[str]:
    """Return a sentence for each link whose entries no longer fit it."""
    problems, previous = [], START
    for seal in AuditSeal.objects.order_by("pk").iterator():
        rows = SealedEntry.objects.filter(seal=seal).select_related("entry").order_by("position")
        entries = [row.entry for row in rows]
        fits = seal.previous == previous and len(entries) == seal.entries
        if not fits or digest_of(previous, entries) != seal.digest:
            first = f", from entry {entries[0].pk} to {entries[-1].pk}" if entries else ""
            problems.append(f"audit seal {seal.pk} does not fit its {seal.entries} entries{first}")
        previous = seal.digest
    return problems


def head() -> AuditSeal | None:
    """Return the newest link: noted outside this machine, it shows later that nothing before it was cut off."""
    return AuditSeal.objects.order_by("-pk").first()


def stands(digest: str) -> bool:
    """Return whether a link noted earlier is still part of an unbroken chain."""
    return AuditSeal.objects.filter(digest=digest).exists() and not broken_seals()
