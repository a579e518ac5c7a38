"""Tables whose rows never change, held by the database itself.

The list stands in the settings (``FROZEN_TABLES``) and is applied again after every migrate,
because SQLite drops triggers silently when Django rebuilds a table. PostgreSQL rejects with
statement triggers (TRUNCATE too) where every row is frozen, with row triggers where only some are.
"""

from django.db import connection


def install(tables: dict[str, str]) -> list[str]:
    """Put the triggers on each table; the value is "" or an SQL condition on ``OLD``."""
    with connection.cursor() as cursor:
        for table, condition in tables.items():
            for statement in statements(connection.vendor, table, condition):
                cursor.execute(statement)
    return sorted(tables)


def statements(vendor: str, table: str, condition: str) -> list[str]:
    """Return the SQL that replaces the triggers of one table."""
    return (_postgresql if vendor == "postgresql" else _sqlite)(table, condition)


def _sqlite(table: str, condition: str) -> list[str]:
    when = f"WHEN {condition}" if condition else ""
    return [
        sql
        for verb in ("UPDATE", "DELETE")
        for sql in (
            f"DROP TRIGGER IF EXISTS {table}_frozen_{verb.lower()}",
            f"CREATE TRIGGER {table}_frozen_{verb.lower()} BEFORE {verb} ON {table} FOR EACH ROW {when} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is frozen'); END",
        )
    ]


def _postgresql(table: str, condition: str) -> list[str]:
    level = f"FOR EACH ROW WHEN ({condition})" if condition else "FOR EACH STATEMENT"
    return [
        "CREATE OR REPLACE FUNCTION avots_frozen() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is frozen', TG_TABLE_NAME "
        "USING ERRCODE = 'integrity_constraint_violation'; END $$",
        f"CREATE OR REPLACE TRIGGER {table}_frozen_change BEFORE UPDATE OR DELETE ON {table} "
        f"{level} EXECUTE FUNCTION avots_frozen()",
        f"CREATE OR REPLACE TRIGGER {table}_frozen_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION avots_frozen()",
    ]
