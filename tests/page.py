"""Checks every page that any test visits."""

import re

import html5lib
from django.test import Client

# What names another element of the page by its id.
POINTERS = ("aria-describedby", "aria-labelledby", "aria-controls", "aria-errormessage", "for", "list", "form")
UNTRANSLATED = re.compile(r"\bNone\b|\{[{%]|%\(\w+\)s")


class CheckedClient(Client):
    """Django's client, which fails a test on the first page with a fault."""

    def request(self, **request):
        response = super().request(**request)
        if response.headers.get("Content-Type", "").startswith("text/html") and response.content:
            found = faults(response.content.decode())
            assert not found, f"{request.get('PATH_INFO')}: {found}"
        return response


def faults(html: str) -> list[str]:
    """Return what is wrong with a page."""
    parser = html5lib.HTMLParser(strict=False, namespaceHTMLElements=False)
    page = parser.parse(html)
    found = [f"html: {code} at {where}" for where, code, _ in parser.errors]
    elements = list(page.iter())
    found += _heading(page) + _ids(elements) + _pointers(elements) + _fields(page, elements)
    found += _forms(elements) + _inline(elements)
    html_element = next(el for el in elements if el.tag == "html")
    if not html_element.get("lang"):
        found.append("no lang")
    text = " ".join(t for el in elements if el.tag not in {"script", "style"} for t in (el.text or "", el.tail or ""))
    if broken := UNTRANSLATED.search(text):
        found.append(f"raw text: {broken.group()}")
    return found


def _text(element) -> str:
    return " ".join("".join(element.itertext()).split())


def _heading(page) -> list[str]:
    headings = [_text(h) for h in page.iter("h1")]
    title = next((_text(t) for t in page.iter("title")), "")
    if len(headings) != 1:
        return [f"{len(headings)} h1"]
    return [] if title.removeprefix("Kļūda: ").startswith(headings[0]) else [f"title {title!r}, h1 {headings[0]!r}"]


def _ids(elements) -> list[str]:
    ids = [el.get("id") for el in elements if el.get("id")]
    return [f"id {one} twice" for one in set(ids) if ids.count(one) > 1]


def _pointers(elements) -> list[str]:
    """What is pointed at must be there: a description nobody hears, a link that leads nowhere."""
    ids = {el.get("id") for el in elements}
    named = {(name, one) for el in elements for name in POINTERS for one in (el.get(name) or "").split()}
    named |= {("href", el.get("href")[1:]) for el in elements if (el.get("href") or "").startswith("#")}
    return [f'{name}="{one}" points at nothing' for name, one in sorted(named) if one not in ids]


def _fields(page, elements) -> list[str]:
    labelled = {el.get("for") for el in elements if el.tag == "label"}
    inside = {id(field) for label in page.iter("label") for field in label.iter()}
    fields = [
        el
        for el in elements
        if el.tag in {"input", "select", "textarea"} and el.get("type") not in {"hidden", "submit"}
    ]
    return [
        f"field {el.get('name')} has no label"
        for el in fields
        if el.get("id") not in labelled and id(el) not in inside and not el.get("aria-label")
    ]


def _forms(elements) -> list[str]:
    found = []
    for form in (el for el in elements if el.tag == "form"):
        if not form.get("method") or form.get("action") is None:
            found.append("form without method or action")
        names = {field.get("name") for field in form.iter("input")}
        if form.get("method") == "post" and "csrfmiddlewaretoken" not in names:
            found.append(f"form to {form.get('action')} without CSRF")
    return found


def _inline(elements) -> list[str]:
    found = []
    for el in elements:
        if not isinstance(el.tag, str):
            continue
        if el.get("style") is not None or any(name.startswith("on") for name in el.attrib):
            found.append(f"inline style or handler on {el.tag}")
        if el.tag == "style" or (el.tag == "script" and not el.get("src")):
            found.append(f"inline {el.tag}")
    return found
