"""Booking money that arrived."""

from avots.payments.actions.booking import Arrival, record_payment, record_payments
from avots.payments.actions.cash import cancel_receipt, close_desk, open_desk, register_desk, take_payment
from avots.payments.actions.deciding import Share, assign_entry, set_entry_aside, undo_decision
from avots.payments.actions.statements import import_statement, stage_statement

__all__ = [
    "Arrival",
    "Share",
    "assign_entry",
    "cancel_receipt",
    "close_desk",
    "import_statement",
    "open_desk",
    "record_payment",
    "record_payments",
    "register_desk",
    "set_entry_aside",
    "stage_statement",
    "take_payment",
    "undo_decision",
]
