"""Rounds, and taking what a meter was said to show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from avots.core import audit, policies
from avots.core.audit import By
from avots.core.claims import claim
from avots.core.dates import Month, local_day
from avots.core.errors import KeyReused, Refused
from avots.core.references import new_reference
from avots.customers.models import CustomerAccount
from avots.customers.queries import contacts_of
from avots.meters.models import MeterInstallation, Premise
from avots.readings import emails, queries
from avots.readings.models import LinkGeneration, Reading, Receipt, Round
from avots.readings.queries import MeterLine
from avots.readings.rules import judgement as judging
from avots.readings.rules.window import moments_of

Source = Reading.Source
State = Reading.State
BY_RESIDENTS = frozenset({Source.PORTAL, Source.LINK})


@dataclass(frozen=True)
class Question:
    """A value we doubt, for the person to correct or stand by."""

    line: MeterLine
    litres: int
    findings: tuple[str, ...]
    litres_used: int


@dataclass(frozen=True)
class Asked:
    """Nothing was recorded yet: these values raise questions."""

    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Recorded:
    """What was recorded, under one reference; some of it may be held for staff."""

    receipt: Receipt
    readings: tuple[Reading, ...]


@transaction.atomic
def plan_round(month: Month, *, now: datetime, by: By) -> Round:
    """Plan a month's round from the policies in force; one already planned stays as it is."""
    policy = policies.on(month.first_day)
    moments = moments_of(
        month,
        first_day=policy.reading_window_first_day,
        last_day=policy.reading_window_last_day,
        working_days=policy.readings_complete_working_days,
    )
    values = {
        "opens_at": moments.opens_at,
        "closes_at": moments.closes_at,
        "complete_at": moments.complete_at,
    }
    round, new = Round.objects.get_or_create(first_day=month.first_day, defaults=values)
    if new:
        audit.record(now=now, by=by, verb="plan_round", subject=f"round:{month}")
    return round


@transaction.atomic
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
    read_on: date | None = None,
) -> Recorded | Asked:
    """Record what a household says its meters show, or ask about what looks odd.

    A value may be changed until the round closes: the newest counts, every one is kept. Odd is
    not wrong: a person may stand by exactly the findings shown. A resident's late reading is
    kept for the next round and held.

    :param values: litres by installation; at least one
    :param key: the same key again records nothing and returns what was recorded
    :raises Refused: ``round_not_open``, ``round_closed``, ``meter_not_here``, ``remote_read_meter``,
        ``nothing_typed``
    :raises KeyReused: when the key stands for other values
    """
    Premise.objects.select_for_update().get(pk=premise.pk)  # one submission of a home at a time
    if (known := _recorded_before(source, key, values)) is not None:
        return known
    late = _check_time(round, source, now)
    into = plan_round(round.month.next, now=now, by=by) if late else round
    lines = _lines(premise, into, values)
    found = _judged(lines, values, into)
    asked = [
        Question(lines[pk], values[pk], judged.findings, judged.litres_used)
        for pk, judged in found.items()
        if judging.verdict_when_confirmed(judged, confirmed) == judging.ASK and not late
    ]
    if asked:
        return Asked(tuple(asked))
    receipt = Receipt.objects.create(
        reference=new_reference(), round=into, premise=premise, account=account, submitted_at=now, by=str(by)
    )
    readings = [
        Reading(
            installation=lines[pk].installation,
            round=into,
            receipt=receipt,
            litres=litres,
            read_on=read_on or local_day(now),
            received_at=now,
            source=source,
            source_key=f"{key}:{pk}",
            state=_state_of(found[pk], confirmed, late),
            quality=Reading.Quality.QUESTIONABLE if found[pk].findings else Reading.Quality.VALID,
            findings=[*found[pk].findings, *(["late"] if late else [])],
            by=str(by),
        )
        for pk, litres in values.items()
    ]
    _write(readings, into)
    audit.record(now=now, by=by, verb="record_readings", subject=f"premise:{premise.pk}", receipt=receipt.pk)
    _confirm(receipt, readings, account, now)
    return Recorded(receipt, tuple(readings))


def _recorded_before(source: str, key: str, values: Mapping[int, int]) -> Recorded | None:
    if not values:
        raise Refused("nothing_typed")
    keys = [f"{key}:{pk}" for pk in values]
    rows = Reading.objects.filter(source=source, source_key__in=keys).select_related("receipt")
    known = {row.installation_id: row for row in rows}
    if not known:
        return None
    readings, first = tuple(known.values()), next(iter(known.values())).receipt
    same = {pk: row.litres for pk, row in known.items()} == dict(values)
    if first is None or not same or first.reading_set.count() != len(values):
        raise KeyReused(key)
    return Recorded(first, readings)


def _check_time(round: Round, source: str, now: datetime) -> bool:
    """Return whether a reading comes late; staff may still record until the round is complete."""
    stage = round.stage(now)
    if stage == Round.Stage.PLANNED:
        raise Refused("round_not_open", month=str(round))
    if stage == Round.Stage.OPEN:
        return False
    if source in BY_RESIDENTS:
        return True
    if stage == Round.Stage.COMPLETE:
        raise Refused("round_closed", month=str(round))
    return False


def _lines(premise: Premise, round: Round, values: Mapping[int, int]) -> dict[int, MeterLine]:
    lines = {line.installation.pk: line for line in queries.sheet(premise, round)}
    if not values.keys() <= lines.keys():
        raise Refused("meter_not_here")
    if any(lines[pk].installation.remote_read for pk in values):
        raise Refused("remote_read_meter")
    return lines


def _limits(day: date) -> judging.Limits:
    policy = policies.on(day)
    return judging.Limits(
        policy.usual_use_multiple_permille, policy.usual_use_floor_litres, policy.doubtful_use_litres
    )


def _judged(lines: Mapping[int, MeterLine], values: Mapping[int, int], round: Round) -> dict[int, judging.Judgement]:
    sheet = {pk: _shown(lines[pk], litres) for pk, litres in values.items()}
    return judging.judge_sheet(sheet, _limits(round.month.last_day))


def _shown(line: MeterLine, litres: int) -> judging.Shown:
    digits = line.installation.meter.register.digits_before
    return judging.Shown(litres, line.previous_litres, line.usual, digits, line.point.commodity)


def _state_of(found: judging.Judgement, confirmed: frozenset[str], late: bool) -> State:
    held = late or judging.verdict_when_confirmed(found, confirmed) == judging.HOLD
    return State.HELD if held else State.ACCEPTED


def _write(readings: Sequence[Reading], round: Round) -> None:
    """Let the new readings count in the place of the earlier ones of their round."""
    before = Reading.objects.filter(
        round=round,
        installation__in=[row.installation_id for row in readings],
        kind=Reading.Kind.REGULAR,
        state__in=queries.COUNTING,
    )
    before.update(state=State.SUPERSEDED)
    Reading.objects.bulk_create(readings)


def _confirm(receipt: Receipt, readings: Sequence[Reading], account: CustomerAccount | None, now: datetime) -> None:
    if account is None:
        return
    contact = contacts_of([account], on=local_day(now)).get(account.pk)
    if contact is not None:
        emails.receipt(receipt, readings, contact, now=now)


@dataclass(frozen=True)
class UtilityRow:
    """A reading the utility took itself."""

    installation_id: int
    litres: int
    read_on: date


@transaction.atomic
def record_utility_readings(
    *, round: Round, rows: Sequence[UtilityRow], source: Reading.Source, key: str, by: By, now: datetime
) -> list[Reading]:
    """Record intake, common and remote readings at the cut-off; what looks odd is held.

    Rows recorded before under the same key stay as they are.

    :raises Refused: ``round_not_open`` before the round opens, ``meter_not_here``
    """
    if round.stage(now) == Round.Stage.PLANNED:
        raise Refused("round_not_open", month=str(round))
    values = {row.installation_id: row for row in rows}
    keys = {f"{key}:{pk}": pk for pk in values}
    for known in Reading.objects.filter(source=source, source_key__in=keys):
        if known.litres != values.pop(known.installation_id).litres:
            raise KeyReused(key)
    standing = MeterInstallation.objects.filter(pk__in=values)
    lines = {line.installation.pk: line for line in queries.lines_of(standing, round)}
    if values.keys() != lines.keys():
        raise Refused("meter_not_here")
    limits = _limits(round.month.last_day)
    readings = [
        _utility_reading(line, values[pk], limits, source, f"{key}:{pk}", round, by, now)
        for pk, line in lines.items()
    ]
    _write(readings, round)
    subject = f"round:{round}"
    audit.record(now=now, by=by, verb="record_utility_readings", subject=subject, rows=len(readings))
    return readings


def _utility_reading(
    line: MeterLine,
    row: UtilityRow,
    limits: judging.Limits,
    source: str,
    source_key: str,
    round: Round,
    by: By,
    now: datetime,
) -> Reading:
    """Return an unsaved reading of the utility; an intake meter has no household's limits."""
    shown = _shown(line, row.litres)
    found = judging.judge(shown, limits) if line.point.premise_id else judging.judge_bulk(shown)
    return Reading(
        installation=line.installation,
        round=round,
        litres=row.litres,
        read_on=row.read_on,
        received_at=now,
        source=source,
        source_key=source_key,
        state=State.HELD if found.findings else State.ACCEPTED,
        quality=Reading.Quality.QUESTIONABLE if found.findings else Reading.Quality.REVENUE,
        findings=list(found.findings),
        by=str(by),
    )


@transaction.atomic
def decide_held(
    reading: Reading, *, decision: str, reason: str, now: datetime, by: By, litres: int | None = None
) -> None:
    """Decide a held reading: accept it, reject it, or put the right value in its place.

    :param decision: "accept", "reject" or "correct" (then with litres)
    :raises Refused: ``already_decided``
    """
    if decision not in {"accept", "reject", "correct"} or (decision == "correct") != (litres is not None):
        raise ValueError(decision)
    state = State.ACCEPTED if decision == "accept" else State.REJECTED
    held = Reading.objects.filter(pk=reading.pk, state=State.HELD)
    if not claim(held, state=state, decided_at=now, decided_by=str(by), decision=reason[:40]):
        raise Refused("already_decided")
    if decision == "correct" and litres is not None:
        _correct(reading, litres, now, by)
    subject = f"reading:{reading.pk}"
    audit.record(now=now, by=by, verb="decide_held", subject=subject, decision=decision, reason=reason)


def _correct(reading: Reading, litres: int, now: datetime, by: By) -> None:
    Reading.objects.create(
        installation=reading.installation,
        round=reading.round,
        receipt=reading.receipt,
        litres=litres,
        read_on=reading.read_on,
        received_at=now,
        source=Source.STAFF,
        source_key=f"correct:{reading.pk}",
        state=State.ACCEPTED,
        quality=Reading.Quality.EDITED,
        by=str(by),
    )


@transaction.atomic
def revoke_links(account: CustomerAccount, premise: Premise, *, now: datetime, by: By) -> None:
    """Make every personal link of an account's premise worthless."""
    row, _ = LinkGeneration.objects.select_for_update().get_or_create(account=account, premise=premise)
    LinkGeneration.objects.filter(pk=row.pk).update(generation=row.generation + 1)
    audit.record(now=now, by=by, verb="revoke_links", subject=f"account:{account.number}")
