"""Tables whose rows never change, held by the database itself.

The lists stand in the settings (``FROZEN_TABLES``, ``FROZEN_PARTS``) and are applied again after every
migrate, because SQLite drops triggers silently when Django rebuilds a table. PostgreSQL rejects with
statement triggers (TRUNCATE too) where every row is frozen, with row triggers where only some are.
``FROZEN_MONTHS`` names tables to which no row of a closed month is added.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.db.backends.utils import CursorWrapper

VERBS = ("INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True)
class PartOf:
    """Rows that belong to a row of another table, and are frozen with it: none changes, goes, or is added.

    ``grows``: rows may be added. ``free``: a column that may change still.
    """

    column: str
    whole: str
    condition: str
    grows: bool = False
    free: str = ""


@dataclass(frozen=True)
class ClosedBy:
    """Rows with a day: none is added up to the last month that stands in another table by its first day."""

    column: str
    months: str
    first_day: str


def install(tables: dict[str, str], parts: dict[str, PartOf], months: dict[str, ClosedBy]) -> list[str]:
    """Put the triggers on each table.

    :param tables: "" or an SQL condition on ``OLD``
    :param parts: what the rows are a part of
    :param months: what closes the months of the rows
    """
    with connection.cursor() as cursor:
        for table, condition in tables.items():
            _run(cursor, statements(connection.vendor, table, condition))
        for table, part in parts.items():
            _run(cursor, statements_of_part(connection.vendor, table, part))
        for table, closed in months.items():
            _run(cursor, statements_of_months(connection.vendor, table, closed))
    return sorted({*tables, *parts, *months})


def lift(tables: Iterable[str]) -> None:
    """Take the triggers that name another table off for a migration: SQLite rebuilds no table so named."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            _run(
                cursor,
                (f"DROP TRIGGER IF EXISTS {table}_frozen_{verb.lower()}" for table in tables for verb in VERBS),
            )


def _run(cursor: CursorWrapper, wanted: Iterable[str]) -> None:
    for statement in wanted:
        cursor.execute(statement)


def statements(vendor: str, table: str, condition: str) -> list[str]:
    """Return the SQL that replaces the triggers of one table."""
    return (_postgresql if vendor == "postgresql" else _sqlite)(table, condition)


def statements_of_part(vendor: str, table: str, part: PartOf) -> list[str]:
    """Return the SQL that replaces the triggers of a table of parts."""
    return (_postgresql_part if vendor == "postgresql" else _sqlite_part)(table, part)


def statements_of_months(vendor: str, table: str, closed: ClosedBy) -> list[str]:
    """Return the SQL that replaces the trigger of a table whose months are closed."""
    if vendor != "postgresql":
        found = f"closed.{closed.first_day} >= date(NEW.{closed.column}, 'start of month')"
        return _sqlite_trigger(table, "INSERT", f"EXISTS (SELECT 1 FROM {closed.months} closed WHERE {found})")
    late = (
        f"IF EXISTS (SELECT 1 FROM added JOIN {closed.months} closed "
        f"ON closed.{closed.first_day} >= date_trunc('month', added.{closed.column})) "
        f"THEN {RAISE} END IF; RETURN NULL;"
    )
    return [
        _function(f"{table}_closed", late),
        f"CREATE OR REPLACE TRIGGER {table}_closed AFTER INSERT ON {table} "
        f"REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION {table}_closed()",
    ]


def _sqlite(table: str, condition: str) -> list[str]:
    return [sql for verb in VERBS[1:] for sql in _sqlite_trigger(table, verb, condition)]


def _sqlite_part(table: str, part: PartOf) -> list[str]:
    rows = {"INSERT": ("NEW",), "UPDATE": ("OLD", "NEW"), "DELETE": ("OLD",)}
    if part.grows:
        del rows["INSERT"]
    of = _columns_but(table, part.free) if part.free else ""
    return [
        sql
        for verb, seen in rows.items()
        for sql in _sqlite_trigger(
            table,
            verb,
            f"EXISTS (SELECT 1 FROM {part.whole} whole WHERE {part.condition} AND whole.id IN "
            f"({', '.join(f'{row}.{part.column}' for row in seen)}))",
            of=of if verb == "UPDATE" else "",
        )
    ]


def _columns_but(table: str, free: str) -> str:
    with connection.cursor() as cursor:
        found = connection.introspection.get_table_description(cursor, table)
    return ", ".join(f'"{column.name}"' for column in found if column.name != free)


def _sqlite_trigger(table: str, verb: str, condition: str, of: str = "") -> list[str]:
    name = f"{table}_frozen_{verb.lower()}"
    when = f"WHEN {condition}" if condition else ""
    return [
        f"DROP TRIGGER IF EXISTS {name}",
        f"CREATE TRIGGER {name} BEFORE {verb} {f'OF {of} ' if of else ''}ON {table} FOR EACH ROW {when} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is frozen'); END",
    ]


def _postgresql(table: str, condition: str) -> list[str]:
    level = f"FOR EACH ROW WHEN ({condition})" if condition else "FOR EACH STATEMENT"
    return [
        _function("avots_frozen", RAISE),
        f"CREATE OR REPLACE TRIGGER {table}_frozen_change BEFORE UPDATE OR DELETE ON {table} "
        f"{level} EXECUTE FUNCTION avots_frozen()",
        _no_truncate(table),
    ]


def _postgresql_part(table: str, part: PartOf) -> list[str]:
    """One look at all rows of a statement, so that a bulk load pays for a join and not for each row."""
    found = (
        f"IF EXISTS (SELECT 1 FROM changed JOIN {part.whole} whole ON whole.id = changed.{part.column} "
        f"WHERE {part.condition}) THEN {RAISE} END IF; RETURN NULL;"
    )
    seen = [("delete", "DELETE", "OLD")]
    seen += [] if part.grows else [("insert", "INSERT", "NEW")]
    seen += [] if part.free else [("update", "UPDATE", "OLD"), ("moved", "UPDATE", "NEW")]
    return [
        _function("avots_frozen", RAISE),
        _function(f"{table}_frozen", found),
        *(_after(table, name, verb, f"{rows} TABLE AS changed", f"{table}_frozen") for name, verb, rows in seen),
        *(_but_for_a_column(table, part) if part.free else []),
        _no_truncate(table),
    ]


def _but_for_a_column(table: str, part: PartOf) -> list[str]:
    """Look at what an update changed beside the free column, or moved in or out."""
    rest = " IS DISTINCT FROM ".join(f"to_jsonb({row}.*) - '{part.free}'" for row in ("changed", "became"))
    found = (
        f"IF EXISTS (SELECT 1 FROM changed FULL JOIN became ON became.id = changed.id JOIN {part.whole} whole "
        f"ON whole.id IN (changed.{part.column}, became.{part.column}) "
        f"WHERE {part.condition} AND {rest}) THEN {RAISE} END IF; RETURN NULL;"
    )
    rows = "OLD TABLE AS changed NEW TABLE AS became"
    return [
        _function(f"{table}_changed", found),
        _after(table, "update", "UPDATE", rows, f"{table}_changed"),
    ]


def _after(table: str, name: str, verb: str, rows: str, function: str) -> str:
    return (
        f"CREATE OR REPLACE TRIGGER {table}_frozen_{name} AFTER {verb} ON {table} "
        f"REFERENCING {rows} FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
    )


RAISE = "RAISE EXCEPTION '% is frozen', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';"


def _function(name: str, body: str) -> str:
    return f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$"


def _no_truncate(table: str) -> str:
    return (
        f"CREATE OR REPLACE TRIGGER {table}_frozen_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION avots_frozen()"
    )
