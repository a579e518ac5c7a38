"""P5: postings made through the ledger's own action, with balance and immutability held by the database.

    python bench/ledger.py [POSTINGS]

Beside it the database's bulk load of the same rows into the same table, and hordak (in ``.venv-bench``, on
PostgreSQL alone): two legs a transaction, one by one as it documents, and in bulk. DATABASE_URL chooses the
database. Before each act ends, every deferred constraint is checked; then it is rolled back, for postings
never go.
"""

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

from tools import in_turn, load_raw, start, tell

PEERS = Path(__file__).parents[1] / ".venv-bench" / "bin" / "python"
BATCH = 2_000  # what issuing writes at once: some hundred invoices


def main(count: int) -> None:
    start()
    from django.db import connection, transaction

    from avots.ledger import actions
    from avots.ledger.models import LedgerAccount, Posting
    from bench.population import Population

    Population(accounts=max(40, count // 5), months=0).register()
    on, now = date(2026, 11, 11), datetime(2026, 11, 11, 12, tzinfo=UTC)
    sides = ["income:water", "income:sewerage", "income:water", "income:sewerage", "vat"]
    entries = [
        actions.Entry(
            f"invoice:VU26-{n // 5:06d}:{n % 5}",
            f"receivable:{1_000_000 + n // 5}",
            sides[n % 5],
            286 + n % 7,
            on,
            f"VU26-{n // 5:06d}",
        )
        for n in range(count)
    ]
    with transaction.atomic():  # an issued invoice has opened its sides: they stand before
        actions.post(entries, now=now)
        ids = dict(LedgerAccount.objects.values_list("code", "pk"))
        transaction.set_rollback(True)
    LedgerAccount.objects.bulk_create(LedgerAccount(code=code) for code in ids)
    ids = dict(LedgerAccount.objects.values_list("code", "pk"))
    rows = [(e.key, ids[e.debit], ids[e.credit], e.cents, e.booked_on, now, e.document) for e in entries]

    typed = connection.vendor == "postgresql"
    plain = rows if typed else [(*row[:4], str(row[4]), str(row[5]), row[6]) for row in rows]

    def undone(write: object) -> None:
        with transaction.atomic():
            write()  # type: ignore[operator]
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            transaction.set_rollback(True)

    def ours() -> None:
        for at in range(0, count, BATCH):
            actions.post(entries[at : at + BATCH], now=now)

    def raw() -> None:
        load_raw("ledger_posting", "key, debit_id, credit_id, cents, booked_on, posted_at, document", plain)

    assert not Posting.objects.exists()  # noqa: S101 - rolled back
    mine, load = (count / seconds for seconds in in_turn(3, *(lambda act=act: undone(act) for act in (ours, raw))))
    vendor = connection.vendor
    tell(f"P5_postings_{vendor}", mine, "postings/CPU-s", mine / 100_000, "goal 100,000")
    tell(f"P5_of_raw_{vendor}", mine / load, "of raw load", None, f"the same rows and constraints: {load:.0f}")
    if vendor == "postgresql" and PEERS.exists():
        script = str(Path(__file__).with_name("peers") / "hordak_ledger.py")
        environment = os.environ | {"PYTHONPATH": "", "DJANGO_SETTINGS_MODULE": ""}
        command = [str(PEERS), script, str(min(count, 2_000))]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603
        if done.returncode:
            print(f"hordak did not run: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
            return
        single, bulk = json.loads(done.stdout.splitlines()[-1])
        tell("P5_beside_hordak", mine / single, "times", None, f"hordak {single:.0f} legs/CPU-s, in bulk {bulk:.0f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
