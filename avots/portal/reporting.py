"""The reading form: what was typed becomes litres; shared by the portal and the personal link."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from django.core.files.uploadedfile import UploadedFile

from avots.core.errors import Refused
from avots.readings import queries
from avots.readings.actions import Asked, Question
from avots.readings.models import CannotRead, Round
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
    cannot: str = ""
    photo: UploadedFile | None = None
    said: CannotRead | None = None
    photos: int = 0

    @property
    def name(self) -> str:
        return f"m{self.line.installation.pk}"

    @property
    def digits(self) -> int:
        register = self.line.installation.meter.register
        return register.digits_before + register.digits_after

    def set(self, litres: int) -> None:
        """Hold a value as if it had been typed in full."""
        self.litres, self.typed = litres, face_of(self.line, litres)
        self.problem, self.choices = "", ()


@dataclass
class Form:
    """All meters of a home, one input each."""

    fields: list[Field]
    confirmed: frozenset[str] = field(default_factory=frozenset)

    def take(self, fix: str) -> None:
        """Put the values of a tapped proposal, written as "7:420612,8:90100", in place of what was typed."""
        by_pk = {str(one.line.installation.pk): one for one in self.fields}
        for part in fix.split(","):
            pk, _, litres = part.partition(":")
            if pk in by_pk and litres.isdigit() and len(litres) <= 12:
                by_pk[pk].set(int(litres))

    @property
    def unreadable(self) -> list[Field]:
        """The meters somebody cannot read, or sent a photo of."""
        return [one for one in self.fields if one.cannot or one.photo]

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


def tell_said(form: Form, round: Round) -> None:
    """Add what the household has said of meters it cannot read, and how many photos came."""
    said = queries.cannot_read([one.line for one in form.fields], round)
    photos = queries.photos_in(round, [one.line.installation.pk for one in form.fields])
    for one in form.fields:
        one.said = said.get(one.line.installation.pk)
        one.photos = photos.get(one.line.installation.pk, 0)


def faces_of(form: Form) -> list[MeterLine]:
    """Return one meter of each kind of face on the sheet."""
    kinds: dict[tuple[int, int, str], MeterLine] = {}
    for one in form.fields:
        face = one.line.installation.meter.register
        kinds.setdefault((face.digits_before, face.digits_after, face.face), one.line)
    return list(kinds.values())


def _shown(line: MeterLine) -> str:
    return face_of(line, line.reading.litres) if line.reading else ""


def face_of(line: MeterLine, litres: int) -> str:
    """Return litres as the digits of the meter's own face."""
    register = line.installation.meter.register
    digits = register.digits_before + register.digits_after
    return f"{litres // 10 ** (3 - register.digits_after):0{digits}d}"


def read(data: Mapping[str, str], files: Mapping[str, UploadedFile], lines: Sequence[MeterLine]) -> Form:
    """Return the form as it was sent; an empty input says nothing about its meter."""
    confirmed = frozenset(f"{data.get('confirmed', '')} {data.get('right', '')}".split())
    form = Form([_field(data, line) for line in lines if not line.installation.remote_read], confirmed)
    form.take(str(data.get("fix", "")))
    for one in form.fields:
        way = str(data.get(f"{one.name}-nevar", ""))
        one.cannot = way if way in CannotRead.Way.values else ""
        one.photo = files.get(f"{one.name}-foto")
    return form


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


@dataclass(frozen=True)
class Tap:
    """A proposal to record in one tap: what happened, the button's value, each meter's new reading and use."""

    code: str
    value: str
    rows: tuple[tuple[MeterLine, int, int], ...]


@dataclass(frozen=True)
class Doubt:
    """One thing to ask: the meters it is about, the guess or fact that heads it, and ways to mend it."""

    questions: tuple[Question, ...]

    @property
    def head(self) -> str:
        return (*(guess.code for guess in self.questions[0].guesses), self.questions[0].findings[0])[0]

    @property
    def codes(self) -> dict[str, None]:
        return dict.fromkeys(code for question in self.questions for code in (question.findings[0], self.head))

    @property
    def earlier(self) -> bool:
        """Whether the reading before may have been the wrong one."""
        return any(guess.code == "previous_wrong" for guess in self.questions[0].guesses)

    @property
    def tokens(self) -> str:
        return " ".join(question.token for question in self.questions)

    @property
    def taps(self) -> list[Tap]:
        lines = {question.line.installation.pk: question.line for question in self.questions}
        found = []
        for guess in self.questions[0].guesses:
            if guess.fix and lines.keys() >= dict(guess.fix).keys():
                rows = tuple((lines[pk], litres, lines[pk].used_by(litres)) for pk, litres in guess.fix)
                found.append(Tap(guess.code, ",".join(f"{pk}:{litres}" for pk, litres in guess.fix), rows))
        return found


def doubts_of(asked: Asked) -> list[Doubt]:
    """Return what was asked about, each swap as one thing."""
    found: list[Doubt] = []
    seen: set[int] = set()
    by_pk = {question.line.installation.pk: question for question in asked.questions}
    for pk, question in by_pk.items():
        together = [one for one in (question.guesses[0].meters if question.guesses else (pk,)) if one in by_pk]
        if pk not in seen:
            found.append(Doubt(tuple(by_pk[one] for one in sorted(together, key=list(by_pk).index))))
            seen.update(together)
    return found
