"""What the benchmarks share: a database of their own, CPU-seconds of all that did the work, one line a figure.

Figures go with a limit or a peer measured in the same run; wall time is never reported alone.
"""

import os
import resource
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1]))


def start(database: str | None = None) -> None:
    """Set Django up on SQLite in a temporary folder, or on the database of DATABASE_URL, migrated."""
    os.environ.setdefault("AVOTS_VAR", tempfile.mkdtemp(prefix="avots-bench-"))
    os.environ["DJANGO_SETTINGS_MODULE"] = "avots.config.settings"
    if database is not None:
        os.environ["DATABASE_URL"] = database
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


def backend_cpu() -> float:
    """Return the CPU-seconds of our connection's PostgreSQL process; 0 on SQLite, whose work is ours."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        path = Path(f"/proc/{cursor.fetchone()[0]}/stat")
    if not path.exists():
        return 0.0
    fields = path.read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def own_cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def cpu_of(act: Callable[[], object]) -> float:
    """Return the CPU-seconds an act took: this process, its children that ended, and the database."""
    before = own_cpu() + backend_cpu()
    act()
    return max(1e-6, own_cpu() + backend_cpu() - before)


def in_turn(rounds: int, *acts: Callable[[], object]) -> list[float]:
    """Return the median CPU-seconds of each act, the acts taken in turn so that drift hits all alike."""
    took: list[list[float]] = [[] for _ in acts]
    for _ in range(rounds):
        for mine, act in zip(took, acts, strict=True):
            mine.append(cpu_of(act))
    return [median(mine) for mine in took]


def load_raw(table: str, names: str, rows: Sequence[Sequence[object]]) -> None:
    """Write rows by the database's own bulk load, past everything of ours: the floor of a write."""
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            places = ", ".join(["%s"] * len(rows[0]))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", rows)


def tell(name: str, value: float, unit: str, ratio: float | None = None, note: str = "") -> None:
    """Print one figure: name, value, unit, and how many times the goal, the peer or the limit it is."""
    shown = "-" if ratio is None else f"{ratio:.2f}"
    print(f"{name} {value:.4g} {unit} {shown}  {note}".rstrip(), flush=True)


def memory_mb() -> int:
    """Return the most memory this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
