"""The books stay frozen through every migration, on a database that is migrated step by step."""

import json
import os
from urllib.parse import urlsplit

from tests.journeys.conftest import environment, manage

STEPWISE = """
import json
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

executor = MigrationExecutor(connection)
plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
rooms = {"core", "ledger", "billing", "usage", "payments"}
steps = [(one.app_label, one.name) for one, _ in plan if one.app_label in rooms]
TRIGGERS = {
    "sqlite": "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT tgisinternal",
}[connection.vendor]
ROWS = [
    "INSERT INTO ledger_ledgeraccount (id, code) VALUES (1, 'a'), (2, 'b')",
    "INSERT INTO ledger_posting (key, debit_id, credit_id, cents, booked_on, posted_at, document) "
    "VALUES ('k', 1, 2, 5, '2026-01-01', '2026-01-01 00:00:00+00', 'd')",
]
ATTACKS = [
    "UPDATE ledger_posting SET cents = 6",
    "DELETE FROM ledger_posting",
    "UPDATE ledger_ledgeraccount SET code = 'c'",
]


def rejected(attack):
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(attack)
    except DatabaseError as error:
        return "frozen" in str(error)
    return False


told = []
for app, name in steps:
    call_command("migrate", app, name, verbosity=0)
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        if ROWS and "ledger_posting" in tables:
            while ROWS:
                cursor.execute(ROWS.pop(0))
        cursor.execute(TRIGGERS)
        have = {row[0] for row in cursor.fetchall()}
    wanted = {*settings.FROZEN_TABLES, *settings.FROZEN_PARTS} & tables
    through = [attack for attack in ATTACKS if not ROWS and not rejected(attack)]
    told.append([f"{app}.{name}", len(wanted), sorted(wanted - have), through])
print(json.dumps(told))
"""


def test_the_triggers_stand_after_every_migration(tmp_path):
    database = os.environ.get("AVOTS_TEST_DATABASE", "")
    own = urlsplit(database).path.strip("/") or "avots"
    env = environment(tmp_path, f"{own}_stepwise", database)
    told = json.loads(manage(env, "shell", "-v0", "-c", STEPWISE).splitlines()[-1])
    assert len(told) >= 11
    assert told[-1][1] >= 11
    for step, _, without, through in told:
        assert (without, through) == ([], []), step
