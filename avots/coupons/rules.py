"""What stands on a coupon: its layout, its code, and what the code's square says."""

from collections.abc import Sequence
from datetime import date
from hashlib import sha256

from avots.core.errors import Refused
from avots.core.references import ALPHABET, is_valid

KIND = "AVK"
ROOM = 6
SMALL = 3
LENGTH = 9
# Letters left out of the alphabet, and what a person who writes them means.
MEANT = str.maketrans({"O": "0", "I": "1", "L": "1", "Z": "2", "U": "V", "-": "", " ": "", "\u00a0": ""})


def layout_of(meters: int) -> str:
    """Return the layout for so many meters: A has large boxes for three, B has room for six.

    >>> layout_of(2), layout_of(4)
    ('A', 'B')

    :raises ValueError: for none, or more than a coupon has room for
    """
    if not 1 <= meters <= ROOM:
        raise ValueError(meters)
    return "A" if meters <= SMALL else "B"


def parts_of(installations: Sequence[int]) -> list[list[int]]:
    """Return a home's meters as coupons of at most six.

    >>> parts_of([1, 2]), [len(part) for part in parts_of(range(8))]
    ([[1, 2]], [6, 2])
    """
    return [list(installations[at : at + ROOM]) for at in range(0, len(installations), ROOM)]


def payload(code: str, layout: str) -> str:
    """Return what the square on a coupon says: kind, layout, code.

    >>> payload("7K3M9PQ2V", "A")
    'AVK:A:7K3M9PQ2V'
    """
    return f"{KIND}:{layout}:{code}"


def read_payload(text: str) -> tuple[str, str]:
    """Return layout and code of a square's text.

    >>> read_payload("AVK:A:7K3M9PQ2V")
    ('A', '7K3M9PQ2V')

    :raises Refused: ``not_a_coupon`` for any other square, ``coupon_code_wrong``
    """
    kind, _, rest = text.partition(":")
    layout, _, code = rest.partition(":")
    if kind != KIND or layout not in {"A", "B"}:
        raise Refused("not_a_coupon")
    return layout, typed_code(code)


def typed_code(text: str) -> str:
    """Return the code a person typed from a coupon; look-alike letters and gaps are forgiven.

    >>> typed_code("7k3m-9pq2-v")
    '7K3M9PQ2V'

    :raises Refused: ``coupon_code_wrong`` when its check character does not fit
    """
    code = text.strip().upper().translate(MEANT)
    if len(code) != LENGTH or any(char not in ALPHABET for char in code) or not is_valid(code):
        raise Refused("coupon_code_wrong")
    return code


def shown_code(code: str) -> str:
    """Return a code in groups, as people read it.

    >>> shown_code("7K3M9PQ2V")
    '7K3M-9PQ2-V'
    """
    return f"{code[:4]}-{code[4:8]}-{code[8:]}"


def counts_in_window(collected_on: date, *, cut_on: date, first_after: date | None) -> bool:
    """Return whether a batch counts in its round: until the last day, or as the first collection after it.

    >>> last = date(2026, 11, 28)
    >>> counts_in_window(date(2026, 11, 30), cut_on=last, first_after=None)
    True
    >>> counts_in_window(date(2026, 12, 1), cut_on=last, first_after=date(2026, 11, 30))
    False

    Source: house.md 10 (the mailbox is emptied after closing).
    """
    return collected_on <= cut_on or first_after is None or collected_on <= first_after


def is_drawn(code: str, round: str, permille: int) -> bool:
    """Return whether a coupon is among the so many thousandths keyed twice; nobody can foresee it by eye.

    >>> sum(is_drawn(f"code{n}", "2026-11", 50) for n in range(10_000))
    459
    """
    return int.from_bytes(sha256(f"{round}:{code}".encode()).digest()[:4], "big") % 1_000 < permille
