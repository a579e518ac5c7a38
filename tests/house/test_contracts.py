"""The direction of imports holds, and each contract is shown to fail."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TOOLS = Path(sys.executable).parent
# contract -> (file that gets a forbidden import, the import)
PLANTED = {
    1: ("avots/meters/rules.py", "import avots.billing.rules"),
    2: ("avots/usage/queries/facts.py", "import avots.usage.actions"),
    3: ("avots/usage/rules/estimate.py", "import django.db"),
    4: ("avots/billing/actions/drafts.py", "import avots.core.clock"),
    5: ("avots/usage/actions/months.py", "import avots.ledger.actions"),
    6: ("avots/readings/actions/__init__.py", "import avots.outbox.actions"),
    7: ("avots/readings/actions/__init__.py", "import avots.core.numbering"),
    8: ("tests/independent/litres.py", "import avots.core.money"),
    9: ("avots/newroom/__init__.py", "import avots.core.errors"),
}


def lint(folder: Path) -> str:
    tool = [TOOLS / "lint-imports", "--no-cache"]
    return subprocess.run(tool, cwd=folder, capture_output=True, text=True, check=False).stdout


def test_every_contract_is_kept():
    assert re.search(r"Contracts: \d+ kept, 0 broken", lint(ROOT))


@pytest.fixture(scope="module")
def broken(tmp_path_factory) -> str:
    """The report on a copy of the house with one forbidden import for each contract."""
    folder = tmp_path_factory.mktemp("house")
    without = shutil.ignore_patterns("__pycache__", "static", "templates")
    for tree in ("avots", "tests"):
        shutil.copytree(ROOT / tree, folder / tree, ignore=without)
    shutil.copy(ROOT / "pyproject.toml", folder)
    for name, line in PLANTED.values():
        (folder / name).parent.mkdir(exist_ok=True)
        with (folder / name).open("a") as file:
            file.write(f"\n{line}\n")
    return lint(folder)


@pytest.mark.parametrize("number", range(1, 9))
def test_each_contract_can_fail(broken, number):
    assert re.search(rf"^{number} .* BROKEN", broken, re.MULTILINE), broken[-3000:]


def test_a_room_without_a_place_fails(broken):
    assert "avots.newroom" in broken


BANS = {
    "from django.utils import timezone\ntimezone.now()": "time is passed in",
    "from datetime import date\ndate.today()": "time is passed in",
    "from datetime import datetime\ndatetime.now()": "only core/clock.py",
    "from datetime import datetime\ndatetime.utcnow()": "only core/clock.py",
    "from django.dispatch import receiver": "not by signals",
    "from unittest.mock import patch": "verified fake",
}


@pytest.mark.parametrize(("code", "advice"), BANS.items())
def test_banned_names_are_refused_with_advice(tmp_path, code, advice):
    path = ROOT / "avots" / "planted_for_ruff.py"
    command = [
        TOOLS / "ruff",
        "check",
        "--no-cache",
        "--config",
        ROOT / "pyproject.toml",
        "--stdin-filename",
        path,
        "-",
    ]
    found = subprocess.run(command, input=code + "\n", capture_output=True, text=True, check=False)
    assert advice in found.stdout


def test_the_types_agree():
    done = subprocess.run([TOOLS / "mypy", "avots"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


def test_the_code_is_clean():
    for arguments in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [TOOLS / "ruff", *arguments, "."], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout[-3000:]
