"""What a building's month depends on, what it shows, and what others are told of it."""

from avots.usage.queries.causes import (
    Causes,
    MonthGap,
    buildings_above,
    causes_of,
    gaps_by_building,
    gaps_of,
    permille_of,
)
from avots.usage.queries.facts import agreement_of, facts, facts_of, hash_of, input_hash, text_of
from avots.usage.queries.frame import Frame, cut_days, frame_of
from avots.usage.queries.hotwater import HotMonth, HotVolume, hot_months, hot_volumes
from avots.usage.queries.issued import issued_months

__all__ = [
    "Causes",
    "Frame",
    "HotMonth",
    "HotVolume",
    "MonthGap",
    "agreement_of",
    "buildings_above",
    "causes_of",
    "cut_days",
    "facts",
    "facts_of",
    "frame_of",
    "gaps_by_building",
    "gaps_of",
    "hash_of",
    "hot_months",
    "hot_volumes",
    "input_hash",
    "issued_months",
    "permille_of",
    "text_of",
]
