"""Every page of the portal in every way it is looked at: axe finds nothing and leaves nothing unexplained.

A tour signs in, follows links, and takes the steps that only a form leads to: a mistyped reading, a
question, a receipt, a code from a letter, a second step of signing in. At each stop the page is looked
at in three schemes and four sizes (quality.md U6), and the tour is made once in each language. 320 x 256
is what 400 % zoom leaves of a desktop screen. At the end every address of the portal must have been a
stop, or stand in NO_PAGE with the reason.
"""

import base64
import hmac
import itertools
import json
import re
import struct
import time
from urllib.parse import urldefrag, urlsplit

import pytest
from django.urls import Resolver404, get_resolver, resolve

from tests.journeys.conftest import manage
from tests.journeys.test_browser import AXE
from tests.journeys.test_passkey import with_device

pytestmark = [pytest.mark.browser, pytest.mark.drill]
LANGUAGES = ("lv", "en")
SCHEMES = ("light", "dark", "forced")
SIZES = ((1280, 900), (390, 844), (320, 640), (320, 256))
# What axe cannot decide by itself, by the reason it gives, and why it is right here.
EXPLAINED = {
    "bgGradient": "text over a gradient: both its ends have 7:1 (tokens.css)",
    "shortTextContent": "a figure of one digit at a chart's axis, in the colours of all its words",
    "imgNode": "a chart's words stand on paper, beside its bars",
    "bgOverlap": "the picture of a paper: ink on a rectangle of paper",
    "nonBmp": "a sign beside a word that says the same, in its colour",
    "elmPartiallyObscuring": "a row wider than the screen, in a region that scrolls and takes the focus",
    "elmPartiallyObscured": "a table wider than the screen, in a region that scrolls and takes the focus",
}
# In forced colours people see their own palette, while axe reads the page's: contrast is theirs there.
FORCED_RULES = {"color-contrast": {"enabled": False}}
NO_PAGE = {
    "r/<str:token>/": "leads to r/ at once",
    "rekini/<str:number>/pdf/": "a file",
    "iestatijumi/cilveki/<int:pk>/beigt/": "a button's address",
    "iestatijumi/cilveki/aicinats/<int:pk>/": "a button's address",
    "iestatijumi/prombutne/<int:pk>/": "a button's address",
    "iestatijumi/dati/mani-dati.json": "a file",
    "valoda/": "a button's address",
    "konts/inactive/": "closed to everybody",
    "konts/signup/": "closed to everybody",
    "konts/email/": "closed to everybody",
    "konts/confirm-email/": "closed to everybody",
    r"konts/confirm-email/(?P<key>[-:\w]+)/$": "closed to everybody",
    "konts/password/reset/key/done/": "closed to everybody",
    "konts/otrais-solis/recovery-codes/download/": "a file",
    "konts/otrais-solis/webauthn/login/": "the passkey button's address",
}
FILES = ("/pdf/", ".json", "/download/", ".csv", ".xlsx", "/druka/", "/foto/", ".zip")
ELSEWHERE = ("demo/", "birojs/dati/")
TOWN = """
import json
from avots.core import clock
from avots.core.dates import local_day
from avots.customers.models import Access
from avots.readings.links import Link, token_of
from avots.readings.queries import missing, round_at, sheet
round = round_at(clock.now())
homes = [row.occupancy for row in missing(round)]
homes = [one for one in homes if all(line.reading is None for line in sheet(one.premise, round))]
links = ["/r/" + token_of(Link(round.pk, one.account_id, one.premise_id)) + "/" for one in homes]
on = local_day(clock.now())
holders = Access.objects.valid(on=on).filter(kind="holder", account__invoice__isnull=False).order_by("-user_id")
print(json.dumps([links, list(dict.fromkeys(holders.values_list("user__email", flat=True)))]))
"""


def address_of(path: str) -> str:
    """Return which address of ours a path is: two invoices are one address."""
    try:
        return resolve(urlsplit(path).path).route
    except Resolver404:
        return "-"


def addresses(patterns, before: str = "") -> list[str]:
    """Return every address of the portal and of signing in."""
    found = []
    for one in patterns:
        route = before + str(one.pattern).removeprefix("^")
        if not route.startswith(("birojs/", "demo/")):
            found += addresses(one.url_patterns, route) if hasattr(one, "url_patterns") else [route]
    return found


def reason(node) -> str:
    """Return the key of axe's own reason for not deciding."""
    data = next((check.get("data") for check in node["any"] + node["all"] + node["none"]), None)
    return str(data.get("messageKey")) if isinstance(data, dict) else ""


def barriers(page, scheme: str) -> list[str]:
    options = {"resultTypes": ["violations", "incomplete"], "rules": FORCED_RULES if scheme == "forced" else {}}
    found = page.evaluate("options => axe.run(document, options)", options)
    wrong = [f"{one['id']}: {one['nodes'][0]['html'][:140]}" for one in found["violations"]]
    unsure = [(one["id"], reason(node), node["html"][:140]) for one in found["incomplete"] for node in one["nodes"]]
    wrong += [f"unsure {rule} ({why}): {html}" for rule, why, html in unsure if why not in EXPLAINED]
    width = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    return wrong + ([f"wider than the screen: {width}"] if width[0] > width[1] else [])


class Tour:
    """One person's way through pages in one language, looking at each in every scheme and size."""

    def __init__(self, running, browser, language: str, sizes=SIZES) -> None:
        self.running, self.browser, self.language, self.sizes = running, browser, language, sizes
        self.wrong: dict[str, list[str]] = {}
        self.been: set[str] = set()
        self.looks = 0
        self.page = self.new_page()

    def new_page(self):
        page = self.browser.new_context().new_page()
        self.speak(page)
        return page

    def speak(self, page) -> None:
        """Ask for the tour's language; signing in asks for the person's own."""
        cookie = {"name": "django_language", "value": self.language, "url": self.running.address}
        page.context.add_cookies([cookie])

    def stop(self, path: str = "", name: str = "") -> None:
        """Look at the page shown, or at a path; a name tells states of one address apart."""
        if path:
            answer = self.page.goto(self.running.address + path)
            assert answer.status < 500, path
        here = urlsplit(self.page.url).path
        assert self.page.get_attribute("html", "lang") == self.language, here
        self.been.add(address_of(here))
        self.page.evaluate(AXE)
        for scheme, size in itertools.product(SCHEMES, self.sizes):
            self.page.set_viewport_size({"width": size[0], "height": size[1]})
            dark, forced = "dark" if scheme == "dark" else "light", "active" if scheme == "forced" else "none"
            self.page.emulate_media(color_scheme=dark, forced_colors=forced)
            self.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
            self.looks += 1
            if found := barriers(self.page, scheme):
                self.wrong[f"{here} {name} {self.language} {scheme} {size}"] = found

    def follow(self, start: str, *, office: bool = False) -> None:
        """Stop at one page of each address of the portal, or of the office, that links lead to."""
        todo, known = [start], {"-"}
        while todo:
            path = todo.pop()
            address = path if path.startswith("/lapa/") else address_of(path)
            if address in known or address.startswith(ELSEWHERE) or any(one in path for one in FILES):
                continue
            if address.startswith("birojs/") != office:
                continue
            known.add(address)
            self.stop(path)
            links = self.page.eval_on_selector_all("a[href]", "all => all.map(one => one.href)")
            ours = [urldefrag(link)[0] for link in links if link.startswith(self.running.address)]
            todo += [link.removeprefix(self.running.address) for link in ours]

    def send(self, **fields: str) -> None:
        """Fill in the form that has these fields and send it."""
        form = self.page.locator("main form" + "".join(f":has([name={name}])" for name in fields)).first
        for name, value in fields.items():
            form.locator(f"[name={name}]").fill(value)
        form.locator("button.btn").first.click()

    def letter(self, address: str, act) -> str:
        """Do something that sends a letter to an address, and return its text."""
        box = self.new_page()
        box.goto(f"{self.running.address}/demo/pastkaste/?kam={address}")
        before = box.locator("tbody a").first.get_attribute("href") if box.locator("tbody a").count() else ""
        act()
        for _ in range(60):
            box.reload()
            newest = box.locator("tbody a").first
            if newest.count() and newest.get_attribute("href") != before:
                newest.click()
                text = box.inner_text("main")
                box.context.close()
                return text
            time.sleep(0.25)
        raise AssertionError(f"no letter to {address}")

    def code(self, address: str, act) -> str:
        return re.search(r"(?:kods|code):\s+(\S+)", self.letter(address, act)).group(1)

    def sign_in(self, address: str, *, look: bool = False) -> None:
        self.page.goto(f"{self.running.address}/konts/login/code/")
        code = self.code(address, lambda: self.send(email=address))
        if look:
            self.stop(name="code")
        self.send(code=code)
        self.speak(self.page)

    def stand_by(self) -> None:
        """Say that it is right, to as many questions as are asked."""
        while self.page.locator("button[name=right]").count():
            self.page.locator("button[name=right]").first.click()

    def type(self, value) -> None:
        """Type into each meter what a function makes of its previous reading."""
        for field in self.page.locator("input.drums:not([readonly])").all():
            field.fill(value(int(field.get_attribute("data-previous"))))


def town(running) -> tuple[list[str], list[str]]:
    """Return personal links of homes that have told nothing yet, and people who hold an account."""
    links, people = json.loads(manage(running.env, "shell", "-v0", "-c", TOWN).splitlines()[-1])
    return links, people


def one_time_code(secret: str) -> str:
    """Return what an application on a telephone shows for a secret now (RFC 6238)."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), "sha1")
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def report(tour: Tour, home: str) -> None:
    """From the link: the sheet empty, mistyped, with too few digits, asked about, recorded, and once more."""
    tour.stop(home, "sheet")
    tour.type(lambda previous: "abc")
    tour.send()
    tour.stop(name="mistyped")
    tour.type(lambda previous: "42")
    tour.send()
    tour.stop(name="too few digits")
    tour.type(lambda previous: f"{previous + 20_000_000:08d}")
    tour.send()
    tour.stop(name="question")
    tour.page.click("button[name=answer]")
    tour.type(lambda previous: f"{previous + 2_000:08d}")
    tour.send()
    tour.stand_by()
    tour.stop(name="receipt")
    tour.stop("/r/", "reported")
    tour.stop("/r/AAAA/", "a broken link")


def strangers(tour: Tour) -> None:
    """What anybody may open: signing in, a forgotten password, registering, a page that is not there."""
    tour.follow("/konts/login/")
    tour.page.goto(tour.running.address + "/konts/login/")
    tour.send(login="nobody@example.lv", password="x" * 16)
    tour.stop(name="refused")
    tour.page.goto(tour.running.address + "/konts/password/reset/")
    tour.send(email="nobody@example.lv")
    tour.stop(name="sent")
    tour.stop("/nav-te/", "not found")
    tour.stop("/registreties/jauns-kods/")
    tour.send(number="1000000")
    tour.stop(name="asked")
    number, code = re.search(r"as customer (\S+) with code (\S+)", tour.running.told).groups()
    tour.page.goto(tour.running.address + "/registreties/")
    tour.send(number=number, code="wrong")
    tour.stop(name="refused")
    tour.send(code=code)
    tour.stop(name="address")
    tour.send(email="nezinama@example.lv")
    tour.stop(name="code")
    tour.send(code="AAAAAAA")
    tour.stop(name="wrong code")


def resident(tour: Tour, address: str) -> None:
    """All pages of one's own, and the steps of its forms."""
    tour.sign_in(address, look=True)
    tour.follow("/")
    tour.page.goto(tour.running.address + "/radijumi/")
    tour.type(lambda previous: f"{previous + 2_000:08d}")
    tour.send()
    tour.stand_by()
    tour.stop(name="receipt")
    tour.page.goto(tour.running.address + "/iestatijumi/epasts/")
    tour.code("jauns@example.lv", lambda: tour.send(email="jauns@example.lv"))
    tour.stop(name="code")
    tour.page.goto(tour.running.address + "/iestatijumi/prombutne/")
    tour.send(starts_on="2020-01-01", ends_on="2019-01-01")
    tour.stop(name="refused")
    helper = f"palidz.{tour.language}@example.lv"
    tour.page.goto(tour.running.address + "/iestatijumi/cilveki/")
    tour.page.check("[value=delegate]")
    text = tour.letter(helper, lambda: tour.send(email=helper))
    tour.stop(name="invited")
    tour.stop(re.search(r"(/saite/\S+)", text).group(1))
    tour.page.goto(tour.running.address + "/iestatijumi/cilveki/")
    tour.page.locator("main ul.rows form button").last.click()
    tour.stop("/apliecinat/")


def second_step(tour: Tour, address: str) -> None:
    """An application and a passkey: added, used for signing in, asked for again, and taken away."""
    steps = tour.running.address + "/konts/otrais-solis/"
    with_device(tour.page)
    tour.stop("/konts/otrais-solis/totp/activate/")
    tour.send(code=one_time_code(tour.page.inner_text("main form .num")))
    tour.page.goto(steps + "webauthn/add/")
    tour.page.click("main form button[type=button]")
    tour.page.wait_for_url(lambda url: "/add/" not in url)
    tour.follow("/konts/otrais-solis/")
    for path in ("reauthenticate/", "webauthn/reauthenticate/", "recovery-codes/", "recovery-codes/generate/"):
        tour.stop("/konts/otrais-solis/" + path)
    tour.page.goto(steps + "recovery-codes/")
    codes = [one.inner_text() for one in tour.page.locator("li.num").all()]
    tour.page.click("header form button")
    tour.sign_in(address)
    tour.stop(name="second step")
    tour.send(code=codes[0])
    for path in ("webauthn/", "totp/deactivate/"):
        tour.page.goto(steps + path)
        if tour.page.locator("a[href*=remove]").count():
            tour.page.click("a[href*=remove]")
        tour.send()


def password(tour: Tour, address: str) -> None:
    """A password set, used to prove oneself again, changed, and reset by a letter."""
    tour.stop("/konts/password/set/")
    words = f"zila laiva pie krasta {tour.language}"
    tour.send(password1=words, password2="other than that")
    tour.stop(name="refused")
    tour.send(password1=words, password2=words)
    tour.stop("/konts/password/change/")
    tour.stop("/konts/reauthenticate/")
    tour.stop("/konts/logout/")
    tour.page.click("main form button")
    tour.page.goto(tour.running.address + "/konts/password/reset/")
    text = tour.letter(address, lambda: tour.send(email=address))
    tour.stop(re.search(r"(/konts/password/reset/key/\S+)", text).group(1))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_the_portal_has_no_barrier(running, browser, language):
    tours = [Tour(running, browser, language) for _ in range(3)]
    link, person = (found[LANGUAGES.index(language) - 3] for found in town(running))
    report(tours[0], link)
    strangers(tours[1])
    resident(tours[2], person)
    second_step(tours[2], person)
    password(tours[2], person)
    been = set().union(*(tour.been for tour in tours))
    wrong = {where: found for tour in tours for where, found in tour.wrong.items()}
    looks = sum(tour.looks for tour in tours)
    print(f"\n{language}: {len(been)} addresses, {looks} looks, {len(wrong)} with a barrier")
    assert not wrong
    assert set(addresses(get_resolver().url_patterns)) - been - NO_PAGE.keys() == set()


def test_every_page_of_the_office_that_links_lead_to_has_no_barrier(running, browser):
    tour = Tour(running, browser, "lv", sizes=((1280, 900), (390, 844)))
    tour.page.goto(f"{running.address}/konts/login/")
    tour.send(login="vaditaja@example.lv", password="ventas-udens-demo")
    tour.page.wait_for_url("**/birojs/")
    tour.follow("/birojs/", office=True)
    print(f"\noffice: {len(tour.been)} addresses, {tour.looks} looks, {len(tour.wrong)} with a barrier")
    assert not tour.wrong
    assert len(tour.been) > 30
