"""Coupons keyed in a real browser by keyboard alone: keystrokes counted, with and without JavaScript."""

import re

import pytest

from tests.journeys.conftest import manage
from tests.journeys.test_browser import barriers, open_page

pytestmark = pytest.mark.browser
DESK = {"width": 1280, "height": 800}
# Three papers of two-meter homes that have not reported: code and what the meters truly could show.
PAPERS = """
import json
from avots.core import clock
from avots.coupons.actions import prepare_coupons
from avots.coupons.queries import coupon_of
from avots.readings.queries import missing, round_at, sheet
now = clock.now()
round = round_at(now)
homes = [(row.occupancy.account_id, row.occupancy.premise_id) for row in missing(round)]
found = []
for made in prepare_coupons(round, homes, now=now).values():
    coupon = coupon_of(made[0].code)
    lines = {line.installation.pk: line for line in sheet(coupon.premise, round)}
    rows = [lines[pk] for pk in coupon.installations]
    if len(rows) == 2 and not coupon.slip_set.exists():
        used = [sorted(line.usual)[len(line.usual) // 2] if line.usual else 1000 for line in rows]
        found.append([coupon.code, [f"{line.previous_litres + u:08d}" for line, u in zip(rows, used)]])
print(json.dumps(found[-3:]))  # the first homes are for the other journeys
"""


@pytest.fixture(scope="module")
def papers(running) -> list[tuple[str, list[str]]]:
    import json

    return json.loads(manage(running.env, "shell", "-v0", "-c", PAPERS).splitlines()[-1])


class Keyboard:
    """Presses keys and counts those of the person; a scanner's cost nothing."""

    def __init__(self, page) -> None:
        self.page, self.pressed = page, 0

    def scan(self, code: str) -> None:
        self.page.wait_for_selector("input:focus")
        self.page.keyboard.type(f"AVK:A:{code}")
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        self.page.wait_for_selector("input:focus")

    def press(self, keys: str, *, loads: bool = False) -> None:
        self.page.wait_for_selector("input:focus")  # a person types when the cursor blinks
        for key in keys:
            self.page.keyboard.press(key)
        self.pressed += len(keys) + 1
        if loads:
            with self.page.expect_navigation():
                self.page.keyboard.press("Enter")
        else:
            self.page.keyboard.press("Enter")


def open_batch(running, page, key: str) -> None:
    page.goto(f"{running.address}/konts/login/")
    page.fill("input[name=login]", "klienti@example.lv")
    page.fill("input[name=password]", "ventas-udens-demo")
    page.keyboard.press("Enter")
    page.wait_for_url("**/birojs/")
    page.goto(f"{running.address}/birojs/pasaknisi/")
    page.fill("#place", f"Pastkaste {key}")
    page.fill("#papers", "1")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/pasaknisi/\d+/$"))


@pytest.mark.parametrize(("at", "javascript"), [(0, True), (1, False)])
def test_a_two_meter_coupon_takes_eighteen_keys_and_no_mouse(running, browser, papers, at, javascript):
    page = open_page(browser, size=DESK, javascript=javascript)
    open_batch(running, page, str(at))
    code, (cold, hot) = papers[at]
    keyboard = Keyboard(page)
    keyboard.scan(code)
    assert barriers(page) == [] if javascript else True
    keyboard.press(cold, loads=not javascript)
    keyboard.press(hot, loads=True)
    assert keyboard.pressed == 18
    assert "Saglabāts. Nākamais kods." in page.inner_text("main")
    assert page.evaluate("document.activeElement.id") == "code" if javascript else True
    print(f"\nkeystrokes for a two-meter coupon: {keyboard.pressed} (JavaScript {javascript})")
    assert not page.complaints


def test_letters_press_what_they_name_while_digits_are_keyed(running, browser, papers):
    page = open_page(browser, size=DESK)
    open_batch(running, page, "letters")
    code, (cold, _) = papers[2]
    keyboard = Keyboard(page)
    keyboard.scan(code)
    odd = f"{(int(cold) + 90_000_000) % 100_000_000:08d}"
    keyboard.press(odd)
    keyboard.press("00000001", loads=True)
    assert "Vai uz papīra ir tieši tā?" in page.inner_text("main")
    assert barriers(page) == []
    with page.expect_navigation():
        page.keyboard.press("n")
    assert "Pasaknītis noraidīts" in page.inner_text("main")
    assert "Noraidīti: nesalasāms" in page.inner_text("main")
    page.goto(f"{running.address}/birojs/pasaknisi/")
    assert barriers(page) == []
