"""The bytes of an invoice's document, wherever they are: kept by the worker, or rendered now."""

from collections.abc import Iterable
from io import BytesIO

import pikepdf

from avots.billing import pdf
from avots.billing.models import Document, Invoice
from avots.core import files
from avots.core.dates import Month


def path_of(invoice: Invoice) -> str:
    """Return where an invoice's rendered document is kept."""
    return f"invoices/{Month.of(invoice.first_day)}/{invoice.number}.pdf"


def original(invoice: Invoice) -> bytes:
    """Return the document as it goes to the customer: the kept one, else the same bytes rendered now."""
    digest = Document.objects.filter(invoice=invoice).values_list("sha256", flat=True).first() or ""
    return files.read(path_of(invoice), digest) or pdf.render(invoice)


def original_of(number: str) -> bytes:
    """Return the document of an invoice number; the outbox asks for it when it sends.

    :raises Invoice.DoesNotExist: for a number that was not issued
    """
    return original(Invoice.objects.get(number=number, state=Invoice.State.ISSUED))


def copy(invoice: Invoice) -> bytes:
    """Return the document as a door shows it: a registration code on it is masked."""
    coded = invoice.printed.get("registration_generation") is not None
    return pdf.render(invoice, mask=True) if coded else original(invoice)


def print_file(invoices: Iterable[Invoice]) -> bytes:
    """Return one PDF with the documents of many invoices in the order given, one-sided and unscaled.

    One-sided, because on the back of a sheet would stand the next customer's invoice.
    """
    joined = pikepdf.new()
    for invoice in invoices:
        with pikepdf.open(BytesIO(original(invoice))) as document:
            joined.pages.extend(document.pages)
    joined.Root.ViewerPreferences = pikepdf.Dictionary(
        Duplex=pikepdf.Name.Simplex, PrintScaling=pikepdf.Name("/None")
    )
    made = BytesIO()
    joined.save(made, deterministic_id=True)
    return made.getvalue()
