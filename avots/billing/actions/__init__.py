"""The billing run: open, compute, look, approve by a second person, issue."""

from datetime import date, datetime

from django.db import transaction

from avots.billing.actions.approval import approve, ask_approval, decline_run
from avots.billing.actions.computing import compute_many
from avots.billing.actions.issuing import issue_many
from avots.billing.actions.places import State
from avots.billing.models import BuildingRun, Invoice, Run
from avots.core import audit
from avots.core.audit import By
from avots.core.claims import claim
from avots.core.errors import Refused
from avots.customers.models import CustomerAccount, ServiceAgreement
from avots.ledger import actions as ledger
from avots.readings.models import Round

__all__ = [
    "accept_parked",
    "approve",
    "ask_approval",
    "compute",
    "compute_many",
    "decline_run",
    "issue",
    "issue_many",
    "open_balance",
    "open_run",
    "retry",
]


@transaction.atomic
def open_run(round: Round, *, now: datetime, by: By) -> Run:
    """Open the run of a complete round, with a place for each building that has an agreement.

    :raises Refused: ``round_not_complete``
    """
    if now < round.complete_at:
        raise Refused("round_not_complete", month=str(round))
    started = {"started_at": now, "started_by": str(by)}
    run, new = Run.objects.get_or_create(round=round, defaults=started)
    agreements = ServiceAgreement.objects.valid(on=round.month.last_day)
    have = set(BuildingRun.objects.filter(run=run).values_list("building_id", flat=True))
    missing = [agreement.building_id for agreement in agreements if agreement.building_id not in have]
    BuildingRun.objects.bulk_create([BuildingRun(run=run, building_id=pk, changed_at=now) for pk in missing])
    if new:
        audit.record(now=now, by=by, verb="open_run", subject=f"run:{round}", buildings=len(missing))
    return run


def compute(place: BuildingRun, *, now: datetime) -> None:
    """Compute one building; see :func:`compute_many`."""
    compute_many([place], now=now)


@transaction.atomic
def retry(place: BuildingRun, *, now: datetime, by: By) -> None:
    """Let a parked building wait to be computed again; what comes of it needs its own approval.

    :raises Refused: ``not_parked``
    """
    parked = BuildingRun.objects.filter(pk=place.pk, state=State.PARKED)
    if not claim(parked, state=State.WAITING, changed_at=now, reason="", facts={}):
        raise Refused("not_parked")
    _reopen(place.run_id, Run.State.COMPUTING)
    audit.record(now=now, by=by, verb="retry_building", subject=f"building_run:{place.pk}")


@transaction.atomic
def accept_parked(invoice: Invoice, *, now: datetime, by: By) -> None:
    """Let an odd draft go as it is; where its run was approved without it, it needs a new approval.

    :raises Refused: ``not_parked``
    """
    parked = Invoice.objects.filter(pk=invoice.pk, state=Invoice.State.PARKED)
    if not claim(parked, state=Invoice.State.DRAFT, accepted_by=str(by)):
        raise Refused("not_parked")
    audit.record(now=now, by=by, verb="accept_parked", subject=f"invoice:{invoice.pk}", reason=invoice.reason)
    places = BuildingRun.objects.filter(run=invoice.run, building=invoice.building)
    places.update(changed_at=now)  # the run's kept totals are no longer true
    places.filter(state=State.ISSUED).update(state=State.DRAFTED)
    _reopen(invoice.run_id, Run.State.REVIEW)


def _reopen(run_id: int, state: Run.State) -> None:
    """Take an approval back: a second person has not seen what is about to change."""
    beyond = Run.objects.filter(pk=run_id).exclude(state=Run.State.COMPUTING)
    beyond.update(state=state, approved_at=None)


def issue(place: BuildingRun, *, now: datetime) -> None:
    """Issue one building; see :func:`issue_many`."""
    issue_many([place], now=now)


@transaction.atomic
def open_balance(account: CustomerAccount, *, cents: int, on: date, now: datetime, by: By) -> None:
    """Book what an account owed (or had paid ahead) when the books were opened."""
    key = f"opening:{account.number}"
    side = ledger.receivable(account.number)
    ledger.post(ledger.either_way(key, side, ledger.OPENING, cents, on, "opening"), now=now)
    audit.record(now=now, by=by, verb="open_balance", subject=f"account:{account.number}", cents=cents)
