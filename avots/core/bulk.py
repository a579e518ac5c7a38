"""Many rows at once: COPY on PostgreSQL, executemany on SQLite."""

from collections.abc import Iterable, Sequence
from json import JSONEncoder
from typing import Any

import orjson
from django.db import DEFAULT_DB_ALIAS, IntegrityError, connection, connections, models, transaction

# JSON of what most rows hold.
NOTHING_IN: dict[Any, str] = {dict: "{}", list: "[]"}
# Values of these types reach the database unchanged in fields of these kinds.
AS_IT_IS: tuple[tuple[type, type], ...] = (
    (models.CharField, str),
    (models.TextField, str),
    (models.BooleanField, bool),
    (models.IntegerField, int),
    (models.ForeignKey, int),
)


def insert(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write rows (database values in the order of the named fields); return how many.

    Values go through each field's own conversion, so dates, JSON and booleans are given as in
    Python. The caller owns the transaction; constraints and triggers hold as for any insert.
    """
    return _insert(model, columns, rows)


def insert_new(model: type[models.Model], columns: Sequence[str], rows: Sequence[Sequence[Any]], *, key: str) -> int:
    """Write the rows whose unique ``key`` is not there yet, as :func:`insert` does; return how many.

    SQLite leaves out what is there: going back to a point within a transaction would cost a fourth more.
    PostgreSQL, where COPY cannot, does go back, and writes the rest.
    """
    if connection.vendor == "sqlite":
        return _insert(model, columns, rows, new=_quoted(str(_column(model, key).column)))
    try:
        with transaction.atomic():
            return insert(model, columns, rows)
    except IntegrityError:
        first = {row[columns.index(key)]: row for row in reversed(rows)}
        there = set(model._base_manager.filter(**{f"{key}__among": first}).values_list(key, flat=True))
        return insert(model, columns, [row for value, row in reversed(first.items()) if value not in there])


def _insert(
    model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]], *, new: str = ""
) -> int:
    fields = [_column(model, name) for name in columns]
    names = ", ".join(_quoted(str(field.column)) for field in fields)
    table = _quoted(model._meta.db_table)
    ready = _ready(fields, list(rows))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with connection.wrap_database_errors, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in ready:
                    copy.write_row(row)
        elif ready:
            places = ", ".join(["%s"] * len(fields))
            unless = f" ON CONFLICT ({new}) DO NOTHING" if new else ""
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({places}){unless}", ready)  # noqa: S608
            return int(cursor.rowcount)
    return len(ready)


def update(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Change the named fields of many rows: each row gives its values, then its primary key.

    One statement for all rows, on SQLite one that is prepared once; ``QuerySet.bulk_update`` builds a
    CASE of their number.
    """
    fields = [*(_column(model, name) for name in columns), model._meta.pk]
    ready = _ready(fields, list(rows))
    if ready:
        with connection.cursor() as cursor:
            (_update_together if connection.vendor == "postgresql" else _update_each)(cursor, model, fields, ready)
    return len(ready)


def _update_each(cursor: Any, model: type[models.Model], fields: Sequence[Any], ready: Sequence[Any]) -> None:
    table, (*names, key) = _quoted(model._meta.db_table), [_quoted(field.column) for field in fields]
    changes = ", ".join(f"{name} = %s" for name in names)
    cursor.executemany(f"UPDATE {table} SET {changes} WHERE {key} = %s", ready)  # noqa: S608


def _update_together(cursor: Any, model: type[models.Model], fields: Sequence[Any], ready: Sequence[Any]) -> None:
    """Change rows by one statement; they travel as one JSON text, at half the cost of a list for each column."""
    table, (*names, key) = _quoted(model._meta.db_table), [_quoted(field.column) for field in fields]
    changes = ", ".join(f"{name} = new.{name}" for name in names)
    kinds = ", ".join(f"{_quoted(field.column)} {field.rel_db_type(connection)}" for field in fields)
    new = f"jsonb_to_recordset(%s::jsonb) AS new({kinds})"
    cursor.execute(
        f"UPDATE {table} SET {changes} FROM {new} WHERE {table}.{key} = new.{key}",  # noqa: S608
        [_as_json(fields, ready)],
    )


def _as_json(fields: Sequence[Any], ready: Sequence[Any]) -> str:
    """Return rows as a list of objects by the names of their columns; what is JSON already stands in it as it is."""
    columns = [
        [orjson.Fragment(value) if isinstance(field, models.JSONField) else value for value in column]
        for field, column in zip(fields, zip(*ready, strict=True), strict=True)
    ]
    names = [field.column for field in fields]
    return orjson.dumps([dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]).decode()


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def count_tables() -> None:
    """Let SQLite learn how many rows its indexes tell apart; PostgreSQL does so by itself.

    Without that it takes the index of a whole round where one of a meter would do.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA analysis_limit=1000")
            cursor.execute("ANALYZE")


def _column(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    field = model._meta.get_field(name)
    if not isinstance(field, models.Field):
        raise TypeError(f"{name} is no column of {model.__name__}")
    return field


def _ready(fields: Sequence[Any], rows: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """Return the rows in database values, converted column by column."""
    if not rows:
        return []
    columns = [_converted(field, column) for field, column in zip(fields, zip(*rows, strict=True), strict=True)]
    return list(zip(*columns, strict=True))


def _converted(field: models.Field[Any, Any], column: Sequence[Any]) -> Sequence[Any]:
    """Return a column in database values: what needs no conversion as it is, equal values once."""
    database = connections[DEFAULT_DB_ALIAS]  # the plain ``connection`` looks itself up at every use
    if isinstance(field, models.JSONField):
        encode = (field.encoder or JSONEncoder)().encode
        return [NOTHING_IN[type(value)] if value in ({}, []) else encode(value) for value in column]
    same = next((kind for family, kind in AS_IT_IS if isinstance(field, family)), None)
    if set(map(type, column)) == {same}:
        return column
    done = {value: None if value is None else field.get_db_prep_save(value, database) for value in set(column)}
    return [done[value] for value in column]
