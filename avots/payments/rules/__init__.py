"""The law of money that arrives: what pays what, whose it is, and whether a statement can be believed."""

from avots.payments.rules.cash import DENOMINATIONS, change_of, counted_cents
from avots.payments.rules.chain import Link, gaps
from avots.payments.rules.identity import Keys
from avots.payments.rules.judging import judge_statement
from avots.payments.rules.matching import Book, Incoming, Match, match, match_all, wanted
from avots.payments.rules.settling import Due, Received, Settled, settle
from avots.payments.rules.suggesting import Candidate, Suggestion, suggest

__all__ = [
    "DENOMINATIONS",
    "Book",
    "Candidate",
    "Due",
    "Incoming",
    "Keys",
    "Link",
    "Match",
    "Received",
    "Settled",
    "Suggestion",
    "change_of",
    "counted_cents",
    "gaps",
    "judge_statement",
    "match",
    "match_all",
    "settle",
    "suggest",
    "wanted",
]
