"""From a bill to a draft: lines, totals, and everything the invoice will show."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import cast

from avots.billing import rules
from avots.billing.content import BuildingBlock, Content, HistoryRow, LineRow, MeterRow
from avots.billing.models import Invoice
from avots.billing.queries import Before, Bill
from avots.core.dates import Month
from avots.core.money import divide_half_up
from avots.core.policies import Policies
from avots.customers.models import CustomerAccount, ServiceAgreement
from avots.meters.models import Premise
from avots.tariffs.rules import Price
from avots.usage.models import BuildingMonth, Usage


@dataclass(frozen=True)
class Setting:
    """What all drafts of a building share."""

    month: Month
    building_month: BuildingMonth
    agreement: ServiceAgreement
    prices: Mapping[str, Sequence[Price]]
    policies: Policies
    seller: Mapping[str, str]
    before: Mapping[int, Before]
    history: Mapping[int, list[HistoryRow]]
    recent: Mapping[int, list[int]]


@dataclass(frozen=True)
class Draft:
    """An invoice not yet written, with its lines."""

    invoice: Invoice
    lines: Sequence[rules.Line]


def draft_of(bill: Bill, setting: Setting) -> Draft:
    """Return the draft of one bill.

    :raises Refused: ``no_tariff``
    """
    treatment = setting.agreement.services == ServiceAgreement.Services.TREATMENT
    lines = rules.lines_of(
        own_litres=bill.own_litres,
        share_litres=bill.share_litres,
        services=rules.TREATMENT if treatment else rules.FULL,
        prices=setting.prices,
        month=setting.month,
        paper=bill.account.delivery == CustomerAccount.Delivery.PAPER,
        held=bill.held(setting.month),
    )
    rate = setting.policies.vat_rate_per_10000
    totals = rules.totals_of(lines, rate)
    reason = rules.reason_to_look(
        totals.total,
        setting.recent.get(bill.account.pk, []),
        multiple_permille=setting.policies.odd_invoice_multiple_permille,
        floor_cents=setting.policies.odd_invoice_floor_cents,
    )
    invoice = Invoice(
        building_id=setting.building_month.building_id,
        account=bill.account,
        premise=_premise_of(bill),
        state=Invoice.State.PARKED if reason else Invoice.State.DRAFT,
        reason=reason,
        first_day=setting.month.first_day,
        net_cents=totals.net,
        vat_cents=totals.vat,
        total_cents=totals.total,
        vat_rate_per_10000=rate,
        content=_content(bill, lines, setting),
    )
    return Draft(invoice, lines)


def _premise_of(bill: Bill) -> Premise | None:
    premises = {tile.usage_point.premise_id: tile.usage_point.premise for tile in bill.tiles}
    return next(iter(premises.values()), None)


def _content(bill: Bill, lines: Sequence[rules.Line], setting: Setting) -> Content:
    account, party = bill.account, bill.account.party
    premises = {tile.usage_point.premise for tile in bill.tiles if tile.usage_point.premise}
    shown = sorted({str(premise) for premise in premises}) or [str(setting.building_month.building)]
    return {
        "seller": dict(setting.seller),
        "buyer": {
            "name": party.name,
            "address": party.address or shown[0],
            "account": account.number,
            "registration_number": party.registration_number,
            "vat_number": party.vat_number,
        },
        "premises": shown,
        "month": str(setting.month),
        "meters": [_meter_row(tile, setting) for tile in bill.tiles],
        "lines": [_line_row(line, setting) for line in lines],
        "building": _building_block(bill, setting),
        "history": setting.history.get(account.pk, []),
        "max_estimates": setting.policies.max_consecutive_estimates,
    }


def _line_row(line: rules.Line, setting: Setting) -> LineRow:
    held = [price for price in setting.prices[line.service] if price.price_100k == line.price_100k]
    return cast(LineRow, asdict(line) | {"price_from": str(held[-1].valid_from), "decision": held[-1].decision})


def _meter_row(tile: Usage, setting: Setting) -> MeterRow:
    installation = tile.installation
    before = setting.before[installation.pk]
    return {
        "serial": installation.meter.serial,
        "place": tile.usage_point.place,
        "commodity": tile.usage_point.commodity,
        "digits_before": installation.meter.register.digits_before,
        "digits_after": installation.meter.register.digits_after,
        "from_litres": tile.from_litres,
        "from_on": tile.basis.get("held_from", before.read_on),
        "from_estimated": tile.basis.get("split_from", "days" if before.estimated else "") == "days",
        "to_litres": tile.to_litres,
        "read_on": tile.basis.get("held_until", str(tile.read_on or "")),
        "litres": tile.litres,
        "shared_before_litres": tile.shared_before_litres,
        "method": tile.method,
        "misses": tile.misses,
        "average_of": list(tile.basis.get("average_of", [])),
        "rolled_over": bool(tile.basis.get("rolled_over")),
        "removed": bool(tile.basis.get("removed")),
        "verified_until": str(installation.verified_until or ""),
        "replace_by": str(installation.replace_by or ""),
    }


def _building_block(bill: Bill, setting: Setting) -> BuildingBlock | None:
    month = setting.building_month
    intake = month.intake_litres
    if month.units < 2:
        return None
    return {
        "address": str(month.building),
        "intake_litres": intake,
        "units_litres": month.units_litres,
        "common_litres": month.common_litres,
        "difference_litres": month.difference_litres,
        "difference_permille": divide_half_up(month.difference_litres * 1_000, intake) if intake else 0,
        "carried_in_litres": month.carried_in_litres,
        "carried_out_litres": month.carried_out_litres,
        "shared_litres": month.shared_litres,
        "sharing": month.sharing,
        "units": month.units,
        "estimated_units": month.estimated_units,
        "share_litres": bill.share_litres,
        "stage1_litres": sum(share.litres for share in bill.shares if share.stage == 1),
        "common_share_litres": sum(share.litres for share in bill.shares if share.stage == 0),
    }
