"""The one place where a draft becomes an invoice: number, postings, promise of delivery."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils import translation

from avots.billing import queries, rules
from avots.billing.actions.finishing import finish_runs
from avots.billing.actions.places import State, apart_where_broken, leave, take
from avots.billing.actions.printing import fix_printed
from avots.billing.content import TEMPLATE
from avots.billing.models import BuildingRun, Delivery, Document, Invoice, InvoiceLine, Run
from avots.billing.queries.inputs import inputs_of, terms_of
from avots.core import audit, bulk, numbering, policies
from avots.core.audit import By
from avots.core.dates import Month
from avots.core.errors import Refused
from avots.core.models import AuditEntry
from avots.ledger import actions as ledger
from avots.meters.models import Building
from avots.readings.models import Round
from avots.ui.words import thanks
from avots.usage import queries as usage
from avots.usage.models import BuildingMonth

BILLING = By("job", "billing")
# What of a draft is read to issue it, and what issuing fixes.
DRAFTED = (
    *("kind", "run_id", "building_id", "first_day", "vat_cents", "total_cents", "net_cents"),
    *("account__number", "account__delivery", "account__party__address", "account__party__language"),
    *("premise__building_id", "premise__number"),
)
FIXED = ("number", "reference", "state", "issued_on", "due_on", "printed")


def issue_many(places: Sequence[BuildingRun], *, now: datetime) -> None:
    """Issue drafted buildings of one approved run in one transaction; changed inputs park them.

    Only one caller can take a building, so a job delivered twice issues once.
    """
    apart_where_broken(places, lambda some: _issue(some, now), now=now)
    finish_runs(place.run_id for place in places)


@transaction.atomic
def _issue(places: Sequence[BuildingRun], now: datetime) -> None:
    if not (taken := take(places, State.DRAFTED)):
        return
    run = Run.objects.select_related("round").get(pk=taken[0].run_id)
    if run.state not in {Run.State.APPROVED, Run.State.ISSUED}:
        return
    same = _unchanged(run, taken)
    issue_drafts(run, [place.building_id for place in taken if place.pk in same], now=now)
    leave(((place, _outcome(place, same), place.input_hash) for place in taken), now=now)


def _outcome(place: BuildingRun, same: set[int]) -> BuildingRun.State | Refused:
    return State.ISSUED if place.pk in same else Refused("inputs_changed", building=place.building.address)


def _unchanged(run: Run, places: Sequence[BuildingRun]) -> set[int]:
    """Return the places whose drafts would be made from the same inputs again."""
    known = usage.facts_of([place.building for place in places], run.round)
    inputs = inputs_of(known.values(), terms_of(run.round.month))
    return {
        place.pk
        for place in places
        if place.building_id in inputs.agreed
        and inputs.hash_of(known[place.building_id], usage.input_hash(known[place.building_id])) == place.input_hash
    }


def issue_drafts(run: Run, buildings: Sequence[int], *, now: datetime) -> int:
    """Issue the drafts of some buildings inside the caller's transaction; return how many.

    The numbers are drawn after everything has been read and checked, because the series is
    locked from then to the commit.
    """
    invoices = _drafts(run, buildings)
    if not invoices or run.issue_on is None:
        return 0
    issued = {invoice.building_id for invoice in invoices}
    BuildingMonth.objects.filter(round=run.round_id, building__in=issued, final=False).update(final=True)
    lines = _lines([invoice.pk for invoice in invoices])
    _date(invoices, run)
    _thank(invoices, run)
    fix_printed(invoices, now=now, by=BILLING)
    _number(invoices, run)
    bulk.update(Invoice, FIXED, map(attrgetter(*FIXED, "pk"), invoices))
    ledger.post([entry for invoice in invoices for entry in entries_of(invoice, lines[invoice.pk])], now=now)
    promise(invoices, now)
    audit.record_many(_issued(run, list(of_building), now) for of_building in _by_building(invoices))
    return len(invoices)


class Lined(NamedTuple):
    """A written line as the books need it."""

    position: int
    service: str
    net_cents: int


def _lines(invoices: Sequence[int]) -> dict[int, list[Lined]]:
    rows = InvoiceLine.objects.filter(invoice__among=invoices).order_by("invoice_id", "position")
    found: dict[int, list[Lined]] = {pk: [] for pk in invoices}
    for pk, position, service, cents in rows.values_list("invoice_id", "position", "service", "net_cents"):
        found[pk].append(Lined(position, service, cents))
    return found


def _drafts(run: Run, buildings: Sequence[int]) -> list[Invoice]:
    """Return the drafts of some buildings, a building after the other, in the order of their numbers.

    Only what issuing needs is read, and a building once.
    """
    rows = Invoice.objects.filter(run=run, building__in=buildings, state=Invoice.State.DRAFT)
    order = ("building__walking_order", "building_id", "premise__position", "account__number")
    drafts = list(rows.select_related("account__party", "premise").only(*DRAFTED).order_by(*order))
    known = Building.objects.in_bulk({draft.building_id for draft in drafts})
    for draft in drafts:
        draft.building = known[draft.building_id]
        if draft.premise is not None and draft.premise.building_id == draft.building_id:
            draft.premise.building = draft.building
    return drafts


def _by_building(invoices: Sequence[Invoice]) -> Iterable[Iterable[Invoice]]:
    return (rows for _, rows in groupby(invoices, lambda invoice: invoice.building_id))


def _issued(run: Run, invoices: Sequence[Invoice], now: datetime) -> AuditEntry:
    return audit.entry(
        now=now,
        by=BILLING,
        verb="issue_invoices",
        subject=f"run:{run.pk}:{invoices[0].building_id}",
        first=invoices[0].number,
        last=invoices[-1].number,
    )


def _thank(invoices: list[Invoice], run: Run) -> None:
    """Copy the line of thanks into the invoices of those who reported and paid on time."""
    day = run.issue_on or run.round.first_day
    months = policies.on(day).thanks_months
    accounts = sorted({invoice.account_id for invoice in invoices})
    rounds = Round.objects.filter(first_day__lte=run.round.first_day).order_by("-first_day")
    thanked = queries.thanked(accounts, rounds, on=day, months=months)
    languages = {one.pk: one.account.party.language for one in invoices if one.account_id in thanked}
    rows = []
    for pk, content in Invoice.objects.filter(pk__among=languages).values_list("pk", "content"):
        with translation.override(languages[pk] or settings.LANGUAGE_CODE):
            rows.append((content | {"thanks": thanks(months)}, pk))
    bulk.update(Invoice, ["content"], rows)


def _date(invoices: list[Invoice], run: Run) -> None:
    day = run.issue_on or run.round.first_day
    rule = policies.on(day).due_date_rule
    due = rules.due_on(Month.of(run.round.first_day), rule)
    for invoice in invoices:
        invoice.state, invoice.issued_on, invoice.due_on = Invoice.State.ISSUED, day, due


def _number(invoices: list[Invoice], run: Run) -> None:
    day = run.issue_on or run.round.first_day
    prefix = f"{settings.AVOTS_UTILITY['invoice_prefix']}{day:%y}"
    for invoice, number in zip(invoices, numbering.draw(f"invoice:{day:%Y}", len(invoices)), strict=True):
        invoice.number = f"{prefix}-{number:06d}"
        invoice.reference = rules.rf_reference(invoice.number)


def promise(invoices: Sequence[Invoice], now: datetime) -> None:
    """Promise each invoice its document and its way to the customer: an e-mail, or paper."""
    waiting = Document.State.WAITING
    documents = [(row.pk, waiting, TEMPLATE, "", 0, "", now) for row in invoices]
    bulk.insert(Document, ["invoice", "state", "template", "sha256", "attempts", "error", "changed_at"], documents)
    deliveries = [(row.pk, row.account.delivery, Delivery.State.WAITING, "") for row in invoices]
    bulk.insert(Delivery, ["invoice", "mode", "state", "bounced"], deliveries)


def entries_of(invoice: Invoice, lines: Sequence[Lined]) -> list[ledger.Entry]:
    """Return the postings of an invoice or credit note: each line against its income, and the VAT."""
    owed = ledger.receivable(invoice.account.number)
    number, day = str(invoice.number), invoice.issued_on or invoice.first_day
    amounts = [
        (f"{line.position}:{line.service}", f"{ledger.INCOME}{line.service}", line.net_cents) for line in lines
    ]
    amounts.append(("vat", ledger.VAT, invoice.vat_cents))
    return [
        entry
        for name, income, cents in amounts
        for entry in ledger.either_way(f"{invoice.kind}:{number}:{name}", owed, income, cents, day, number)
    ]
