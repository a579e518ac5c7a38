"""What changes litres: months computed, rules changed, books opened, issued litres put right."""

from avots.usage.actions.months import (
    Settled,
    compute_building,
    compute_buildings,
    settle_buildings,
    write_months,
)
from avots.usage.actions.opening import OpeningTile, open_books
from avots.usage.actions.putting_right import book_corrections, move_month
from avots.usage.actions.ruling import RULE, RuleChange, approve_rule, change_rule, decide_rule, decline_rule

__all__ = [
    "RULE",
    "OpeningTile",
    "RuleChange",
    "Settled",
    "approve_rule",
    "book_corrections",
    "change_rule",
    "compute_building",
    "compute_buildings",
    "decide_rule",
    "decline_rule",
    "move_month",
    "open_books",
    "settle_buildings",
    "write_months",
]
