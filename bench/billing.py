"""P1 and P3: a billing run from readings to issued invoices and postings, without paper.

    python bench/billing.py [ACCOUNTS [MONTHS]]

CPU-seconds of this process and of the database's. The peer (Tryton, one invoice created and
posted) did 3.8 to 4.4 a CPU-second on two cores in the measurement the goal was set from.
"""

import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from tools import cpu_of, memory_mb, start, tell

TRYTON = 4.4  # invoices a CPU-second, the better of the figures measured for the design


def main(accounts: int, months: int) -> None:
    start()
    from django.db import connection

    from avots.billing import actions
    from avots.billing.models import BuildingRun, Invoice, Run
    from avots.billing.queries import places_together
    from avots.core.audit import By
    from bench.population import Population

    round_ = Population(accounts, months).write()
    connection.cursor().execute("ANALYZE")  # as the nightly job and the server do while months pass
    one, two = By("staff", 1), By("staff", 2)
    now: datetime = round_.complete_at + timedelta(hours=9)
    run = actions.open_run(round_, now=now, by=one)
    before = memory_mb()

    def places() -> Iterator[list[BuildingRun]]:
        for some in places_together(BuildingRun.objects.filter(run=run)):
            yield list(BuildingRun.objects.filter(pk__in=some))

    def compute() -> None:
        for some in places():
            actions.compute_many(some, now=now)

    computing = cpu_of(compute)
    actions.ask_approval(Run.objects.get(pk=run.pk), issue_on=date(2026, 11, 11), now=now, by=one)
    actions.approve(Run.objects.get(pk=run.pk), now=now, by=two)

    def issue() -> None:
        for some in places():
            actions.issue_many(some, now=now)

    issuing = cpu_of(issue)
    count = Invoice.objects.filter(state="issued").count()
    speed = count / (computing + issuing)
    note = (
        f"{count} invoices; computing {computing * 1e3 / count:.2f} ms, issuing {issuing * 1e3 / count:.2f} ms each"
    )
    tell("P1_invoices", speed, "invoices/CPU-s", speed / (1_000 * TRYTON), f"{note}; goal 1,000 times {TRYTON}")
    tell("P3_cpu_per_invoice", 1e3 / speed, "ms", None, f"{accounts} accounts, {months} months before")
    tell("P3_memory_grown", memory_mb() - before, "MB", (memory_mb() - before) / 64, "goal 64 MB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000, int(sys.argv[2]) if len(sys.argv) > 2 else 3)
