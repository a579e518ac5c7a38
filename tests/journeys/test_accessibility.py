"""Every portal page in every way it is looked at: axe finds nothing, and nothing it is unsure of is unexplained.

Pages are found by following links as a resident and as the bearer of a personal link, one page for
each address of the portal; each is opened in two languages, three schemes and four sizes
(quality.md U6). 320 x 256 at four device pixels a pixel is what 400 % zoom makes of a desktop screen.
"""

import itertools
from urllib.parse import urldefrag, urlsplit

import pytest
from django.urls import Resolver404, resolve

from tests.journeys.test_browser import AXE, link_of, open_page, resident_of, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.drill]
LANGUAGES = ("lv", "en")
SCHEMES = ("light", "dark", "forced")
SIZES = ((1280, 900, 1), (390, 844, 1), (320, 640, 1), (320, 256, 4))
# What axe cannot decide by itself, and why it is right here.
EXPLAINED = {
    "color-contrast": "text over the deep surface's gradient: both ends of the gradient have 7:1 (tokens.css)",
    "aria-allowed-role": "decorative",
}
NOT_PAGES = ("/pdf/", ".xml", "/logout/", "/demo/", "/birojs/", "mailto:", "tel:")


def address_of(path: str) -> str:
    """Return which address of ours a path is: two invoices are one address."""
    try:
        return resolve(urlsplit(path).path).route
    except Resolver404:
        return ""


def reachable(page, running, start: str) -> dict[str, str]:
    """Return a path for each address that links lead to from a page."""
    found: dict[str, str] = {}
    todo = [start]
    while todo:
        path = todo.pop()
        address = address_of(path)
        if not address and path != "/":
            continue
        if address in found or any(part in path for part in NOT_PAGES):
            continue
        found[address] = path
        page.goto(running.address + path)
        links = page.eval_on_selector_all("a[href]", "all => all.map(one => one.href)")
        todo += [
            urldefrag(link)[0].removeprefix(running.address) for link in links if link.startswith(running.address)
        ]
    return found


def look(browser, running, state, language: str, scheme: str, size: tuple[int, int, int]):
    width, height, pixels = size
    context = browser.new_context(
        storage_state=state,
        viewport={"width": width, "height": height},
        device_scale_factor=pixels,
        color_scheme="dark" if scheme == "dark" else "light",
        forced_colors="active" if scheme == "forced" else "none",
    )
    context.add_cookies([{"name": "django_language", "value": language, "url": running.address}])
    return context.new_page()


def barriers(page) -> list[str]:
    page.evaluate(AXE)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations', 'incomplete']})")
    wrong = [f"{one['id']}: {one['nodes'][0]['html'][:140]}" for one in found["violations"]]
    unsure = [one for one in found["incomplete"] if one["id"] not in EXPLAINED]
    wrong += [f"unsure {one['id']}: {one['nodes'][0]['html'][:140]}" for one in unsure]
    width = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    return wrong + ([f"wider than the screen: {width}"] if width[0] > width[1] else [])


def wrong_in(browser, running, state, paths) -> dict[str, list[str]]:
    wrong: dict[str, list[str]] = {}
    for language, scheme, size in itertools.product(LANGUAGES, SCHEMES, SIZES):
        page = look(browser, running, state, language, scheme, size)
        for path in paths:
            page.goto(running.address + path)
            assert page.get_attribute("html", "lang") == language, path
            if found := barriers(page):
                wrong[f"{path} {language} {scheme} {size}"] = found
        page.context.close()
    return wrong


def test_a_residents_pages_have_no_barrier(running, browser):
    page = open_page(browser)
    sign_in(running, browser, page, resident_of(running))
    pages = reachable(page, running, "/")
    assert len(pages) >= 10, pages
    wrong = wrong_in(browser, running, page.context.storage_state(), pages.values())
    print(f"{len(pages)} pages x {len(LANGUAGES) * len(SCHEMES) * len(SIZES)} ways, {len(wrong)} with a barrier")
    assert not wrong


def test_the_pages_of_a_personal_link_and_of_signing_in_have_no_barrier(running, browser):
    page = open_page(browser)
    page.goto(link_of(running))
    pages = reachable(page, running, "/r/") | reachable(page, running, "/konts/login/")
    wrong = wrong_in(browser, running, page.context.storage_state(), pages.values())
    print(f"{len(pages)} pages, {len(wrong)} with a barrier")
    assert not wrong
