"""Whether a statement can be booked at all."""

from avots.core.errors import Refused
from avots.payments.statements import Statement

BOOKED = frozenset({"camt.053", "mt940", "fidavista"})
CURRENCY = "EUR"


def judge_statement(statement: Statement) -> None:
    """Refuse a statement that is not final, not in euro, or does not add up to the cent.

    :raises Refused: ``statement_not_final`` (an intraday report or a notification),
        ``statement_foreign_currency``, ``statement_balance_missing``, ``statement_does_not_add_up``

    :source: quality.md 4.3 row 27, 5.2 row 11: closing = opening + entries
    """
    facts = {"account": statement.account, "day": statement.to_on.strftime("%d.%m.%Y.")}
    if statement.kind not in BOOKED:
        raise Refused("statement_not_final", kind=statement.kind)
    if statement.currency != CURRENCY:
        raise Refused("statement_foreign_currency", currency=statement.currency or "?", **facts)
    if statement.opening_cents is None or statement.closing_cents is None:
        raise Refused("statement_balance_missing", **facts)
    if not statement.adds_up:
        raise Refused("statement_does_not_add_up", **facts)
