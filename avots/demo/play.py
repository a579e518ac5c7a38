"""The whole play: register the town, then month after month up to its present."""

import gc
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from django.core.management import call_command
from django.db import transaction

from avots.core import clock
from avots.core.audit import By
from avots.core.dates import Month, at_local, local_day, start_of
from avots.customers.models import Access, Occupancy, RoleGrant, User
from avots.customers.queries import code_to_print, occupancy_of
from avots.customers.registration import grouped
from avots.demo import households, news
from avots.demo.month import Play
from avots.demo.register import Registrar
from avots.meters import actions as meters
from avots.meters.models import MeterInstallation, Premise
from avots.readings import actions as readings
from avots.readings.links import Link, token_of
from avots.readings.models import Reading, Round
from avots.reminders.models import TermNotice
from avots.tariffs import actions as tariffs

PRESENT_DAY, PRESENT_HOUR, PRESENT_MINUTE = 27, 14, 20


@dataclass(frozen=True)
class Scale:
    """How large a town, how many months before its present one, from which seed, and how many invoices are mended.

    Without ``letters`` they are written but never sent: most of a play's time is theirs.
    """

    flats: int = 500
    months: int = 13
    seed: int = 2026
    bill_last: bool = True
    mended_permille: int = 0
    letters: bool = True


def present_of(real_now: datetime) -> datetime:
    """Return the town's present: the 27th of the real month, in the reading window."""
    return at_local(local_day(real_now).replace(day=PRESENT_DAY), PRESENT_HOUR, PRESENT_MINUTE)


def play(scale: Scale, *, present: datetime, say: Callable[[str], object]) -> None:
    """Play the town from its first month to its present; deterministic by seed."""
    thresholds = gc.get_threshold()
    gc.set_threshold(200_000, 50, 100)  # a play makes millions of short-lived rows: an eighth less time
    try:
        _play(scale, present, say)
    finally:
        gc.set_threshold(*thresholds)


def _play(scale: Scale, present: datetime, say: Callable[[str], object]) -> None:
    random = Random(scale.seed)
    last = Month.of(local_day(present))
    first = last.plus(-scale.months)
    since = first.previous.last_day - timedelta(days=2)
    town = households.town(random, scale.flats)
    started = start_of(since)
    tariffs.load_history(now=started, by=By("job", "register"))
    registrar = Registrar(since, started, random)
    registrar.staff()
    for order, house in enumerate(town, 1):
        registrar.house(house, order)
    say(f"register: {len(town)} buildings, {sum(len(h.households) for h in town)} homes")
    readings.plan_round(first.previous, now=started, by=By("job", "plan_rounds"))
    staff = dict(RoleGrant.objects.exclude(role="manager").values_list("role", "user_id"))
    stage = Play(town, random, staff, present)
    stage.mended_permille, stage.letters = scale.mended_permille, scale.letters
    stage.unbilled = None if scale.bill_last else last.previous
    month = first
    while month <= last:
        if month != first:
            change_something(town, registrar, stage, month)
        stage.play(month)
        say(f"{month}")
        month = month.next
    say(f"meter terms told of: {TermNotice.objects.count()}")
    news.tell(now=present - timedelta(hours=3), by=By("staff", staff["clerk"]))
    for ahead in (1, 2, 3):
        readings.plan_round(last.plus(ahead), now=present, by=By("job", "plan_rounds"))


@transaction.atomic
def change_something(town: list[households.House], registrar: Registrar, stage: Play, month: Month) -> None:
    """Within a month, often in its middle, one household moves and two meters are exchanged."""
    random = registrar.random
    moving = month.first_day + timedelta(days=random.choice([0, 0, 9, 14, 18]))
    registrar.now = at_local(moving, 9)
    house = town[random.randrange(6, 12)]
    lives = random.choice(house.households)
    people = households.household(lives.number, 9_000 + month.year * 12 + month.number, random)
    lives.name, lives.email, lives.channel = people.name, people.email, people.channel
    account = registrar.customer(stage.premises[lives.premise_id], lives, moving)
    stage.accounts[account.pk] = account
    if moving != month.first_day:
        hand_over(house, lives, moving, registrar)
    for _ in range(2):
        home = random.choice(town[random.randrange(6, 12)].households)
        exchange(random.choice(home.dials), month.first_day + timedelta(days=random.randint(1, 20)), registrar)


def hand_over(house: households.House, lives: households.Household, on: date, registrar: Registrar) -> None:
    """Read the meters as a home changes hands, after those who leave have used their last."""
    for dial in lives.dials:
        used = lives.usual_litres * dial.part_permille * on.day // 30_000
        dial.litres += used
        if house.intake:
            house.intake.litres += used
        readings.record_visit_reading(
            MeterInstallation.objects.get(pk=dial.installation_id),
            kind=Reading.Kind.OWNER,
            litres=dial.litres,
            read_on=on,
            key=f"demo:hand-over:{on}:{dial.installation_id}",
            now=at_local(on, 10),
            by=registrar.by,
        )


def exchange(dial: households.Dial, on: date, registrar: Registrar) -> None:
    """Put a new meter in the place of one, at the figure it shows."""
    old = MeterInstallation.objects.select_related("usage_point").get(pk=dial.installation_id)
    if on < old.installed_on:  # chance chose the meter that was put in this month
        return
    device = registrar.device(0, digits=5, verified_until=on + timedelta(days=4 * 365), remote=dial.remote)
    moment = at_local(on, 11)
    new = meters.exchange_meter(old.usage_point, device, end_litres=dial.litres, on=on, now=moment, by=registrar.by)
    dial.installation_id, dial.litres = new.pk, 0


def example_link(present: datetime) -> str:
    """Return the path of a live personal link of a home that has not reported."""
    from avots.readings.queries import missing, round_at

    round: Round = round_at(present)
    home = missing(round)[0].occupancy
    return f"/r/{token_of(Link(round.pk, home.account_id, home.premise_id))}/"


def example_code(present: datetime) -> tuple[str, str]:
    """Return the customer number and registration code of a home without a portal user, best one still to report."""
    from avots.readings.queries import missing, round_at

    on = local_day(present)
    users = Access.objects.valid(on=on).values("account")
    rows = Occupancy.objects.valid(on=on).exclude(account__in=users).select_related("account")
    ordered = rows.order_by("premise__building__walking_order", "premise__position")
    still = [row.occupancy.premise_id for row in missing(round_at(present))]
    found = ordered.filter(premise__in=still).first() or ordered.first()
    return (found.account.number, grouped(code_to_print(found.account, issued_on=on))) if found else ("", "")


def example_resident() -> str:
    """Return the sign-in of the first flat of the first building."""
    premise = Premise.objects.order_by("building__walking_order", "position").first()
    assert premise is not None  # noqa: S101 - a played town has premises
    occupancy = occupancy_of(premise, on=local_day(clock.now()))
    return occupancy.account.party.email if occupancy else ""


def is_played() -> bool:
    """Return whether a town stands in this database."""
    return User.objects.exists()


def prepare() -> None:
    """Bring the database up to date."""
    call_command("migrate", verbosity=0)
