"""A credit note on paper, and what it has in common with the invoice: buyer and totals."""

from datetime import date
from typing import Any

from avots.billing import wording
from avots.billing.content import Content, Printed
from avots.billing.models import Invoice
from avots.core.dates import Month
from avots.ui import formats

TEMPLATE = "billing/paper/credit.typ"


def view(invoice: Invoice) -> dict[str, Any]:
    """Return what the layout of a credit note is given: words and figures ready to print."""
    content: Content = invoice.content
    corrects = content["corrects"]
    return {
        "title": f"Kredītrēķins par {formats.month(Month.of(invoice.first_day), 'acc')}",
        "number": invoice.number,
        "issued": formats.day(invoice.issued_on or invoice.first_day),
        "seller": content["seller"] | {"hours": wording.hours(content["seller"].get("week", ""))},
        "buyer": buyer_of(content, invoice.printed),
        "corrects": corrects["number"],
        "corrects_on": formats.day(date.fromisoformat(corrects["issued_on"])),
        "reason": wording.REASONS[corrects["reason"]],
        "text": corrects["text"],
        "anew": corrects["anew"],
        "lines": [wording.line(row) for row in content["lines"]],
        "totals": totals_of(invoice),
    }


def buyer_of(content: Content, printed: Printed) -> dict[str, Any]:
    """Return who is billed: name, address, numbers, homes."""
    buyer = content["buyer"]
    registration, vat = buyer.get("registration_number", ""), buyer["vat_number"]
    # A Latvian VAT number is the registration number behind LV, so one says both.
    numbers = [("reģ. nr.", "" if registration and vat.endswith(registration) else registration), ("PVN nr.", vat)]
    return {
        "name": buyer["name"],
        "lines": printed.get("address") or [buyer["address"]],
        "account": buyer["account"],
        "agreement": printed.get("agreement", ""),
        "numbers": ", ".join(f"{name} {number}" for name, number in numbers if number),
        "premises": content["premises"],
    }


def totals_of(invoice: Invoice) -> dict[str, str]:
    """Return net, VAT, its rate and the total as they are printed."""
    return {
        "net": formats.eur_bare(invoice.net_cents),
        "vat": formats.eur_bare(invoice.vat_cents),
        "rate": f"{formats.price(invoice.vat_rate_per_10000 * 1_000).removesuffix(',00')}{formats.NBSP}%",
        "total": formats.eur_bare(invoice.total_cents),
    }
