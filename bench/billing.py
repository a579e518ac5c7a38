"""P1, P3 and P4: a billing run from readings to issued invoices and postings, without paper.

    python bench/billing.py [ACCOUNTS [MONTHS [WORKERS]]]

The month before is billed by our own run first and not measured: so the measured month has invoices to compare
with, accounts in the books and coupons in use. CPU-seconds of all workers and of the database. The peer is Tryton
(in ``.venv-bench``, where installed), on the same kind of database right after: invoices created and posted through
its ORM, one by one and in batches, the better of the two. Where it is not installed, its figure is the one that the
goal was set from.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from tools import cpu_of, memory_mb, start, tell

PEERS = Path(__file__).parents[1] / ".venv-bench" / "bin" / "python"
TRYTON = 4.4  # invoices a CPU-second, the better of the figures measured for the design


def measured(act: Callable[[], float]) -> tuple[float, float]:
    """Return the CPU-seconds and the wall-clock seconds of a step."""
    began, apart = time.perf_counter(), 0.0

    def do() -> None:
        nonlocal apart
        apart = act()

    used = cpu_of(do)
    return used + apart, time.perf_counter() - began


def tryton() -> tuple[float, str]:
    """Return the invoices that Tryton creates and posts in a CPU-second, and how we know."""
    if not PEERS.with_name("trytond-admin").exists():
        return TRYTON, f"the design's measurement {TRYTON}, Tryton is not installed"
    script = str(Path(__file__).with_name("peers") / "tryton_invoices.py")
    done = subprocess.run([str(PEERS), script], env=os.environ, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        print(f"Tryton did not run: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
        return TRYTON, f"the design's measurement {TRYTON}, Tryton did not run"
    found = json.loads(done.stdout.splitlines()[-1])
    beside = f"Tryton {found['version']} measured beside: {found['single']:.1f} one by one, {found['batch']:.1f}"
    return max(found["single"], found["batch"]), f"{beside} by {found['of']}"


def main(accounts: int, months: int, workers: int) -> None:
    start()
    from avots.billing import actions
    from avots.billing.models import Invoice
    from bench import runs

    town, round_ = runs.october_billed(accounts, months, workers)
    now = round_.complete_at + timedelta(hours=9)
    run = actions.open_run(round_, now=now, by=runs.ONE)
    del town
    before = memory_mb()
    computing, first = measured(lambda: runs.compute(run, now, workers))
    runs.approve(run, now, date(2026, 12, 9))
    issuing, second = measured(lambda: runs.issue(run, now, workers))
    count = Invoice.objects.filter(run=run, state="issued").count()
    if count != accounts // 40 * 40:
        raise SystemExit(f"{count} of {accounts} invoices were issued")
    speed = count / (computing + issuing)
    note = (
        f"{count} invoices; computing {computing * 1e3 / count:.2f} ms, issuing {issuing * 1e3 / count:.2f} ms each"
    )
    peer, known = tryton()
    tell("P1_invoices", speed, "invoices/CPU-s", speed / (1_000 * peer), f"{note}; goal 1,000 times {peer:.1f}")
    tell("P1_beside_tryton", speed / peer, "times", None, known)
    tell("P3_cpu_per_invoice", 1e3 / speed, "ms", None, f"{accounts} accounts, {months} months before, 1 billed")
    tell("P3_memory_grown", memory_mb() - before, "MB", (memory_mb() - before) / 64, "goal 64 MB")
    load = os.getloadavg()[0]
    wall = f"{workers} workers; wall, load {load:.1f}; goal 120 s for 1,000,000 on 2 idle cores"
    tell("P4_run", first + second, "s", (first + second) / (count * 120 / 1_000_000), wall)


if __name__ == "__main__":
    given = [int(one) for one in sys.argv[1:]]
    main(*given, *[2_000, 3, 1][len(given) :])
