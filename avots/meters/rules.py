"""What a meter's figures mean: use between two readings, terms of verification and replacement."""

from dataclasses import dataclass
from datetime import date

from avots.core.volume import capacity_of

VERIFICATION, REPLACEMENT = "verification", "replacement"


@dataclass(frozen=True)
class Consumption:
    """Litres between two readings, and whether the face passed its last figure between them."""

    litres: int
    rolled_over: bool


@dataclass(frozen=True)
class Standing:
    """What a verification date means for a meter on a day."""

    lapsed: bool
    blocks_entry: bool
    counts_as_noncompliant: bool


def consumption(previous: int, current: int, *, digits_before: int) -> Consumption:
    """Return the litres used from one reading to the next.

    A face that stood above nine tenths and now shows under a tenth has started again at 0
    (domain.md 4.4). Any other fall is a negative use, which settles earlier estimates (4.3).

    >>> consumption(99_990_000, 12_000, digits_before=5)
    Consumption(litres=22000, rolled_over=True)
    >>> consumption(150_838, 149_900, digits_before=5)
    Consumption(litres=-938, rolled_over=False)
    """
    capacity = capacity_of(digits_before)
    rolled_over = previous * 10 > capacity * 9 and current * 10 < capacity
    return Consumption(current - previous + (capacity if rolled_over else 0), rolled_over)


ROLLOVER, EXCHANGE, MISREAD = "rollover", "exchange", "misread"


def explain_fall(previous: int, current: int, *, digits_before: int, most_since: int) -> str:
    """Return what it most likely means that a meter shows less than before.

    A face near its end that shows little has started again at 0; another meter began at 0 and shows
    no more than can have been used since; anything else was misread, then or now. It is a
    guess for a person to decide: none of the three gives a negative use by itself.

    >>> explain_fall(99_990_000, 12_000, digits_before=5, most_since=30_000)
    'rollover'
    >>> explain_fall(308_000, 17_000, digits_before=5, most_since=30_000)
    'exchange'
    >>> explain_fall(308_000, 299_000, digits_before=5, most_since=30_000)
    'misread'

    :param most_since: the most litres that can have been used since the previous reading
    """
    if consumption(previous, current, digits_before=digits_before).rolled_over:
        return ROLLOVER
    return EXCHANGE if current <= most_since else MISREAD


def years_after(day: date, years: int) -> date:
    """Return the same day so many years later; 29 February becomes 28 February.

    >>> years_after(date(2024, 2, 29), 1)
    datetime.date(2025, 2, 28)
    """
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def replace_by(installed_on: date, *, life_years: int | None, replace_after_years: int) -> date:
    """Return the day by which a meter is replaced: the maker's life, otherwise ten years.

    >>> replace_by(date(2020, 5, 1), life_years=None, replace_after_years=10)
    datetime.date(2030, 5, 1)

    Source: amendments of 2025-06-03 to MK 289 (domain.md 5).
    """
    return years_after(installed_on, life_years or replace_after_years)


def grace_days(months: int) -> int:
    """Return the days of so many months of grace, counted to the verified person's favour.

    >>> grace_days(3)
    93
    """
    return months * 31


def verification(
    verified_until: date | None, *, on: date, flat: bool, flat_lapse_blocks: bool, grace_days: int
) -> Standing:
    """Return what a verification date means on a day under the policy then in force.

    In flats a lapsed term has no consequence since 2025-06-06; before, entry was blocked and the
    flat counted as non-compliant (N3) after the grace (MK 1013, MK 524 before the amendments).

    >>> verification(date(2025, 1, 31), on=date(2025, 7, 1), flat=True, flat_lapse_blocks=False, grace_days=92)
    Standing(lapsed=True, blocks_entry=False, counts_as_noncompliant=False)
    >>> verification(date(2024, 1, 31), on=date(2025, 3, 1), flat=True, flat_lapse_blocks=True, grace_days=92)
    Standing(lapsed=True, blocks_entry=True, counts_as_noncompliant=True)
    """
    lapsed = verified_until is not None and verified_until < on
    late = lapsed and verified_until is not None and (on - verified_until).days > grace_days
    bites = late and flat and flat_lapse_blocks
    return Standing(lapsed, blocks_entry=bites, counts_as_noncompliant=bites)


@dataclass(frozen=True)
class TermPolicy:
    """The dated policies of terms, as they stand on a day."""

    flat_lapse_blocks: bool
    flat_replacement_term: bool
    grace_days: int


@dataclass(frozen=True)
class Term:
    """A day that matters to a meter, and the code of the sentence that says what it means."""

    kind: str
    on: date
    meaning: str


def terms_of(
    *, verified_until: date | None, replace_by: date | None, today: date, flat: bool, own: bool, policy: TermPolicy
) -> list[Term]:
    """Return the terms of a meter that mean something on a day, with their meaning (domain.md 5).

    ``flat``: it measures a flat of an apartment house; ``own``: the utility exchanges it itself.

    >>> since = TermPolicy(flat_lapse_blocks=False, flat_replacement_term=True, grace_days=93)
    >>> before = TermPolicy(flat_lapse_blocks=True, flat_replacement_term=False, grace_days=93)
    >>> meter = {"verified_until": date(2026, 1, 31), "replace_by": date(2030, 5, 1), "own": False}
    >>> [term.meaning for term in terms_of(**meter, today=date(2025, 11, 1), flat=True, policy=since)]
    ['verification_flat_told', 'replacement_flat']
    >>> [term.meaning for term in terms_of(**meter, today=date(2025, 5, 1), flat=True, policy=before)]
    ['verification_flat_must']
    >>> [term.meaning for term in terms_of(**meter, today=date(2026, 2, 1), flat=False, policy=since)]
    ['verification_other_late']

    Source: MK 289, MK 1013 and MK 524 with the amendments of 2025-06-03, in force 2025-06-06.
    """
    found = []
    if verified_until is not None:
        found.append(Term(VERIFICATION, verified_until, _verification(verified_until, today, flat, own, policy)))
    if replace_by is not None and flat and not own and policy.flat_replacement_term:
        late = "_late" if replace_by < today else ""
        found.append(Term(REPLACEMENT, replace_by, f"replacement_flat{late}"))
    return found


def _verification(until: date, today: date, flat: bool, own: bool, policy: TermPolicy) -> str:
    if own:
        return "verification_own"
    if flat and not policy.flat_lapse_blocks:
        return "verification_flat_told"
    standing = verification(
        until, on=today, flat=flat, flat_lapse_blocks=policy.flat_lapse_blocks, grace_days=policy.grace_days
    )
    who = "flat" if flat else "other"
    return f"verification_{who}_{'blocked' if standing.blocks_entry else 'late' if standing.lapsed else 'must'}"
