"""What a person does, in a real browser against the running town."""

import re
import time
from pathlib import Path

import axe_playwright_python
import pytest

pytestmark = pytest.mark.browser
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text()
PHONE = {"width": 390, "height": 844}


def open_page(browser, *, size=None, dark=False, javascript=True):
    context = browser.new_context(
        viewport=size or PHONE,
        color_scheme="dark" if dark else "light",
        locale="lv",
        java_script_enabled=javascript,
        bypass_csp=False,
    )
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda said: page.complaints.append(said.text) if said.type == "error" else None)
    return page


def link_of(running) -> str:
    return running.address + re.search(r"personal link: \S+?(/r/\S+)", running.told).group(1)


def resident_of(running) -> str:
    return re.search(r"resident\s+(\S+@\S+)", running.told).group(1)


def mail_to(running, browser, address: str, subject: str) -> str:
    """Wait until the worker has sent a letter, and return its text."""
    page = open_page(browser)
    for _ in range(60):
        page.goto(f"{running.address}/demo/pastkaste/?kam={address}")
        row = page.locator("tbody tr", has_text=subject).first
        if row.count() and "nosūtīta" in row.inner_text():
            row.locator("a").click()
            return page.inner_text("main")
        time.sleep(0.5)
    raise AssertionError(f"no letter {subject!r} to {address}")


def fill_in(page) -> None:
    """Type for each meter what it showed before and three cubic metres more."""
    for field in page.locator("input.drums").all():
        field.fill(f"{int(field.get_attribute('data-previous')) + 3_000:08d}")


@pytest.mark.parametrize("javascript", [True, False])
def test_a_resident_reports_from_the_reminder_without_signing_in(running, browser, javascript):
    page = open_page(browser, javascript=javascript)
    requests = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(link_of(running))
    assert page.url.endswith("/r/")
    fill_in(page)
    page.click("form button.btn")
    assert "Paldies!" in page.inner_text("h1")
    assert not page.complaints
    loaded = {url for url in requests if "/r/" not in url}
    assert len(loaded) <= 4
    page.click("text=Labot rādījumus")
    assert page.locator("input.drums").first.input_value() != ""


def sign_in(running, browser, page, address: str) -> None:
    page.goto(f"{running.address}/konts/login/code/")
    page.fill("input[name=email]", address)
    page.click("main form button")
    code = re.search(r"kods:\s*(\S+)", mail_to(running, browser, address, "Kods ieiešanai")).group(1)
    page.fill("input[name=code]", code)
    page.click("main form button")


def test_a_resident_signs_in_by_a_code_that_the_worker_sends(running, browser):
    page = open_page(browser)
    sign_in(running, browser, page, resident_of(running))
    page.goto(running.address + "/")
    assert page.locator("text=Iziet").count()
    page.goto(f"{running.address}/rekini/")
    page.locator("tbody a").first.click()
    assert "Rēķins par" in page.inner_text("h1")
    page.locator("summary").nth(1).click()
    assert not page.complaints


PAGES = ["/", "/radijumi/", "/rekini/", "/skaititaji/", "/iestatijumi/", "/lapa/pieklustamiba/"]
PAGES += ["/kontakti/", "/dati/skatijumi/", "/konts/otrais-solis/", "/konts/otrais-solis/webauthn/"]
OFFICE = ["/birojs/", "/birojs/aizturetie/", "/birojs/klienti/?q=iela", "/birojs/majas/", "/birojs/rekini/"]
OFFICE += ["/birojs/ievads/", "/birojs/maksajumi/", "/birojs/kase/", "/birojs/kase/1/", "/birojs/kase/slegumi/"]
OFFICE += ["/birojs/pasaknisi/", "/birojs/pasaknisi/izskatit/"]
OFFICE += [
    "/birojs/pazinojumi/",
    "/birojs/kontakti/",
    "/birojs/termini/",
    "/birojs/tarifi/",
    "/birojs/majokli/1/",
    "/birojs/skaititaji/1/nomainit/",
]


def barriers(page) -> list[str]:
    """What axe finds; its script comes through the browser's own channel, not the page's policy."""
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found["violations"]]


@pytest.mark.parametrize("dark", [False, True])
def test_the_portal_fits_a_small_screen_and_axe_finds_nothing(running, browser, dark):
    page = open_page(browser, size={"width": 320, "height": 640}, dark=dark)
    sign_in(running, browser, page, resident_of(running))
    wrong = {}
    for path in PAGES:
        page.goto(running.address + path)
        found = barriers(page)
        if page.evaluate("document.documentElement.scrollWidth") > 320:
            found.append("wider than the screen")
        if found:
            wrong[path] = found
    assert not wrong


def test_the_office_is_reached_by_keyboard_and_axe_finds_nothing(running, browser):
    page = open_page(browser, size={"width": 1280, "height": 800})
    page.goto(f"{running.address}/konts/login/")
    page.fill("input[name=login]", "vaditaja@example.lv")
    page.fill("input[name=password]", "ventas-udens-demo")
    page.keyboard.press("Enter")
    page.wait_for_url("**/birojs/")
    page.keyboard.press("g")
    page.keyboard.press("k")
    page.wait_for_url("**/klienti/")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "q"
    wrong = {}
    for path in OFFICE:
        page.goto(running.address + path)
        if found := barriers(page):
            wrong[path] = found
    page.set_viewport_size(PHONE)
    for path in OFFICE[:6]:
        page.goto(running.address + path)
        if found := barriers(page):
            wrong[f"{path} on a phone"] = found
    assert not wrong
    assert not page.complaints
