"""What it costs a person to report two meters, from the reminder to the thanks (quality.md U1, U4, U8).

Taps, digits, pages, requests and bytes are counted in a browser that has never been here, on a phone.
Redirects are bytes but no request; what comes from the browser's own cache on the second page is neither.
"""

import json
from dataclasses import dataclass, field

import pytest

from tests.journeys.conftest import manage
from tests.journeys.test_browser import open_page

pytestmark = pytest.mark.browser
LETTERS = """
import json, re
from avots.core import clock
from avots.outbox.models import Message
from avots.readings.queries import missing, round_at, sheet
round = round_at(clock.now())
letters = Message.objects.filter(template="reading-reminder", key__startswith=f"reading-reminder:{round}:")
keys = {":".join(one.key.split(":")[2:4]): one for one in letters}
found = []
for row in missing(round):
    letter = keys.get(f"{row.occupancy.account.number}:{row.occupancy.premise_id}")
    lines = sheet(row.occupancy.premise, round)
    if letter and len(lines) == 2 and all(one.reading is None and one.usual for one in lines):
        link = re.search(r"/r/[^/\\s]+/", letter.text).group()
        found.append([link, [f"{one.previous_litres + one.usual[-1]:08d}" for one in lines]])
print(json.dumps(found))
"""
STATE = """
import json
from avots.readings.models import CannotRead, Correction, Reading, Receipt
print(json.dumps([model.objects.count() for model in (Reading, Receipt, CannotRead, Correction)]))
"""
# A meter's field shows its focus on the face around it.
SEEN = "getComputedStyle(document.activeElement.closest('.face') || document.activeElement).outlineStyle"


@dataclass
class Count:
    """What a person and their browser did."""

    taps: int = 0
    digits: int = 0
    keys: int = 0
    pages: int = 0
    received: int = 0
    urls: dict[str, str] = field(default_factory=dict)

    def watch(self, page) -> None:
        """Count what the browser fetches from the server, as the network carries it."""
        wire = page.context.new_cdp_session(page)
        wire.send("Network.enable")
        wire.on("Network.requestWillBeSent", self._asked)
        wire.on("Network.responseReceived", self._answered)
        wire.on("Network.requestServedFromCache", lambda event: self.kept.add(event["requestId"]))
        wire.on("Network.loadingFinished", self._loaded)
        self.kept: set[str] = set()

    def _asked(self, event) -> None:
        self.received += int(event.get("redirectResponse", {}).get("encodedDataLength", 0))

    def _answered(self, event) -> None:
        if event["response"].get("fromDiskCache"):
            self.kept.add(event["requestId"])
        if event["requestId"] not in self.kept:
            self.urls[event["requestId"]] = event["response"]["url"]
            self.pages += event["type"] == "Document"

    def _loaded(self, event) -> None:
        if event["requestId"] not in self.kept:
            self.received += int(event["encodedDataLength"])

    def __str__(self) -> str:
        fetched = f"{self.pages} pages, {len(self.urls)} requests, {self.received / 1000:.1f} kB"
        return f"{self.taps} taps + {self.digits} digits, {fetched}"


@pytest.fixture(scope="module")
def letters(running) -> list:
    """Links of reminders of two-meter homes that have told nothing, each with two likely readings."""
    found = json.loads(manage(running.env, "shell", "-v0", "-c", LETTERS).splitlines()[-1])
    assert len(found) >= 9
    return found[::-1]


def held(page) -> None:
    """The journey's end: thanked, nothing asked, nobody signed in."""
    assert "Paldies!" in page.inner_text("h1")
    assert page.locator("main .row, main li .num").count() >= 2
    assert "sessionid" not in {one["name"] for one in page.context.cookies()}
    assert not page.complaints


@pytest.mark.parametrize("javascript", [True, False])
def test_two_meters_take_four_taps_and_sixteen_digits(running, browser, letters, javascript):
    link, values = letters[int(javascript)]
    page, count = open_page(browser, javascript=javascript), Count()
    count.watch(page)
    page.goto(running.address + link)
    count.taps += 1
    for meter, value in zip(page.locator("input.drums").all(), values, strict=True):
        meter.click()
        page.keyboard.type(value)
        count.taps, count.digits = count.taps + 1, count.digits + len(value)
    page.click("form button.btn")
    count.taps += 1
    page.wait_for_url("**/apstiprinajums/**")
    held(page)
    page.wait_for_load_state("networkidle")
    print(f"\nU1 {'with' if javascript else 'without'} JavaScript: {count}")
    assert any(url.endswith(".svg") for url in count.urls.values()), "the icon of the tab is counted too"
    assert (count.taps, count.digits, count.pages) == (4, 16, 2)
    assert len(count.urls) <= 6
    assert count.received <= 30_000


def test_two_meters_are_reported_by_keyboard_alone(running, browser, letters):
    link, values = letters[2]
    page, count = open_page(browser), Count()
    page.goto(running.address + link)

    def tab_to(selector: str) -> None:
        for _ in range(20):
            page.keyboard.press("Tab")
            count.keys += 1
            assert page.evaluate(SEEN) != "none", page.evaluate("document.activeElement.outerHTML")
            if page.evaluate("one => document.activeElement.matches(one)", selector):
                return
        raise AssertionError(f"{selector} is not reached")

    for value in values:
        tab_to("input.drums:placeholder-shown")
        page.keyboard.type(value)
        count.digits += len(value)
    page.keyboard.press("Enter")
    count.keys += 1
    page.wait_for_url("**/apstiprinajums/**")
    held(page)
    print(f"\nby keyboard: {count.keys} keys beside {count.digits} digits")
    assert count.keys <= 20


def test_a_scanner_that_runs_scripts_and_presses_the_button_changes_nothing(running, browser, letters):
    before = json.loads(manage(running.env, "shell", "-v0", "-c", STATE).splitlines()[-1])
    for link, _ in letters[3:9]:
        page = open_page(browser)
        page.goto(running.address + link)
        page.click("form button.btn")
        assert page.locator("[role=alert]").count()
        page.context.close()
    assert json.loads(manage(running.env, "shell", "-v0", "-c", STATE).splitlines()[-1]) == before
    link, values = letters[3]
    page = open_page(browser)
    page.goto(running.address + link)
    for meter, value in zip(page.locator("input.drums").all(), values, strict=True):
        meter.fill(value)
    page.click("form button.btn")
    held(page)
