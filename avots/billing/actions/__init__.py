"""The billing run: open, compute, look, approve by a second person, issue."""

import json
from datetime import date, datetime
from hashlib import sha256

from django.db import transaction

from avots.billing import queries
from avots.billing.actions import drafts, issuing
from avots.billing.models import BuildingRun, Invoice, InvoiceLine, Run
from avots.core import approvals, audit, bulk, policies
from avots.core.audit import By
from avots.core.claims import claim
from avots.core.errors import Refused
from avots.core.models import Approval
from avots.customers.models import CustomerAccount, ServiceAgreement
from avots.ledger import actions as ledger
from avots.readings.models import Round
from avots.tariffs.queries import prices_until
from avots.ui import contacts
from avots.usage import actions as usage
from avots.usage import queries as usage_queries
from avots.usage.models import BuildingMonth

State = BuildingRun.State
LINE_COLUMNS = ["invoice", "position", "service", "part", "quantity", "price_100k", "net_cents"]


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
    """Compute a building and write its drafts in one transaction, or park it with the reason.

    Delivered twice, late or to two workers it does the same as once: only a waiting building is
    taken, and the row is held until the drafts stand.
    """
    try:
        with transaction.atomic():
            waiting = BuildingRun.objects.filter(pk=place.pk, state=State.WAITING)
            if claim(waiting, state=State.DRAFTED, changed_at=now, reason="", facts={}):
                _write_drafts(place, now)
    except Refused as refused:
        facts = {key: str(value) for key, value in refused.facts.items()}
        BuildingRun.objects.filter(pk=place.pk, state=State.WAITING).update(
            state=State.PARKED, reason=refused.code, facts=facts, changed_at=now
        )
    finish_computing(place.run_id)


def _write_drafts(place: BuildingRun, now: datetime) -> None:
    run, round = place.run, place.run.round
    earlier = BuildingRun.objects.filter(building=place.building, run__round__first_day__lt=round.first_day)
    if earlier.exclude(state=State.ISSUED).exists():
        raise Refused("earlier_month_open", building=place.building.address)
    month = usage.compute_building(round, place.building, now=now)
    made = _drafts_of(month)
    Invoice.objects.filter(run=run, building=place.building).delete()
    for draft in made:
        draft.invoice.run = run
    Invoice.objects.bulk_create([draft.invoice for draft in made])
    rows = [
        (draft.invoice.pk, position, line.service, line.part, line.quantity, line.price_100k, line.net_cents)
        for draft in made
        for position, line in enumerate(draft.lines, 1)
    ]
    bulk.insert(InvoiceLine, LINE_COLUMNS, rows)
    hashed = hash_of(month.input_hash, made)
    BuildingRun.objects.filter(pk=place.pk).update(input_hash=hashed)


def _drafts_of(month: BuildingMonth) -> list[drafts.Draft]:
    at = month.round.month
    agreement = usage_queries.agreement_of(month.building, on=at.last_day)
    bills = queries.bills_of(month, agreement)
    accounts = [bill.account.pk for bill in bills]
    setting = drafts.Setting(
        month=at,
        building_month=month,
        agreement=agreement,
        prices=prices_until(at),
        policies=policies.on(at.last_day),
        seller=contacts.on(at.last_day),
        before=queries.stood_before(month),
        history=queries.history_of(month),
        recent=queries.recent_totals(accounts, before=at),
    )
    return [drafts.draft_of(bill, setting) for bill in bills]


def hash_of(usage_hash: str, made: list[drafts.Draft]) -> str:
    """Return the hash of all that a building's drafts were made from and say."""
    shown = [[d.invoice.account_id, d.invoice.total_cents, d.invoice.content] for d in made]
    return sha256((usage_hash + json.dumps(shown, sort_keys=True)).encode()).hexdigest()


def finish_computing(run_id: int) -> None:
    """Put a run up for review once no building waits to be computed."""
    waiting = BuildingRun.objects.filter(run=run_id, state=State.WAITING)
    if not waiting.exists():
        Run.objects.filter(pk=run_id, state=Run.State.COMPUTING).update(state=Run.State.REVIEW)


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
    issued = BuildingRun.objects.filter(run=invoice.run, building=invoice.building, state=State.ISSUED)
    issued.update(state=State.DRAFTED, changed_at=now)
    _reopen(invoice.run_id, Run.State.REVIEW)


def _reopen(run_id: int, state: Run.State) -> None:
    """Take an approval back: a second person has not seen what is about to change."""
    beyond = Run.objects.filter(pk=run_id).exclude(state=Run.State.COMPUTING)
    beyond.update(state=state, approved_at=None)


def subject_of(run: Run) -> str:
    """Return the name under which a run is approved."""
    return f"run:{run.round}"


def ask_approval(run: Run, *, issue_on: date, now: datetime, by: By) -> Approval:
    """Ask a second person to approve a computed run, with the day its invoices will bear.

    :raises Refused: ``run_not_ready`` while a building is still being computed
    """
    if run.state != Run.State.REVIEW:
        raise Refused("run_not_ready")
    return approvals.request(kind="billing_run", subject=subject_of(run), now=now, by=by, issue_on=str(issue_on))


@transaction.atomic
def approve(run: Run, *, now: datetime, by: By) -> None:
    """Approve a run as a second person; its buildings may then be issued.

    :raises Refused: ``nobody_asked``, ``needs_second_person``, ``already_decided``
    """
    asked = Approval.objects.filter(kind="billing_run", subject=subject_of(run), state=Approval.State.OPEN)
    if (approval := asked.first()) is None:
        raise Refused("nobody_asked")
    approvals.grant(approval, now=now, by=by)
    issue_on = date.fromisoformat(approval.facts["issue_on"])
    ready = Run.objects.filter(pk=run.pk, state=Run.State.REVIEW)
    if not claim(ready, state=Run.State.APPROVED, approved_at=now, issue_on=issue_on):
        raise Refused("run_not_ready")
    audit.record(now=now, by=by, verb="approve_run", subject=subject_of(run), issue_on=str(issue_on))


def issue(place: BuildingRun, *, now: datetime) -> None:
    """Issue a drafted building of an approved run in one transaction; changed inputs park it.

    Only one caller can take the building, so a job delivered twice issues once.
    """
    run = Run.objects.select_related("round").get(pk=place.run_id)
    if run.state not in {Run.State.APPROVED, Run.State.ISSUED}:
        return
    try:
        with transaction.atomic():
            drafted = BuildingRun.objects.filter(pk=place.pk, state=State.DRAFTED)
            if claim(drafted, state=State.ISSUED, changed_at=now):
                _check_inputs(place)
                issuing.issue_drafts(run, place.building_id, now=now)
    except Refused as refused:
        BuildingRun.objects.filter(pk=place.pk, state=State.DRAFTED).update(
            state=State.PARKED, reason=refused.code, changed_at=now
        )
    _finish_issuing(run)


def _check_inputs(place: BuildingRun) -> None:
    """Refuse when what the drafts were made from is no longer so."""
    month = BuildingMonth.objects.select_related("round", "building").get(
        round=place.run.round_id, building=place.building_id
    )
    now_known = usage_queries.input_hash(usage_queries.facts(month.building, month.round))
    computed = BuildingRun.objects.values_list("input_hash", flat=True).get(pk=place.pk)
    if hash_of(now_known, _drafts_of(month)) != computed:
        raise Refused("inputs_changed", building=place.building.address)


def _finish_issuing(run: Run) -> None:
    left = BuildingRun.objects.filter(run=run, state__in=[State.DRAFTED, State.WAITING])
    if not left.exists():
        Run.objects.filter(pk=run.pk, state=Run.State.APPROVED).update(state=Run.State.ISSUED)


@transaction.atomic
def open_balance(account: CustomerAccount, *, cents: int, on: date, now: datetime, by: By) -> None:
    """Book what an account owed (or had paid ahead) when the books were opened."""
    key = f"opening:{account.number}"
    side = ledger.receivable(account.number)
    ledger.post(ledger.either_way(key, side, ledger.OPENING, cents, on, "opening"), now=now)
    audit.record(now=now, by=by, verb="open_balance", subject=f"account:{account.number}", cents=cents)
