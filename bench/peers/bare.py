"""The floor: a bare WSGI function and hand-written SQL; no judgement, no rules, no templates."""

import os
import secrets
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

URL = os.environ.get("DATABASE_URL", "")
MARK = "%s" if URL else "?"
local = threading.local()


def connected() -> Any:
    if not hasattr(local, "connection"):
        if URL:
            import psycopg

            local.connection = psycopg.connect(URL, autocommit=True)
        else:
            import sqlite3

            path = f"{os.environ['AVOTS_VAR']}/avots.sqlite3"
            local.connection = sqlite3.connect(path, timeout=20, isolation_level=None)
            local.connection.execute("PRAGMA synchronous=NORMAL")
    return local.connection


def application(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    cookies = dict(part.strip().split("=", 1) for part in environ.get("HTTP_COOKIE", "").split(";") if "=" in part)
    body = dict(parse_qsl(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode()))
    connection, now = connected(), datetime.now(UTC)
    key, day, at = secrets.token_hex(6), str(now.date()), str(now)
    session = "SELECT session_data FROM django_session WHERE session_key = " + MARK
    reading = (
        "INSERT INTO readings_reading (installation_id, round_id, litres, read_on, received_at, source_key, "
        'source, kind, state, quality, findings, "by", decided_by, decision) '
        f"VALUES ({MARK}, {MARK}, {MARK}, {MARK}, {MARK}, {MARK}, "
        "'portal', 'regular', 'superseded', 0, '[]', 'bare', '', '')"
    )
    audit = (
        'INSERT INTO core_auditentry (at, "by", verb, subject, facts, refused) '
        f"VALUES ({MARK}, 'bare', 'record_readings', {MARK}, '{{}}', {'false' if URL else '0'})"
    )
    connection.execute("BEGIN" if URL else "BEGIN IMMEDIATE")
    if not connection.execute(session, (cookies["sessionid"],)).fetchone():
        start_response("403 Forbidden", [])
        return [b""]
    for name, litres in body.items():
        if name.startswith("m"):
            row = (int(name[1:]), int(body["round"]), int(litres), day, at, f"{key}:{name}")
            connection.execute(reading, row)
    connection.execute(audit, (at, key))
    connection.execute("COMMIT")
    start_response("302 Found", [("Location", f"/radijumi/{key}/"), ("Content-Length", "0")])
    return [b""]
