"""Figures that add up a whole utility: for a large one kept for some minutes, with the moment they are of."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from django.core.cache import cache

KEPT = timedelta(minutes=10)


@dataclass(frozen=True)
class Figures:
    """Figures of a moment; ``kept``: that moment was before the one asked for."""

    at: datetime
    kept: bool = field(default=False, kw_only=True)

    @property
    def is_large(self) -> bool:
        """Whether adding them up takes longer than a page may."""
        raise NotImplementedError


Some = TypeVar("Some", bound=Figures)


def kept_or_made(key: str, make: Callable[[], Some], now: datetime, *, anew: bool = False) -> Some:
    """Return the figures kept under a key while they are young, else what ``make`` adds up, kept where it is large.

    :param anew: add up now, whatever is kept
    """
    found: Some | None = None if anew else cache.get(key)
    if found and timedelta(0) <= now - found.at < KEPT:
        return replace(found, kept=True)
    made = make()
    if made.is_large:
        cache.set(key, made, KEPT.total_seconds())
    return made
