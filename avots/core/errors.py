"""The one family of expected failure."""


class Refused(Exception):
    """An action declines, for a reason a person can be told.

    The sentence for each code stands in ``avots.ui.words``; facts fill its places.

    >>> str(Refused("round_closed", month="2026-11"))
    "round_closed {'month': '2026-11'}"
    """

    def __init__(self, code: str, **facts: object) -> None:
        self.code = code
        self.facts = facts
        super().__init__(f"{code} {facts}" if facts else code)


class KeyReused(Exception):
    """The same key came with other content: a bug of the caller, never a person's fault."""
