"""The reading form: what was typed becomes litres; shared by the portal and the personal link."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from avots.core.errors import Refused
from avots.readings.queries import MeterLine
from avots.readings.rules.typed import parse


@dataclass
class Field:
    """One meter's input: what was typed, what is wrong with it, what it may mean."""

    line: MeterLine
    typed: str = ""
    litres: int | None = None
    problem: str = ""
    choices: Sequence[int] = ()

    @property
    def name(self) -> str:
        return f"m{self.line.installation.pk}"

    @property
    def digits(self) -> int:
        register = self.line.installation.meter.register
        return register.digits_before + register.digits_after


@dataclass
class Form:
    """All meters of a home, one input each."""

    fields: list[Field]
    confirmed: frozenset[str] = field(default_factory=frozenset)

    @property
    def problems(self) -> list[Field]:
        return [one for one in self.fields if one.problem]

    @property
    def values(self) -> dict[int, int]:
        return {one.line.installation.pk: one.litres for one in self.fields if one.litres is not None}

    def key(self, own: str) -> str:
        """Return the submission's key: the same values sent twice are one submission."""
        body = repr(sorted(self.values.items())) + repr(sorted(self.confirmed))
        return f"{own[:24]}:{sha256(body.encode()).hexdigest()[:24]}"


def blank(lines: Sequence[MeterLine]) -> Form:
    """Return the form with what was reported already filled in."""
    return Form([Field(line, typed=_shown(line)) for line in lines])


def _shown(line: MeterLine) -> str:
    if line.reading is None:
        return ""
    register = line.installation.meter.register
    digits = register.digits_before + register.digits_after
    return f"{line.reading.litres // 10 ** (3 - register.digits_after):0{digits}d}"


def read(data: Mapping[str, str], lines: Sequence[MeterLine]) -> Form:
    """Return the form as it was sent; an empty input says nothing about its meter."""
    confirmed = frozenset(str(data.get("confirmed", "")).split()) if data.get("answer") == "right" else frozenset()
    return Form([_field(data, line) for line in lines if not line.installation.remote_read], confirmed)


def _field(data: Mapping[str, str], line: MeterLine) -> Field:
    found = Field(line)
    found.typed = str(data.get(found.name, ""))[:40].strip()
    register = line.installation.meter.register
    if found.typed:
        try:
            found.litres = parse(
                found.typed, digits_before=register.digits_before, digits_after=register.digits_after
            )
        except Refused as refused:
            _doubt(found, refused, str(data.get(f"{found.name}-means", "")))
    return found


def _doubt(found: Field, refused: Refused, means: str) -> None:
    """Take the meaning the person chose, or ask for it."""
    choices = refused.facts.get("choices", [])
    found.choices = choices if isinstance(choices, list) else []
    if means.isdigit() and int(means) in found.choices:
        found.litres = int(means)
    else:
        found.problem = refused.code
