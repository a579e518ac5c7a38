"""Deciding prices."""

import tomllib
from datetime import date, datetime
from pathlib import Path

from django.db import transaction

from avots.core import approvals, audit
from avots.core.audit import By
from avots.core.errors import Refused
from avots.core.models import Approval
from avots.tariffs.models import Tariff

HISTORY = Path(__file__).with_name("history.toml")


@transaction.atomic
def load_history(*, now: datetime, by: By) -> int:
    """Load the shipped tariff history where a service has no price yet; return how many came."""
    with HISTORY.open("rb") as file:
        history = tomllib.load(file)
    have = set(Tariff.objects.values_list("service", flat=True))
    rows = [
        Tariff(service=service, valid_from=row["from"], price_100k=row["price_100k"], decision=row["decision"])
        for service, prices in history.items()
        if service not in have
        for row in prices
    ]
    Tariff.objects.bulk_create(rows)
    if rows:
        audit.record(now=now, by=by, verb="load_tariffs", subject="tariffs", rows=len(rows))
    return len(rows)


def propose_tariff(
    *, service: str, valid_from: date, price_100k: int, decision: str, now: datetime, by: By
) -> Approval:
    """Ask a second person to approve a new price."""
    subject = f"tariff:{service}:{valid_from}"
    facts = {
        "service": service,
        "valid_from": str(valid_from),
        "price_100k": price_100k,
        "decision": decision,
    }
    return approvals.request(kind="tariff", subject=subject, now=now, by=by, **facts)


@transaction.atomic
def approve_tariff(approval: Approval, *, now: datetime, by: By) -> Tariff:
    """Put a proposed price in force as a second person.

    :raises Refused: ``needs_second_person``, ``already_decided``, ``tariff_exists``
    """
    approvals.grant(approval, now=now, by=by)
    facts = dict(approval.facts)
    key = {"service": facts["service"], "valid_from": date.fromisoformat(facts["valid_from"])}
    if Tariff.objects.filter(**key).exists():
        raise Refused("tariff_exists", service=key["service"], day=key["valid_from"])
    audit.record(now=now, by=by, verb="approve_tariff", subject=approval.subject, **facts)
    return Tariff.objects.create(**key, price_100k=facts["price_100k"], decision=facts["decision"])
