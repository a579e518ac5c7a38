"""What only the paper shows, fixed when an invoice is issued: where it goes, why it differs, what is next."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from django.conf import settings

from avots.billing.content import TEMPLATE, HomeReport, NextReport, Printed, Why
from avots.billing.models import Invoice
from avots.billing.queries import charged
from avots.billing.rules.comparison import steps_between
from avots.core import policies
from avots.core.audit import By
from avots.core.calendar import working_day_after
from avots.core.dates import Month, local_day
from avots.coupons.actions import prepare_coupons
from avots.coupons.models import Coupon
from avots.customers.models import Access, CodeGeneration, Management, Occupancy
from avots.meters.models import MeterInstallation, Premise
from avots.readings.actions import plan_round
from avots.readings.models import LinkGeneration, Round
from avots.usage.queries import agreement_of


def fix_printed(invoices: Sequence[Invoice], *, now: datetime, by: By) -> None:
    """Put on each invoice of a building, already numbered, what its paper will show."""
    first = invoices[0]
    day = first.issued_on or local_day(now)
    agreement = agreement_of(first.building, on=Month.of(first.first_day).last_day)
    generations = _registration(invoices, day)
    reasons = _why(invoices)
    reports = _reports(invoices, _next_round(day, now=now, by=by), day=day, now=now)
    for invoice in invoices:
        printed: Printed = {
            "template": TEMPLATE,
            "address": address_of(invoice),
            "agreement": agreement.number,
            "barcode": settings.INVOICE_BARCODE,
            "pay_qr": settings.INVOICE_PAY_QR,
            "registration_generation": generations.get(invoice.account.number),
            "why": reasons.get(invoice.pk),
            "report": reports.get(invoice.account_id),
        }
        invoice.printed = printed


def address_of(invoice: Invoice) -> list[str]:
    """Return the lines under the name: the party's own address, else the home's."""
    if own := invoice.account.party.address:
        return [line.strip() for line in own.split(",") if line.strip()]
    home, building = invoice.premise or invoice.building, invoice.building
    return [home.address, building.town, building.postcode]


def _registration(invoices: Sequence[Invoice], day: date) -> dict[str, int]:
    """Return the generation of the registration code of each customer without a portal user."""
    accounts = {invoice.account_id: invoice.account.number for invoice in invoices}
    holders = Access.objects.valid(on=day).filter(account__in=accounts, kind=Access.Kind.HOLDER)
    for account_id in set(holders.values_list("account_id", flat=True)):
        accounts.pop(account_id)
    raised = CodeGeneration.objects.filter(number__in=accounts.values()).values_list("number", "generation")
    return dict.fromkeys(accounts.values(), 0) | dict(raised)


def _why(invoices: Sequence[Invoice]) -> dict[int, Why]:
    """Return why each invoice differs from the same account's invoice before it, where there is one."""
    first = invoices[0]
    earlier = Invoice.objects.standing().filter(
        account__in=[invoice.account_id for invoice in invoices],
        building=first.building_id,
        first_day__lt=first.first_day,
    )
    newest = dict(earlier.order_by("first_day", "pk").values_list("account_id", "pk"))
    before = {row.account_id: row for row in Invoice.objects.filter(pk__in=newest.values())}
    return {
        invoice.pk: _difference(before[invoice.account_id], invoice)
        for invoice in invoices
        if invoice.account_id in before
    }


def _difference(before: Invoice, after: Invoice) -> Why:
    steps = [(step.cause, step.litres, step.cents) for step in steps_between(charged(before), charged(after))]
    return {"month": str(Month.of(before.first_day)), "cents": before.total_cents, "steps": steps}


def _next_round(day: date, *, now: datetime, by: By) -> Round:
    """Return the first round that opens after a day; it is planned here where nobody has yet."""
    this = plan_round(Month.of(day), now=now, by=by)
    return this if local_day(this.opens_at) > day else plan_round(Month.of(day).next, now=now, by=by)


def _reports(invoices: Sequence[Invoice], round: Round, *, day: date, now: datetime) -> dict[int, NextReport]:
    """Return, by account, how it reports in a round; nothing for who does not report there."""
    building = invoices[0].building_id
    rows = Occupancy.objects.valid(on=day).filter(
        account__in=[invoice.account_id for invoice in invoices], premise__building=building
    )
    homes = {(row.account_id, row.premise_id): row.premise for row in rows.select_related("premise__building")}
    coupons = prepare_coupons(round, homes, now=now)
    found = _homes(round, coupons, {premise.pk: premise for premise in homes.values()})
    collected = working_day_after(round.cut_on, policies.on(day).mailbox_collected_working_days)
    management = Management.objects.valid(on=day).filter(building=building).first()
    return {
        account: {
            "month": str(round),
            "first_on": str(local_day(round.opens_at)),
            "last_on": str(round.cut_on),
            "mailbox": management.mailbox_place if management else "",
            "collected_on": str(collected),
            "homes": reports,
        }
        for account, reports in found.items()
    }


def _homes(
    round: Round, coupons: dict[tuple[int, int], list[Coupon]], premises: dict[int, Premise]
) -> dict[int, list[HomeReport]]:
    meters = MeterInstallation.objects.select_related("meter", "usage_point").in_bulk(
        [pk for some in coupons.values() for coupon in some for pk in coupon.installations]
    )
    generations = {
        (row.account_id, row.premise_id): row.generation
        for row in LinkGeneration.objects.filter(premise__in=premises)
    }
    found: dict[int, list[HomeReport]] = defaultdict(list)
    for (account, premise), some in sorted(coupons.items(), key=lambda item: premises[item[0][1]].position):
        generation = generations.get((account, premise), 0)
        link = {"round": round.pk, "account": account, "premise": premise, "generation": generation}
        shown = [_coupon(coupon, meters) for coupon in some]
        found[account].append({"premise": str(premises[premise]), "link": link, "coupons": shown})
    return found


def _coupon(coupon: Coupon, meters: dict[int, MeterInstallation]) -> dict[str, object]:
    rows = [meters[pk] for pk in coupon.installations]
    named = [{"serial": row.meter.serial, "commodity": row.usage_point.commodity} for row in rows]
    return {"code": coupon.code, "layout": coupon.layout, "meters": named}
