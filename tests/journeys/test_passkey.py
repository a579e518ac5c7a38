"""A passkey from the device to the office, in a real browser with a virtual authenticator."""

import pytest

from tests.journeys.test_browser import barriers, open_page

pytestmark = pytest.mark.browser
WHO, PASSWORD = "gramatvede@example.lv", "ventas-udens-demo"


def with_device(page):
    """Give the browser a device that knows its person."""
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    kind = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options = kind | {"isUserVerified": True, "automaticPresenceSimulation": True}
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def first_step(running, page) -> None:
    page.goto(f"{running.address}/konts/login/")
    page.fill("input[name=login]", WHO)
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")


def test_staff_add_a_passkey_and_sign_in_with_it(running, browser):
    page = open_page(browser)
    with_device(page)
    first_step(running, page)
    page.wait_for_url("**/birojs/")
    page.goto(f"{running.address}/konts/otrais-solis/webauthn/add/")
    assert not barriers(page)
    page.click("text=Pievienot >> nth=-1")
    page.wait_for_url("**/recovery-codes/")
    assert page.locator("li.num").count() == 10
    page.goto(f"{running.address}/")
    page.click("text=Iziet")
    page.wait_for_url("**/konts/login/")
    first_step(running, page)
    page.wait_for_url("**/otrais-solis/authenticate/")
    assert not barriers(page)
    page.click("text=Izmantot atslēgu")
    page.wait_for_url("**/birojs/")
    assert not page.complaints
