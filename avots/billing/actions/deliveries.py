"""Following each invoice on its way: e-mails that left or bounced, paper that was printed."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from avots.billing import emails
from avots.billing.emails import key_of
from avots.billing.models import Delivery, Invoice
from avots.core import audit, bulk
from avots.core.audit import By
from avots.meters.models import Building
from avots.outbox.queries import Outcome, outcomes_of, promised

BATCH = 500
Mode, State = Delivery.Mode, Delivery.State


def follow_emails(*, now: datetime, by: By) -> int:
    """Queue the e-mails promised at issue, and note which have left; one the relay refused goes on as paper.

    Returns how many deliveries have ended.
    """
    waiting = Delivery.objects.filter(mode=Mode.EMAIL, state=State.WAITING).order_by("pk")
    rows = [(pk, str(number)) for pk, number in waiting.values_list("pk", "invoice__number")]
    batches = [rows[at : at + BATCH] for at in range(0, len(rows), BATCH)]
    for batch in batches:
        _queue([number for _, number in batch], now)
    return sum(_follow(batch, now, by) for batch in batches)


@transaction.atomic
def _queue(numbers: Sequence[str], now: datetime) -> None:
    """Queue the e-mails of invoices that are not in the outbox yet."""
    known = promised(key_of(number) for number in numbers)
    missing = [number for number in numbers if key_of(number) not in known]
    invoices = Invoice.objects.filter(number__in=missing).select_related("account__party").defer("content", "printed")
    emails.invoices_ready(list(invoices.order_by("pk")), now=now)


@transaction.atomic
def _follow(rows: Sequence[tuple[int, str]], now: datetime, by: By) -> int:
    outcomes = outcomes_of([key_of(number) for _, number in rows])
    known = [(pk, number, outcomes[key_of(number)]) for pk, number in rows if key_of(number) in outcomes]
    left = [(State.SENT, outcome.sent_at, pk) for pk, _, outcome in known if outcome.sent_at]
    bulk.update(Delivery, ["state", "done_at"], left)
    refused = [(pk, number, outcome) for pk, number, outcome in known if outcome.failed]
    for pk, number, outcome in refused:
        _to_paper(pk, number, outcome, now, by)
    return len(left) + len(refused)


def _to_paper(pk: int, number: str, outcome: Outcome, now: datetime, by: By) -> None:
    """Let this month's invoice go as paper; the customer's choice of e-mail stays."""
    waiting = Delivery.objects.filter(pk=pk, mode=Mode.EMAIL, state=State.WAITING)
    waiting.update(mode=Mode.PAPER, bounced=outcome.error or "refused")
    audit.record(now=now, by=by, verb="invoice_to_paper", subject=f"invoice:{number}", reason=outcome.error)


@transaction.atomic
def mark_printed(building: Building, deliveries: Sequence[int], *, now: datetime, by: By) -> int:
    """Record that the paper of these deliveries of a building was printed; return how many were new."""
    waiting = Delivery.objects.filter(
        pk__in=deliveries, invoice__building=building, mode=Mode.PAPER, state=State.WAITING
    )
    count = waiting.update(state=State.PRINTED, done_at=now)
    if count:
        audit.record(now=now, by=by, verb="mark_printed", subject=f"building:{building.code}", invoices=count)
    return count
