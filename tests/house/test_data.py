"""Frozen tables, migrations, words, jobs, e-mails and the map."""

import ast
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.template.loader import get_template
from django.utils import translation

from avots.config.schedule import TIMETABLE, Daily, Every
from avots.core import clock, seals
from avots.core.audit import By
from avots.core.dates import local_day
from avots.payments.actions import record_payment
from avots.payments.actions.booking import undo_payments
from avots.ui.words import SENTENCES
from tests.billing.test_corrections import correct, invoice_of, put_right
from tests.billing.test_month import compute, issue, read_intake, report
from tests.coupons.test_keying import batch, key
from tests.payments.test_cash import work_at_the_desk
from tests.town import AFTER

ROOT = Path(__file__).parents[2]


@pytest.fixture
def full(town):
    report(town, "1", "2", "3", "4", "5")
    read_intake(town)
    issue(compute(town))
    pay = {"account": town.accounts["1"], "cents": 5, "received_on": local_day(AFTER), "channel": "bank"}
    by = By("staff", 1)
    payment = record_payment(key="k", reference="", now=AFTER, by=by, **pay)
    undo_payments([payment], to="bank", reason="bank", on=local_day(AFTER), now=AFTER, by=by)
    work_at_the_desk(town)
    key(town, batch(town), "6")
    put_right(town, "1", -1_000)
    correct(invoice_of(town, "1"), reason="reading")
    seals.seal_new(now=AFTER)
    return town


@pytest.mark.parametrize("table", settings.FROZEN_TABLES)
@pytest.mark.parametrize("statement", ["UPDATE {t} SET {c} = {c}", "DELETE FROM {t}", "TRUNCATE {t} CASCADE"])
def test_frozen_rows_cannot_change(full, table, statement):
    if statement.startswith("TRUNCATE") and connection.vendor != "postgresql":
        pytest.skip("SQLite has no TRUNCATE")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"SELECT count(*) FROM {table}")
        assert cursor.fetchone()[0], f"{table} has no row to protect"
        column = connection.introspection.get_table_description(cursor, table)[1].name
        with pytest.raises(DatabaseError, match="frozen"), transaction.atomic():
            cursor.execute(statement.format(t=table, c=f'"{column}"'))


def test_migrations_are_complete():
    command = [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def refusals():
    """Every code that an action or a rule refuses with."""
    for path in (ROOT / "avots").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            refuses = isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refused"
            if refuses and node.args and isinstance(node.args[0], ast.Constant):
                yield node.args[0].value


def test_every_refusal_has_its_sentence():
    assert set(refusals()) <= SENTENCES.keys()


LETTERS = sorted(path.parent.name for path in (ROOT / "avots").glob("*/templates/mail/*/body.txt"))


@pytest.mark.parametrize("language", ["lv", "en"])
@pytest.mark.parametrize("folder", LETTERS)
def test_every_letter_is_a_template_in_each_language(folder, language):
    with translation.override(language):
        for part in ("subject.txt", "body.txt", "body.html"):
            assert get_template(f"mail/{folder}/{part}")


@pytest.mark.parametrize("entry", TIMETABLE, ids=lambda entry: entry.name)
def test_every_job_runs_on_an_empty_town(db, entry):
    entry.task.func()


@pytest.mark.parametrize("entry", TIMETABLE, ids=lambda entry: entry.name)
def test_every_job_runs_twice_on_a_full_town(full, entry, monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    entry.task.func()
    entry.task.func()


def test_the_books_are_right(full):
    from avots.config.jobs import problems

    assert list(problems()) == []


@pytest.mark.parametrize("day", [datetime(2026, 10, 24, tzinfo=UTC), datetime(2026, 3, 28, tzinfo=UTC)])
def test_a_daily_job_runs_once_on_the_days_when_the_clock_changes(day):
    slots = {Daily(3, 30).slot(day + timedelta(minutes=minute)) for minute in range(0, 72 * 60, 5)}
    days = sorted(local_day(slot) for slot in slots)
    assert len(days) == len(set(days))
    assert len(days) in {3, 4}


def test_a_frequent_job_has_one_slot_an_interval():
    noon = datetime(2026, 11, 25, 12, tzinfo=UTC)
    slots = {Every(60).slot(noon + timedelta(seconds=second)) for second in range(600)}
    assert len(slots) == 10


def test_every_word_has_its_english():
    """The catalogues hold exactly the texts of their room, none empty and none unsure."""
    found = sorted((ROOT / "avots").glob("*/locale/en/LC_MESSAGES/django.po"))
    assert len(found) >= 9
    for path in found:
        with path.open("rb") as file:
            words = [word for word in read_po(file, locale="en") if word.id]
        assert words
        assert not [word.id for word in words if not word.string or word.fuzzy], path
        room = path.parents[3]
        texts = (
            "\n".join(text.read_text() for kind in ("*.py", "*.html", "*.txt") for text in room.rglob(kind))
            .replace("{{ ", "%(")
            .replace(" }}", ")s")
        )
        assert not [word.id for word in words if word.id.strip() not in texts], path


def test_every_text_is_in_the_catalogue_of_its_room():
    missing = []
    for room in sorted(path for path in (ROOT / "avots").iterdir() if (path / "locale").is_dir()):
        with (room / "locale/en/LC_MESSAGES/django.po").open("rb") as file:
            known = {word.id for word in read_po(file, locale="en")}
        for kind in ("*.html", "*.txt"):
            for path in (room / "templates").rglob(kind):
                source = path.read_text()
                texts = re.findall(r"""{% translate ["']([^"']+)["'] %}""", source)
                blocks = re.findall(
                    r"{% blocktranslate[^%]*%}(.*?){% (?:plural|endblocktranslate) %}", source, re.DOTALL
                )
                texts += [re.sub(r"{{ (\w+) }}", r"%(\1)s", block) for block in blocks]
                missing += [f"{path.name}: {text}" for text in texts if text not in known]
    assert not missing


def test_english_is_switched_on_by_a_post_and_only_where_it_is_offered(db, visitor):
    assert "Sign in" not in visitor.get("/konts/login/").text
    visitor.post("/valoda/", {"language": "en", "next": "/konts/login/"})
    page = visitor.get("/konts/login/")
    assert '<html lang="en">' in page.text
    assert "Sign in with a code" in page.text


def test_the_map_is_true():
    rows = re.findall(r"`(avots[\w.]*):(\w+)`", (ROOT / "docs/map.md").read_text())
    assert len(rows) >= 30
    missing = [f"{module}:{name}" for module, name in rows if not hasattr(import_module(module), name)]
    assert not missing
