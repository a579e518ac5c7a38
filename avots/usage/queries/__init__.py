"""What a building's month depends on, what it shows, and what others are told of it."""

from avots.usage.queries.facts import agreement_of, facts, facts_of, input_hash
from avots.usage.queries.frame import Frame, cut_days, frame_of

__all__ = ["Frame", "agreement_of", "cut_days", "facts", "facts_of", "frame_of", "input_hash"]
