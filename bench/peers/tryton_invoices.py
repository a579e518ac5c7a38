"""Tryton's invoices, created and posted: run by bench/billing.py in ``.venv-bench``; prints one line of JSON.

    python bench/peers/tryton_invoices.py [INVOICES [BATCH]]

A database of its own: SQLite in a temporary folder, or PostgreSQL where DATABASE_URL is one. The module
account_invoice with its indexes, a company in euros, Tryton's own chart of accounts, VAT of 12 %. Then, in a warm
process and through the ORM on the server's side (no client, no HTTP, no access checks): Invoice.create with five
lines and their tax, and Invoice.post, which draws the number, writes the accounting move and posts it. One invoice a
transaction, and a batch a transaction: two figures, invoices a CPU-second of the process and its database. Batches of
50 did better than those of 20, 100 and 200.

Left out, for Tryton's good: lines name no product, parties have no VAT number and no payment term; and the paper.
Posting only queues ``print_invoice``; with ``[queue] worker`` on, as an installation with workers has it, one row
in ``ir.queue`` is all that is left here of the report that LibreOffice would make.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

NAME = "bench_tryton"
URL = os.environ.get("DATABASE_URL", "")
ON_POSTGRESQL = urlsplit(URL).scheme in ("postgres", "postgresql")
ROUNDS = 3  # single and batch in turn, so that drift hits both alike
LINES = (("3.214", "0.8900"), ("3.214", "1.1200"), ("2.105", "0.8900"), ("2.105", "1.1200"), ("1", "1.4300"))


def start(folder: str) -> None:
    """Create the database with account_invoice as an administrator would, before anything of Tryton is imported."""
    os.environ["TRYTOND_QUEUE__WORKER"] = "True"
    os.environ["DB_NAME"] = NAME
    if ON_POSTGRESQL:
        import psycopg

        os.environ["TRYTOND_DATABASE_URI"] = urlsplit(URL)._replace(scheme="postgresql", path="").geturl()
        with psycopg.connect(URL, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{NAME}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{NAME}"')
    else:
        os.environ["TRYTOND_DATABASE_URI"] = "sqlite://"
        os.environ["TRYTOND_DATABASE__PATH"] = folder
        (Path(folder) / f"{NAME}.sqlite").touch()
    password = Path(folder) / "password"
    password.write_text("bench-of-invoices")
    admin = [str(Path(sys.executable).with_name("trytond-admin")), "-d", NAME]
    subprocess.run(  # noqa: S603
        [*admin, "-u", "account_invoice", "--activate-dependencies"],
        env=os.environ | {"TRYTONPASSFILE": str(password)},
        input=b"\n",  # no e-mail address
        capture_output=True,
        check=True,
    )


def set_up(parties: int) -> dict[str, Any]:
    """Set the company up by Tryton's own test tools; return its context and what the invoices name."""
    from proteus import Model, config
    from trytond.modules.account.tests import tools as account
    from trytond.modules.account_invoice.tests.tools import set_fiscalyear_invoice_sequences
    from trytond.modules.company.tests.tools import create_company, get_company
    from trytond.modules.currency.tests.tools import get_currency

    settings = config.set_trytond()
    create_company(currency=get_currency("EUR"))
    account.create_chart()
    year = set_fiscalyear_invoice_sequences(account.create_fiscalyear(today=date.today()))
    year.click("create_period")
    tax = account.create_tax(Decimal("0.12"))
    tax.save()
    accounts = account.get_accounts()
    party, journal = Model.get("party.party"), Model.get("account.journal")
    people = [party(name=f"Party {n}") for n in range(parties)]
    party.save(people)
    return {
        "user": settings.user,
        "context": dict(settings.context),
        "company": get_company().id,
        "currency": get_currency("EUR").id,
        "journal": journal.find([("type", "=", "revenue")], limit=1)[0].id,
        "receivable": accounts["receivable"].id,
        "revenue": accounts["revenue"].id,
        "tax": tax.id,
        "parties": [(one.id, one.addresses[0].id) for one in party.find([("name", "like", "Party %")])],
    }


def values(town: dict[str, Any], n: int) -> dict[str, Any]:
    party, address = town["parties"][n % len(town["parties"])]
    today = date.today()
    return {
        "type": "out",
        "company": town["company"],
        "currency": town["currency"],
        "journal": town["journal"],
        "account": town["receivable"],
        "party": party,
        "invoice_address": address,
        "invoice_date": today,
        "payment_term_date": today + timedelta(days=20),
        "lines": [
            (
                "create",
                [
                    {
                        "type": "line",
                        "description": f"Service {position}",
                        "quantity": float(quantity),
                        "unit_price": Decimal(price),
                        "account": town["revenue"],
                        "taxes": [("add", [town["tax"]])],
                    }
                    for position, (quantity, price) in enumerate(LINES)
                ],
            )
        ],
    }


def in_transaction(town: dict[str, Any], act: Callable[[], Any], locks: dict[str, Any]) -> Any:
    """Do an act as Tryton's dispatcher does: again, with the locks it turned out to need.

    The locks are kept for the next, so that only the first pays for finding them out.
    """
    from trytond.transaction import Transaction, TransactionError

    while True:
        with Transaction().start(NAME, town["user"], context=town["context"], **locks) as transaction:
            try:
                found = act()
            except TransactionError as refused:
                transaction.rollback()
                refused.fix(locks)
                continue
            transaction.commit()
            return found


def post(town: dict[str, Any], numbers: Sequence[int], batch: int, locks: dict[str, Any]) -> None:
    from trytond.pool import Pool

    def act(some: Sequence[int]) -> None:
        invoice = Pool().get("account.invoice")
        invoice.post(invoice.create([values(town, n) for n in some]))

    for at in range(0, len(numbers), batch):
        some = numbers[at : at + batch]
        in_transaction(town, lambda some=some: act(some), locks)


def check(town: dict[str, Any], count: int) -> None:
    """Stop unless Tryton holds so many posted invoices, numbered without gaps, with posted moves that balance."""
    from trytond.pool import Pool

    net = sum((Decimal(quantity) * Decimal(price)).quantize(Decimal("0.01")) for quantity, price in LINES)
    total = net + (net * Decimal("0.12")).quantize(Decimal("0.01"))

    def good(one: Any) -> bool:
        debit, credit = (sum(getattr(line, side) for line in one.move.lines) for side in ("debit", "credit"))
        posted = one.state == one.move.state == "posted" and one.move.number and not one.invoice_report_cache
        return bool(posted) and len(one.lines) == 5 and debit == credit == one.total_amount == total

    def act() -> None:
        invoices = Pool().get("account.invoice").search([])
        numbers = sorted(int(one.number) for one in invoices)
        if numbers != list(range(1, count + 1)) or not all(good(one) for one in invoices):
            raise SystemExit(f"{count} posted invoices with balanced moves were expected in Tryton")

    in_transaction(town, act, {})


def cpu() -> float:
    """Return the CPU-seconds of this process and of every connection to its database."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    total = used.ru_utime + used.ru_stime
    if ON_POSTGRESQL:
        import psycopg

        with psycopg.connect(URL) as connection:
            rows = connection.execute("SELECT pid FROM pg_stat_activity WHERE datname = %s", [NAME]).fetchall()
        for path in (Path(f"/proc/{pid}/stat") for (pid,) in rows):
            if path.exists():
                fields = path.read_text().rpartition(")")[2].split()
                total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def main(count: int, batch: int) -> None:
    with tempfile.TemporaryDirectory(prefix="bench-tryton-") as folder:
        start(folder)
        town = set_up(count)
        locks: dict[str, Any] = {}
        done = 0
        seconds = {1: 0.0, batch: 0.0}
        share = -(-count // ROUNDS)
        for round_ in range(ROUNDS + 1):
            for size in seconds:
                some = range(done, done + (share if round_ else batch))
                before = cpu()
                post(town, some, size, locks)
                if round_:  # the first round warms up
                    seconds[size] += cpu() - before
                done += len(some)
        check(town, done)
        from trytond import __version__

    speeds = {"single": share * ROUNDS / seconds[1], "batch": share * ROUNDS / seconds[batch]}
    print(json.dumps({"version": __version__, "invoices": share * ROUNDS, "of": batch, **speeds}))


if __name__ == "__main__":
    given = [int(one) for one in sys.argv[1:]]
    main(*given, *[150, 50][len(given) :])
