"""Everything a building's drafts were made from, small enough to keep with each month (ADR 8)."""

import json
import zlib
from collections.abc import Mapping
from typing import NamedTuple

from avots.billing.content import HistoryRow
from avots.billing.queries.inputs import Agreed, Inputs, Label, Past, Payer, Terms
from avots.billing.rules.bills import accounts_of
from avots.core.dates import Month
from avots.core.plain import plain, restored, shapes_of
from avots.core.policies import Policies
from avots.tariffs.rules import Price
from avots.usage.rules.facts import BuildingFacts, Holding, Law, MeterFacts, PointFacts, PremiseFacts

KINDS = (
    *(BuildingFacts, Law, PointFacts, MeterFacts, PremiseFacts, Holding, Month),
    *(Agreed, Payer, Label, Terms, Price, Policies),
)
# Half the time of zlib's own choice, for a tenth more bytes.
LEVEL = 1
Row = tuple[str, int, int, bool]


class Own(NamedTuple):
    """What one building's drafts were made from beside its facts and the terms; ``history`` by account."""

    agreed: Agreed
    payers: Mapping[int, Payer]
    labels: Mapping[int, Label]
    history: Mapping[int, tuple[Row, ...]]


def pack(facts: BuildingFacts, text: str, inputs: Inputs, past: Past) -> bytes:
    """Return what a building's drafts were made from; :func:`unpack` gives it back.

    :param text: the facts as they were hashed, written once for both
    """
    agreed = inputs.agreed[facts.building_id]
    accounts = accounts_of(facts, payer_id=agreed.payer_id)
    meters = [meter.installation_id for point in facts.points for meter in point.meters]
    own = Own(
        agreed,
        {pk: inputs.payers[pk] for pk in accounts},
        {pk: inputs.labels[pk] for pk in meters},
        {pk: tuple(map(_row, past.history.get((facts.building_id, pk), ()))) for pk in accounts},
    )
    rest = json.dumps(own, default=plain, separators=(",", ":"))
    return zlib.compress(f"[{text},{rest}]".encode(), LEVEL)


def _row(row: HistoryRow) -> Row:
    return row["month"], row["cold"], row["hot"], row["estimated"]


def terms_kept(terms: Terms) -> str:
    """Return the terms of a month as they are kept once for all its buildings, with the shapes of all values."""
    return json.dumps([shapes_of((*KINDS, Own)), terms], default=plain)


def unpack(data: bytes, kept: str) -> tuple[BuildingFacts, Inputs, Past]:
    """Return what a building's drafts were made from, as it was then."""
    shapes, month = json.loads(kept)
    known, rest = json.loads(zlib.decompress(data))
    facts: BuildingFacts = restored(BuildingFacts, known, shapes)
    own: Own = restored(Own, rest, shapes)
    terms: Terms = restored(Terms, month, shapes)
    pk = facts.building_id
    history: dict[tuple[int, int], list[HistoryRow]] = {
        (pk, account): [{"month": at, "cold": cold, "hot": hot, "estimated": guess} for at, cold, hot, guess in rows]
        for account, rows in own.history.items()
        if rows
    }
    return facts, Inputs(terms, {pk: own.agreed}, own.payers, own.labels), Past(history, {})
