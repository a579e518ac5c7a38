"""From a building's computed month to its drafts: lines, totals, and everything the invoices will show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from avots.billing import rules
from avots.billing.content import BuildingBlock, Buyer, Content, HistoryRow, LineRow, MeterRow
from avots.billing.queries.inputs import Inputs, Past, Payer, Terms, add_use
from avots.billing.rules.bills import Bill, bills_of
from avots.core.money import divide_half_up
from avots.customers.models import CustomerAccount, ServiceAgreement
from avots.usage.rules.balance import Balance
from avots.usage.rules.estimate import NO_VALID_METER, Tile
from avots.usage.rules.facts import BuildingFacts, MeterFacts
from avots.usage.rules.past import ACTUAL, ESTIMATE

PAPER, TREATMENT = CustomerAccount.Delivery.PAPER.value, ServiceAgreement.Services.TREATMENT.value


class Draft(NamedTuple):
    """An invoice not yet written, with its lines; ``reason`` where a person should look first."""

    account_id: int
    premise_id: int | None
    reason: str
    totals: rules.Totals
    content: Content
    lines: Sequence[rules.Line]


@dataclass(frozen=True)
class Setting:
    """What all drafts of a building share."""

    facts: BuildingFacts
    inputs: Inputs
    past: Past
    address: str
    block: BuildingBlock | None
    premise_of: Mapping[int, int | None]
    meters: Mapping[int, MeterFacts]
    numbers: Mapping[int, str]


def drafts_of(facts: BuildingFacts, result: Balance, inputs: Inputs, past: Past) -> list[Draft]:
    """Return the drafts of a building, in order of the accounts.

    :raises Refused: ``no_tariff``
    """
    setting = Setting(
        facts=facts,
        inputs=inputs,
        past=past,
        address=facts.address,
        block=_building_block(facts, result),
        premise_of={point.usage_point_id: point.premise_id for point in facts.points},
        meters={meter.installation_id: meter for point in facts.points for meter in point.meters},
        numbers={premise.premise_id: premise.number for premise in facts.premises},
    )
    payer_id = inputs.agreed[facts.building_id].payer_id
    return [_draft_of(bill, setting) for bill in bills_of(facts, result, payer_id=payer_id)]


def _draft_of(bill: Bill, setting: Setting) -> Draft:
    terms, policies = setting.inputs.terms, setting.inputs.terms.policies
    lines = rules.lines_of(
        own_litres=bill.own_litres,
        share_litres=bill.share_litres,
        services=_services_of(setting),
        prices=terms.prices,
        month=terms.month,
        paper=setting.inputs.payers[bill.account_id].delivery == PAPER,
        held=bill.held(terms.month),
    )
    totals = rules.totals_of(lines, policies.vat_rate_per_10000)
    reason = rules.reason_to_look(
        totals.total,
        setting.past.recent.get(bill.account_id, []),
        multiple_permille=policies.odd_invoice_multiple_permille,
        floor_cents=policies.odd_invoice_floor_cents,
    )
    premise_id = setting.premise_of[bill.tiles[0].usage_point_id] if bill.tiles else None
    return Draft(bill.account_id, premise_id, reason, totals, _content(bill, lines, setting), lines)


def _services_of(setting: Setting) -> Sequence[str]:
    treatment = setting.inputs.agreed[setting.facts.building_id].services == TREATMENT
    return rules.TREATMENT if treatment else rules.FULL


def _content(bill: Bill, lines: Sequence[rules.Line], setting: Setting) -> Content:
    payer, terms = setting.inputs.payers[bill.account_id], setting.inputs.terms
    premises = {setting.premise_of[tile.usage_point_id] for tile in bill.tiles} - {None}
    shown = sorted({_address(setting.numbers[pk or 0], setting) for pk in premises}) or [setting.address]
    block = setting.block
    return {
        "seller": dict(terms.seller),
        "buyer": buyer_row(payer, shown[0]),
        "premises": shown,
        "month": str(terms.month),
        "meters": [_meter_row(tile, setting) for tile in bill.tiles],
        "lines": [line_row(line, terms) for line in lines],
        "building": _with_shares(block, bill) if block else None,
        "history": _history(bill, setting),
        "max_estimates": terms.policies.max_consecutive_estimates,
    }


def buyer_row(payer: Payer, home: str) -> Buyer:
    """Return how an invoice names who is billed; without an address of their own by their home's."""
    return {
        "name": payer.name,
        "address": payer.address or home,
        "account": payer.number,
        "registration_number": payer.registration_number,
        "vat_number": payer.vat_number,
    }


def _address(number: str, setting: Setting) -> str:
    return f"{setting.address}-{number}" if number else setting.address


def _history(bill: Bill, setting: Setting) -> list[HistoryRow]:
    """Return the months before, and this one."""
    this: HistoryRow = {"month": str(setting.inputs.terms.month), "cold": 0, "hot": 0, "estimated": False}
    own = [tile for tile in bill.tiles if tile.account_id == bill.account_id]
    for tile in own:
        commodity = setting.inputs.labels[tile.installation_id].commodity
        add_use(this, commodity, tile.litres, estimated=tile.method != ACTUAL)
    before = setting.past.history.get((setting.facts.building_id, bill.account_id), [])
    return [*before, this] if own else list(before)


def line_row(line: rules.Line, terms: Terms) -> LineRow:
    """Return how an invoice shows a line: with the decision its price comes from."""
    price = terms.price_of(line.service, line.price_100k)
    return {
        "service": line.service,
        "part": line.part,
        "quantity": line.quantity,
        "price_100k": line.price_100k,
        "net_cents": line.net_cents,
        "price_from": str(price.valid_from),
        "decision": price.decision,
    }


def _meter_row(tile: Tile, setting: Setting) -> MeterRow:
    label, meter, basis = (
        setting.inputs.labels[tile.installation_id],
        setting.meters[tile.installation_id],
        tile.basis,
    )
    return {
        "serial": label.serial,
        "place": label.place,
        "commodity": label.commodity,
        "digits_before": label.digits_before,
        "digits_after": label.digits_after,
        "from_litres": tile.from_litres,
        "from_on": str(basis.get("held_from", meter.from_on or "")),
        "from_estimated": basis.get("split_from", "days" if meter.from_estimated else "") == "days",
        "to_litres": tile.to_litres,
        "read_on": str(basis.get("held_until", tile.read_on or "")),
        "litres": tile.litres,
        "shared_before_litres": tile.shared_before_litres,
        "method": str(tile.method),
        "misses": tile.misses,
        "average_of": list(basis.get("average_of", ())),  # type: ignore[call-overload]
        "rolled_over": bool(basis.get("rolled_over")),
        "rolled_back": bool(basis.get("rolled_back")),
        "invalid": basis.get("reason") == NO_VALID_METER,
        "removed": bool(basis.get("removed")),
        "verified_until": str(label.verified_until or ""),
        "replace_by": str(label.replace_by or ""),
    }


def _building_block(facts: BuildingFacts, result: Balance) -> BuildingBlock | None:
    intake = result.intake
    if len(facts.premises) < 2:
        return None
    estimated = {tile.usage_point_id for tile in result.tiles if tile.method == ESTIMATE}
    return {
        "address": facts.address,
        "intake_litres": intake,
        "units_litres": result.units,
        "common_litres": result.common,
        "difference_litres": result.difference,
        "difference_permille": divide_half_up(result.difference * 1_000, intake) if intake else 0,
        "carried_in_litres": result.carried_in,
        "carried_out_litres": result.carried_out,
        "shared_litres": result.shared,
        "sharing": "payer" if facts.indirect else facts.sharing,
        "units": len(facts.premises),
        "estimated_units": len(facts.premises_at(estimated)),
        "share_litres": 0,
        "stage1_litres": 0,
        "common_share_litres": 0,
    }


def _with_shares(block: BuildingBlock, bill: Bill) -> BuildingBlock:
    """Return the building's block with what this bill bears."""
    own = block.copy()
    for share in bill.shares:
        own["share_litres"] += share.litres
        own["stage1_litres"] += share.litres if share.stage == 1 else 0
        own["common_share_litres"] += share.litres if share.stage == 0 else 0
    return own
