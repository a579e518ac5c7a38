"""A town that really runs: its own database, web server, worker, and a browser."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]


def environment(folder: Path, name: str, database: str = "") -> dict[str, str]:
    """Return the environment of a town of its own; on PostgreSQL in a new database."""
    url = ""
    if database:
        head, _, tail = database.partition("?")
        server = head.rpartition("/")[0]
        query = f"?{tail}" if tail else ""
        with psycopg.connect(f"{server}/postgres{query}", autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            connection.execute(f'CREATE DATABASE "{name}"')
        url = f"{server}/{name}{query}"
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("AVOTS_", "DJANGO_"))}
    own = {
        "AVOTS_DEMO": "1",
        "AVOTS_LANGUAGES": "lv,en",
        "AVOTS_VAR": str(folder),
        "DATABASE_URL": url,
        "SECRET_KEY": "j",
        "LINK_KEY": "j",
    }
    return clean | own | {"AUDIT_KEY": "j"}


def manage(env: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout


@dataclass
class Running:
    address: str
    told: str
    env: dict[str, str]


@pytest.fixture(scope="session")
def running(tmp_path_factory) -> Running:
    """A small demo town, played, served and worked by real processes."""
    folder = tmp_path_factory.mktemp("town")
    database = os.environ.get("AVOTS_TEST_DATABASE", "")
    own = urlsplit(database).path.strip("/") or "avots"
    name = f"{own}_journey_{os.environ.get('PYTEST_XDIST_WORKER', 'one')}"
    env = environment(folder, name, database)
    told = manage(env, "demo", "--flats", "100", "--months", "2")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    server = subprocess.Popen([sys.executable, "manage.py", "run", "--port", port], cwd=ROOT, env=env)
    address = f"http://localhost:{port}"
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(f"{address}/konts/login/", timeout=2)
                break
            except OSError:
                time.sleep(0.5)
        yield Running(address, told, env)
    finally:
        server.terminate()
        server.wait(20)


@pytest.fixture
def browser():
    """The distribution's Chromium; a page that complains in its console fails the test."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine: install the package chromium to run the journeys in a browser")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()
