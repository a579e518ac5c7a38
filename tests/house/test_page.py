"""The check of every visited page finds what it is there to find."""

import pytest

from tests.page import faults

GOOD = """<!DOCTYPE html><html lang="lv"><head><title>Rēķini – Ūdens</title></head><body><h1 id="a">Rēķini</h1>
<form method="post" action="/"><input type="hidden" name="csrfmiddlewaretoken" value="x">
<label for="b">Summa</label><input id="b" name="sum" aria-describedby="a"><a href="#a">Uz sākumu</a></form>
</body></html>"""
PLANTED = {
    'aria-describedby="a"': ('aria-describedby="gone"', 'aria-describedby="gone" points at nothing'),
    'href="#a"': ('href="#gone"', 'href="gone" points at nothing'),
    'for="b"': ("", "field sum has no label"),
    'id="b"': ('id="a"', "id a twice"),
    "<h1 ": ('<h1>Rēķini</h1><h1 class="x" ', "2 h1"),
    "<title>Rēķini": ("<title>Cits", "title 'Cits – Ūdens', h1 'Rēķini'"),
    ' lang="lv"': ("", "no lang"),
    ' action="/"': ("", "form without method or action"),
    'name="csrfmiddlewaretoken"': ('name="x"', "without CSRF"),
    "Summa": ("None", "raw text: None"),
    "<body>": ('<body style="color:red">', "inline style or handler on body"),
    "</form>": ("", "html: "),
}


def test_a_good_page_has_no_fault():
    assert faults(GOOD) == []


@pytest.mark.parametrize("part", PLANTED)
def test_a_planted_fault_is_found(part):
    instead, fault = PLANTED[part]
    assert part in GOOD
    assert any(fault in one for one in faults(GOOD.replace(part, instead, 1)))


def test_a_help_text_that_is_not_shown_is_a_fault():
    page = GOOD.replace('aria-describedby="a"', 'aria-describedby="id_password_helptext"')
    assert faults(page) == ['aria-describedby="id_password_helptext" points at nothing']
