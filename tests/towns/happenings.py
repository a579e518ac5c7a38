"""What happens in a month: people move, meters are exchanged, absences, grounds, new terms and prices."""

from collections.abc import Callable
from datetime import date, timedelta

from avots.core.audit import By
from avots.core.dates import Month, at_local
from avots.customers import actions as customers
from avots.customers.actions import absence
from avots.customers.models import AbsenceNotice, CustomerAccount, Occupancy
from avots.demo.households import Dial, Household, household
from avots.meters import actions as meters
from avots.meters.models import Building, MeterInstallation, Noncompliance, Premise
from avots.readings import actions as readings
from avots.readings.actions.exchanges import exchange
from avots.readings.models import Reading, Round
from avots.tariffs import actions as tariffs
from avots.tariffs.models import Tariff
from tests.towns.founding import Founder
from tests.towns.recipe import FACE, SHARINGS, Place, Recipe

PRICES = {"water": (60_000, 140_000), "sewerage": (90_000, 200_000), "treatment": (40_000, 90_000)}
PRICES["paper"] = (80_000, 200_000)


class Happenings:
    """Draws what happens and lets it happen by the public actions."""

    def __init__(self, recipe: Recipe, founder: Founder, clerk: By, lead: By) -> None:
        self.recipe, self.random, self.founder = recipe, recipe.random, founder
        self.clerk, self.lead = clerk, lead

    def of_month(self, month: Month) -> None:
        """Let each kind of thing happen or not."""
        self.month = month
        kinds: list[Callable[[], None]] = [
            self.move_in, self.leave_a_gap, self.take_next_door, self.put_in_another, self.hear_late_of_an_exchange,
            self.go_away, self.find_a_ground, self.end_a_ground, self.declare, self.agree_anew, self.change_price,
            self.control, self.switch_delivery,
        ]  # fmt: skip
        for kind in kinds:
            while self.recipe.chance(self.recipe.happens_permille):
                kind()

    # a day, a place, a home, a meter

    def day(self, first: int = 1, last: int = 28) -> date:
        return self.month.first_day.replace(day=self.random.randint(first, last))

    def place(self) -> Place:
        return self.random.choice(self.recipe.places)

    def home(self) -> Household:
        return self.random.choice(self.place().households)

    def premise(self) -> Premise:
        return Premise.objects.get(pk=self.home().premise_id)

    # people

    def move_in(self) -> None:
        """Somebody new answers for a home from a day on; half of them read the meters then."""
        lives, on = self.home(), self.random.choice([self.month.first_day, self.day(last=25)])
        if self.can_move(lives, on):
            self.new_people(lives, on)
            if self.random.random() < 0.5:
                self.hand_over(lives, on, lives.usual_litres * on.day // 31)

    def move_in_at_the_end(self) -> None:
        """Somebody moves in when the month's water has passed: what is read then lies in the next month's part."""
        lives, on = self.home(), self.month.last_day
        if self.can_move(lives, on):
            self.new_people(lives, on)
            self.hand_over(lives, on, self.random.randint(0, 900))

    def can_move(self, lives: Household, on: date) -> bool:
        last = Occupancy.objects.filter(premise=lives.premise_id).latest("starts_on")
        return last.starts_on < on and last.ends_on is None

    def new_people(self, lives: Household, on: date) -> None:
        people = household(lives.number, self.random.randrange(10**6), self.random)
        lives.name, lives.email = people.name, people.email
        self.founder.now = at_local(on, 9)
        self.founder.customer(Premise.objects.get(pk=lives.premise_id), lives, on)

    def hand_over(self, lives: Household, on: date, litres: int) -> None:
        for dial in lives.dials:
            used = litres * dial.part_permille // 1_000
            standing = MeterInstallation.objects.get(pk=dial.installation_id)
            if on > standing.installed_on and dial.litres + used < FACE:
                dial.litres += used
                self.visit(standing, dial.litres, on, Reading.Kind.OWNER)

    def visit(self, standing: MeterInstallation, litres: int, on: date, kind: Reading.Kind) -> None:
        key, now = f"{kind}:{on}:{standing.pk}:{litres}", at_local(on, 10)
        readings.record_visit_reading(standing, kind=kind, litres=litres, read_on=on, key=key, now=now, by=self.clerk)

    def leave_a_gap(self) -> None:
        """Nobody answers for a home for some days of the month."""
        lives, on = self.home(), self.day(2, 12)
        if self.can_move(lives, on):
            premise = Premise.objects.get(pk=lives.premise_id)
            customers.move(premise, account=None, on=on, now=at_local(on, 9), by=self.clerk)
            self.new_people(lives, on + timedelta(days=self.random.randint(1, 14)))

    def take_next_door(self) -> None:
        """Who answers for one home of a place answers for another one too."""
        place, on = self.place(), self.day()
        one, other = self.random.choice(place.households), self.random.choice(place.households)
        if one is not other and self.can_move(other, on):
            living = Occupancy.objects.filter(premise=one.premise_id, ends_on=None).get()
            premise = Premise.objects.get(pk=other.premise_id)
            customers.move(premise, account=living.account, on=on, now=at_local(on, 9), by=self.clerk)

    def go_away(self) -> None:
        """An absence is announced from a day on; now and then an open one ends."""
        on, now = self.day(), at_local(self.month.first_day, 8)
        premise = self.premise()
        living = AbsenceNotice.objects.filter(premise=premise).order_by("-starts_on").first()
        if living is None or (living.ends_on is not None and living.ends_on <= on):
            ends_on = self.random.choice([None, on + timedelta(days=self.random.randint(1, 70))])
            absence.announce_absence(premise, starts_on=on, ends_on=ends_on, now=now, by=self.clerk)
        elif living.ends_on is None:
            absence.end_absence(living, on=on, now=now, by=self.clerk)

    def declare(self) -> None:
        on, persons = self.random.choice([self.month.first_day, self.day()]), self.random.randint(0, 6)
        customers.declare_persons(self.premise(), persons=persons, on=on, now=at_local(on, 9), by=self.clerk)

    def switch_delivery(self) -> None:
        account = self.random.choice([*CustomerAccount.objects.exclude(party__email="").order_by("pk")] or [None])
        if account is not None:
            modes, email = CustomerAccount.Delivery, account.party.email
            mode, now = self.random.choice([modes.PAPER, modes.EMAIL]), at_local(self.day(), 9)
            customers.set_delivery(account, delivery=mode, email=email, now=now, by=self.clerk)

    # meters

    def dial(self) -> Dial:
        return self.random.choice(self.place().dials)

    def device(self, litres: int, old: MeterInstallation, on: date) -> meters.Device:
        until = on + timedelta(days=self.random.choice([-200, -20, 1_400]))
        digits = old.meter.register.digits_before
        return self.founder.device(litres, digits=digits, verified_until=until, remote=old.remote_read)

    def standing(self, dial: Dial) -> MeterInstallation:
        meter = MeterInstallation.objects.select_related("usage_point", "meter__register")
        return meter.get(pk=dial.installation_id)

    def put_in_another(self) -> None:
        """A meter is exchanged on a day of the month, with some of the month's use on the old one."""
        dial = self.dial()
        ours = any(dial in place.inlet_dials for place in self.recipe.places)
        on = self.day(last=25 if ours else 28)  # the utility reads an inlet at the cut-off
        old, used = self.standing(dial), self.random.randint(0, 4_000)
        if on < old.installed_on or dial.litres + used >= FACE:
            return
        start = self.random.choice([0, 0, 12, 730])
        new = meters.exchange_meter(
            old.usage_point,
            self.device(start, old, on),
            end_litres=dial.litres + used,
            on=on,
            now=at_local(on, 11),
            by=self.clerk,
        )
        dial.installation_id, dial.litres = new.pk, start

    def hear_late_of_an_exchange(self) -> None:
        """The act of an exchange in the month before reaches us when that month is billed."""
        dial, on = self.dial(), self.month.previous.first_day.replace(day=self.random.randint(5, 24))
        old, since = self.standing(dial), self.random.randint(0, 2_000)
        end, now = dial.litres - since, at_local(self.month.first_day.replace(day=20), 11)
        if on <= old.installed_on or end < old.start_litres or self.month == self.recipe.first:
            return
        act = meters.Act(performed_by="SIA Santehniķis", handed_in_on=now.date())
        device = self.device(0, old, on)
        new = exchange(old, device, end_litres=end, on=on, act=act, stood_by=end, now=now, by=self.clerk)
        dial.installation_id, dial.litres = new.pk, since

    def control(self) -> None:
        """Staff reads a home's meter between the windows."""
        dial, on = self.random.choice(self.home().dials), self.day(10, 24)
        old = self.standing(dial)
        if on > old.installed_on and dial.litres + 500 < FACE:
            self.visit(old, dial.litres + self.random.randint(0, 500), on, Reading.Kind.CONTROL)

    def after_the_window(self, round: Round) -> None:
        """Now and then a reading is put right before the month is billed, and people move on its last day."""
        if self.recipe.chance(self.recipe.happens_permille):
            self.move_in_at_the_end()
        accepted = Reading.objects.filter(round=round, state=Reading.State.ACCEPTED, kind=Reading.Kind.REGULAR)
        for reading in accepted.order_by("pk"):
            if self.recipe.chance(25):
                now, litres = (
                    round.closes_at + timedelta(hours=28),
                    max(0, reading.litres - self.random.randint(1, 900)),
                )
                row = readings.ask_correction(reading, litres=litres, why="Pārskatījos.", now=now, by=self.clerk)
                readings.decide_correction(row, litres=litres, now=now, by=self.clerk)

    # rules of a house, and prices

    def find_a_ground(self) -> None:
        ground, on = self.random.choice([*Noncompliance.Ground]), self.day()
        premise, now = self.premise(), at_local(on, 9)
        meters.record_ground(premise, ground=ground, starts_on=on, evidence="Akts", now=now, by=self.clerk)

    def end_a_ground(self) -> None:
        row = Noncompliance.objects.filter(ends_on=None, starts_on__lt=self.month.first_day).order_by("pk").first()
        if row is not None:
            on = self.day()
            meters.end_ground(row, ends_on=on, now=at_local(on, 9), by=self.clerk)

    def agree_anew(self) -> None:
        """The owners decide another method, often inside a month."""
        place, on = self.place(), self.random.choice([self.month.first_day, self.day()])
        if place.kind == "apartments":
            place.sharing = self.random.choice(SHARINGS)
            place.weights = [self.random.choice([1, 2, 5]) for _ in place.households]
            self.founder.now = at_local(on, 9)
            building = Building.objects.get(pk=place.building_id)
            if not building.serviceagreement_set.filter(starts_on__gte=on).exists():
                self.founder.agree(place, building, on, f"D-{place.code}-{on}")

    def change_price(self) -> None:
        """A price changes, mostly inside the month."""
        service, on = self.random.choice([*PRICES]), self.random.choice([self.month.first_day, self.day()])
        if not Tariff.objects.filter(service=service, valid_from=on).exists():
            price, now = self.random.randint(*PRICES[service]), at_local(self.month.first_day, 8)
            asked = tariffs.propose_tariff(
                service=service, valid_from=on, price_100k=price, decision="Lēmums", now=now, by=self.clerk
            )
            tariffs.approve_tariff(asked, now=now, by=self.lead)
