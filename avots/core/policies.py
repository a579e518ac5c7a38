"""Rules as dated data: what was in force on a day."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from django.db import transaction

from avots.core import audit
from avots.core.allowed import ALLOWED
from avots.core.audit import By
from avots.core.errors import Refused
from avots.core.models import PolicyChange

DEFAULTS = Path(__file__).with_name("policies.toml")


@dataclass(frozen=True)
class Policies:
    """Every policy's value on one day; meaning, basis and status stand in policies.toml."""

    reading_window_first_day: int
    reading_window_last_day: int
    reminder_hour: int
    readings_complete_working_days: int
    mailbox_collected_working_days: int
    average_months_flat: int
    average_months_other: int
    max_consecutive_estimates: int
    after_estimates_flat: str
    after_estimates_other: str
    control_reading_counts: bool
    absence_bills_nothing: bool
    grounds_carrying_first: list[str]
    grounds_without_valid_meter: list[str]
    stage1_limit: str
    late_read_policy: str
    norm_litres_person_month: int
    persons_when_none_declared: int
    stage2_include_noncompliant: bool
    difference_deadband_permille: int
    difference_alert_permille: int
    difference_alert_months: int
    negative_alert_permille: int
    negative_alert_months: int
    meter_threshold_litres_day: int
    anatomy_minimum_flats: int
    negative_difference: str
    return_after_noncompliance: str
    flat_verification_lapse_blocks: bool
    verification_grace_months: int
    flat_replacement_term: bool
    verification_notice_days: list[int]
    replacement_notice_days: list[int]
    replace_after_years: int
    invoice_ready_day: int
    due_date_rule: str
    vat_rate_per_10000: int
    leak_multiple_permille: int
    leak_above_litres: int
    doubtful_use_litres: int
    expected_spread_permille: int
    expected_spread_months: int
    expected_spread_floor_litres: int
    expected_band_permille: int
    new_meter_litres: int
    zero_asks_above_litres: int
    ask_odds_permille: int
    mistakes_per_100k: dict[str, int]
    odd_invoice_multiple_permille: int
    odd_invoice_floor_cents: int
    thanks_months: int
    coupon_conflict_litres: int
    second_key_permille: int
    second_key_odd_permille: int
    contact_phone: str
    contact_email: str
    opening_week: str
    similar_homes_at_least: int


NAMES = frozenset(field.name for field in fields(Policies))
WINDOW = ("reading_window_first_day", "reading_window_last_day")


@cache
def defaults() -> dict[str, list[dict[str, Any]]]:
    """Return the shipped values of each policy, oldest first."""
    with DEFAULTS.open("rb") as file:
        return tomllib.load(file)


@lru_cache(maxsize=1_000)
def default_on(day: date) -> Mapping[str, Any]:
    """Return the shipped value of every policy on a day; before its first day the first one holds.

    >>> default_on(date(2025, 6, 5))["flat_verification_lapse_blocks"]
    True
    >>> default_on(date(2025, 6, 6))["flat_verification_lapse_blocks"]
    False
    >>> default_on(date(1993, 2, 10))["reading_window_first_day"]  # a meter installed long ago
    25
    """
    return MappingProxyType(
        {
            name: next((value["value"] for value in reversed(values) if value["from"] <= day), values[0]["value"])
            for name, values in defaults().items()
        }
    )


def on(day: date) -> Policies:
    """Return the policies in force on a day: the defaults under the utility's own decisions."""
    return on_each([day])[0]


def on_each(days: Sequence[date]) -> list[Policies]:
    """Return the policies in force on each of these days, asked for once."""
    rows = PolicyChange.objects.filter(valid_from__lte=max(days)).order_by("valid_from")
    changes = list(rows.values_list("valid_from", "name", "value"))
    return [
        Policies(**{**default_on(day), **{name: value for since, name, value in changes if since <= day}})
        for day in days
    ]


@dataclass(frozen=True)
class Decided:
    """A value that holds from a day until the next one, with where it comes from.

    ``change``: the utility's own decision; without one it is a shipped default with its ``status`` and bases.
    """

    since: date
    value: Any
    status: str = ""
    basis: str = ""
    basis_lv: str = ""
    change: PolicyChange | None = None


def timelines() -> dict[str, list[Decided]]:
    """Return the values of every policy that hold at some time, oldest first.

    A decision of the utility holds also over later defaults, as in :func:`on`.
    """
    changes: dict[str, list[PolicyChange]] = {}
    for row in PolicyChange.objects.order_by("valid_from"):
        changes.setdefault(row.name, []).append(row)
    return {name: _timeline(defaults()[name], changes.get(name, [])) for name in defaults()}


def _timeline(shipped: list[dict[str, Any]], changes: list[PolicyChange]) -> list[Decided]:
    own = [Decided(row.valid_from, row.value, change=row) for row in changes]
    until = own[0].since if own else date.max
    rows = [row for row in shipped if row["from"] < until]
    return [Decided(r["from"], r["value"], r["status"], r["basis"], r["basis_lv"]) for r in rows] + own


@transaction.atomic
def change(*, name: str, valid_from: date, value: object, basis: str, now: datetime, by: By) -> None:
    """Decide a policy from a day on; the past keeps what was in force. The same decision twice is one.

    :raises Refused: ``no_such_policy``, ``policy_value``, ``window_turned_round``
    """
    check(name, valid_from, value)
    told: dict[str, Any] = {"value": value, "basis": basis}
    if PolicyChange.objects.filter(name=name, valid_from=valid_from, **told).exists():
        return
    PolicyChange.objects.update_or_create(
        name=name, valid_from=valid_from, defaults={**told, "decided_at": now, "decided_by": str(by)}
    )
    facts = {"value": value, "valid_from": str(valid_from), "basis": basis}
    audit.record(now=now, by=by, verb="change_policy", subject=f"policy:{name}", **facts)


def check(name: str, valid_from: date, value: object) -> None:
    """Let a value pass that the policy may have from a day on.

    :raises Refused: ``no_such_policy``, ``policy_value``, ``window_turned_round``
    """
    if name not in NAMES:
        raise Refused("no_such_policy", name=name)
    if not ALLOWED[name].holds(value):
        raise Refused("policy_value")
    if name in WINDOW:
        days: dict[str, Any] = {**vars(on(valid_from)), name: value}
        first, last = (days[one] for one in WINDOW)
        if first > last:
            raise Refused("window_turned_round")
