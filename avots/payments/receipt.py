"""What a receipt of the cash desk shows, copied in and frozen, and the same on paper."""

from datetime import date, datetime
from typing import Any, TypedDict

from avots.ui import paper
from avots.ui.formats import NBSP, day, eur_bare

TEMPLATE = "payments/paper/receipt.typ"
CLOSING = "Maksājums par ūdensapgādi un kanalizāciju."


class ReceiptContent(TypedDict):
    """The shape of ``CashReceipt.content``: amounts in cents; ``reverses`` names what a storno takes back."""

    seller: dict[str, str]
    number: str
    day: str
    time: str
    desk: str
    by: str
    customer: str
    account: str
    address: str
    channel: str
    cents: int
    given_cents: int
    change_cents: int
    owed_before_cents: int
    owed_after_cents: int
    reverses: str
    reason: str


def receipt_pdf(content: ReceiptContent, *, at: datetime) -> bytes:
    """Return a receipt as a PDF: the same content and moment give the same bytes."""
    return paper.render(TEMPLATE, _printed(content), at=at)


def _printed(content: ReceiptContent) -> dict[str, Any]:
    """Return the words of a receipt, ready to be placed."""
    seller, back = content["seller"], content["reverses"]
    line = f"Reģ. Nr. {seller['registration_number']}, PVN Nr. {seller['vat_number']}, {seller['address']}"
    facts = [
        ("Datums", f"{day(date.fromisoformat(content['day']))} plkst. {content['time'].replace(':', '.')}"),
        ("Klients", content["customer"]),
        ("Klienta Nr.", content["account"]),
        ("Adrese", content["address"]),
        ("Kase", content["desk"]),
    ]
    if back:
        facts += [("Atceļ kvīti", back), ("Iemesls", content["reason"])]
    how = "ar karti" if content["channel"] == "card" else "skaidrā naudā"
    return {
        "title": f"{'Storno kvīts' if back else 'Kvīts'} Nr. {content['number']}",
        "seller": {"name": seller["name"], "line": line},
        "facts": facts,
        "sum_name": "Atdots klientam" if back else "Saņemts no klienta",
        "sum": _eur(abs(content["cents"])),
        "sum_words": how,
        "money": _money(content),
        "by": content["by"],
        "closing": CLOSING,
    }


def _money(content: ReceiptContent) -> list[tuple[str, str]]:
    after = content["owed_after_cents"]
    rows = [
        ("Atlikums pirms maksājuma", _owed(content["owed_before_cents"])),
        ("Atlikums pēc maksājuma", _owed(after)),
    ]
    if content["change_cents"]:
        given = [("Iedots", _eur(content["given_cents"])), ("Izdots", _eur(content["change_cents"]))]
        return given + rows
    return rows


def _owed(cents: int) -> str:
    return f"{_eur(-cents)} (pārmaksa)" if cents < 0 else _eur(cents)


def _eur(cents: int) -> str:
    return f"{eur_bare(cents)}{NBSP}EUR"
