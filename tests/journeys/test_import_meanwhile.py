"""While a long register is read in, people go on reporting: nobody waits for it, and nothing is lost."""

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
homes = [one.occupancy for one in missing(round)]
print(json.dumps([token_of(Link(round.pk, home.account_id, home.premise_id)) for home in homes]))
"""
REPORTED = """
import json
from avots.meters.models import Building
from avots.readings.models import Receipt
print(json.dumps([Receipt.objects.count(), Building.objects.filter(code__startswith="IMP").count()]))
"""
FIELD = re.compile(r'<input[^>]*class="[^"]*drums[^"]*"[^>]*>')


def told(running, script: str) -> list:
    return json.loads(manage(running.env, "shell", "-v0", "-c", script).splitlines()[-1])


def report(running, token: str) -> float:
    """Report a home's meters by its personal link as a browser without scripts does; return how long it took."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    page = opener.open(f"{running.address}/r/{token}/", timeout=30)
    text = page.read().decode()
    values = {"csrfmiddlewaretoken": re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text).group(1)}
    for name in re.findall(r'<input type="hidden" name="(\w+)" value="', text):
        values.setdefault(name, re.search(rf'name="{name}" value="([^"]*)"', text).group(1))
    for field in FIELD.findall(text):
        previous = int(re.search(r'data-previous="(\d+)"', field).group(1))
        values[re.search(r'name="([^"]+)"', field).group(1)] = f"{previous + 2_000:08d}"
    started = time.monotonic()
    answer = opener.open(page.url, urllib.parse.urlencode(values).encode(), timeout=30)
    took = time.monotonic() - started
    assert "Paldies!" in answer.read().decode()
    return took


def test_readings_are_reported_while_a_register_is_read_in(running, tmp_path):
    file = tmp_path / "long.csv"
    rows = [f"IMP{n};Jūras iela;{n};Ventspils;LV-3601" for n in range(ROWS)]
    file.write_text("\n".join(["building_code;street;house;town;postcode", *rows]))
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
