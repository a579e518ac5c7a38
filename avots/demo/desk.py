"""The demo town's cash desk: who has no e-mail pays there; each day is counted and closed."""

from collections import defaultdict
from datetime import date, datetime, timedelta

from avots.core.audit import By
from avots.core.dates import at_local, local_day
from avots.customers.models import CustomerAccount
from avots.demo.households import Household
from avots.payments import actions as payments
from avots.payments.models import Payment
from avots.payments.queries import desk_totals
from avots.payments.rules import DENOMINATIONS

FLOAT = 10_000


class Till:
    """One desk with the people who are going to pay there."""

    def __init__(self, clerk: By, lead: By, until: datetime) -> None:
        self.clerk, self.lead, self.until = clerk, lead, until
        self.queue: dict[date, list[tuple[CustomerAccount, int, str]]] = defaultdict(list)

    @staticmethod
    def is_for(lives: Household) -> bool:
        """Return whether a household pays at the desk."""
        return lives.channel in {"phone", "never"} and lives.premise_id % 2 == 0

    def expect(self, account: CustomerAccount, cents: int, on: date, key: str) -> None:
        """Let somebody come and pay on the first working day from a day on."""
        while on.weekday() >= 5:
            on += timedelta(days=1)
        self.queue[on].append((account, cents, key))

    def work(self, before: date) -> None:
        """Play every day at the desk before a day, as far as time has come; today stays open."""
        today = local_day(self.until)
        for on in sorted(day for day in self.queue if day < before and day <= today):
            self.play(on, leave_open=on == today)

    def play(self, on: date, *, leave_open: bool) -> None:
        """Open, take what people bring, count and close."""
        start = at_local(on, 8)
        desk = payments.register_desk(code="1", name="Krasta iela 2", now=start, by=self.lead)
        day = payments.open_desk(desk, float_cents=FLOAT, now=start, by=self.clerk)
        for at, (account, cents, key) in enumerate(self.queue.pop(on)):
            note = -(-cents // 1_000) * 1_000
            card = at % 4 == 3
            payments.take_payment(
                desk=desk,
                account=account,
                cents=cents,
                channel=Payment.Channel.CARD if card else Payment.Channel.CASH,
                given_cents=None if card else note,
                key=key,
                now=start + timedelta(minutes=15 + 5 * at),
                by=self.clerk,
            )
        if not leave_open:
            counted = pieces(desk_totals(day).expected_cents)
            payments.close_desk(day, counted=counted, reason="", now=at_local(on, 17), by=self.clerk)


def pieces(cents: int) -> dict[int, int]:
    """Return an amount in as few notes and coins as can be.

    >>> pieces(12_345)
    {10000: 1, 2000: 1, 200: 1, 100: 1, 20: 2, 5: 1}
    """
    found = {}
    for worth in DENOMINATIONS:
        if count := cents // worth:
            found[worth], cents = count, cents % worth
    return found
