"""Booking money that arrived."""

from avots.payments.actions.booking import Arrival, record_payment, record_payments
from avots.payments.actions.deciding import Share, assign_entry, set_entry_aside, undo_decision
from avots.payments.actions.statements import import_statement, stage_statement

__all__ = [
    "Arrival",
    "Share",
    "assign_entry",
    "import_statement",
    "record_payment",
    "record_payments",
    "set_entry_aside",
    "stage_statement",
    "undo_decision",
]
