"""What staff see of a held reading: the whole submission, judged again, with its history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import get_language

from avots.core.dates import end_of, start_of
from avots.meters.models import MeterInstallation
from avots.office import charts
from avots.readings import queries
from avots.readings.models import Photo, Reading
from avots.readings.queries import MeterLine
from avots.readings.queries.judging import Judge
from avots.readings.rules.doctor import Hypothesis
from avots.readings.rules.judgement import Judgement, judge_bulk
from avots.ui.formats import m3_bare


@dataclass(frozen=True)
class Row:
    """One meter of the submission: what was said, what we expected, and what the best guess would make of it."""

    reading: Reading
    line: MeterLine
    judged: Judgement
    meant: int | None
    chart: str

    @property
    def meant_use(self) -> int | None:
        return None if self.meant is None else self.line.used_by(self.meant)


@dataclass(frozen=True)
class Guess:
    """What may have happened, the button's value where it can be mended, and how it fits."""

    code: str
    value: str
    fits: bool
    text: str


@dataclass(frozen=True)
class Case:
    """A held reading with everything needed to decide it."""

    reading: Reading
    rows: tuple[Row, ...]
    guesses: tuple[Guess, ...]
    photos: tuple[Photo, ...]
    others: tuple[Reading, ...] = ()

    @property
    def best(self) -> Guess | None:
        return next((guess for guess in self.guesses if guess.value), None)


def case_of(reading: Reading) -> Case:
    """Return the case of a held reading."""
    together = _together(reading)
    lines = {line.installation.pk: line for line in _lines(together)}
    found = _judged(together, lines)
    mine = found.get(reading.installation_id)
    guesses = tuple(_guess(one, lines) for one in (mine.guesses if mine else ()))
    best = dict(mine.guesses[0].fix) if mine and mine.guesses else {}
    rows = tuple(
        _row(one, lines[one.installation_id], found[one.installation_id], best.get(one.installation_id))
        for one in together
        if one.installation_id in lines
    )
    said = Reading.objects.filter(installation=reading.installation_id, round=reading.round)
    others = tuple(said.exclude(pk__in=[one.pk for one in together]).order_by("-pk")[:5])
    return Case(reading, rows, guesses, tuple(queries.photos_of(reading.installation_id, reading.round)), others)


def _together(reading: Reading) -> list[Reading]:
    """Return the readings that came with this one and still stand, this one first."""
    if reading.receipt_id is None:
        return [reading]
    rows = Reading.objects.filter(receipt=reading.receipt_id, round=reading.round, state__in=queries.COUNTING)
    related = ("installation__meter__register", "installation__usage_point")
    return [reading, *rows.exclude(pk=reading.pk).select_related(*related).order_by("pk")]


def _lines(together: Sequence[Reading]) -> list[MeterLine]:
    meters = MeterInstallation.objects.filter(pk__in=[one.installation_id for one in together])
    return queries.lines_of(meters, together[0].round)


def _judged(together: Sequence[Reading], lines: dict[int, MeterLine]) -> dict[int, Judgement]:
    values = {one.installation_id: one.litres for one in together if one.installation_id in lines}
    judge = Judge(together[0].round)
    if all(lines[pk].point.premise_id for pk in values):
        return judge.judge(lines, values)
    return {pk: judge_bulk(judge.shown(lines[pk], litres)) for pk, litres in values.items()}


def _guess(one: Hypothesis, lines: dict[int, MeterLine]) -> Guess:
    uses = [f"+{m3_bare(lines[pk].used_by(litres), _language())}" for pk, litres in one.fix if pk in lines]
    return Guess(one.code, ",".join(f"{pk}:{litres}" for pk, litres in one.fix), bool(one.fix), " / ".join(uses))


def _row(reading: Reading, line: MeterLine, judged: Judgement, meant: int | None) -> Row:
    months = [max(0, litres) for _, litres in queries.months_of(line.installation, reading.round, months=12)]
    hot = line.point.commodity == "hot"
    meant_use = None if meant is None else line.used_by(meant)
    title = f"{line.point.place}: {', '.join(m3_bare(litres, _language()) for litres in months)} m³"
    chart = charts.use_bars(months, judged.usual, judged.litres_used, meant_use, hot=hot, title=title)
    return Row(reading, line, judged, meant, chart)


def _language() -> str:
    return (get_language() or "lv")[:2]


def decided_today(by: str, today: date) -> Reading | None:
    """Return the reading a person decided last, if that was today."""
    rows = Reading.objects.filter(decided_by=by, decided_at__gte=start_of(today), decided_at__lt=end_of(today))
    rows = rows.order_by("-decided_at", "-pk")
    return rows.select_related("installation__usage_point__premise__building").first()
