"""What each policy may be set to, and in which unit people write it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Number:
    """A whole number within limits; ``scale`` stored units are one of the unit people write.

    >>> hour = Number("hour", 0, 23)
    >>> hour.holds(23), hour.holds(24), hour.holds(True)
    (True, False, False)
    """

    unit: str
    least: int
    most: int
    scale: int = 1

    def holds(self, value: object) -> bool:
        return type(value) is int and self.least <= value <= self.most


@dataclass(frozen=True)
class OneOf:
    """One of the ways the program knows.

    >>> OneOf(("none", "norm")).holds("norm"), OneOf(("none", "norm")).holds("all")
    (True, False)
    """

    of: tuple[str | bool, ...]

    def holds(self, value: object) -> bool:
        return type(value) in {str, bool} and value in self.of


@dataclass(frozen=True)
class SomeOf:
    """Any of the named grounds, each once, in order.

    >>> SomeOf(("N1", "N2")).holds(["N2"]), SomeOf(("N1", "N2")).holds(["N2", "N1"])
    (True, False)
    """

    of: tuple[str, ...]

    def holds(self, value: object) -> bool:
        return isinstance(value, list) and value == [one for one in self.of if one in value]


@dataclass(frozen=True)
class Numbers:
    """Several numbers, the greatest first.

    >>> Numbers(Number("day", 1, 365)).holds([90, 30]), Numbers(Number("day", 1, 365)).holds([30, 90])
    (True, False)
    """

    each: Number

    def holds(self, value: object) -> bool:
        if not isinstance(value, list) or not all(self.each.holds(one) for one in value):
            return False
        return 0 < len(value) <= 6 and value == sorted(set(value), reverse=True)


@dataclass(frozen=True)
class Table:
    """One number for each name.

    >>> two = Table(("a", "b"), Number("reports", 0, 9))
    >>> two.holds({"b": 1, "a": 0}), two.holds({"a": 1})
    (True, False)
    """

    names: tuple[str, ...]
    each: Number

    def holds(self, value: object) -> bool:
        if not isinstance(value, dict) or value.keys() != set(self.names):
            return False
        return all(self.each.holds(one) for one in value.values())


@dataclass(frozen=True)
class Text:
    """Free text that a page of its own asks for.

    >>> Text().holds("63663010"), Text().holds(7)
    (True, False)
    """

    def holds(self, value: object) -> bool:
        return isinstance(value, str)


Kind = Number | OneOf | SomeOf | Numbers | Table | Text

DAY, HOUR = Number("day_of_month", 1, 28), Number("hour", 0, 23)
DAYS, WORKING_DAYS = Numbers(Number("days", 1, 365)), Number("working_days", 0, 20)
MONTHS, PERCENT = Number("months", 1, 36), Number("percent", 0, 1_000, scale=10)
LITRES, TIMES = Number("m3", 0, 1_000_000, scale=1_000), Number("times", 1_000, 100_000, scale=1_000)
SWITCH = OneOf((True, False))
AFTER_ESTIMATES = OneOf(("average", "norm", "noncompliant", "park"))
GROUNDS = SomeOf(("N1", "N2", "N3", "N4", "N5", "N6", "N7"))
MISTAKES = Table(
    (
        "swapped_cold_hot",
        "swapped_same_kind",
        "neighbours_meter",
        "shifted_decimal",
        "transposed_digits",
        "wrong_digit",
        "consumption_typed",
        "repeated_reading",
        "previous_wrong",
    ),
    Number("reports", 1, 50_000),
)

ALLOWED: Mapping[str, Kind] = MappingProxyType(
    {
        "reading_window_first_day": DAY,
        "reading_window_last_day": DAY,
        "reminder_hour": HOUR,
        "readings_complete_working_days": WORKING_DAYS,
        "mailbox_collected_working_days": WORKING_DAYS,
        "average_months_flat": MONTHS,
        "average_months_other": MONTHS,
        "max_consecutive_estimates": Number("months", 0, 36),
        "after_estimates_flat": AFTER_ESTIMATES,
        "after_estimates_other": AFTER_ESTIMATES,
        "control_reading_counts": SWITCH,
        "absence_bills_nothing": SWITCH,
        "grounds_carrying_first": GROUNDS,
        "grounds_without_valid_meter": GROUNDS,
        "stage1_limit": OneOf(("none", "norm")),
        "late_read_policy": OneOf(("hold_for_next_month",)),
        "norm_litres_person_month": Number("m3", 1, 100_000, scale=1_000),
        "persons_when_none_declared": Number("persons", 0, 20),
        "stage2_include_noncompliant": SWITCH,
        "difference_deadband_permille": PERCENT,
        "difference_alert_permille": PERCENT,
        "difference_alert_months": MONTHS,
        "negative_alert_permille": PERCENT,
        "negative_alert_months": MONTHS,
        "meter_threshold_litres_day": Number("litres", 0, 1_000),
        "anatomy_minimum_flats": Number("flats", 1, 1_000),
        "negative_difference": OneOf(("carry_forward", "credit")),
        "return_after_noncompliance": OneOf(("net_of_shared_litres", "full_reading")),
        "flat_verification_lapse_blocks": SWITCH,
        "verification_grace_months": Number("months", 0, 36),
        "flat_replacement_term": SWITCH,
        "verification_notice_days": DAYS,
        "replacement_notice_days": DAYS,
        "replace_after_years": Number("years", 1, 50),
        "invoice_ready_day": DAY,
        "due_date_rule": OneOf(("last_day_of_next_month",)),
        "vat_rate_per_10000": Number("percent", 0, 10_000, scale=100),
        "leak_multiple_permille": TIMES,
        "leak_above_litres": LITRES,
        "doubtful_use_litres": LITRES,
        "expected_spread_permille": PERCENT,
        "expected_spread_months": MONTHS,
        "expected_spread_floor_litres": LITRES,
        "expected_band_permille": TIMES,
        "new_meter_litres": LITRES,
        "zero_asks_above_litres": LITRES,
        "ask_odds_permille": Number("times", 1, 10_000, scale=1_000),
        "mistakes_per_100k": MISTAKES,
        "odd_invoice_multiple_permille": TIMES,
        "odd_invoice_floor_cents": Number("eur", 0, 10_000_000, scale=100),
        "thanks_months": MONTHS,
        "coupon_conflict_litres": LITRES,
        "second_key_permille": PERCENT,
        "second_key_odd_permille": PERCENT,
        "contact_phone": Text(),
        "contact_email": Text(),
        "opening_week": Text(),
        "similar_homes_at_least": Number("homes", 1, 1_000),
    }
)

# What a month's litres or an invoice's sums are made from: changed by two people, never inside an issued month.
DECIDES_MONEY = frozenset(
    {
        "average_months_flat",
        "average_months_other",
        "max_consecutive_estimates",
        "after_estimates_flat",
        "after_estimates_other",
        "control_reading_counts",
        "absence_bills_nothing",
        "grounds_carrying_first",
        "grounds_without_valid_meter",
        "stage1_limit",
        "norm_litres_person_month",
        "persons_when_none_declared",
        "stage2_include_noncompliant",
        "difference_deadband_permille",
        "meter_threshold_litres_day",
        "negative_difference",
        "return_after_noncompliance",
        "flat_verification_lapse_blocks",
        "verification_grace_months",
        "vat_rate_per_10000",
    }
)
# What the program can only show: it knows no other way yet, or does nothing with it.
ONLY_SHOWN = frozenset({"late_read_policy", "invoice_ready_day", "due_date_rule"})
