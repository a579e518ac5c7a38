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

TARIFF = "tariff"
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


@transaction.atomic
def propose_tariff(
    *, service: str, valid_from: date, price_100k: int, decision: str, now: datetime, by: By
) -> Approval:
    """Ask a second person to approve a price from a day on; the same asked again by the same person is asked once.

    :raises Refused: ``basis_missing``, ``not_a_price``, ``tariff_exists``, ``tariff_already_asked``
    """
    if not decision:
        raise Refused("basis_missing")
    if price_100k <= 0:
        raise Refused("not_a_price")
    _refuse_a_priced_day(service, valid_from)
    subject = f"tariff:{service}:{valid_from}"
    facts = {
        "service": service,
        "valid_from": str(valid_from),
        "price_100k": price_100k,
        "decision": decision,
    }
    new = not Approval.objects.filter(kind=TARIFF, subject=subject, state=Approval.State.OPEN).exists()
    asked = approvals.request(kind=TARIFF, subject=subject, now=now, by=by, **facts)
    if asked.facts != facts or asked.requested_by != str(by):
        raise Refused("tariff_already_asked")
    if new:
        audit.record(now=now, by=by, verb="ask_tariff", subject=subject, **facts)
    return asked


def _refuse_a_priced_day(service: str, day: date) -> None:
    if Tariff.objects.filter(service=service, valid_from=day).exists():
        raise Refused("tariff_exists", service=service, day=day)


@transaction.atomic
def approve_tariff(asked: Approval, *, now: datetime, by: By) -> Tariff:
    """Put a proposed price in force as a second person.

    :raises Refused: ``needs_second_person``, ``already_decided``, ``tariff_exists``
    """
    approvals.grant(asked, now=now, by=by)
    facts = dict(asked.facts)
    key = {"service": facts["service"], "valid_from": date.fromisoformat(facts["valid_from"])}
    _refuse_a_priced_day(key["service"], key["valid_from"])
    audit.record(now=now, by=by, verb="approve_tariff", subject=asked.subject, **facts)
    return Tariff.objects.create(**key, price_100k=facts["price_100k"], decision=facts["decision"])


@transaction.atomic
def decline_tariff(asked: Approval, *, now: datetime, by: By) -> None:
    """Leave the prices as they are: a second person declines, or who asked withdraws.

    :raises Refused: ``already_decided``
    """
    approvals.decline(asked, now=now, by=by)
    audit.record(now=now, by=by, verb="decline_tariff", subject=asked.subject, **asked.facts)
