"""What only the paper shows, fixed when it is issued: where it goes, what it is compared with, what is next."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.conf import settings

from avots.billing.content import TEMPLATE, HomeReport, NextReport, Printed
from avots.billing.models import Invoice
from avots.core import policies
from avots.core.audit import By
from avots.core.calendar import working_day_after
from avots.core.dates import Month, local_day
from avots.coupons.actions import Made, prepare_coupons
from avots.customers.models import Access, CodeGeneration, Management, Occupancy, ServiceAgreement
from avots.meters.models import Building, MeterInstallation, Premise
from avots.readings.actions import plan_round
from avots.readings.models import LinkGeneration, Round


def fix_printed(invoices: Sequence[Invoice], *, now: datetime, by: By) -> None:
    """Put on each invoice of some buildings, of one month, what its paper will show."""
    first = invoices[0]
    day = first.issued_on or local_day(now)
    agreements = _agreements(invoices, Month.of(first.first_day).last_day)
    generations = _registration(invoices, day)
    before = _before(invoices)
    reports = _reports(invoices, _next_round(day, now=now, by=by), day=day, now=now)
    for invoice in invoices:
        printed: Printed = {
            "template": TEMPLATE,
            "address": address_of(invoice),
            "agreement": agreements[invoice.building_id],
            "barcode": settings.INVOICE_BARCODE,
            "pay_qr": settings.INVOICE_PAY_QR,
            "registration_generation": generations.get(invoice.account.number),
            "before": before.get((invoice.account_id, invoice.building_id)),
            "report": reports.get((invoice.account_id, invoice.building_id)),
        }
        invoice.printed = printed


def _agreements(invoices: Sequence[Invoice], on: date) -> dict[int, str]:
    """Return the number of each building's agreement."""
    rows = ServiceAgreement.objects.valid(on=on).filter(building__in={invoice.building_id for invoice in invoices})
    return dict(rows.values_list("building_id", "number"))


def address_of(invoice: Invoice) -> list[str]:
    """Return the lines under the name: the party's own address, else the home's."""
    if own := invoice.account.party.address:
        return [line.strip() for line in own.split(",") if line.strip()]
    home, building = invoice.premise or invoice.building, invoice.building
    return [home.address, building.town, building.postcode]


def _registration(invoices: Sequence[Invoice], day: date) -> dict[str, int]:
    """Return the generation of the registration code of each customer without a portal user."""
    accounts = {invoice.account_id: invoice.account.number for invoice in invoices}
    holders = Access.objects.valid(on=day).filter(account__among=accounts, kind=Access.Kind.HOLDER)
    for account_id in set(holders.values_list("account_id", flat=True)):
        accounts.pop(account_id)
    raised = CodeGeneration.objects.filter(number__among=accounts.values()).values_list("number", "generation")
    return dict.fromkeys(accounts.values(), 0) | dict(raised)


def _before(invoices: Sequence[Invoice]) -> dict[tuple[int, int], int]:
    """Return, by account and building, the last invoice there before these, which the paper compares them with."""
    earlier = Invoice.objects.standing().filter(
        account__among={invoice.account_id for invoice in invoices},
        building__in={invoice.building_id for invoice in invoices},
        first_day__lt=invoices[0].first_day,
    )
    rows = earlier.order_by("first_day", "pk").values_list("account_id", "building_id", "pk")
    return {(account, building): pk for account, building, pk in rows}


def _next_round(day: date, *, now: datetime, by: By) -> Round:
    """Return the first round that opens after a day; it is planned here where nobody has yet."""
    this = plan_round(Month.of(day), now=now, by=by)
    return this if local_day(this.opens_at) > day else plan_round(Month.of(day).next, now=now, by=by)


class _Home(NamedTuple):
    account_id: int
    premise_id: int
    building_id: int
    number: str
    position: int


def _reports(
    invoices: Sequence[Invoice], round: Round, *, day: date, now: datetime
) -> dict[tuple[int, int], NextReport]:
    """Return, by account and building, how it reports in a round; nothing for who does not report there."""
    buildings = {invoice.building_id: invoice.building for invoice in invoices}
    collected = working_day_after(round.cut_on, policies.on(day).mailbox_collected_working_days)
    mailboxes = Management.objects.valid(on=day).filter(building__in=buildings)
    mailbox_of = dict(mailboxes.values_list("building_id", "mailbox_place"))
    homes = _homes({invoice.account_id for invoice in invoices}, buildings, day)
    return {
        (account, building): {
            "month": str(round),
            "first_on": str(local_day(round.opens_at)),
            "last_on": str(round.cut_on),
            "mailbox": mailbox_of.get(building, ""),
            "collected_on": str(collected),
            "homes": reports,
        }
        for (account, building), reports in _home_reports(round, homes, buildings, now=now).items()
    }


def _homes(accounts: Collection[int], buildings: Collection[int], day: date) -> list[_Home]:
    """Return the homes that accounts hold in some buildings on a day, in the order of the doors."""
    rows = Occupancy.objects.valid(on=day).filter(account__among=accounts, premise__building__in=list(buildings))
    columns = "account_id", "premise_id", "premise__building_id", "premise__number", "premise__position"
    return [_Home(*row) for row in rows.order_by("premise__position", "pk").values_list(*columns)]


def _home_reports(
    round: Round, homes: Sequence[_Home], buildings: Mapping[int, Building], *, now: datetime
) -> dict[tuple[int, int], list[HomeReport]]:
    coupons = prepare_coupons(round, [(home.account_id, home.premise_id) for home in homes], now=now)
    meters = _meters([pk for some in coupons.values() for coupon in some for pk in coupon.installations])
    raised = LinkGeneration.objects.filter(premise__among=[home.premise_id for home in homes])
    generations = {(row.account_id, row.premise_id): row.generation for row in raised}
    found: dict[tuple[int, int], list[HomeReport]] = defaultdict(list)
    for home in homes:
        key = home.account_id, home.premise_id
        if key in coupons:
            link = {"round": round.pk, "account": key[0], "premise": key[1], "generation": generations.get(key, 0)}
            address = Premise(building=buildings[home.building_id], number=home.number).address
            shown = [_coupon(coupon, meters) for coupon in coupons[key]]
            found[home.account_id, home.building_id].append({"premise": address, "link": link, "coupons": shown})
    return found


def _meters(installations: Sequence[int]) -> dict[int, dict[str, str]]:
    """Return how a coupon names each meter."""
    rows = MeterInstallation.objects.filter(pk__among=installations)
    named = rows.values_list("pk", "meter__serial", "usage_point__commodity")
    return {pk: {"serial": serial, "commodity": commodity} for pk, serial, commodity in named}


def _coupon(coupon: Made, meters: Mapping[int, dict[str, str]]) -> dict[str, object]:
    return {"code": coupon.code, "layout": coupon.layout, "meters": [meters[pk] for pk in coupon.installations]}
