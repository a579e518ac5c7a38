"""While a long register is read in, people go on reporting: nobody waits for it, and nothing is lost."""

import html
import http.cookiejar
import json
import re
import subprocess
import sys
import time
import urllib.parse
import urllib.request

from tests.journeys.conftest import ROOT, manage

ROWS = 3_000
MOST_SECONDS = 5
LINKS = """
import json
from avots.core import clock
from avots.readings.links import Link, token_of
from avots.readings.queries import missing, round_at
round = round_at(clock.now())
homes = [one.occupancy for one in missing(round) if one.occupancy.account.access_set.exists()]
homes = homes[1::2]  # the first, every other, and those without a portal user are for the other journeys
print(json.dumps([token_of(Link(round.pk, home.account_id, home.premise_id)) for home in homes]))
"""
REPORTED = """
import json
from avots.customers.models import CustomerAccount
from avots.readings.models import Receipt
print(json.dumps([Receipt.objects.count(), CustomerAccount.objects.filter(number__startswith="IMP").count()]))
"""
INPUT = re.compile(r"<input[^>]*>")
MOST_QUESTIONS = 8


def told(running, script: str) -> list:
    return json.loads(manage(running.env, "shell", "-v0", "-c", script).splitlines()[-1])


def fields_of(text: str) -> dict[str, str]:
    """What a browser would send of a page: each input's value; a meter's is what it showed before and 2 m3."""
    values = {}
    for tag in INPUT.findall(text):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        previous = re.search(r'data-previous="(\d+)"', tag)
        if name:
            values[name.group(1)] = html.unescape(value.group(1)) if value else ""
        if name and previous and not values[name.group(1)]:
            values[name.group(1)] = f"{int(previous.group(1)) + 2_000:08d}"
    right = re.search(r'name="right" value="([^"]*)"', text)
    return values | ({"right": html.unescape(right.group(1))} if right else {})


def report(running, token: str) -> float:
    """Report a home's meters by its personal link as a browser without scripts does; return the slowest answer."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    page = opener.open(f"{running.address}/r/{token}/", timeout=30)
    text, slowest = page.read().decode(), 0.0
    for _ in range(MOST_QUESTIONS):
        started = time.monotonic()
        answer = opener.open(page.url, urllib.parse.urlencode(fields_of(text)).encode(), timeout=30)
        text = answer.read().decode()
        slowest = max(slowest, time.monotonic() - started)
        if "Paldies!" in text:
            return slowest
    raise AssertionError(re.search(r"<main.*</main>", text, re.DOTALL).group(0)[:2_000])


def test_readings_are_reported_while_a_register_is_read_in(running, tmp_path):
    file = tmp_path / "long.csv"
    rows = [f"IMP{n};Anna Ozola;2026-01-01" for n in range(ROWS)]
    file.write_text("\n".join(["account;name;since", *rows]))
    links, before = told(running, LINKS), told(running, REPORTED)[0]
    command = [sys.executable, "manage.py", "import_register", str(file), "--apply"]
    reading_in = subprocess.Popen(command, cwd=ROOT, env=running.env, stdout=subprocess.PIPE, text=True)
    times = []
    for token in links:
        times.append(report(running, token))
        if reading_in.poll() is not None:
            break
        time.sleep(0.2)
    assert f"{ROWS} applied" in reading_in.communicate(timeout=300)[0]
    assert len(times) >= 3
    print(f"{len(times)} homes reported meanwhile, the slowest in {max(times):.2f} s")
    assert max(times) < MOST_SECONDS, times
    assert told(running, REPORTED) == [before + len(times), ROWS]
