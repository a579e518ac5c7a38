"""Changing a rule from a day on: by two people where it decides litres or sums, and never in an issued month."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from avots.core import approvals, audit, policies
from avots.core.allowed import DECIDES_MONEY
from avots.core.audit import By
from avots.core.dates import local_day
from avots.core.errors import Refused
from avots.core.models import Approval, PolicyChange
from avots.usage.queries import issued_months

RULE = "rule"


def change_rule(*, name: str, valid_from: date, value: object, basis: str, now: datetime, by: By) -> None:
    """Decide a rule from a day on that no issued month has seen; the past keeps what was in force.

    :raises Refused: ``rule_in_settled_month``, and as for :func:`avots.core.policies.change`
    """
    _refuse_issued(valid_from)
    policies.change(name=name, valid_from=valid_from, value=value, basis=basis, now=now, by=by)


def _refuse_issued(valid_from: date) -> None:
    if issued := issued_months(since=valid_from):
        raise Refused("rule_in_settled_month", day=issued[-1].next.first_day)


@dataclass(frozen=True)
class RuleChange:
    """What somebody wants a rule to be, from a day on, and why."""

    name: str
    valid_from: date
    value: object
    basis: str

    @property
    def subject(self) -> str:
        return f"rule:{self.name}"

    @property
    def facts(self) -> dict[str, object]:
        return {"name": self.name, "valid_from": str(self.valid_from), "value": self.value, "basis": self.basis}

    @property
    def stands(self) -> bool:
        facts = {**self.facts, "valid_from": self.valid_from}
        return PolicyChange.objects.filter(**facts).exists()


@transaction.atomic
def decide_rule(wanted: RuleChange, *, now: datetime, by: By) -> bool:
    """Change a rule, or ask a second person where it decides litres or sums; return whether it waits for one.

    :raises Refused: ``basis_missing``, ``rule_day_over``, ``rule_already_asked``, and as for :func:`change_rule`
    """
    if not wanted.basis:
        raise Refused("basis_missing")
    policies.check(wanted.name, wanted.valid_from, wanted.value)
    if wanted.stands:
        return False
    if wanted.name in DECIDES_MONEY:
        _ask_rule(wanted, now=now, by=by)
        return True
    if wanted.valid_from < local_day(now):
        raise Refused("rule_day_over")
    policies.change(
        name=wanted.name, valid_from=wanted.valid_from, value=wanted.value, basis=wanted.basis, now=now, by=by
    )
    return False


def _ask_rule(wanted: RuleChange, *, now: datetime, by: By) -> None:
    _refuse_issued(wanted.valid_from)
    open_one = Approval.objects.filter(kind=RULE, subject=wanted.subject, state=Approval.State.OPEN)
    new = not open_one.exists()
    asked = approvals.request(kind=RULE, subject=wanted.subject, now=now, by=by, **wanted.facts)
    if asked.facts != wanted.facts or asked.requested_by != str(by):
        raise Refused("rule_already_asked")
    if new:
        audit.record(now=now, by=by, verb="ask_rule", subject=wanted.subject, **wanted.facts)


@transaction.atomic
def approve_rule(asked: Approval, *, now: datetime, by: By) -> None:
    """Put a rule in force as a second person.

    :raises Refused: ``needs_second_person``, ``already_decided``, and as for :func:`change_rule`
    """
    approvals.grant(asked, now=now, by=by)
    facts = dict(asked.facts)
    facts["valid_from"] = date.fromisoformat(facts["valid_from"])
    change_rule(**facts, now=now, by=by)


@transaction.atomic
def decline_rule(asked: Approval, *, now: datetime, by: By) -> None:
    """Leave a rule as it is: a second person declines, or who asked withdraws.

    :raises Refused: ``already_decided``
    """
    approvals.decline(asked, now=now, by=by)
    audit.record(now=now, by=by, verb="decline_rule", subject=asked.subject, **asked.facts)
