"""The demo town's bank: people pay in their own ways, it sends statements, the accountant takes them in.

It writes the files by itself, knowing nothing of how they are read.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import BytesIO
from random import Random
from xml.sax.saxutils import escape

from avots.billing.models import Invoice
from avots.core.audit import By
from avots.core.calendar import is_working
from avots.core.dates import at_local, local_day
from avots.customers.models import CustomerAccount
from avots.demo.households import ASCII
from avots.payments import actions
from avots.payments.queries import own_number, waiting

BANKS = ("HABA", "UNLA", "PARX", "RIKO")
# How people say what they pay for; the first payment of those who only say "water" names the invoice.
HABITS = ("structured", "spaced", "invoice", "customer", "plain", "address")
WEIGHTS = (36, 13, 25, 10, 12, 4)
STRANGERS = ("SIA Ventspils iekārtas", "Finanšu līzings", "PAŠVALDĪBA", "JĀNIS NEZINĀMS")
DAILY, LATELY = timedelta(days=21), timedelta(days=4)


@dataclass(frozen=True)
class Transfer:
    """A payment as the bank sees it; money out is negative."""

    cents: int
    party: str
    iban: str
    text: str = ""
    structured: str = ""
    name: str = ""
    reversal: bool = False


class Bank:
    """One account of the utility, its transfers to come, and the truth of whose they are."""

    def __init__(self, random: Random, accountant: By, present: date) -> None:
        self.random, self.accountant = random, accountant
        self.daily_from = present - DAILY
        self.cents, self.covered = 25_000_000, date.min
        self.coming: dict[date, list[Transfer]] = defaultdict(list)
        self.payers: dict[str, CustomerAccount] = {}
        self.said: set[int] = set()
        self.count = 0

    def pays(self, invoice: Invoice, account: CustomerAccount, cents: int, on: date) -> None:
        """Let a customer pay an invoice on a day, or the next on which the bank works."""
        while not is_working(on):
            on += timedelta(days=1)
        own = Random(f"payer:{account.number}")
        habit = own.choices(HABITS, WEIGHTS)[0]
        if habit == "plain" and account.pk not in self.said:
            habit = "invoice"
        self.said.add(account.pk)
        self.count += 1
        lately = on >= self.daily_from + DAILY - LATELY
        if lately and self.count % 5 == 0:  # the visitor has something to decide
            habit = "address"
        reference = invoice.reference
        text = {
            "structured": "",
            "spaced": f"par udeni {' '.join(reference[at : at + 4] for at in range(0, len(reference), 4))}",
            "invoice": f"Rēķins {invoice.number}",
            "customer": f"ūdens, klients {account.number}",
            "plain": "par ūdeni",
            "address": f"par udeni {_address(invoice)}".translate(ASCII),
        }[habit]
        elsewhere = Random(self.count) if self.count % 20 == 0 else own  # now and then from another account
        transfer = Transfer(
            cents,
            account.party.name.casefold().translate(ASCII).upper(),
            iban(own.choice(BANKS), elsewhere.randrange(10**13)),
            text,
            reference if habit == "structured" else "",
            f"D{self.count:07d}",
        )
        self.payers[transfer.name] = account
        self.coming[on] += [transfer] * (2 if self.count % 900 == 0 else 1)  # a twin, by pressing twice
        if self.count % 1_700 == 0:
            back = Transfer(-cents, transfer.party, transfer.iban, text, name=transfer.name, reversal=True)
            self.coming[on + timedelta(days=1)].append(back)

    def strangers(self, day: date) -> None:
        """Add what comes and goes besides: wages every second Friday, now and then somebody unknown."""
        if day.weekday() == 4 and day.isocalendar().week % 2:
            self.coming[day].append(Transfer(-self.random.randint(900_000, 1_100_000), "DARBINIEKI", "", "algas"))
        if self.random.random() < 0.04 or day == self.daily_from + DAILY - timedelta(days=1):
            other = Transfer(
                self.random.randint(1_000, 90_000),
                self.random.choice(STRANGERS),
                iban("TREL", self.random.randrange(10**13)),
                "maksājums",
                name=f"S{day:%y%m%d}",
            )
            self.coming[day].append(other)

    def opens(self, day: date) -> None:
        """Begin on a day, unless statements have been sent already."""
        if self.covered == date.min:
            self.covered = day - timedelta(days=1)

    def play(self, until: datetime) -> None:
        """Send statements up to an instant: weekly at first, daily for the last weeks; decide what waits."""
        last = local_day(until) if until >= at_local(local_day(until), 19) else local_day(until) - timedelta(days=1)
        first = self.covered + timedelta(days=1)
        while first <= last:
            end = first
            while end < min(last, self.daily_from) and (end.weekday() < 4 or not is_working(end)):
                end += timedelta(days=1)
            self.send(first, end)
            first = end + timedelta(days=1)
        self.covered = max(self.covered, last)

    def send(self, first: date, last: date) -> None:
        """Send one statement over some days, unless the bank was closed on all of them."""
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        for day in days:
            if is_working(day):
                self.strangers(day)
        if not any(is_working(day) for day in days):
            self.coming[last + timedelta(days=1)][:0] = [one for day in days for one in self.coming.pop(day, [])]
            return
        transfers = [(day, transfer) for day in days for transfer in self.coming.pop(day, [])]
        now, data = at_local(last, 19), self.statement(first, last, transfers)
        file = actions.stage_statement(f"izraksts-{last}.xml", BytesIO(data), now=now, by=self.accountant)
        actions.import_statement(file, now=now, by=self.accountant)
        self.decide(last, now + timedelta(minutes=20))

    def decide(self, today: date, now: datetime) -> None:
        """Let the accountant decide what has waited for some days; the newest is left for the visitor."""
        for entry in waiting().filter(booked_on__lte=today - LATELY):
            account = self.payers.get(entry.end_to_end)
            if account:
                share = actions.Share(account, abs(entry.cents))
                actions.assign_entry(entry, [share], now=now, by=self.accountant)
            elif entry.cents > 0:
                actions.set_entry_aside(entry, reason="other_service", now=now, by=self.accountant)

    def statement(self, first: date, last: date, transfers: list[tuple[date, Transfer]]) -> bytes:
        """Return a camt.053 message with one statement."""
        opening = self.cents
        self.cents += sum(transfer.cents for _, transfer in transfers)
        head = (
            f"<Id>{last:%Y%m%d}</Id><CreDtTm>{last}T18:30:00</CreDtTm><FrToDt><FrDtTm>{first}T00:00:00</FrDtTm>"
            f"<ToDtTm>{last}T23:59:59</ToDtTm></FrToDt><Acct><Id><IBAN>{own_number()}</IBAN></Id><Ccy>EUR</Ccy></Acct>"
        )
        balances = _balance("OPBD", opening, first) + _balance("CLBD", self.cents, last)
        entries = "".join(
            _entry(day, transfer, f"{day:%Y%m%d}{n:06d}") for n, (day, transfer) in enumerate(transfers)
        )
        return (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt>'
            f"<GrpHdr><MsgId>{last:%Y%m%d}</MsgId><CreDtTm>{last}T18:30:00</CreDtTm></GrpHdr>"
            f"<Stmt>{head}{balances}{entries}</Stmt></BkToCstmrStmt></Document>"
        ).encode()


def iban(bank: str, number: int) -> str:
    """Return a Latvian account number with its check digits (ISO 13616).

    >>> iban("BANK", 435195001)
    'LV80BANK0000435195001'
    """
    body = f"{bank}{number:013d}"
    rest = int("".join(str(int(char, 36)) for char in body + "LV00")) % 97
    return f"LV{98 - rest:02d}{body}"


def _address(invoice: Invoice) -> str:
    flat = invoice.premise.number if invoice.premise else ""
    return f"{invoice.building.street.removesuffix(' iela').lower()} {invoice.building.house} {flat}".strip()


def _euros(cents: int) -> str:
    return f"{abs(cents) // 100}.{abs(cents) % 100:02d}"


def _side(cents: int) -> str:
    return f"<CdtDbtInd>{'DBIT' if cents < 0 else 'CRDT'}</CdtDbtInd>"


def _balance(code: str, cents: int, day: date) -> str:
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{_euros(cents)}</Amt>{_side(cents)}'
        f"<Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def _entry(day: date, transfer: Transfer, reference: str) -> str:
    who = "Cdtr" if transfer.cents < 0 else "Dbtr"
    account = f"<{who}Acct><Id><IBAN>{transfer.iban}</IBAN></Id></{who}Acct>" if transfer.iban else ""
    named = f"<Strd><CdtrRefInf><Ref>{transfer.structured}</Ref></CdtrRefInf></Strd>"
    words = named if transfer.structured else f"<Ustrd>{escape(transfer.text)}</Ustrd>"
    taken_back = "<RvslInd>true</RvslInd>" if transfer.reversal else ""
    return (
        f'<Ntry><Amt Ccy="EUR">{_euros(transfer.cents)}</Amt>{_side(transfer.cents)}{taken_back}<Sts>BOOK</Sts>'
        f"<BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt><AcctSvcrRef>{reference}</AcctSvcrRef>"
        f"<NtryDtls><TxDtls><Refs><EndToEndId>{transfer.name or 'NOTPROVIDED'}</EndToEndId></Refs>"
        f"<RltdPties><{who}><Nm>{escape(transfer.party)}</Nm></{who}>{account}</RltdPties>"
        f"<RmtInf>{words}</RmtInf></TxDtls></NtryDtls></Ntry>"
    )
