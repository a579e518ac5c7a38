"""A database of a test's own, in which commits are real, and many threads at once in it.

Frozen tables cannot be flushed, so nothing is emptied: the migrated test database is copied and
the copy is dropped. A file with such tests has one that is marked ``django_db``, for which the
runner makes the database to copy.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier, Thread

from django.db import connection, connections


@contextmanager
def own_database(folder: Path) -> Iterator[None]:
    """Let the default connection, of every thread, point at a copy for the length of the block."""
    settings = connections.settings["default"]
    name, shared, before = _copy(folder), connections["default"], settings["NAME"]
    del connections["default"]  # kept open: a database in memory lives as long as its connection
    settings["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        settings["NAME"] = before
        connections["default"] = shared
        if connection.vendor == "postgresql":
            _at_server(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _copy(folder: Path) -> str:
    if connection.vendor == "sqlite":
        path = folder / "own.sqlite3"
        connection.ensure_connection()
        with sqlite3.connect(path) as copy:
            connection.connection.backup(copy)
        copy.close()
        return str(path)
    template = connection.settings_dict["NAME"]
    connection.close()
    _at_server(f'DROP DATABASE IF EXISTS "{template}_own" WITH (FORCE)')
    _at_server(f'CREATE DATABASE "{template}_own" TEMPLATE "{template}"')
    return f"{template}_own"


def _at_server(statement: str) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(statement)


def at_once(act: Callable[[int], object], count: int) -> list[object]:
    """Return what each of so many threads got from the act, started together; errors are returned."""
    start, got = Barrier(count), [None] * count

    def run(number: int) -> None:
        start.wait()
        try:
            got[number] = act(number)
        except Exception as error:
            got[number] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got
