"""Writing a building's month."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Max

from avots.core import approvals, audit, bulk, policies
from avots.core.allowed import DECIDES_MONEY
from avots.core.audit import By
from avots.core.dates import Month, local_day
from avots.core.errors import Refused
from avots.core.models import Approval, PolicyChange
from avots.core.volume import capacity_of
from avots.customers.models import CustomerAccount
from avots.meters.models import Building, UsagePoint
from avots.meters.rules import consumption
from avots.readings.models import Reading, Round
from avots.usage import queries
from avots.usage.models import BookedCorrection, BuildingMonth, DifferenceShare, Usage
from avots.usage.rules.anatomy import anatomy
from avots.usage.rules.balance import Balance, balance
from avots.usage.rules.facts import BuildingFacts

USAGE_COLUMNS = [
    "round",
    "building_month",
    "usage_point",
    "installation",
    "premise",
    "account",
    "part",
    "from_litres",
    "to_litres",
    "litres",
    "shared_before_litres",
    "method",
    "misses",
    "read_on",
    "basis",
]
SHARE_COLUMNS = ["building_month", "premise", "account", "stage", "part", "litres", "basis"]


class Settled(NamedTuple):
    """What is known of a building's month, that as text and its hash, and what follows."""

    facts: BuildingFacts
    facts_text: str
    facts_hash: str
    balance: Balance


def compute_building(round: Round, building: Building, *, now: datetime) -> BuildingMonth:
    """Compute a building's month from its facts and replace what was not final yet.

    :raises Refused: ``month_is_final``, and what :func:`balance` refuses
    """
    result = compute_buildings(round, [building], now=now)[building.pk]
    if isinstance(result, Refused):
        raise result
    return result


@transaction.atomic
def compute_buildings(
    round: Round, buildings: Sequence[Building], *, now: datetime, frame: queries.Frame | None = None
) -> dict[int, BuildingMonth | Refused]:
    """Compute many buildings at once; one that cannot be computed does not hold up the others.

    :param frame: what a run reads once (:func:`queries.frame_of`)
    :returns: by building its month, or the refusal that parks it
    """
    answers = settle_buildings(round, buildings, frame=frame)
    written = write_months(round, [one for one in answers.values() if isinstance(one, Settled)], now=now)
    return {pk: one if isinstance(one, Refused) else written[pk] for pk, one in answers.items()}


def settle_buildings(
    round: Round, buildings: Sequence[Building], *, frame: queries.Frame | None = None
) -> dict[int, Settled | Refused]:
    """Return, by building, what its month comes to, or why it cannot be computed; nothing is written."""
    months = BuildingMonth.objects.filter(round=round, building__in=buildings, final=True)
    final = set(months.values_list("building_id", flat=True))
    answers: dict[int, Settled | Refused] = {pk: Refused("month_is_final", month=str(round)) for pk in final}
    todo = [building for building in buildings if building.pk not in final]
    for pk, known in queries.facts_of(todo, round, frame).items():
        try:
            text = queries.text_of(known)
            answers[pk] = Settled(known, text, queries.hash_of(text), balance(known))
        except Refused as refused:
            answers[pk] = refused
    return answers


def write_months(round: Round, settled: Sequence[Settled], *, now: datetime) -> dict[int, BuildingMonth]:
    """Write the months of buildings inside the caller's transaction, in place of what was not final yet."""
    BuildingMonth.objects.filter(
        round=round, building__in=[one.facts.building_id for one in settled], final=False
    ).delete()
    written = BuildingMonth.objects.bulk_create([_month(round, one, now) for one in settled])
    pairs = list(zip(written, settled, strict=True))
    bulk.insert(Usage, USAGE_COLUMNS, (row for month, one in pairs for row in _usage_rows(month, one)))
    bulk.insert(
        DifferenceShare, SHARE_COLUMNS, (row for month, one in pairs for row in _share_rows(month, one.balance))
    )
    return {month.building_id: month for month in written}


def _month(round: Round, settled: Settled, now: datetime) -> BuildingMonth:
    known, result = settled.facts, settled.balance
    estimated = {tile.usage_point_id for tile in result.tiles if tile.method == Usage.Method.ESTIMATE}
    causes = anatomy(known, result).parts if known.has_intake else ()
    return BuildingMonth(
        round=round,
        building_id=known.building_id,
        computed_at=now,
        input_hash=settled.facts_hash,
        intake_litres=result.intake,
        units_litres=result.units,
        common_litres=result.common,
        difference_litres=result.difference,
        carried_in_litres=result.carried_in,
        carried_out_litres=result.carried_out,
        shared_litres=result.shared,
        waived_litres=result.waived,
        units=len(known.premises),
        estimated_units=len(known.premises_at(estimated)),
        noncompliant_units=len(result.noncompliant),
        sharing="payer" if known.indirect else known.sharing,
        anatomy=[asdict(part) for part in causes],
    )


def _usage_rows(month: BuildingMonth, settled: Settled) -> Iterable[tuple[object, ...]]:
    premise_of = {point.usage_point_id: point.premise_id for point in settled.facts.points}
    for tile in settled.balance.tiles:
        yield (
            month.round_id,
            month.pk,
            tile.usage_point_id,
            tile.installation_id,
            premise_of[tile.usage_point_id],
            tile.account_id,
            tile.part,
            tile.from_litres,
            tile.to_litres,
            tile.litres,
            tile.shared_before_litres,
            tile.method,
            tile.misses,
            tile.read_on,
            tile.basis,
        )


def _share_rows(month: BuildingMonth, result: Balance) -> Iterable[tuple[object, ...]]:
    for share in result.shares:
        yield (month.pk, share.premise_id, share.account_id, share.stage, share.part, share.litres, share.basis)


def change_rule(*, name: str, valid_from: date, value: object, basis: str, now: datetime, by: By) -> None:
    """Decide a rule from a day on that no issued month has seen; the past keeps what was in force.

    :raises Refused: ``rule_in_settled_month``, and as for :func:`avots.core.policies.change`
    """
    _refuse_issued(valid_from)
    policies.change(name=name, valid_from=valid_from, value=value, basis=basis, now=now, by=by)


def _refuse_issued(valid_from: date) -> None:
    settled = BuildingMonth.objects.filter(final=True).aggregate(last=Max("round__first_day"))["last"]
    if settled is not None and valid_from < Month.of(settled).next.first_day:
        raise Refused("rule_in_settled_month", day=Month.of(settled).next.first_day)


RULE = "rule"


@dataclass(frozen=True)
class RuleChange:
    """What somebody wants a rule to be, from a day on, and why."""

    name: str
    valid_from: date
    value: object
    basis: str

    @property
    def subject(self) -> str:
        return f"rule:{self.name}"

    @property
    def facts(self) -> dict[str, object]:
        return {"name": self.name, "valid_from": str(self.valid_from), "value": self.value, "basis": self.basis}

    @property
    def stands(self) -> bool:
        facts = {**self.facts, "valid_from": self.valid_from}
        return PolicyChange.objects.filter(**facts).exists()


@transaction.atomic
def decide_rule(wanted: RuleChange, *, now: datetime, by: By) -> bool:
    """Change a rule, or ask a second person where it decides litres or sums; return whether it waits for one.

    :raises Refused: ``basis_missing``, ``rule_day_over``, ``rule_already_asked``, and as for :func:`change_rule`
    """
    if not wanted.basis:
        raise Refused("basis_missing")
    policies.check(wanted.name, wanted.valid_from, wanted.value)
    if wanted.stands:
        return False
    if wanted.name in DECIDES_MONEY:
        _ask_rule(wanted, now=now, by=by)
        return True
    if wanted.valid_from < local_day(now):
        raise Refused("rule_day_over")
    policies.change(
        name=wanted.name, valid_from=wanted.valid_from, value=wanted.value, basis=wanted.basis, now=now, by=by
    )
    return False


def _ask_rule(wanted: RuleChange, *, now: datetime, by: By) -> None:
    _refuse_issued(wanted.valid_from)
    open_one = Approval.objects.filter(kind=RULE, subject=wanted.subject, state=Approval.State.OPEN)
    new = not open_one.exists()
    asked = approvals.request(kind=RULE, subject=wanted.subject, now=now, by=by, **wanted.facts)
    if asked.facts != wanted.facts or asked.requested_by != str(by):
        raise Refused("rule_already_asked")
    if new:
        audit.record(now=now, by=by, verb="ask_rule", subject=wanted.subject, **wanted.facts)


@transaction.atomic
def approve_rule(asked: Approval, *, now: datetime, by: By) -> None:
    """Put a rule in force as a second person.

    :raises Refused: ``needs_second_person``, ``already_decided``, and as for :func:`change_rule`
    """
    approvals.grant(asked, now=now, by=by)
    facts = dict(asked.facts)
    facts["valid_from"] = date.fromisoformat(facts["valid_from"])
    change_rule(**facts, now=now, by=by)


@transaction.atomic
def decline_rule(asked: Approval, *, now: datetime, by: By) -> None:
    """Leave a rule as it is, as a second person.

    :raises Refused: ``needs_second_person``, ``already_decided``
    """
    approvals.decline(asked, now=now, by=by)
    audit.record(now=now, by=by, verb="decline_rule", subject=asked.subject, **asked.facts)


@dataclass(frozen=True)
class OpeningTile:
    """A month a meter was billed for before going live."""

    round_id: int
    usage_point_id: int
    installation_id: int
    premise_id: int | None
    account_id: int | None
    from_litres: int
    to_litres: int
    litres: int
    estimated: bool
    misses: int

    @property
    def rolled_over(self) -> bool:
        return self.litres != self.to_litres - self.from_litres


@transaction.atomic
def open_books(tiles: Sequence[OpeningTile]) -> int:
    """Write the billed months of the system before, where none stand yet; return how many."""
    have = set(
        Usage.objects.filter(installation__in={tile.installation_id for tile in tiles}).values_list(
            "round_id", "installation_id"
        )
    )
    new = [tile for tile in tiles if (tile.round_id, tile.installation_id) not in have]
    return bulk.insert(Usage, USAGE_COLUMNS, _opening_rows(new))


def _opening_rows(tiles: Iterable[OpeningTile]) -> Iterable[tuple[object, ...]]:
    for tile in tiles:
        method = Usage.Method.ESTIMATE if tile.estimated else Usage.Method.ACTUAL
        yield (
            tile.round_id,
            None,
            tile.usage_point_id,
            tile.installation_id,
            tile.premise_id,
            tile.account_id,
            0,
            tile.from_litres,
            tile.to_litres,
            tile.litres,
            0,
            method,
            tile.misses,
            None,
            {"opening": True} | ({"rolled_over": True} if tile.rolled_over else {}),
        )


def book_corrections(month: BuildingMonth, account: CustomerAccount, *, now: datetime, by: By) -> dict[str, int]:
    """Book what an account's meters showed otherwise than billed, inside the caller's transaction.

    :returns: the litres by serial number of the meter

    Only the building's latest issued month can be put right: in an older one the months after it
    have settled the mistake already, each from where the one before had ended.
    """
    later = BuildingMonth.objects.filter(
        building=month.building_id, final=True, round__first_day__gt=month.round.first_day
    )
    if later.exists():
        return {}
    own = Usage.objects.filter(building_month=month, account=account, usage_point__role=UsagePoint.Role.UNIT)
    tiles = own.select_related("installation__meter__register").order_by("part")
    last = {tile.installation_id: tile for tile in tiles}
    shows = _accepted_now(month.round_id, list(last))
    return {
        tile.installation.meter.serial: _book(tile, shows[pk], month, now, by)
        for pk, tile in last.items()
        if pk in shows and _can_be_put_right(tile) and shows[pk] != tile.to_litres
    }


def _accepted_now(round_id: int, installations: Sequence[int]) -> dict[int, int]:
    accepted = Reading.objects.filter(round=round_id, installation__in=installations, state=Reading.State.ACCEPTED)
    regular = accepted.filter(kind=Reading.Kind.REGULAR).order_by("read_on", "pk")
    return dict(regular.values_list("installation_id", "litres"))


def _can_be_put_right(tile: Usage) -> bool:
    """Return whether a tile ends at its round's reading: no estimate, exchange or end of a holding."""
    return tile.method == Usage.Method.ACTUAL and not ({"removed", "held_until", "opening"} & tile.basis.keys())


def _book(tile: Usage, shows: int, month: BuildingMonth, now: datetime, by: By) -> int:
    """Write the tile from where the month was billed to what its reading says, and that it was booked."""
    digits = tile.installation.meter.register.digits_before
    metered = consumption(tile.from_litres, shows, digits_before=digits).litres
    litres = metered - tile.litres - tile.shared_before_litres
    turn = (litres - (shows - tile.to_litres)) // capacity_of(digits)
    parts = Usage.objects.filter(round=month.round_id, installation=tile.installation_id)
    new = Usage.objects.create(
        round_id=month.round_id,
        building_month=month,
        usage_point_id=tile.usage_point_id,
        installation_id=tile.installation_id,
        premise_id=tile.premise_id,
        account_id=tile.account_id,
        part=1 + max(parts.values_list("part", flat=True)),
        from_litres=tile.to_litres,
        to_litres=shows,
        litres=litres,
        method=Usage.Method.ACTUAL,
        read_on=tile.read_on,
        basis={"corrected": True} | ({"rolled_over" if turn > 0 else "rolled_back": True} if turn else {}),
    )
    BookedCorrection.objects.create(
        tile=new,
        building_id=month.building_id,
        round_id=month.round_id,
        litres=litres,
        booked_at=now,
        booked_by=str(by),
    )
    return litres


def move_month(month: BuildingMonth, *, of: CustomerAccount, to: CustomerAccount) -> None:
    """Let another account answer for what one was billed in a month, inside the caller's transaction."""
    for model in (Usage, DifferenceShare):
        model.objects.filter(building_month=month, account=of).update(account=to)
