"""From the code on a paper to a confirmed reading, as somebody new would; and with a passkey from then on."""

import re

import pytest

from tests.journeys.test_browser import barriers, fill_in, mail_to, open_page
from tests.journeys.test_passkey import with_device

pytestmark = pytest.mark.browser
NEW = "jauna.iemitniece@example.lv"


def told(running) -> tuple[str, str]:
    return re.search(r"as customer (\S+) with code (\S+)", running.told).groups()


def code_in(running, browser, subject: str) -> str:
    return re.search(r"kods:\s*(\S+)", mail_to(running, browser, NEW, subject)).group(1)


def looked_at(page) -> None:
    """Nothing complains, nothing is a barrier, nothing is wider than the smallest screen."""
    assert not barriers(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def test_from_the_code_on_the_paper_to_a_confirmed_reading_then_a_passkey(running, browser):
    number, code = told(running)
    page = open_page(browser, size={"width": 320, "height": 700})
    with_device(page)
    page.goto(running.address)
    page.click("text=Reģistrēties")
    looked_at(page)
    page.fill("[name=number]", number)
    page.fill("[name=code]", "wrong")
    page.keyboard.press("Enter")
    assert page.inner_text("[role=alert]")
    looked_at(page)
    page.fill("[name=code]", code.lower())
    page.click("main form button.btn")
    looked_at(page)
    page.fill("[name=email]", NEW)
    page.click("main form button.btn")
    looked_at(page)
    page.fill("[name=code]", code_in(running, browser, "Kods e-pasta apstiprināšanai"))
    page.click("main form button.btn")
    page.wait_for_url(running.address + "/")
    page.click("main a.btn >> text=Paziņot rādījumus")
    fill_in(page)
    page.click("form button.btn")
    assert "Paldies!" in page.inner_text("h1")
    assert "Apstiprinājums" in mail_to(running, browser, NEW, "Rādījumi saņemti")
    add_passkey(running, page)
    page.click("text=Iziet")
    page.goto(f"{running.address}/konts/login/")
    page.click("text=Izmantot atslēgu")
    page.wait_for_url(running.address + "/")
    assert page.locator("text=Iziet").count()
    for path in ("", "cilveki/", "prombutne/", "ierices/", "epasts/", "dati/", "dati/lapa/", "dati/dzest/"):
        page.goto(f"{running.address}/iestatijumi/{path}")
        looked_at(page)
    assert not [one for one in page.complaints if "422" not in one]


def add_passkey(running, page) -> None:
    page.goto(f"{running.address}/iestatijumi/")
    page.click("text=Piekļuves atslēgas")
    page.click("text=Pievienot atslēgu")
    page.click("text=Pievienot >> nth=-1")
    page.wait_for_url("**/recovery-codes/")


def test_registering_works_without_javascript(running, browser):
    page = open_page(browser, javascript=False)
    page.goto(f"{running.address}/registreties/jauns-kods/")
    page.fill("[name=number]", "1000000")
    page.click("main form button.btn")
    assert "Pieprasījums ir saņemts" in page.inner_text("h1")
