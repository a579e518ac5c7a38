"""What a random town is: when, which houses, which rules, how its people are."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

from avots.core.dates import Month
from avots.demo.households import Dial, House, household
from avots.demo.names import STREETS

# A flat's meter shows up to so many litres, an inlet ten times as many.
FACE = 10**8
ALL_GROUNDS = ["N1", "N2", "N3", "N4", "N5", "N6", "N7"]
SHARINGS = ["equal", "pro_rata", "three_month_average", "per_person", "own_weights"]
# What the law leaves open, or has said otherwise at another time.
OPEN: dict[str, list[Any]] = {
    "average_months_flat": [2, 3, 6],
    "average_months_other": [3, 12],
    "max_consecutive_estimates": [0, 1, 2, 3],
    "after_estimates_flat": ["noncompliant", "average", "norm", "park"],
    "after_estimates_other": ["average", "norm", "park", "noncompliant"],
    "control_reading_counts": [True, False],
    "absence_bills_nothing": [True, False],
    "grounds_carrying_first": [ALL_GROUNDS, ALL_GROUNDS[1:], ["N2", "N4", "N5", "N6", "N7"]],
    "grounds_without_valid_meter": [["N2", "N4", "N6"], ["N2", "N3", "N4", "N6"], []],
    "stage1_limit": ["norm", "none"],
    "stage2_include_noncompliant": [True, False],
    "norm_litres_person_month": [350, 2_500, 6_080],
    "persons_when_none_declared": [0, 1, 2],
    "difference_deadband_permille": [0, 20, 60],
    "negative_difference": ["carry_forward", "credit"],
    "return_after_noncompliance": ["net_of_shared_litres", "full_reading"],
    "flat_verification_lapse_blocks": [True, False],
    "verification_grace_months": [0, 3],
    "vat_rate_per_10000": [2_100, 1_200, 500],
    "reading_window_last_day": [25, 26, 27, 28],
    "readings_complete_working_days": [1, 3],
}
# What needs a difference of the right size besides.
OFTEN = {"difference_deadband_permille", "negative_difference"}
# First months near which the law changed, beside any other one.
TURNS = [
    Month(2019, 9),
    Month(2020, 2),
    Month(2021, 7),
    Month(2022, 1),
    Month(2024, 1),
    Month(2025, 4),
    Month(2026, 1),
]


@dataclass
class Place(House):
    """A house with what a random town adds: its meters, and the weights of its homes."""

    inlets: int = 1
    commons: int = 0
    behind_common: bool = False
    payer: str = ""
    weights: list[int] = field(default_factory=list)
    more_inlets: list[Dial] = field(default_factory=list)
    common_dials: list[Dial] = field(default_factory=list)

    @property
    def inlet_dials(self) -> list[Dial]:
        return [*([self.intake] if self.intake else []), *self.more_inlets]

    @property
    def dials(self) -> list[Dial]:
        return [dial for lives in self.households for dial in lives.dials] + self.inlet_dials + self.common_dials

    @property
    def has_intake(self) -> bool:
        return self.inlets > 0

    @property
    def read_by_us(self) -> bool:
        return self.remote or self.indirect


@dataclass
class Recipe:
    """A town before its first day. The permilles say how often something happens in a month."""

    seed: int
    first: Month
    months: int
    places: list[Place]
    policies: dict[str, Any]
    random: Random
    skips_permille: int
    mended_permille: int
    happens_permille: int
    pays: bool
    decided: dict[str, Month]

    def decided_in(self, month: Month) -> dict[str, Any]:
        """Return the rules that the utility decides from a month on."""
        return {name: self.policies[name] for name, since in self.decided.items() if since == month}

    def chance(self, permille: int) -> bool:
        return self.random.randrange(1_000) < permille


def draw(seed: int) -> Recipe:
    """Return the town of a seed."""
    random = Random(f"town:{seed}")
    any_month, turn = Month(2018, 1).plus(random.randint(0, 106)), random.choice(TURNS).plus(random.randint(0, 3))
    first = turn if random.random() < 0.6 else any_month
    streets = random.sample(STREETS, 4)
    kinds = random.choices(["apartments", "private", "treatment"], [65, 20, 15], k=random.choice([2, 2, 3, 3, 4]))
    kinds[0] = "apartments"
    policies = {
        name: random.choice(OPEN[name]) for name in OPEN if random.random() < (0.7 if name in OFTEN else 0.35)
    }
    return Recipe(
        seed=seed,
        first=first,
        months=random.randint(3, 6),
        places=[_place(random, at, kind, streets[at]) for at, kind in enumerate(kinds)],
        policies=policies,
        decided={name: first.plus(random.choice([0, 0, 2])) for name in policies},
        random=random,
        skips_permille=random.choice([30, 150, 400]),
        mended_permille=random.choice([0, 60, 150]),
        happens_permille=random.choice([150, 350, 600]),
        pays=random.random() < 0.2,
    )


def _place(random: Random, at: int, kind: str, street: str) -> Place:
    flats = random.randint(2, 5) if kind == "apartments" else 1
    homes = [household(str(n) if kind == "apartments" else "", 10 * at + n, random) for n in range(1, flats + 1)]
    homes[0].company = random.random() < 0.2
    place = Place(f"V{at + 101}", street, str(random.randint(2, 60)), homes, kind=kind)
    if kind == "apartments":
        place.sharing = random.choice(SHARINGS)
        place.remote = random.random() < 0.15
        place.indirect = random.random() < 0.12
        place.inlets = random.choices([0, 1, 2], [10, 75, 15])[0]
        place.commons = random.choices([0, 1, 2], [60, 30, 10])[0]
        place.behind_common = bool(place.commons) and random.random() < 0.5
        place.weights = [random.choice([1, 3, 7]) for _ in homes]
        place.leak_permille = random.choice([-60, -20, 0, 15, 40, 120, 400])
        place.payer = random.choice(["2000001", "2000002"])
    else:
        place.inlets, place.leak_permille = int(random.random() < 0.1), 0
        place.remote = random.random() < 0.3
    return place
