"""The invoice that bills a month anew: what the first one showed, with what is known now put in its place."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import date, datetime
from typing import cast

from avots.billing import rules
from avots.billing.actions.drafts import buyer_row, line_row
from avots.billing.content import Content
from avots.billing.kept import unpack
from avots.billing.models import Invoice, InvoiceLine, KeptInputs
from avots.billing.queries.inputs import Payer, Terms, payers_of, terms_of
from avots.billing.rules.bills import days_held
from avots.core import policies
from avots.core.audit import By
from avots.core.dates import Month, Period
from avots.core.volume import capacity_of
from avots.customers.models import CustomerAccount, ServiceAgreement
from avots.usage import actions as usage
from avots.usage.models import BuildingMonth
from avots.usage.queries import agreement_of


def bill_anew(
    invoice: Invoice, *, account: str, on: date, now: datetime, by: By
) -> tuple[Invoice, Sequence[rules.Line]]:
    """Return the unsaved invoice that bills a month anew, with its lines, inside the caller's transaction.

    The building's difference stays as it was shared; readings put right since change the account's
    own litres, and the building's next month counts them. Delivery is charged as it was before.

    :param account: the number of the customer who should have been billed; without it, the same
    """
    at = Month.of(invoice.first_day)
    month = BuildingMonth.objects.select_related("round", "building").get(
        round=invoice.run.round_id, building=invoice.building_id
    )
    held = _held(month, invoice)
    content = litres_put_right(invoice.content, usage.book_corrections(month, invoice.account, now=now, by=by))
    accounts = CustomerAccount.objects.select_related("party")
    payer = accounts.get(number=account) if account else accounts.get(pk=invoice.account_id)
    if payer.pk != invoice.account_id:
        usage.move_month(month, of=invoice.account, to=payer)
        content["history"] = content["history"][-1:]  # the months before were somebody else's
    terms = terms_of(at)
    lines = _lines(content, agreement_of(month.building, on=at.last_day), terms, held)
    rate = terms.policies.vat_rate_per_10000
    totals = rules.totals_of(lines, rate)
    return Invoice(
        corrects=invoice,
        run_id=invoice.run_id,
        building=month.building,
        account=payer,
        premise=invoice.premise,
        first_day=invoice.first_day,
        issued_on=on,
        due_on=rules.due_on(Month.of(on), policies.on(on).due_date_rule),
        net_cents=totals.net,
        vat_cents=totals.vat,
        total_cents=totals.total,
        vat_rate_per_10000=rate,
        content=_as_of_now(content, lines, payers_of([payer.pk])[payer.pk], terms),
    ), lines


def _held(month: BuildingMonth, invoice: Invoice) -> Period | None:
    """Return the days of the month for which the run billed an invoice, where that was not all of them."""
    while invoice.corrects is not None:
        invoice = invoice.corrects
    kept = KeptInputs.objects.select_related("terms").filter(
        place__run=invoice.run_id, place__building=month.building_id
    )
    if (row := kept.first()) is None:
        return None
    facts, _, _ = unpack(bytes(row.data), row.terms.data)
    days = days_held(facts).get(invoice.account_id)
    return None if days == facts.month.period else days


def litres_put_right(content: Content, booked: Mapping[str, int]) -> Content:
    """Return what an invoice showed with the litres of its meters, by serial number, put right."""
    new = deepcopy(content)
    this_month = [row for row in new["history"] if row["month"] == new["month"]]
    for meter in new["meters"]:
        litres = booked.get(meter["serial"], 0)
        meter["litres"] += litres
        meter["to_litres"] = (meter["to_litres"] + litres) % capacity_of(meter["digits_before"])
        beyond = meter["litres"] + meter["shared_before_litres"] - meter["to_litres"] + meter["from_litres"]
        meter["rolled_over"] = beyond > 0
        for row in this_month:
            row["hot" if meter["commodity"] == "hot" else "cold"] += litres
    return new


def _lines(content: Content, agreement: ServiceAgreement, terms: Terms, held: Period | None) -> Sequence[rules.Line]:
    """Return the lines of what an invoice says was used and shared, at the prices known now."""
    treatment = agreement.services == ServiceAgreement.Services.TREATMENT
    shares = [row for row in content["lines"] if row["part"] == InvoiceLine.Part.SHARE]
    return rules.lines_of(
        own_litres=sum(meter["litres"] for meter in content["meters"]),
        share_litres=sum(row["quantity"] for row in shares if row["service"] == shares[0]["service"]),
        services=rules.TREATMENT if treatment else rules.FULL,
        prices=terms.prices,
        month=terms.month,
        paper=any(row["part"] == InvoiceLine.Part.FEE for row in content["lines"]),
        held=held,
    )


def _as_of_now(content: Content, lines: Sequence[rules.Line], payer: Payer, terms: Terms) -> Content:
    """Return the content with today's lines, buyer and seller, and without the line of thanks."""
    new = cast(Content, {name: value for name, value in content.items() if name != "thanks"})
    new["lines"] = [line_row(line, terms) for line in lines]
    new["seller"] = dict(terms.seller)
    new["buyer"] = buyer_row(payer, content["premises"][0])
    return new
