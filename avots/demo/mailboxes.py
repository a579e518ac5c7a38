"""The demo town's paper: some of those who never report otherwise drop their coupon in the mailbox."""

from datetime import date, datetime, timedelta

from avots.core.audit import By
from avots.core.dates import at_local, local_day
from avots.coupons import actions as coupons
from avots.coupons.models import Batch, Coupon
from avots.coupons.queries import second_keys_due
from avots.demo.households import House, Household
from avots.readings.actions import Asked
from avots.readings.models import Round

PLACE = "Māju pastkastes"


def writes_coupons(lives: Household) -> bool:
    """Return whether a household reports on paper."""
    return lives.channel == "never" and lives.premise_id % 3 != 0


class Mailboxes:
    """Collected once after closing; in the town's own month some papers lie there already."""

    def __init__(self, houses: list[House], clerk: By, lead: By, until: datetime) -> None:
        flats = [house.households for house in houses if not house.remote and not house.indirect]
        self.homes = [lives for people in flats for lives in people if writes_coupons(lives)]
        self.clerk, self.lead, self.until = clerk, lead, until

    def play(self, round: Round) -> None:
        """Collect and key what lies in the mailboxes, as far as time has come."""
        on = round.cut_on + timedelta(days=1)
        if at_local(on, 14) <= self.until:
            self.key(round, on, self.homes)
        elif self.until < round.closes_at:
            self.key(round, local_day(self.until) - timedelta(days=1), self.homes, leave=2)

    def key(self, round: Round, on: date, homes: list[Household], *, leave: int = 0) -> None:
        """Key a collection but for some papers; another person keys again what was drawn."""
        made = coupons.prepare_coupons(
            round, [(lives.account_id, lives.premise_id) for lives in homes], now=at_local(round.first_day, 12)
        )
        printed = {row.code: row for row in Coupon.objects.filter(round=round).select_related("premise")}
        papers = [
            (printed[paper.code], lives)
            for lives in homes
            for paper in made.get((lives.account_id, lives.premise_id), [])
        ]
        if not papers:
            return
        now, true = at_local(on, 13), {lives.premise_id: lives for lives in homes}
        batch = coupons.open_batch(
            building=None,
            place=PLACE,
            collected_on=on,
            papers=len(papers),
            key=f"demo:{round}",
            now=now,
            by=self.clerk,
        )
        for paper, lives in papers[: len(papers) - leave] if leave else papers:
            self.take(batch, paper, lives, now + timedelta(minutes=1), self.clerk)
        for slip in second_keys_due().filter(batch=batch):
            if slip.coupon and not leave:
                self.take(batch, slip.coupon, true[slip.coupon.premise_id], now + timedelta(minutes=40), self.lead)
        if not leave:
            coupons.close_batch(batch, papers=len(papers), now=now + timedelta(minutes=50), by=self.clerk)

    def take(self, batch: Batch, paper: Coupon, lives: Household, now: datetime, by: By) -> None:
        """Key one paper; what is odd stands so on it."""
        values = {d.installation_id: d.litres for d in lives.dials if d.installation_id in set(paper.installations)}
        answer = coupons.key_coupon(batch=batch, coupon=paper, values=values, now=now, by=by)
        if isinstance(answer, Asked):
            coupons.key_coupon(batch=batch, coupon=paper, values=values, confirmed=answer.tokens, now=now, by=by)
