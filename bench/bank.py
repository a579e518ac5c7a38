"""P11: reading camt.053, and matching and posting its entries; CPU-seconds of this process.

    python bench/bank.py [ENTRIES]

Runs in a database of its own: SQLite in a temporary folder, or DATABASE_URL (its backend's CPU is not counted).
"""

import os
import resource
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ.setdefault("AVOTS_VAR", tempfile.mkdtemp(prefix="avots-bench-"))
os.environ["DJANGO_SETTINGS_MODULE"] = "avots.config.settings"

import django

django.setup()

from django.core.management import call_command

from avots.billing.models import Invoice, Run
from avots.billing.rules import rf_reference
from avots.core.audit import By
from avots.core.dates import Month
from avots.customers.models import CustomerAccount, Party
from avots.ledger.models import LedgerAccount
from avots.meters.models import Building
from avots.payments import actions, formats
from avots.payments.models import BankEntry
from avots.payments.statements import chunks
from avots.readings.models import Round
from avots.readings.rules.window import moments_of

NOW, DAY = datetime(2026, 11, 20, 18, tzinfo=UTC), "2026-11-20"
BY = By("bench", 1)
ENTRY = (
    '<Ntry><Amt Ccy="EUR">19.15</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>{day}</Dt></BookgDt>'
    "<ValDt><Dt>{day}</Dt></ValDt><AcctSvcrRef>{day}-{n:08d}</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd>"
    "<SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls><TxDtls><Refs><EndToEndId>E{n}</EndToEndId></Refs>"
    '<AmtDtls><TxAmt><Amt Ccy="EUR">19.15</Amt></TxAmt></AmtDtls><RltdPties><Dbtr><Nm>ANNA OZOLA {n}</Nm></Dbtr>'
    "<DbtrAcct><Id><IBAN>LV80BANK{n:013d}</IBAN></Id></DbtrAcct></RltdPties><RltdAgts><DbtrAgt><FinInstnId>"
    "<BIC>HABALV22</BIC></FinInstnId></DbtrAgt></RltdAgts><RmtInf>{words}</RmtInf></TxDtls></NtryDtls></Ntry>\n"
)
BALANCE = (
    '<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{euros}.{cents:02d}</Amt>'
    "<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
)


def number(n: int) -> str:
    return f"VU26-{n:06d}"


def words(n: int) -> str:
    """Nine payers of ten say what they pay for, in one of the usual ways."""
    said = (
        f"<Strd><CdtrRefInf><Ref>{rf_reference(number(n))}</Ref></CdtrRefInf></Strd>",
        f"<Ustrd>Par ūdeni, rēķins {number(n)}</Ustrd>",
        f"<Ustrd>klients {1_000_000 + n}</Ustrd>",
    )
    return "<Ustrd>paldies</Ustrd>" if n % 10 == 9 else said[n % 3]


def write(path: Path, entries: int) -> None:
    iban = "LV22PARA0000123456789"
    with path.open("w") as file:
        file.write(
            '<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02">'
            f"<BkToCstmrStmt><Stmt><Id>S</Id><Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>EUR</Ccy></Acct>"
        )
        for code, cents in (("OPBD", 0), ("CLBD", 1915 * entries)):
            file.write(BALANCE.format(code=code, euros=cents // 100, cents=cents % 100, day=DAY))
        for n in range(entries):
            file.write(ENTRY.format(n=n, day=DAY, words=words(n)))
        file.write("</Stmt></BkToCstmrStmt></Document>")


def invoices(count: int) -> None:
    """So many accounts, each with an issued invoice; rows only, nothing of this is measured."""
    call_command("migrate", verbosity=0)
    month = Month(2026, 10)
    moments = moments_of(month, first_day=25, last_day=28, working_days=3)
    run = Run.objects.create(round=Round.objects.create(first_day=month.first_day, **vars(moments)), started_at=NOW)
    house = Building.objects.create(code="B", street="Avotu iela", house="1", town="V", postcode="LV-3601")
    party = Party.objects.create(name="Anna Ozola", search="anna ozola")
    accounts = CustomerAccount.objects.bulk_create(
        CustomerAccount(number=str(1_000_000 + n), party=party, opened_on=month.first_day) for n in range(count)
    )
    LedgerAccount.objects.bulk_create(  # an issued invoice has always opened it
        LedgerAccount(code=f"receivable:{account.number}", customer=account) for account in accounts
    )
    issued = {"state": "issued", "issued_on": date(2026, 11, 11), "due_on": date(2026, 11, 30)}
    Invoice.objects.bulk_create(
        Invoice(
            run=run,
            building=house,
            account=account,
            number=number(n),
            reference=rf_reference(number(n)),
            first_day=month.first_day,
            net_cents=1_583,
            vat_cents=332,
            total_cents=1_915,
            vat_rate_per_10000=2_100,
            **issued,
        )
        for n, account in enumerate(accounts)
    )


def main(entries: int) -> None:
    path = Path(os.environ["AVOTS_VAR"]) / "bench.xml"
    write(path, entries)
    invoices(entries)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    reading = min(_read(path) for _ in range(3))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(f"camt.053_read {entries / reading:.0f} entries/CPU-s {entries / reading / 15_000:.2f}")
    print(f"camt.053_memory {grown // 1024} MB {grown / 1024 / 32:.2f}")
    started = time.process_time()
    with path.open("rb") as file:
        staged = actions.stage_statement("bench.xml", file, now=NOW, by=BY, most=None)
    print(f"statement_staged {entries / (time.process_time() - started):.0f} entries/CPU-s -")
    started = time.process_time()
    actions.import_statement(staged, now=NOW, by=BY)
    took = time.process_time() - started
    states = {state: BankEntry.objects.filter(state=state).count() for state in ("matched", "waiting")}
    print(f"statement_booked {entries / took:.0f} entries/CPU-s {entries / took / 5_000:.2f}  {states}")


def _read(path: Path) -> float:
    started = time.process_time()
    with path.open("rb") as file:
        assert sum(1 for _ in formats.read(chunks(file))) > 1  # noqa: S101
    return time.process_time() - started


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
