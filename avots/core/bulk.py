"""Many rows at once: COPY on PostgreSQL, executemany on SQLite."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models


def insert(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write rows (database values in the order of the named fields); return how many.

    Values go through each field's own conversion, so dates, JSON and booleans are given as in
    Python. The caller owns the transaction; constraints and triggers hold as for any insert.
    """
    fields = [model._meta.get_field(name) for name in columns]
    names = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    table = connection.ops.quote_name(model._meta.db_table)
    ready = [
        tuple(field.get_db_prep_save(value, connection) for field, value in zip(fields, row, strict=True))
        for row in rows
    ]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in ready:
                    copy.write_row(_plain(value) for value in row)
        elif ready:
            places = ", ".join(["%s"] * len(fields))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", ready)  # noqa: S608
    return len(ready)


def _plain(value: Any) -> Any:
    """Return a value COPY can write: psycopg's JSON wrapper becomes its text."""
    return value.dumps(value.obj) if hasattr(value, "obj") and hasattr(value, "dumps") else value
