"""Booking money that arrived."""

from avots.payments.actions.booking import Arrival, record_payment, record_payments

__all__ = ["Arrival", "record_payment", "record_payments"]
