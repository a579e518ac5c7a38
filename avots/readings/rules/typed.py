"""What a person typed, as litres; ask, never guess (quality.md 2.4)."""

import re
import unicodedata

from avots.core.errors import Refused
from avots.core.volume import capacity_of

GROUP = re.compile(r"(?<=\d)[\s\u00a0\u202f\u2009'’](?=\d)")
JUNK = re.compile(r"(m3|m³|kubikmetri?|kubi|rādījums|rādijums|nr)\.?", re.IGNORECASE)


def parse(text: str, *, digits_before: int, digits_after: int) -> int:
    """Return the litres a person typed for a face of so many digits.

    >>> parse("00420612", digits_before=5, digits_after=3)
    420612
    >>> parse("420,6", digits_before=5, digits_after=3), parse("1 420.612", digits_before=5, digits_after=3)
    (420600, 1420612)

    :raises Refused: ``not_a_number``, ``negative_reading``, ``too_many_digits``, or
        ``digits_missing`` with ``choices``: the litres it may mean, for the person to choose
    """
    plain = _plain(text)
    if plain.startswith("-"):
        raise Refused("negative_reading", text=text)
    separators = re.findall(r"[.,]", plain)
    if not re.fullmatch(r"\d+(?:[.,]\d+)*", plain):
        raise Refused("not_a_number", text=text)
    if not separators:
        return _whole(plain, digits_before, digits_after, text)
    whole, part = _split(plain, separators, text)
    return _decimal(whole, part, digits_before, text)


def _plain(text: str) -> str:
    """Return the text with plain digits, without grouping spaces, units and dictated words."""
    digits = "".join(_digit(char) for char in unicodedata.normalize("NFC", text))
    words = JUNK.sub(" ", digits.replace("−", "-").replace("–", "-"))
    grouped = GROUP.sub("", words.strip().strip(".,;:!").strip())
    grouped = GROUP.sub("", grouped)
    return re.sub(r"\s*([.,])\s*", r"\1", grouped)


def _digit(char: str) -> str:
    if char in "．，":
        return "."
    value = unicodedata.digit(char, None) if unicodedata.category(char) == "Nd" else None
    return char if value is None else str(value)


def _split(plain: str, separators: list[str], text: str) -> tuple[str, str]:
    """Return the digits before and after the last separator; the ones before it group thousands."""
    whole, part = re.split(rf"\{separators[-1]}(?=\d*$)", plain, maxsplit=1)
    groups = re.split(r"[.,]", whole)
    thousands = len(groups) > 1 and all(len(group) == 3 for group in groups[1:]) and len(groups[0]) <= 3
    if len(groups) > 1 and (not thousands or separators[-1] in separators[:-1]):
        raise Refused("not_a_number", text=text)
    return "".join(groups), part


def _decimal(whole: str, part: str, digits_before: int, text: str) -> int:
    if len(part) > 3 or len(whole.lstrip("0")) > digits_before:
        raise Refused("too_many_digits", text=text, digits=3)
    return int(whole) * 1_000 + int(part.ljust(3, "0"))


def _whole(plain: str, digits_before: int, digits_after: int, text: str) -> int:
    """Return a number without a separator: clear when it fills the face, else a question."""
    face = digits_before + digits_after
    if len(plain) > face:
        raise Refused("too_many_digits", text=text, digits=face)
    to_litres = 10 ** (3 - digits_after)
    if len(plain) == face or digits_after == 0:
        return int(plain) * to_litres
    choices = [int(plain) * to_litres]
    if int(plain) * 1_000 < capacity_of(digits_before):
        choices.insert(0, int(plain) * 1_000)
    if int(plain) == 0:
        return 0
    raise Refused("digits_missing", text=text, choices=choices)
