"""One month of the demo town: people report, the utility reads, the office bills, money comes."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random

from avots.billing import actions as billing
from avots.billing.actions import deliveries
from avots.billing.models import BuildingRun, Invoice, Run
from avots.billing.queries.deliveries import paper_of, whereabouts
from avots.core.audit import By
from avots.core.dates import Month, at_local, local_day
from avots.customers.models import CustomerAccount
from avots.demo import office
from avots.demo.bank import Bank
from avots.demo.desk import Till
from avots.demo.households import Dial, House, Household
from avots.demo.mailboxes import Mailboxes
from avots.demo.mending import mend_some
from avots.meters.models import Premise
from avots.outbox import jobs as outbox
from avots.readings import actions as readings
from avots.readings import queries
from avots.readings.models import Reading, Round
from avots.reminders import actions as reminders

# Homes in one transaction: well under a second, so nobody else waits (house.md 10).
TOGETHER = 100
CHANNELS = {"portal": Reading.Source.PORTAL, "link": Reading.Source.LINK, "phone": Reading.Source.PHONE}


class Play:
    """Plays months of a town; ``until`` is the instant at which the town's present begins."""

    def __init__(self, houses: list[House], random: Random, staff: dict[str, int], until: datetime) -> None:
        self.houses, self.random, self.until = houses, random, until
        self.unbilled: Month | None = None
        self.clerk, self.accountant, self.lead = (
            By("staff", staff[role]) for role in ("clerk", "accountant", "lead")
        )
        self.mended_permille, self.letters = 0, True
        self.till = Till(self.clerk, self.lead, until)
        self.bank = Bank(random, self.accountant, local_day(until))
        self.premises = Premise.objects.in_bulk()
        self.accounts = CustomerAccount.objects.select_related("party").in_bulk()

    def play(self, month: Month) -> None:
        """Play a month from the first day of its window to the payments, as far as time has come."""
        round = readings.plan_round(month, now=at_local(month.first_day, 1), by=By("job", "plan_rounds"))
        self.bank.opens(month.first_day)
        self.tell_terms(month)
        self.use_water(month)
        self.report(round)
        Mailboxes(self.houses, self.clerk, self.lead, self.until).play(round)
        if self.until < round.closes_at:
            return
        self.read_intakes(round)
        self.decide(round)
        if self.until >= round.complete_at and month != self.unbilled:
            self.bill(round)
        self.bank.play(min(self.until, at_local(month.plus(2).first_day, 20)))

    def tell_terms(self, month: Month) -> None:
        """Tell of the meters whose term is near, once a week."""
        for day in (1, 8, 15, 22):
            when = at_local(month.first_day.replace(day=day), 9, 30)
            if when <= self.until:
                reminders.notify_terms(now=when)

    def use_water(self, month: Month) -> None:
        """Turn every meter on by the month's true use."""
        for house in self.houses:
            used = 0
            for lives in house.households:
                litres = lives.month_litres(month, self.random)
                for dial in lives.dials:
                    dial.turn(litres * dial.part_permille // 1_000)
                    used += litres * dial.part_permille // 1_000
            if house.common:
                house.common.turn(self.random.randint(900, 2_600))
                used += house.common.this_month
            house.leak_permille += house.leak_grows_permille
            if house.intake:
                house.intake.litres += used * (1_000 + house.leak_permille) // 1_000 + self.random.randint(0, 900)

    def report(self, round: Round) -> None:
        """Let the households report over the days of the window, with the reminders between."""
        first = at_local(round.first_day.replace(day=25), 0)
        stops = [first + timedelta(hours=9), first + timedelta(days=3, hours=9), round.closes_at]
        start = first
        for stop in stops:
            self.submit_all(round, start, min(stop, self.until))
            if stop >= self.until:
                break
            if stop < round.closes_at:
                reminders.remind(round, now=stop)
            self.send_letters(stop)
            start = stop
        if self.until >= round.closes_at:
            self.report_late(round)

    def send_letters(self, now: datetime) -> None:
        """Let the worker send what waits, where letters are sent at all."""
        if self.letters:
            outbox.deliver(now=now)

    def submit_all(self, round: Round, start: datetime, stop: datetime) -> None:
        """Let everybody report whose moment lies between two instants, some buildings at a time."""
        flats = [house.households for house in self.houses if not house.remote and not house.indirect]
        moments = ((lives, self.moment_of(lives, round)) for people in flats for lives in people)
        homes = [(lives, when) for lives, when in moments if start <= when < stop]
        for at in range(0, len(homes), TOGETHER):
            self.submit(round, homes[at : at + TOGETHER])

    def moment_of(self, lives: Household, round: Round) -> datetime:
        """Return when a household reports in a round: the same answer whenever it is asked."""
        own = Random(f"{lives.premise_id}:{round}")
        skips = own.random() < 0.04 or lives.channel == "never"
        if skips or lives.late:
            return round.closes_at + timedelta(days=400 if skips else 1)
        day = own.choices([0, 1, 2, 3], [40, 22, 14, 24])[0]
        return round.opens_at + timedelta(days=day, minutes=own.randint(7 * 60, 23 * 60 - 1))

    def report_late(self, round: Round) -> None:
        when = round.closes_at + timedelta(hours=20)
        homes = [
            (lives, when)
            for house in self.houses
            if not house.remote and not house.indirect
            for lives in house.households
            if lives.late and lives.channel in {"portal", "link"}
        ]
        self.submit(round, homes)

    def submit(self, round: Round, homes: list[tuple[Household, datetime]]) -> None:
        """Let households report what they read, or misread; they mend what they are asked about."""
        days_left = {lives.premise_id: max(0, (round.cut_on - local_day(when)).days) for lives, when in homes}
        true = {
            lives.premise_id: {d.installation_id: d.shows(days_left[lives.premise_id]) for d in lives.dials}
            for lives, _ in homes
        }
        typed = [
            self.submission(lives, round, self.misread(lives, true[lives.premise_id]), when, frozenset(), "a")
            for lives, when in homes
        ]
        seen: dict[int, frozenset[str]] = {}
        for turn in ("b", "c", "d"):
            answers = readings.record_submissions(round, typed) if typed else []
            asked = [
                (one, answer)
                for one, answer in zip(typed, answers, strict=True)
                if isinstance(answer, readings.Asked)
            ]
            typed = []
            for one, answer in asked:
                pk = one.premise.pk
                seen[pk] = seen.get(pk, frozenset()) | (answer.tokens if turn != "b" else frozenset())
                lives = next(lives for lives, _ in homes if lives.premise_id == pk)
                when = one.at + timedelta(minutes=2)
                typed.append(self.submission(lives, round, true[pk], when, seen[pk], turn))

    def submission(
        self, lives: Household, round: Round, values: dict[int, int], when: datetime, seen: frozenset[str], turn: str
    ) -> readings.Submission:
        return readings.Submission(
            premise=self.premises[lives.premise_id],
            account=self.accounts[lives.account_id],
            values=values,
            source=CHANNELS[lives.channel],
            key=f"demo:{round}:{lives.premise_id}:{turn}",
            by=self.clerk if lives.channel == "phone" else By("user", lives.account_id),
            at=when,
            confirmed=seen,
        )

    def misread(self, lives: Household, true: dict[int, int]) -> dict[int, int]:
        """Return what a careless household types: two digits swapped, or cold and hot."""
        if self.random.randrange(1_000) >= lives.careless_permille:
            return true
        keys = list(true)
        if len(keys) == 2 and self.random.random() < 0.5:
            return {keys[0]: true[keys[1]], keys[1]: true[keys[0]]}
        text = f"{true[keys[0]]:08d}"
        at = self.random.randrange(1, 5)
        return true | {keys[0]: int(text[:at] + text[at + 1] + text[at] + text[at + 2 :])}

    def decide(self, round: Round) -> None:
        """The clerk decides what is held: a fall is checked by phone, the rest is accepted."""
        when = round.closes_at + timedelta(hours=34)
        if when > self.until:
            return
        for reading in queries.held().filter(round=round):
            readings.decide_held(reading, decision="accept", reason="checked_by_phone", now=when, by=self.clerk)

    def read_intakes(self, round: Round) -> None:
        """The utility reads its own meters at the cut-off, and those that send their state."""
        when = round.closes_at + timedelta(hours=10)
        if when > self.until:
            return
        forgotten = self.houses[6].code if round.first_day.month == 3 else ""
        rows = list(self.utility_rows(round.cut_on, leave_out=forgotten))
        self.read(round, rows, "route", when)

    def read(self, round: Round, rows: list[readings.UtilityRow], name: str, when: datetime) -> None:
        source, key = Reading.Source.STAFF, f"{name}:{round}"
        readings.record_utility_readings(round=round, rows=rows, source=source, key=key, by=self.clerk, now=when)

    def utility_rows(self, on: date, leave_out: str = "", only: str = "") -> Iterator[readings.UtilityRow]:
        for house in self.houses:
            if house.code == leave_out or (only and house.code != only):
                continue
            dials: list[Dial] = [dial for dial in (house.intake, house.common) if dial]
            if house.remote or house.indirect:
                dials += [dial for lives in house.households for dial in lives.dials]
            for dial in dials:
                yield readings.UtilityRow(dial.installation_id, dial.litres, on)

    def bill(self, round: Round) -> None:
        """Compute, mend what was parked, approve by a second person, issue."""
        start = round.complete_at + timedelta(hours=9)
        run = billing.open_run(round, now=start, by=self.accountant)
        office.compute(run, start)
        parked = BuildingRun.objects.filter(run=run, state=BuildingRun.State.PARKED).select_related("building")
        for place in parked:
            missing = list(self.utility_rows(round.cut_on, only=place.building.code))
            self.read(round, missing, "later", start + timedelta(hours=1))
            billing.retry(place, now=start + timedelta(hours=2), by=self.accountant)
        when = office.issue(run, start + timedelta(hours=3), accountant=self.accountant, lead=self.lead)
        deliveries.follow_emails(now=when, by=By("job", "follow_deliveries"))
        self.send_letters(when)
        deliveries.follow_emails(now=when, by=By("job", "follow_deliveries"))
        self.print_paper(run, when + timedelta(days=1))
        run.refresh_from_db()
        mended = when + timedelta(days=1)
        if mended <= self.until:
            mend_some(run, self.mended_permille, now=mended, clerk=self.clerk, lead=self.lead)
        self.pay(run)

    def print_paper(self, run: Run, when: datetime) -> None:
        """The clerk prints a month's paper, but the latest month's still waits."""
        if when + timedelta(days=31) < self.until:
            for paper in paper_of(run, whereabouts(run).walk):
                deliveries.mark_printed(paper.building, paper.waiting, now=when, by=self.clerk)

    def pay(self, run: Run) -> None:
        """Let the customers pay, at the bank or at the desk: on time, late, in part or not at all."""
        ways = {lives.account_id: lives.pays for house in self.houses for lives in house.households}
        at_desk = {row.account_id for house in self.houses for row in house.households if Till.is_for(row)}
        issued = Invoice.objects.standing().filter(run=run, total_cents__gt=0).order_by("number")
        for invoice in issued.select_related("building", "premise").defer("content"):
            way = ways.get(invoice.account_id, "on_time")
            days = self.random.randint(2, 19) if way == "on_time" else self.random.randint(22, 70)
            on = run.issue_on + timedelta(days=days) if run.issue_on else run.round.first_day
            if way != "never":
                cents = invoice.total_cents // 2 if way == "partial" else invoice.total_cents
                account = self.accounts[invoice.account_id]
                if invoice.account_id in at_desk:
                    self.till.expect(account, cents, on, f"demo:{invoice.number}")
                else:
                    self.bank.pays(invoice, account, cents, on)
        self.till.work(before=run.round.month.plus(2).first_day)
