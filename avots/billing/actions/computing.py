"""Computing buildings of a run: litres, differences and drafts, or the reason to park them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple

from django.db import transaction

from avots.billing.actions.drafts import Draft, drafts_of
from avots.billing.actions.finishing import finish_runs
from avots.billing.actions.places import State, apart_where_broken, leave, take
from avots.billing.kept import pack, terms_kept
from avots.billing.models import BuildingRun, Invoice, InvoiceLine, KeptInputs, KeptTerms, Run
from avots.billing.queries.inputs import Terms, inputs_of, past_of, terms_of
from avots.core import bulk
from avots.core.errors import Refused
from avots.readings.models import Round
from avots.usage import actions as usage
from avots.usage.actions import Settled
from avots.usage.queries import Frame, frame_of

INVOICE_COLUMNS = [
    *("kind", "run", "building", "account", "premise", "state", "reason", "accepted_by", "number", "reference"),
    *("first_day", "issued_on", "due_on", "net_cents", "vat_cents", "total_cents", "vat_rate_per_10000"),
    *("content", "printed"),
]
LINE_COLUMNS = ["invoice", "position", "service", "part", "quantity", "price_100k", "net_cents"]


class Drafted(NamedTuple):
    """A building's month, the hash of what its drafts were made from, that itself, and the drafts."""

    settled: Settled
    hashed: str
    kept: bytes
    drafts: list[Draft]


def compute_many(places: Sequence[BuildingRun], *, now: datetime) -> None:
    """Compute buildings of one run and write their drafts in one transaction, or park them with the reason.

    Delivered twice, late or to two workers it does the same as once: only a waiting building is
    taken, and the row is held until the drafts stand.
    """
    apart_where_broken(places, lambda some: _compute(some, now), now=now)
    finish_runs(place.run_id for place in places)


@transaction.atomic
def _compute(places: Sequence[BuildingRun], now: datetime) -> None:
    taken = {place.building_id: place for place in take(places, State.WAITING)}
    if not taken:
        return
    run = Run.objects.select_related("round").get(pk=places[0].run_id)
    frame = frame_of(run.round)
    opened = _open_before(run.round, list(taken))
    ready = [place.building for pk, place in taken.items() if pk not in opened]
    answers = usage.settle_buildings(run.round, ready, frame=frame)
    parked = {pk: Refused("earlier_month_open", building=taken[pk].building.address) for pk in opened}
    parked |= {pk: one for pk, one in answers.items() if isinstance(one, Refused)}
    terms = terms_of(frame.month)
    drafted, refused = _drafted([one for one in answers.values() if isinstance(one, Settled)], terms, frame)
    usage.write_months(run.round, [one.settled for one in drafted], now=now)
    _write(run, drafted, frame.policy.vat_rate_per_10000)
    _keep(taken, drafted, terms)
    leave(((taken[one.settled.facts.building_id], State.DRAFTED, one.hashed) for one in drafted), now=now)
    leave(((taken[pk], reason, "") for pk, reason in (parked | refused).items()), now=now)


def _open_before(round: Round, buildings: Sequence[int]) -> set[int]:
    """Return the buildings with an earlier month that is not issued."""
    earlier = BuildingRun.objects.filter(building__in=buildings, run__round__first_day__lt=round.first_day)
    return set(earlier.exclude(state=State.ISSUED).values_list("building_id", flat=True))


def _drafted(settled: Sequence[Settled], terms: Terms, frame: Frame) -> tuple[list[Drafted], dict[int, Refused]]:
    """Return the drafts of each building, and why some cannot be made."""
    known = [one.facts for one in settled]
    inputs = inputs_of(known, terms)
    past = past_of(known, inputs, frame)
    made: list[Drafted] = []
    refused: dict[int, Refused] = {}
    for one in settled:
        try:
            drafts = drafts_of(one.facts, one.balance, inputs, past)
        except Refused as reason:
            refused[one.facts.building_id] = reason
        else:
            hashed = inputs.hash_of(one.facts, one.facts_hash)
            made.append(Drafted(one, hashed, pack(one.facts, one.facts_text, inputs, past), drafts))
    return made, refused


def _keep(taken: Mapping[int, BuildingRun], drafted: Sequence[Drafted], terms: Terms) -> None:
    """Keep what the drafts were made from, in place of what an earlier attempt kept."""
    digest = sha256(terms.text.encode()).hexdigest()
    kept, _ = KeptTerms.objects.get_or_create(digest=digest, defaults={"data": terms_kept(terms)})
    places = [taken[one.settled.facts.building_id].pk for one in drafted]
    KeptInputs.objects.filter(place__in=places).delete()
    rows = ((pk, kept.pk, one.kept) for pk, one in zip(places, drafted, strict=True))
    bulk.insert(KeptInputs, ["place", "terms", "data"], rows)


def _write(run: Run, drafted: Sequence[Drafted], rate: int) -> None:
    """Write the drafts in place of those of an earlier attempt."""
    buildings = [one.settled.facts.building_id for one in drafted]
    earlier = Invoice.objects.of_runs().filter(run=run, building__in=buildings)
    earlier.delete()
    bulk.insert(Invoice, INVOICE_COLUMNS, (row for one in drafted for row in _invoice_rows(run, one, rate)))
    pk_of = {tuple(key): pk for pk, *key in earlier.values_list("pk", "building_id", "account_id")}
    bulk.insert(
        InvoiceLine,
        LINE_COLUMNS,
        (
            (pk_of[one.settled.facts.building_id, draft.account_id], position, *line)
            for one in drafted
            for draft in one.drafts
            for position, line in enumerate(draft.lines, 1)
        ),
    )


def _invoice_rows(run: Run, drafted: Drafted, rate: int) -> Iterable[tuple[object, ...]]:
    facts = drafted.settled.facts
    first_day, building = facts.month.first_day, facts.building_id
    for draft in drafted.drafts:
        state = Invoice.State.PARKED if draft.reason else Invoice.State.DRAFT
        unnumbered = ("", None, "", first_day, None, None)
        at = (
            Invoice.Kind.INVOICE.value,
            run.pk,
            building,
            draft.account_id,
            draft.premise_id,
            state.value,
            draft.reason,
        )
        yield (*at, *unnumbered, *draft.totals, rate, draft.content, {})
