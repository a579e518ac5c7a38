"""What was paid, what is open, whose a payment is, and what the bank has sent."""

from avots.payments.queries.bank import (
    decided_lately,
    entries_of,
    facts_of,
    figures_of,
    gaps_of,
    keys_of,
    original_of,
    own_number,
    pieces_of,
    preview,
    waiting,
)
from avots.payments.queries.settled import (
    Change,
    InvoiceRow,
    change_of,
    history,
    latest_of,
    open_amounts,
    paid_of,
    received_cents,
    received_of,
)
from avots.payments.queries.suggested import suggestions
from avots.payments.queries.till import DeskTotals, desk_totals, payers
from avots.payments.queries.whose import Judged, whose

__all__ = [
    "Change",
    "DeskTotals",
    "InvoiceRow",
    "Judged",
    "change_of",
    "decided_lately",
    "desk_totals",
    "entries_of",
    "facts_of",
    "figures_of",
    "gaps_of",
    "history",
    "keys_of",
    "latest_of",
    "open_amounts",
    "original_of",
    "own_number",
    "paid_of",
    "payers",
    "pieces_of",
    "preview",
    "received_cents",
    "received_of",
    "suggestions",
    "waiting",
    "whose",
]
