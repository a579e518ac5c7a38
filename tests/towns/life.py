"""The months of a random town: what happens, who reports, what is read, billed, put right and paid."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta

from avots.billing import actions as billing
from avots.billing.actions.corrections import ask_credit_note, grant_credit_note
from avots.billing.models import BuildingRun, Invoice, Run
from avots.core.audit import By
from avots.core.dates import Month, at_local, start_of
from avots.customers.models import CustomerAccount, RoleGrant
from avots.customers.queries import occupancy_of
from avots.demo import office
from avots.demo.bank import Bank
from avots.demo.households import Dial, Household
from avots.demo.mending import mend_some
from avots.meters.models import MeterInstallation, Premise
from avots.readings import actions as readings
from avots.readings import queries
from avots.readings.models import Reading, Round
from avots.tariffs.actions import load_history
from avots.usage.actions import change_rule
from tests.towns.founding import REGISTER, found
from tests.towns.happenings import Happenings
from tests.towns.recipe import FACE, Place, Recipe

SOURCES = [Reading.Source.PORTAL, Reading.Source.LINK, Reading.Source.PHONE]


class Life:
    """Plays a town; every moment is passed in, so any year will do."""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe, self.random = recipe, recipe.random
        before = recipe.first.previous
        since = before.last_day - timedelta(days=1)
        started = start_of(since)
        load_history(now=started, by=REGISTER)
        self.founder = found(recipe.places, since, started, self.random)
        staff = dict(RoleGrant.objects.exclude(role="manager").values_list("role", "user_id"))
        self.clerk, self.accountant, self.lead = (
            By("staff", staff[role]) for role in ("clerk", "accountant", "lead")
        )
        readings.plan_round(before, now=started, by=REGISTER)
        self.happenings = Happenings(recipe, self.founder, self.clerk, self.lead)
        self.bank = Bank(self.random, self.accountant, recipe.first.plus(recipe.months + 2).first_day)
        self.bank.opens(recipe.first.first_day)

    def play(self) -> None:
        for n in range(self.recipe.months):
            self.month(self.recipe.first.plus(n))

    def month(self, month: Month) -> None:
        """Play a month from its first day to the invoices' payment."""
        for name, value in self.recipe.decided_in(month).items():
            now = at_local(month.first_day, 0)
            change_rule(name=name, valid_from=month.first_day, value=value, basis="-", now=now, by=self.lead)
        round = readings.plan_round(month, now=at_local(month.first_day, 1), by=REGISTER)
        self.happenings.of_month(month)
        self.use_water(month)
        self.report(round)
        self.read(round, self.ours(self.recipe.places, forgets_permille=60), "route")
        self.decide(round)
        self.happenings.after_the_window(round)
        run = self.bill(round)
        self.put_right(run)
        if self.recipe.pays:
            self.pay(run)

    # water and readings

    def use_water(self, month: Month) -> None:
        for place in self.recipe.places:
            for lives in place.households:
                litres = 0 if self.recipe.chance(60) else lives.month_litres(month, self.random)
                for dial in lives.dials:
                    dial.turn(litres * dial.part_permille // 1_000)
            for dial in place.common_dials:
                dial.turn(self.random.randint(0, 2_500))
            used = sum(dial.this_month for dial in place.dials if dial not in place.inlet_dials)
            passed = used * (1_000 + place.leak_permille) // 1_000 + self.random.randint(0, 300)
            for dial in place.inlet_dials:
                dial.turn(passed // len(place.inlet_dials))
            for dial in place.dials:
                dial.litres %= FACE * 10 if dial in place.inlet_dials else FACE

    def report(self, round: Round) -> None:
        for place in self.recipe.places:
            homes = [lives for lives in place.households if not place.read_by_us and self.reports(lives)]
            self.submit(round, [one for lives in homes if (one := self.submission(lives, round))])

    def reports(self, lives: Household) -> bool:
        """Return whether a home reports this time; who has begun to skip goes on for some months."""
        skips = self.recipe.chance(750 if lives.skips else self.recipe.skips_permille)
        lives.skips = {self.recipe.first} if skips else set()
        return not skips

    def submission(self, lives: Household, round: Round) -> readings.Submission | None:
        """Return what a home reports: mostly right, sometimes of one meter only, misread or late."""
        premise = Premise.objects.get(pk=lives.premise_id)
        living = occupancy_of(premise, on=round.cut_on)
        values = {dial.installation_id: dial.litres for dial in lives.dials}
        if self.recipe.chance(50):
            values = dict(list(values.items())[:1])
        if self.recipe.chance(50):
            values = {pk: self.misread(litres) for pk, litres in values.items()}
        late, source = self.recipe.chance(40), self.random.choice(SOURCES)
        if living is None or (late and source == Reading.Source.PHONE):
            return None
        by = self.clerk if source == Reading.Source.PHONE else By("user", living.account_id)
        at = round.closes_at + timedelta(hours=9 if late else -9)
        key = f"town:{round}:{lives.premise_id}:a"
        return readings.Submission(premise, living.account, values, source, key, by, at)

    def misread(self, litres: int) -> int:
        return min(FACE - 1, max(0, litres + self.random.randint(-3_000, 1_500)))

    def submit(self, round: Round, typed: list[readings.Submission]) -> None:
        """Record what people say; they stand by what they are asked about."""
        for turn in "bcd":
            answers = readings.record_submissions(round, typed) if typed else []
            pairs = zip(typed, answers, strict=True)
            typed = [
                replace(one, key=f"{one.key[:-1]}{turn}", confirmed=one.confirmed | answer.tokens)
                for one, answer in pairs
                if isinstance(answer, readings.Asked)
            ]

    def ours(self, places: Iterable[Place], forgets_permille: int = 0) -> Iterator[Dial]:
        """Yield the meters the utility reads: its own, by radio, and where the manager reports."""
        for place in places:
            dials = place.dials if place.read_by_us else [*place.inlet_dials, *place.common_dials]
            yield from (dial for dial in dials if not self.recipe.chance(forgets_permille))

    def read(self, round: Round, dials: Iterable[Dial], name: str) -> None:
        true = {dial.installation_id: dial.litres for dial in dials}
        standing = MeterInstallation.objects.standing(on=round.cut_on).filter(pk__in=true)
        rows = [readings.UtilityRow(one.pk, true[one.pk], round.cut_on) for one in standing]
        source, when = Reading.Source.STAFF, round.closes_at + timedelta(hours=10)
        readings.record_utility_readings(
            round=round, rows=rows, source=source, key=f"{name}:{round}", by=self.clerk, now=when
        )

    def decide(self, round: Round) -> None:
        """The clerk believes most of what is held, rejects some, and puts the right value in the place of some."""
        now = round.closes_at + timedelta(hours=26)
        true = {dial.installation_id: dial.litres for place in self.recipe.places for dial in place.dials}
        for row in queries.held():
            if row.round_id != round.pk and row.kind != Reading.Kind.OWNER:
                continue
            decision = self.random.choices(["accept", "reject", "correct"], [7, 2, 1])[0]
            litres = true.get(row.installation_id, row.litres) if decision == "correct" else None
            readings.decide_held(row, decision=decision, reason="checked", litres=litres, now=now, by=self.clerk)

    # billing

    def bill(self, round: Round) -> Run:
        """Compute; go and see where a building is parked; approve and issue."""
        start = round.complete_at + timedelta(hours=9)
        run = billing.open_run(round, now=start, by=self.accountant)
        office.compute(run, start)
        for n in range(3):
            for parked in BuildingRun.objects.filter(run=run, state=BuildingRun.State.PARKED):
                self.visit(parked, round, f"visit{n}")
                billing.retry(parked, now=start + timedelta(hours=1), by=self.accountant)
            office.compute(run, start + timedelta(hours=2))
        when = office.issue(run, start + timedelta(hours=3), accountant=self.accountant, lead=self.lead)
        left = BuildingRun.objects.filter(run=run).exclude(state=BuildingRun.State.ISSUED)
        assert not left, [(row.building.code, row.state, row.reason, row.facts) for row in left]
        self.now = when + timedelta(days=1)
        return run

    def visit(self, parked: BuildingRun, round: Round, name: str) -> None:
        """Read the meters for whose sake a building waits, and believe what is read."""
        [place] = [place for place in self.recipe.places if place.building_id == parked.building_id]
        dials = place.dials if parked.reason == "visit_needed" else place.inlet_dials
        here = Reading.objects.filter(round=round, state=Reading.State.ACCEPTED, kind=Reading.Kind.REGULAR)
        read = set(here.values_list("installation_id", flat=True))
        self.read(round, [dial for dial in dials if dial.installation_id not in read], name)
        now = round.complete_at + timedelta(hours=9)
        for row in queries.held().filter(installation__usage_point__building=parked.building_id):
            readings.decide_held(row, decision="accept", reason="checked", now=now, by=self.clerk)

    def put_right(self, run: Run) -> None:
        """Take some invoices back, now and then one that was billed anew already, or for another payer."""
        permille = self.recipe.mended_permille
        mend_some(run, permille, now=self.now, clerk=self.clerk, lead=self.lead)
        if permille and self.recipe.chance(250):
            mend_some(run, permille, now=self.now + timedelta(hours=1), clerk=self.clerk, lead=self.lead)
        if permille and self.recipe.chance(300):
            invoice = self.random.choice([*Invoice.objects.standing().filter(run=run).order_by("number")])
            other = self.random.choice([*CustomerAccount.objects.order_by("pk")])
            facts = {"reason": "account", "text": "Maksā cits.", "bill_anew": True, "account": other.number}
            ask_credit_note(invoice, **facts, now=self.now + timedelta(hours=2), by=self.clerk)
            grant_credit_note(invoice, now=self.now + timedelta(hours=3), by=self.lead)

    def pay(self, run: Run) -> None:
        """Let most invoices be paid at the bank, some in part."""
        run.refresh_from_db()
        issued = Invoice.objects.standing().filter(run=run, total_cents__gt=0).order_by("number")
        for invoice in issued.select_related("building", "premise", "account__party"):
            if run.issue_on and not self.recipe.chance(200):
                cents = max(1, invoice.total_cents // self.random.choice([1, 1, 1, 2]))
                on = run.issue_on + timedelta(days=self.random.randint(2, 25))
                self.bank.pays(invoice, invoice.account, cents, on)
        self.bank.play(at_local(run.round.month.plus(2).first_day, 20))
