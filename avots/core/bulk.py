"""Many rows at once: COPY on PostgreSQL, executemany on SQLite."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models


def insert(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write rows (database values in the order of the named fields); return how many.

    Values go through each field's own conversion, so dates, JSON and booleans are given as in
    Python. The caller owns the transaction; constraints and triggers hold as for any insert.
    """
    fields = [_column(model, name) for name in columns]
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
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


def update(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Change the named fields of many rows: each row gives its values, then its primary key.

    One prepared statement for all rows; ``QuerySet.bulk_update`` builds a CASE of their number.
    """
    fields = [_column(model, name) for name in columns]
    changes = ", ".join(f"{connection.ops.quote_name(str(field.column))} = %s" for field in fields)
    table, key = connection.ops.quote_name(model._meta.db_table), connection.ops.quote_name("id")
    ready = [
        (*(field.get_db_prep_save(value, connection) for field, value in zip(fields, row, strict=False)), row[-1])
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {table} SET {changes} WHERE {key} = %s", ready)  # noqa: S608
    return len(ready)


def _column(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    field = model._meta.get_field(name)
    if not isinstance(field, models.Field):
        raise TypeError(f"{name} is no column of {model.__name__}")
    return field


def _plain(value: Any) -> Any:
    """Return a value COPY can write: psycopg's JSON wrapper becomes its text."""
    return value.dumps(value.obj) if hasattr(value, "obj") and hasattr(value, "dumps") else value
