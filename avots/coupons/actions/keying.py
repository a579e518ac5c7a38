"""Taking what a clerk reads on a coupon, by the same rules as any reading; keyed twice it is compared."""

from collections.abc import Mapping
from datetime import date, datetime
from hashlib import sha256

from django.db import transaction

from avots.core import audit, policies
from avots.core.audit import By
from avots.core.claims import claim
from avots.core.dates import local_day
from avots.core.errors import Refused
from avots.coupons.actions.batches import open_locked
from avots.coupons.models import Batch, Coupon, Slip
from avots.coupons.queries import counted_slip
from avots.coupons.rules import is_drawn
from avots.customers.models import CustomerAccount
from avots.customers.queries import occupancy_of
from avots.readings import actions as readings
from avots.readings.models import Reading, Round
from avots.readings.queries import round_at

State = Slip.State
Second = Slip.Second
REPEATED = Slip.Reason.REPEATED
DIFFERS = "keyed_differently"


@transaction.atomic
def key_coupon(
    *,
    batch: Batch,
    coupon: Coupon,
    values: Mapping[int, int],
    now: datetime,
    by: By,
    confirmed: frozenset[str] = frozenset(),
) -> Slip | readings.Asked:
    """Record what a clerk read on a coupon, or ask about what looks odd.

    Keyed a second time with the same content nothing happens; with other content the paper waits for a
    third look, and what counted of it is held. What the clerk says stands so on paper is held for staff.

    :param values: litres by the installation that is to be read now
    :raises Refused: ``batch_closed``, ``nothing_typed``, and those of ``record_readings``
    """
    if not values:
        raise Refused("nothing_typed")
    Coupon.objects.select_for_update().get(pk=coupon.pk)
    row = open_locked(batch)
    known = counted_slip(coupon, row.round)
    if known is not None:
        return _again(known, row, values, now=now, by=by)
    answer = _record(row, coupon, values, confirmed, key=f"coupon:{row.round}:{coupon.code}", now=now, by=by)
    if isinstance(answer, readings.Asked):
        return answer
    slip = _slip(row, coupon, values, now, by)
    slip.state, slip.receipt = State.KEYED, answer.receipt
    slip.second = _second_of(slip, odd=bool(confirmed))
    slip.save(force_insert=True)
    audit.record(now=now, by=by, verb="key_coupon", subject=f"batch:{row.pk}", coupon=coupon.code)
    return slip


def _record(
    batch: Batch,
    coupon: Coupon,
    values: Mapping[int, int],
    confirmed: frozenset[str],
    *,
    key: str,
    now: datetime,
    by: By,
) -> readings.Recorded | readings.Asked:
    """Record a coupon's values in the batch's round, or keep them for the next one."""
    [answer] = readings.record_submissions(
        _round_for(batch, now),
        [
            readings.Submission(
                premise=coupon.premise,
                account=_account_of(coupon, batch.collected_on),
                values=values,
                source=Reading.Source.COUPON,
                key=key,
                by=by,
                at=now,
                confirmed=confirmed,
                read_on=_read_on(batch),
                late=not batch.in_window,
            )
        ],
    )
    if isinstance(answer, Refused):
        raise answer
    return answer


def _round_for(batch: Batch, now: datetime) -> Round:
    """Return the round to record in; papers found months later are kept for the round that runs."""
    before = Round.objects.filter(first_day__lt=round_at(now).first_day).order_by("-first_day").first()
    return before if before and before.first_day > batch.round.first_day else batch.round


def _read_on(batch: Batch) -> date:
    return min(batch.collected_on, batch.round.cut_on) if batch.in_window else batch.collected_on


def _account_of(coupon: Coupon, on: date) -> CustomerAccount:
    """Return who answers for the home now: somebody may have moved since the coupon was printed."""
    lives = occupancy_of(coupon.premise, on=on)
    return lives.account if lives else coupon.account


def _slip(batch: Batch, coupon: Coupon, values: Mapping[int, int], now: datetime, by: By) -> Slip:
    pairs = sorted(values.items())
    content = sha256(repr(pairs).encode()).hexdigest()[:16]
    return Slip(
        batch=batch,
        round=batch.round,
        coupon=coupon,
        key=f"{batch.round}:{coupon.code}:{content}",
        values=[list(pair) for pair in pairs],
        keyed_at=now,
        keyed_by=str(by),
    )


def _second_of(slip: Slip, *, odd: bool) -> Second:
    policy = policies.on(local_day(slip.keyed_at))
    permille = policy.second_key_odd_permille if odd else policy.second_key_permille
    code = slip.coupon.code if slip.coupon else ""
    return Second.DUE if is_drawn(code, str(slip.round), permille) else Second.NONE


def _again(known: Slip, batch: Batch, values: Mapping[int, int], *, now: datetime, by: By) -> Slip:
    """Compare what a coupon was keyed with before; return what became of it now."""
    second = known.second == Second.DUE and known.keyed_by != str(by)
    if known.litres == dict(values):
        if second:
            Slip.objects.filter(pk=known.pk).update(second=Second.AGREED, second_by=str(by))
        return known
    if second:
        Slip.objects.filter(pk=known.pk).update(second=Second.DIFFERED, second_by=str(by))
    slip = _slip(known.batch if second else batch, known.coupon or Coupon(), values, now, by)
    slip.state, slip.second = State.EXCEPTION, Second.DIFFERED if second else Second.NONE
    waiting, new = Slip.objects.get_or_create(key=slip.key, defaults=_facts(slip))
    if not new and waiting.state != State.EXCEPTION:
        Slip.objects.filter(pk=waiting.pk).update(state=State.EXCEPTION, decided_at=None, decided_by="")
        waiting.refresh_from_db()
    if known.receipt:
        readings.hold_readings(known.receipt, finding=DIFFERS, now=now, by=by)
    return waiting


def _facts(slip: Slip) -> dict[str, object]:
    names = "batch round coupon state values second keyed_at keyed_by".split()
    return {name: getattr(slip, name) for name in names}


@transaction.atomic
def decide_slip(slip: Slip, *, takes: bool, one_paper: bool, now: datetime, by: By) -> None:
    """Decide, paper in hand, which of two contents is right: the first, or the one keyed later (``takes``).

    ``one_paper``: it was one paper keyed twice, so it counts once; else the other one was a repetition.

    :raises Refused: ``already_decided``, ``batch_closed``
    """
    coupons = Coupon.objects.select_for_update(of=("self",)).select_related("premise", "account")
    coupon = coupons.get(slip=slip)
    batch = open_locked(slip.batch)
    first = counted_slip(coupon, slip.round)
    same_paper = one_paper and first is not None and first.batch_id == slip.batch_id
    gone: dict[str, object] = {"state": State.VOID} if same_paper else {"state": State.REJECTED, "reason": REPEATED}
    gone |= {"decided_at": now, "decided_by": str(by)}
    if not claim(Slip.objects.filter(pk=slip.pk, state=State.EXCEPTION), **gone):
        raise Refused("already_decided")
    if takes:
        _take(slip, first, batch, coupon, gone, now=now, by=by)
    elif first and first.receipt_id:
        _believe(first, now=now, by=by)
    audit.record(now=now, by=by, verb="decide_slip", subject=f"batch:{batch.pk}", coupon=coupon.code, takes=takes)


def _take(
    slip: Slip, first: Slip | None, batch: Batch, coupon: Coupon, gone: dict[str, object], *, now: datetime, by: By
) -> None:
    """Let the later content count in the place of the first."""
    key = f"coupon:{slip.round}:{coupon.code}:{slip.pk}:{now.timestamp():.0f}"
    answer = _record(batch, coupon, slip.litres, frozenset(), key=key, now=now, by=by)
    if isinstance(answer, readings.Asked):
        answer = _record(batch, coupon, slip.litres, answer.tokens, key=key, now=now, by=by)
    if isinstance(answer, readings.Asked):
        raise Refused("already_decided")
    if first is not None:
        Slip.objects.filter(pk=first.pk).update(**gone)
    changes = {"state": State.KEYED, "reason": "", "receipt": answer.receipt, "decided_at": now}
    Slip.objects.filter(pk=slip.pk).update(**changes, decided_by=str(by))


def _believe(first: Slip, *, now: datetime, by: By) -> None:
    """Accept what was held only because the coupon was keyed differently."""
    for reading in Reading.objects.filter(receipt=first.receipt_id, state=Reading.State.HELD):
        if reading.findings == [DIFFERS]:
            readings.decide_held(reading, decision="accept", reason="coupon_checked", now=now, by=by)
