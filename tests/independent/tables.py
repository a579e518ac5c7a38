"""Rows of a table as plain values; volumes as cubic metres, money as euros."""

import json
import re
import tomllib
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

RIGA = ZoneInfo("Europe/Riga")
POLICIES = Path(__file__).parents[2] / "avots" / "core" / "policies.toml"


def rows(table: str, where: str = "1=1", *values: object) -> list[SimpleNamespace]:
    """Return the rows of a table, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} WHERE {where} ORDER BY id", values)
        names = [column[0] for column in cursor.description]
        return [SimpleNamespace(**dict(zip(names, map(_plain, row), strict=True))) for row in cursor.fetchall()]


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, memoryview) else value


def day(value: Any) -> date | None:
    """Return a date whichever way the database gives it."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def local_day_before(moment: Any) -> date:
    """Return the last local day that ends at a moment given in UTC."""
    at = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    at = at if at.tzinfo else at.replace(tzinfo=ZoneInfo("UTC"))
    local = at.astimezone(RIGA)
    assert (local.hour, local.minute) == (0, 0), local
    return date.fromordinal(local.date().toordinal() - 1)


def m3(litres: int) -> Decimal:
    return Decimal(litres) / 1000


def loads(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


@cache
def shipped_policies() -> dict[str, list[dict[str, Any]]]:
    with POLICIES.open("rb") as file:
        return tomllib.load(file)


def policy(name: str, on: date) -> Any:
    """Return a dated policy: the shipped value, or the utility's own decision over it."""
    shipped = [one["value"] for one in shipped_policies()[name] if one["from"] <= on]
    changes = [row for row in rows("core_policychange", "name = %s", name) if day(row.valid_from) <= on]
    changes.sort(key=lambda row: day(row.valid_from))
    return loads(changes[-1].value) if changes else shipped[-1]


def unlike(theirs: Any, ours: Any) -> str:
    """Return a sentence for two values that differ: of tables and lists only what is not in both."""
    if isinstance(theirs, dict):
        keys = [key for key in {**theirs, **ours} if theirs.get(key) != ours.get(key)]
        theirs, ours = {key: theirs.get(key) for key in keys}, {key: ours.get(key) for key in keys}
    elif isinstance(theirs, list):
        theirs, ours = [one for one in theirs if one not in ours], [one for one in ours if one not in theirs]
    return f"stored {_text(theirs)}, recomputed {_text(ours)}"


def _text(value: Any) -> str:
    return re.sub(r"Decimal\('([^']*)'\)", r"\1", str(value))
