"""Taking what households say their meters show."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction

from avots.core import audit
from avots.core.audit import By
from avots.core.dates import local_day
from avots.core.errors import KeyReused, Refused
from avots.core.references import new_reference
from avots.customers.models import CustomerAccount
from avots.customers.queries import contacts_of
from avots.meters.models import Premise
from avots.readings import emails, queries
from avots.readings.actions.conflicts import settle_with_coupons
from avots.readings.actions.counting import supersede
from avots.readings.actions.rounds import plan_round
from avots.readings.models import Reading, Receipt, Round
from avots.readings.queries import MeterLine
from avots.readings.queries.judging import Judge
from avots.readings.rules import judgement as judging
from avots.readings.rules.doctor import Hypothesis

Source = Reading.Source
State = Reading.State
BY_RESIDENTS = frozenset({Source.PORTAL, Source.LINK})


@dataclass(frozen=True)
class Question:
    """A value we doubt, for the person to correct, to mend in one tap, or to stand by.

    ``guesses``: what may have happened, each with the values that would mend it; ``usual``: the
    litres we expected; ``token``: confirms exactly this value and these findings.
    """

    line: MeterLine
    litres: int
    findings: tuple[str, ...]
    litres_used: int
    guesses: tuple[Hypothesis, ...] = ()
    usual: tuple[int, int] = (0, 0)

    @property
    def token(self) -> str:
        return judging.confirmation(self.line.installation.pk, self.litres, self.findings)


@dataclass(frozen=True)
class Asked:
    """Nothing was recorded yet: these values raise questions."""

    questions: tuple[Question, ...]

    @property
    def tokens(self) -> frozenset[str]:
        """What a person confirms who stands by everything that was asked about."""
        return frozenset(question.token for question in self.questions)


@dataclass(frozen=True)
class Recorded:
    """What was recorded, under one reference; some of it may be held for staff."""

    receipt: Receipt
    readings: tuple[Reading, ...]


@dataclass(frozen=True)
class Submission:
    """What one household says its meters show, through one channel.

    ``values``: litres by installation; ``confirmed``: tokens of the questions the person stands by;
    ``key``: the same key again records nothing and returns what was recorded; ``read_on``: the day
    of the reading, where it is not the day it came; ``late``: kept for the next round whatever the hour.
    """

    premise: Premise
    account: CustomerAccount | None
    values: Mapping[int, int]
    source: Reading.Source
    key: str
    by: By
    at: datetime
    confirmed: frozenset[str] = frozenset()
    read_on: date | None = None
    late: bool = False

    @property
    def keys(self) -> dict[str, int]:
        return {f"{self.key}:{pk}": pk for pk in self.values}


Answer = Recorded | Asked | Refused
Sheets = Mapping[int, Sequence[MeterLine]]


def record_readings(
    *,
    round: Round,
    premise: Premise,
    account: CustomerAccount | None,
    values: Mapping[int, int],
    source: Reading.Source,
    key: str,
    by: By,
    now: datetime,
    confirmed: frozenset[str] = frozenset(),
    sheet: Sequence[MeterLine] | None = None,
) -> Recorded | Asked:
    """Record what a household says its meters show, or ask about what looks odd.

    A value may be changed until the round closes: the newest counts, every one is kept. Odd is
    not wrong: a person may stand by exactly the findings shown. A resident's late reading is
    kept for the next round and held.

    :param sheet: the home's sheet in this round, where the door has just read it

    :raises Refused: ``round_not_open``, ``round_closed``, ``meter_not_here``, ``remote_read_meter``,
        ``nothing_typed``
    :raises KeyReused: when the key stands for other values
    """
    submission = Submission(premise, account, values, source, key, by, now, confirmed)
    answer = record_submissions(round, [submission], sheets=None if sheet is None else {premise.pk: sheet})[0]
    if isinstance(answer, Refused):
        raise answer
    return answer


@transaction.atomic
def record_submissions(
    round: Round, submissions: Sequence[Submission], *, sheets: Sheets | None = None
) -> list[Answer]:
    """Record many households at once by the same rules; one answer for each, in order.

    One bad submission does not hold up the others: its answer is the refusal.

    :param sheets: the homes' sheets in this round, where they have just been read

    :raises KeyReused: when a key stands for other values
    """
    if connection.features.has_select_for_update:  # SQLite's transaction is the lock
        premises = sorted({submission.premise.pk for submission in submissions})
        list(Premise.objects.select_for_update().filter(pk__in=premises).order_by("pk").values_list("pk"))
    answers: list[Answer | None] = list(_recorded_before(submissions))
    for late in (False, True):
        todo = [
            i for i, answer in enumerate(answers) if answer is None and _comes_late(round, submissions[i]) is late
        ]
        if todo:
            into = _next_round(round, submissions[todo[0]]) if late else round
            batch = [submissions[i] for i in todo]
            for i, answer in zip(todo, _record_batch(into, batch, None if late else sheets, late=late), strict=True):
                answers[i] = answer
    return [answer or _refusal_of(round, submissions[i]) for i, answer in enumerate(answers)]


def _next_round(round: Round, submission: Submission) -> Round:
    return plan_round(round.month.next, now=submission.at, by=submission.by)


def _comes_late(round: Round, submission: Submission) -> bool | None:
    """Return whether a reading comes late; None when it cannot be taken now at all."""
    stage = round.stage(submission.at)
    if stage == Round.Stage.OPEN:
        return submission.late
    if stage == Round.Stage.PLANNED or not submission.values:
        return None
    if submission.late or submission.source in BY_RESIDENTS:
        return True
    if stage == Round.Stage.COMPLETE:
        return True if submission.source == Source.COUPON else None
    return False


def _refusal_of(round: Round, submission: Submission) -> Refused:
    if not submission.values:
        return Refused("nothing_typed")
    planned = round.stage(submission.at) == Round.Stage.PLANNED
    return Refused("round_not_open" if planned else "round_closed", month=str(round))


def _recorded_before(submissions: Sequence[Submission]) -> Iterator[Recorded | None]:
    """Yield for each submission what its key has recorded already, if anything."""
    keys = [key for submission in submissions for key in submission.keys]
    rows = Reading.objects.filter(source_key__in=keys).select_related("receipt")
    known = {(row.source, row.source_key): row for row in rows}
    for submission in submissions:
        found = [known[at] for key in submission.keys if (at := (str(submission.source), key)) in known]
        yield _same_as_before(submission, found) if found else None


def _same_as_before(submission: Submission, found: list[Reading]) -> Recorded:
    receipt = found[0].receipt
    same = {row.installation_id: row.litres for row in found} == dict(submission.values)
    if receipt is None or not same or receipt.reading_set.count() != len(found):
        raise KeyReused(submission.key)
    return Recorded(receipt, tuple(found))


def _record_batch(round: Round, batch: Sequence[Submission], known: Sheets | None, *, late: bool) -> list[Answer]:
    sheets = known if known is not None else queries.sheets([submission.premise.pk for submission in batch], round)
    judge = Judge(round)
    answers = [_judged(round, submission, sheets, judge, late=late) for submission in batch]
    taken = [answer for answer in answers if isinstance(answer, Recorded)]
    _write(taken, round)
    audit.record_many(
        audit.entry(now=s.at, by=s.by, verb="record_readings", subject=f"premise:{s.premise.pk}")
        for s, answer in zip(batch, answers, strict=True)
        if isinstance(answer, Recorded)
    )
    _confirm(taken)
    return answers


def _judged(
    round: Round,
    submission: Submission,
    sheets: Sheets,
    judge: Judge,
    *,
    late: bool,
) -> Answer:
    """Return what becomes of a submission: its unsaved readings, questions, or a refusal."""
    lines = {line.installation.pk: line for line in sheets.get(submission.premise.pk, [])}
    values = submission.values
    if not values or not values.keys() <= lines.keys():
        return Refused("meter_not_here" if values else "nothing_typed")
    if any(lines[pk].installation.remote_read for pk in values):
        return Refused("remote_read_meter")
    found = judge.judge(lines, values)
    asked = [
        Question(lines[pk], values[pk], judged.findings, judged.litres_used, judged.guesses, judged.usual)
        for pk, judged in found.items()
        if judging.verdict_when_confirmed(pk, values[pk], judged, submission.confirmed) == judging.ASK
    ]
    if asked and not late:
        return Asked(tuple(asked))
    return _readings_of(round, submission, lines, found, late=late)


def _readings_of(
    round: Round,
    submission: Submission,
    lines: Mapping[int, MeterLine],
    found: Mapping[int, judging.Judgement],
    *,
    late: bool,
) -> Recorded:
    receipt = Receipt(
        reference=new_reference(),
        round=round,
        premise=submission.premise,
        account=submission.account,
        submitted_at=submission.at,
        by=str(submission.by),
    )
    readings = [
        Reading(
            installation=lines[pk].installation,
            round=round,
            litres=litres,
            read_on=submission.read_on or local_day(submission.at),
            received_at=submission.at,
            source=submission.source,
            source_key=f"{submission.key}:{pk}",
            state=_state_of(found[pk], late or (submission.source == Source.COUPON and bool(found[pk].findings))),
            quality=Reading.Quality.QUESTIONABLE if found[pk].findings else Reading.Quality.VALID,
            findings=[*found[pk].findings, *(["late"] if late else [])],
            by=str(submission.by),
        )
        for pk, litres in submission.values.items()
    ]
    return Recorded(receipt, tuple(readings))


def _state_of(found: judging.Judgement, doubted: bool) -> State:
    """Return whether a reading counts; what is odd on paper goes to staff, for the paper cannot be asked."""
    return State.HELD if doubted or judging.held_when_confirmed(found.findings) else State.ACCEPTED


def _write(taken: Sequence[Recorded], round: Round) -> None:
    readings = [row for recorded in taken for row in recorded.readings]
    standing = _standing([row.installation_id for row in readings], round)
    counting = settle_with_coupons(readings, standing, round)
    if any(row.state in queries.COUNTING for row in standing):
        supersede([row.installation_id for row in counting], round)
    Receipt.objects.bulk_create([recorded.receipt for recorded in taken])
    for recorded in taken:
        for row in recorded.readings:
            row.receipt = recorded.receipt
    Reading.objects.bulk_create(readings)


def _standing(installations: Sequence[int], round: Round) -> list[Reading]:
    """Return what was heard of meters in a round and not rejected, oldest first."""
    rows = Reading.objects.filter(round=round, installation__in=installations, kind=Reading.Kind.REGULAR)
    return list(rows.exclude(state=State.REJECTED).order_by("pk"))


def _confirm(taken: Sequence[Recorded]) -> None:
    """Promise the receipt to each account that has an address."""
    taken = [one for one in taken if any(row.state != State.SUPERSEDED for row in one.readings)]
    accounts = [recorded.receipt.account for recorded in taken if recorded.receipt.account]
    contacts = contacts_of(accounts, on=local_day(taken[0].receipt.submitted_at)) if accounts else {}
    emails.receipts(
        [
            (recorded.receipt, recorded.readings, contacts[recorded.receipt.account_id or 0])
            for recorded in taken
            if recorded.receipt.account_id in contacts
        ]
    )
