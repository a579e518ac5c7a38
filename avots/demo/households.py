"""Who lives in the demo town, what they use and how they behave; all drawn from one seed."""

from dataclasses import dataclass, field
from random import Random

from avots.core.dates import Month
from avots.demo import calibration, names

ASCII = str.maketrans("āčēģīķļņšūž", "acegiklnsuz")


@dataclass
class Dial:
    """A meter's true state: what the wheels show, in litres."""

    installation_id: int
    litres: int
    hot: bool
    part_permille: int
    remote: bool = False
    this_month: int = 0

    def turn(self, litres: int) -> None:
        """Let a month's use pass."""
        self.litres, self.this_month = self.litres + litres, litres

    def shows(self, days_left: int) -> int:
        """Return what it shows so many days before the cut-off of the month whose use has passed."""
        return self.litres - self.this_month * min(days_left, 30) // 30


@dataclass
class Household:
    """A flat's people: their usual litres a month and their ways."""

    number: str
    name: str
    email: str
    persons: int
    usual_litres: int
    channel: str  # portal, link, phone or never
    late: bool
    careless_permille: int
    company: bool = False
    pays: str = "on_time"
    skips: set[Month] = field(default_factory=set)
    dials: list[Dial] = field(default_factory=list)
    premise_id: int = 0
    account_id: int = 0

    def month_litres(self, month: Month, random: Random) -> int:
        """Return the litres truly used in a month."""
        table = calibration.load()
        season = table.season_permille[month.number - 1]
        swing = pick(table.month_permille[1:-1], random)
        return self.usual_litres * season * swing // 1_000_000


@dataclass
class House:
    """A building of the town and what is special about it."""

    code: str
    street: str
    number: str
    households: list[Household]
    kind: str = "apartments"  # private, treatment
    indirect: bool = False
    remote: bool = False
    leak_permille: int = 40
    leak_grows_permille: int = 0
    sharing: str = "equal"
    common: Dial | None = None
    intake: Dial | None = None
    building_id: int = 0

    @property
    def has_intake(self) -> bool:
        return self.kind == "apartments"


def pick(quantiles: tuple[int, ...], random: Random) -> int:
    """Return a value between two neighbouring quantiles.

    >>> pick((10, 10), Random(1))
    10
    """
    at = random.randrange(len(quantiles) - 1)
    low, high = quantiles[at], quantiles[at + 1]
    return random.randint(min(low, high), max(low, high))


def person(random: Random) -> str:
    """Return a person's name."""
    family = random.choice(names.FAMILIES)
    if random.random() < 0.6:
        return f"{random.choice(names.WOMEN)} {family}a"
    return f"{random.choice(names.MEN)} {family}š"


def household(number: str, ordinal: int, random: Random) -> Household:
    """Return a household of a flat."""
    name = person(random)
    plain = name.casefold().translate(ASCII).replace(" ", ".")
    channel = random.choices(["portal", "link", "phone", "never"], [62, 21, 14, 3])[0]
    return Household(
        number=number,
        name=name,
        email="" if channel in {"phone", "never"} else f"{plain}.{ordinal}@example.lv",
        persons=random.choices([0, 1, 2, 3, 4, 5], [3, 30, 32, 19, 12, 4])[0],
        usual_litres=max(600, pick(calibration.load().household_litres[1:-1], random) * 3 // 4),
        channel=channel,
        late=random.random() < 0.03,
        careless_permille=random.choice([0, 0, 5, 10, 25]),
        pays=random.choices(["on_time", "late", "partial", "never"], [84, 10, 3, 3])[0],
    )


def town(random: Random, flats: int) -> list[House]:
    """Return the town's houses with at least so many flats, the special ones first."""
    streets = list(names.STREETS)
    random.shuffle(streets)
    houses: list[House] = []
    total = 0
    while total < flats or len(houses) < 12:
        size = max(4, random.choice([24, 30, 36, 40, 45, 48, 60]) * min(flats, 500) // 500)
        at = len(houses)
        start = total
        people = [household(str(n), start + n, random) for n in range(1, size + 1)]
        houses.append(House(f"V{at + 1:03d}", streets[at % len(streets)], str(random.randint(2, 60)), people))
        total += size
    _make_special(houses, random)
    houses += _small(random, total, streets)
    return houses


def _make_special(houses: list[House], random: Random) -> None:
    houses[1].remote = True
    houses[2].indirect = True
    houses[3].leak_grows_permille = 18
    houses[4].sharing = "per_person"
    houses[5].sharing = "pro_rata"
    first = houses[0].households
    first[0].channel, first[0].late, first[0].pays = "portal", False, "on_time"
    first[0].email = first[0].email or "anna@example.lv"
    for house in houses:
        house.leak_permille = random.randint(25, 90)
    houses[0].households[1].company = True
    houses[0].households[1].name = "SIA Bērziņš un dēli"


def _small(random: Random, total: int, streets: list[str]) -> list[House]:
    """Return two private houses and a client who sends in waste water only."""
    kinds = ("private", "private", "treatment")
    small = []
    for at, kind in enumerate(kinds):
        lives = household("", total + at + 1, random)
        lives.channel = "phone" if kind == "treatment" else "portal"
        lives.email = lives.email or f"majas.{at + 1}@example.lv"
        if kind == "treatment":
            lives.name, lives.company, lives.usual_litres = "SIA Ostas pārkrāvējs", True, 240_000
        small.append(House(f"P{at + 1:03d}", streets[-1 - at], str(70 + at), [lives], kind=kind, leak_permille=0))
    return small
