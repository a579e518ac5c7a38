"""An issued invoice as PDF: from what is frozen in it and in the one before alone, so the same bytes in five years.

What links and codes are derived from is frozen, they themselves are not stored: after a change of
their keys a document rendered anew carries a link made with the new key.
"""

from collections.abc import Mapping
from datetime import date
from io import BytesIO
from typing import Any

import pikepdf

from avots.billing import credit, figures, ubl, wording
from avots.billing.content import Content, NextReport, Printed
from avots.billing.models import Invoice
from avots.billing.queries import charged
from avots.billing.rules.comparison import steps_between
from avots.core.dates import Month, at_local
from avots.coupons import pdf as coupons
from avots.customers.registration import code_for, grouped, masked
from avots.readings.links import Link, token_of
from avots.ui import codes, formats, paper

TEMPLATES = {1: "billing/paper/invoice.typ"}
EPC_NAME = 70
# The ways to share an invoice among two pages, from the fullest first page to the barest (paper/invoice.typ).
SPLITS = 5
# So many meters stand on page 1, with the coupon below and without.
MOST_METERS, MOST_METERS_ALONE = 7, 18


def file_name(invoice: Invoice) -> str:
    """Return the name a customer's copy has."""
    name = "Kreditrekins" if ubl.is_credit(invoice) else "Rekins"
    return f"{name}_{Month.of(invoice.first_day)}_{invoice.number}.pdf"


def render(invoice: Invoice, *, mask: bool = False) -> bytes:
    """Return the PDF of an issued invoice or credit note; a masked copy hides the registration code (house.md 10)."""
    structured = paper.Attachment(
        f"Rekins_{invoice.number}.xml", ubl.xml_of(invoice), "application/xml", "Strukturētais rēķins (EN 16931)"
    )
    at = at_local(_issued_on(invoice), 12)
    if ubl.is_credit(invoice):
        return paper.render(credit.TEMPLATE, credit.view(invoice), at=at, attachments=[structured])
    template = TEMPLATES[invoice.printed.get("template", max(TEMPLATES))]
    facts = view(invoice, mask=mask)
    sheets = -(-(len(facts["coupons"]) - 1) // coupons.ON_A_PAGE) if facts["coupons"] else 0
    made = b""
    for split in range(_first_split(facts), SPLITS):
        made = paper.render(template, facts | {"split": split}, at=at, attachments=[structured])
        if _pages(made) == (2 if split else 1) + sheets:
            break
    return made


def _first_split(facts: Mapping[str, Any]) -> int:
    """Return where to begin: with so many meters that a page is theirs, nothing else is worth a try."""
    return 0 if len(facts["meters"]) <= facts["most_meters"] else SPLITS - 1


def _pages(made: bytes) -> int:
    with pikepdf.open(BytesIO(made)) as document:
        return len(document.pages)


def view(invoice: Invoice, *, mask: bool = False) -> dict[str, Any]:
    """Return what the layout is given: words and figures ready to print."""
    content: Content = invoice.content
    printed: Printed = invoice.printed
    month = Month.of(invoice.first_day)
    report = printed.get("report")
    issued_on = _issued_on(invoice)
    buyer, registration = credit.buyer_of(content, printed), _registration(invoice, mask=mask)
    return {
        "title": f"{'Jauns rēķins' if content.get('corrects') else 'Rēķins'} par {formats.month(month, 'acc')}",
        "number": invoice.number,
        "issued": formats.day(issued_on),
        "seller": content["seller"] | {"hours": wording.hours(content["seller"].get("week", ""))},
        "buyer": buyer,
        "pay": _pay(invoice, buyer, registration),
        "registration": registration,
        "most_meters": MOST_METERS if report else MOST_METERS_ALONE,
        "why": _why(invoice),
        "chart": figures.chart(content["history"]),
        "meters": [wording.meter(row, content["max_estimates"], issued_on) for row in content["meters"]],
        "notes": wording.notes(content, issued_on),
        "lines": [wording.line(row) for row in content["lines"]],
        "prices": [wording.price_since(row) for row in content["lines"]],
        "totals": credit.totals_of(invoice),
        "house": wording.house(content["building"]),
        "report": _report(report, content) if report else None,
        "coupons": _coupons(report) if report else [],
    }


def _why(invoice: Invoice) -> dict[str, Any] | None:
    """Return why it differs from the invoice it is compared with, from what is frozen in both."""
    before = Invoice.objects.filter(pk=invoice.printed.get("before")).first()
    if before is None:
        return None
    steps = steps_between(charged(before), charged(invoice))
    ends = [(Month.of(one.first_day), one.total_cents) for one in (before, invoice)]
    return figures.why(ends[0], ends[1], steps)


def _issued_on(invoice: Invoice) -> date:
    if invoice.issued_on is None or invoice.due_on is None:
        raise ValueError(f"invoice {invoice.pk} is not issued")
    return invoice.issued_on


def _pay(invoice: Invoice, buyer: Mapping[str, Any], registration: str) -> dict[str, Any]:
    """Return what to pay, by when, where, and the squares and bars that say so to machines."""
    seller, printed = invoice.content["seller"], invoice.printed
    owed = invoice.total_cents > 0
    symbology = printed.get("barcode", "none")
    bars = {"code128": invoice.reference, "itf": _digits(str(invoice.number))}.get(symbology, "") if owed else ""
    return {
        "total": formats.eur_bare(invoice.total_cents),
        "owed": owed,
        "credit": invoice.total_cents < 0,
        "due": formats.day(invoice.due_on) if invoice.due_on else "",
        "iban": grouped_by_four(seller["iban"]),
        "reference": grouped_by_four(invoice.reference),
        "qr": codes.qr(epc(seller, invoice.total_cents, invoice.reference)) if owed and printed.get("pay_qr") else "",
        "bars": codes.barcode(bars, symbology) if bars else "",
        "bars_text": bars,
        "rows": 5 + bool(buyer["numbers"]) + bool(registration),
    }


def _digits(number: str) -> str:
    """Return the digits of an invoice number as ITF needs them: an even count.

    >>> _digits("VU26-000001"), _digits("VU26-00001")
    ('26000001', '02600001')
    """
    digits = "".join(char for char in number if char.isdigit())
    return digits.zfill(len(digits) + len(digits) % 2)


def epc(seller: Mapping[str, str], cents: int, reference: str) -> str:
    """Return what a payment square says.

    >>> epc({"name": "SIA „Ventas ūdens”", "iban": "LV22PARA0000123456789"}, 933, "RF88VU26104417").splitlines()[5:8]
    ['SIA „Ventas ūdens”', 'LV22PARA0000123456789', 'EUR9.33']

    :source: EPC069-12 version 2.1, with the structured creditor reference of ISO 11649
    """
    amount = f"EUR{cents // 100}.{cents % 100:02d}"
    return "\n".join(["BCD", "002", "1", "SCT", "", seller["name"][:EPC_NAME], seller["iban"], amount, "", reference])


def grouped_by_four(text: str) -> str:
    """Return a long number in groups, as people compare it.

    >>> grouped_by_four("LV22PARA0000123456789").replace(formats.NBSP, " ")
    'LV22 PARA 0000 1234 5678 9'
    """
    return formats.NBSP.join(text[at : at + 4] for at in range(0, len(text), 4))


def _registration(invoice: Invoice, *, mask: bool) -> str:
    """Return the code for registering in the portal, where the customer has nobody there yet."""
    generation = invoice.printed.get("registration_generation")
    if generation is None:
        return ""
    code = code_for(invoice.content["buyer"]["account"], issued_on=_issued_on(invoice), generation=generation)
    return masked(code) if mask else grouped(code)


def _report(report: NextReport, content: Content) -> dict[str, Any]:
    home = report["homes"][0]
    link = Link(home["link"]["round"], home["link"]["account"], home["link"]["premise"])
    token = token_of(link, generation=home["link"]["generation"])
    url = f"{content['seller']['portal_url']}/r/{token}/"
    return {
        "window": coupons.window_words(date.fromisoformat(report["first_on"]), date.fromisoformat(report["last_on"])),
        "url": url,
        "qr": codes.qr(url),
        "mailbox": report["mailbox"],
        "collected": formats.day_of_month(date.fromisoformat(report["collected_on"])),
        "home": home["premise"] if len(report["homes"]) > 1 else "",
        "more": sum(len(home["coupons"]) for home in report["homes"]) > 1,
    }


def _coupons(report: NextReport) -> list[dict[str, Any]]:
    month = Month.parse(report["month"])
    first, last = date.fromisoformat(report["first_on"]), date.fromisoformat(report["last_on"])
    return [
        coupons.view(**coupon, month=month, first=first, last=last, mailbox=bool(report["mailbox"]))
        for home in report["homes"]
        for coupon in home["coupons"]
    ]
