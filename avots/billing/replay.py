"""What was known when an invoice was made, recomputed by today's rules: is it what was issued?"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from avots.billing import rules
from avots.billing.actions.drafts import Draft, drafts_of
from avots.billing.kept import unpack
from avots.billing.models import BuildingRun, Invoice, KeptInputs, Run
from avots.core.errors import Refused
from avots.core.money import cost_of
from avots.usage.queries import input_hash
from avots.usage.rules.balance import balance

ADDED_AT_ISSUE = {"thanks"}


@dataclass(frozen=True)
class Replayed:
    """How many invoices were recomputed, and what differs: a sentence each."""

    invoices: int
    problems: Sequence[str]


def replay(place: BuildingRun) -> Replayed:
    """Recompute a building's issued month from what was known then, to the cent and to every field shown.

    A difference means that a rule has changed since, or that a row was changed behind our back. That
    the facts are those the month was computed from is held against the hash of that time.
    """
    issued = list(Invoice.objects.of_runs().issued().filter(run=place.run_id, building=place.building_id))
    kept = KeptInputs.objects.select_related("terms").filter(place=place).first()
    name = f"{place.building.code} {place.run.round}"
    if kept is None:
        return Replayed(0, [f"{name}: what it was computed from was not kept"] if issued else [])
    facts, inputs, past = unpack(bytes(kept.data), kept.terms.data)
    try:
        drafts = {draft.account_id: draft for draft in drafts_of(facts, balance(facts), inputs, past)}
    except Refused as refused:
        return Replayed(0, [f"{name}: today's rules refuse it: {refused}"])
    problems = [f"{invoice.number}: {what}" for invoice in issued for what in _differences(invoice, drafts)]
    if inputs.hash_of(facts, input_hash(facts)) != place.input_hash:
        problems.append(f"{name}: what was kept is not what was hashed")
    corrections = Invoice.objects.issued().filter(
        run=place.run_id, building=place.building_id, corrects__isnull=False
    )
    problems += [f"{row.number}: {what}" for row in corrections for what in _arithmetic(row)]
    return Replayed(len(issued), problems)


def _differences(invoice: Invoice, drafts: dict[int, Draft]) -> Iterator[str]:
    draft = drafts.get(invoice.account_id)
    if draft is None:
        yield "today nothing would be billed"
        return
    totals = {"net": invoice.net_cents, "vat": invoice.vat_cents, "total": invoice.total_cents}
    yield from differences(totals, draft.totals._asdict())
    shown = {name: value for name, value in invoice.content.items() if name not in ADDED_AT_ISSUE}
    yield from differences(shown, json.loads(json.dumps(draft.content, default=str)))


def differences(issued: Any, recomputed: Any, path: str = "") -> Iterator[str]:
    """Yield each place where two contents differ.

    >>> list(differences({"meters": [{"litres": 5}]}, {"meters": [{"litres": 6}]}))
    ['meters.0.litres: issued 5, recomputed 6']
    """
    if isinstance(issued, dict) and isinstance(recomputed, dict):
        for name in sorted(issued.keys() | recomputed.keys()):
            yield from differences(issued.get(name), recomputed.get(name), f"{path}.{name}".lstrip("."))
    elif isinstance(issued, list) and isinstance(recomputed, list) and len(issued) == len(recomputed):
        for at, (one, other) in enumerate(zip(issued, recomputed, strict=True)):
            yield from differences(one, other, f"{path}.{at}")
    elif issued != recomputed:
        yield f"{path}: issued {issued}, recomputed {recomputed}"


def _arithmetic(document: Invoice) -> Iterator[str]:
    """Yield what does not add up in a credit note, or in an invoice that billed a month anew."""
    for at, line in enumerate(document.content["lines"], 1):
        # Litres or thousandths of a piece: both are a thousandth of what the price is for.
        if cost_of(line["quantity"], line["price_100k"]) != line["net_cents"]:
            yield f"line {at} is not quantity times price"
    net = sum(line["net_cents"] for line in document.content["lines"])
    vat = rules.vat_of(net, document.vat_rate_per_10000)
    if (net, vat) != (document.net_cents, document.vat_cents):
        yield f"issued {document.net_cents} + {document.vat_cents}, recomputed {net} + {vat}"


def places_of(*, run: Run | None = None, invoice: Invoice | None = None) -> Iterable[BuildingRun]:
    """Return the issued buildings of a run, of an invoice, or all of them, oldest first."""
    rows = BuildingRun.objects.filter(state=BuildingRun.State.ISSUED).select_related("run__round", "building")
    if invoice is not None:
        rows = rows.filter(run=invoice.run_id, building=invoice.building_id)
    if run is not None:
        rows = rows.filter(run=run)
    return rows.order_by("run__round__first_day", "pk").iterator(chunk_size=200)


def sample(size: int) -> Iterator[str]:
    """Yield what differs in so many issued building months, chosen anew each time."""
    kept = BuildingRun.objects.filter(state=BuildingRun.State.ISSUED, keptinputs__isnull=False)
    for place in kept.select_related("run__round", "building").order_by("?")[:size]:
        yield from (f"replay: {problem}" for problem in replay(place).problems)
