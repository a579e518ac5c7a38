"""The structured invoice and credit note: UBL 2.1 by EN 16931, carried inside the PDF.

For people it names plain EN 16931; for whoever has a registration or VAT number Peppol BIS Billing 3,
which also asks for addresses of the network (EAS 0218: Latvian registration number, 9939: VAT number).
"""

from collections.abc import Mapping
from functools import partial

from lxml import etree

from avots.billing import wording
from avots.billing.content import Content, LineRow
from avots.billing.models import Invoice
from avots.core.dates import Month

DOCUMENTS = "urn:oasis:names:specification:ubl:schema:xsd:{}-2"
CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
PLAIN = "urn:cen.eu:en16931:2017"
PEPPOL = f"{PLAIN}#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
PROFILE = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
COMMERCIAL_INVOICE, CREDIT_NOTE, CREDIT_TRANSFER = "380", "381", "30"
UNITS = {"fee": "C62"}
CUBIC_METRE = "MTQ"


def xml_of(invoice: Invoice) -> str:
    """Return an issued invoice or credit note as a UBL document; only from what was frozen in it.

    A credit note says what it takes back as positive amounts, and names its invoice (BG-3).

    :source: EN 16931-1:2017; UBL 2.1; business terms (BT) in the comments
    """
    content: Content = invoice.content
    name = "CreditNote" if is_credit(invoice) else "Invoice"
    document = DOCUMENTS.format(name)
    root = etree.Element(f"{{{document}}}{name}", nsmap={None: document, "cac": CAC, "cbc": CBC})
    business = bool(content["buyer"].get("registration_number") or content["buyer"]["vat_number"])
    _head(root, invoice, business=business)
    _period(root, invoice)
    _seller(root, content["seller"], business=business)
    _buyer(root, content, invoice.printed.get("address", []), business=business)
    if not is_credit(invoice):
        _means(root, invoice)
    sign = -1 if is_credit(invoice) else 1
    _tax(root, invoice, sign)
    _sums(root, invoice, sign)
    for number, row in enumerate(content["lines"], 1):
        _line(root, number, row, invoice)
    etree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + etree.tostring(root, encoding="unicode") + "\n"


def is_credit(invoice: Invoice) -> bool:
    """Return whether a document is a credit note."""
    return bool(invoice.kind == Invoice.Kind.CREDIT)


def _period(root: etree._Element, invoice: Invoice) -> None:
    month = Month.of(invoice.first_day)
    period = _group(root, "InvoicePeriod")  # BT-73, BT-74
    _text(period, "StartDate", month.first_day)
    _text(period, "EndDate", month.last_day)
    if corrects := invoice.content.get("corrects"):
        reference = _group(_group(root, "BillingReference"), "InvoiceDocumentReference")
        _text(reference, "ID", corrects["number"])  # BT-25
        _text(reference, "IssueDate", corrects["issued_on"])  # BT-26


def _means(root: etree._Element, invoice: Invoice) -> None:
    means = _group(root, "PaymentMeans")
    _text(means, "PaymentMeansCode", CREDIT_TRANSFER)
    _text(means, "PaymentID", invoice.reference)  # BT-83
    _text(_group(means, "PayeeFinancialAccount"), "ID", invoice.content["seller"]["iban"])  # BT-84


def _group(parent: etree._Element, name: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{CAC}}}{name}")


def _text(parent: etree._Element, name: str, value: object, **attributes: str) -> None:
    etree.SubElement(parent, f"{{{CBC}}}{name}", attributes).text = str(value)


def _amount(parent: etree._Element, name: str, cents: int) -> None:
    sign = "-" if cents < 0 else ""
    _text(parent, name, f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}", currencyID="EUR")


def decimal(value: int, places: int) -> str:
    """Return an integer of so many decimal places as XML writes it, without trailing zeros.

    >>> decimal(4_126, 3), decimal(-4_000, 3), decimal(89_000, 5)
    ('4.126', '-4', '0.89')
    """
    whole, part = divmod(abs(value), 10**places)
    text = f"{whole}.{part:0{places}d}".rstrip("0").rstrip(".")
    return f"-{text}" if value < 0 else text


def _head(root: etree._Element, invoice: Invoice, *, business: bool) -> None:
    say = partial(_text, root)
    say("CustomizationID", PEPPOL if business else PLAIN)
    say("ProfileID", PROFILE)
    say("ID", invoice.number)
    say("IssueDate", invoice.issued_on)
    if is_credit(invoice):
        say("CreditNoteTypeCode", CREDIT_NOTE)
        say("Note", invoice.content["corrects"]["text"])  # BT-22
    else:
        say("DueDate", invoice.due_on)
        say("InvoiceTypeCode", COMMERCIAL_INVOICE)
    say("DocumentCurrencyCode", "EUR")
    say("BuyerReference", invoice.content["buyer"]["account"])  # BT-10


def _seller(root: etree._Element, seller: Mapping[str, str], *, business: bool) -> None:
    party = _group(_group(root, "AccountingSupplierParty"), "Party")
    if business:
        _text(party, "EndpointID", seller["registration_number"], schemeID="0218")
    _address(party, [part.strip() for part in seller["address"].split(",")])
    _vat_number(party, seller["vat_number"])
    _legal(party, seller["name"], seller["registration_number"])


def _buyer(root: etree._Element, content: Content, address: list[str], *, business: bool) -> None:
    buyer = content["buyer"]
    party = _group(_group(root, "AccountingCustomerParty"), "Party")
    registration = buyer.get("registration_number", "")
    if business:
        scheme = "0218" if registration else "9939"
        _text(party, "EndpointID", registration or buyer["vat_number"], schemeID=scheme)
    _address(party, address or [buyer["address"]])
    if buyer["vat_number"]:
        _vat_number(party, buyer["vat_number"])
    _legal(party, buyer["name"], registration)


def _address(party: etree._Element, lines: list[str]) -> None:
    """Write street, town and postcode as far as the lines tell them apart, and the country."""
    place = _group(party, "PostalAddress")
    rest = [line for line in lines if not line.startswith("LV-")]
    if rest:
        _text(place, "StreetName", rest[0])
    if len(rest) > 1:
        _text(place, "CityName", ", ".join(rest[1:]))
    for line in lines:
        if line.startswith("LV-"):
            _text(place, "PostalZone", line)
    _text(_group(place, "Country"), "IdentificationCode", "LV")


def _vat_number(party: etree._Element, number: str) -> None:
    scheme = _group(party, "PartyTaxScheme")
    _text(scheme, "CompanyID", number)
    _text(_group(scheme, "TaxScheme"), "ID", "VAT")


def _legal(party: etree._Element, name: str, registration: str) -> None:
    entity = _group(party, "PartyLegalEntity")
    _text(entity, "RegistrationName", name)
    if registration:
        _text(entity, "CompanyID", registration)


def _category(parent: etree._Element, name: str, rate_per_10000: int) -> None:
    category = _group(parent, name)
    _text(category, "ID", "S" if rate_per_10000 else "Z")
    _text(category, "Percent", decimal(rate_per_10000, 2))
    _text(_group(category, "TaxScheme"), "ID", "VAT")


def _tax(root: etree._Element, invoice: Invoice, sign: int) -> None:
    total = _group(root, "TaxTotal")
    _amount(total, "TaxAmount", sign * invoice.vat_cents)
    part = _group(total, "TaxSubtotal")
    _amount(part, "TaxableAmount", sign * invoice.net_cents)
    _amount(part, "TaxAmount", sign * invoice.vat_cents)
    _category(part, "TaxCategory", invoice.vat_rate_per_10000)


def _sums(root: etree._Element, invoice: Invoice, sign: int) -> None:
    total = _group(root, "LegalMonetaryTotal")
    _amount(total, "LineExtensionAmount", sign * invoice.net_cents)
    _amount(total, "TaxExclusiveAmount", sign * invoice.net_cents)
    _amount(total, "TaxInclusiveAmount", sign * invoice.total_cents)
    _amount(total, "PayableAmount", sign * invoice.total_cents)


def _line(root: etree._Element, number: int, row: LineRow, invoice: Invoice) -> None:
    credit = is_credit(invoice)
    sign, name, quantity = (-1, "CreditNote", "Credited") if credit else (1, "Invoice", "Invoiced")
    line = _group(root, f"{name}Line")
    _text(line, "ID", number)
    unit = UNITS.get(row["part"], CUBIC_METRE)
    _text(line, f"{quantity}Quantity", decimal(sign * row["quantity"], 3), unitCode=unit)
    _amount(line, "LineExtensionAmount", sign * row["net_cents"])
    item = _group(line, "Item")
    _text(item, "Name", wording.line_name(row))
    _category(item, "ClassifiedTaxCategory", invoice.vat_rate_per_10000)
    price = _group(line, "Price")
    _text(price, "PriceAmount", decimal(row["price_100k"], 5), currencyID="EUR")
