"""The structured invoice: valid by the schema, by the CEN rules, and the same amounts as the paper."""

import os
from copy import deepcopy
from pathlib import Path

import pytest
from lxml import etree

from avots.billing import ubl
from avots.billing.actions.corrections import ask_credit_note, grant_credit_note
from avots.billing.models import Invoice
from tests.billing.test_month import ILZE, LAIMA
from tests.town import AFTER, Town

ARTEFACTS = Path(os.environ.get("AVOTS_SAMPLES", "../shared/data")) / "einvoice" / "artefacts"
NAMES = {"cac": ubl.CAC, "cbc": ubl.CBC}
SVRL = "{http://purl.oclc.org/dsdl/svrl}"


CASES = ["person", "company", "less than nothing", "credit note", "credit note, company"]
CASES += ["credit note, less than nothing", "billed anew", "billed anew, company"]


def cases(town: Town) -> dict[str, Invoice]:
    """Every kind of document: of people and of a company, of negative sums, taken back and billed anew."""
    person = Invoice.objects.get(account=town.accounts["1"])
    company, negative = deepcopy(Invoice.objects.get(account=town.accounts["2"])), deepcopy(person)
    company.content["buyer"] |= {"registration_number": "40003521600", "vat_number": "LV40003521600"}
    _turn(negative)
    found = {"person": person, "company": company, "less than nothing": negative}
    found |= _corrections(person)
    for name in ("credit note", "billed anew"):
        found[f"{name}, company"] = of_company = deepcopy(found[name])
        of_company.content["buyer"] = company.content["buyer"]
    found["credit note, less than nothing"] = deepcopy(found["credit note"])
    _turn(found["credit note, less than nothing"])
    return found


def _turn(invoice: Invoice) -> None:
    """Give an invoice's amounts the other sign."""
    for line in invoice.content["lines"]:
        line["quantity"], line["net_cents"] = -line["quantity"], -line["net_cents"]
    for name in ("net_cents", "vat_cents", "total_cents"):
        setattr(invoice, name, -getattr(invoice, name))


def _corrections(invoice: Invoice) -> dict[str, Invoice]:
    ask_credit_note(invoice, reason="other", text="Kļūda datos.", bill_anew=True, now=AFTER, by=ILZE)
    done = grant_credit_note(invoice, now=AFTER, by=LAIMA)
    assert done.anew is not None
    return {"credit note": done.credit, "billed anew": done.anew}


def values(document: etree._Element, path: str) -> list[str]:
    return [found.text for found in document.iterfind(path, NAMES)]


def test_it_says_what_the_paper_says(issued):
    invoice = Invoice.objects.get(account=issued.accounts["1"])
    document = etree.fromstring(ubl.xml_of(invoice).encode())
    assert values(document, "cbc:CustomizationID") == ["urn:cen.eu:en16931:2017"]
    assert values(document, ".//cbc:PayableAmount") == ["16.02"]
    assert values(document, "cac:TaxTotal/cbc:TaxAmount") == ["2.78"]
    assert values(document, ".//cbc:PaymentID") == [invoice.reference]
    sums = [round(float(text) * 100) for text in values(document, "cac:InvoiceLine/cbc:LineExtensionAmount")]
    assert sums == [line["net_cents"] for line in invoice.content["lines"]]
    assert values(document, ".//cac:AccountingCustomerParty//cbc:PostalZone") == ["LV-3601"]


def test_a_business_is_named_by_the_network(issued):
    document = etree.fromstring(ubl.xml_of(cases(issued)["company"]).encode())
    assert "peppol" in values(document, "cbc:CustomizationID")[0]
    assert values(document, ".//cbc:EndpointID") == ["49999999034", "40003521600"]


def broken(text: str, *, business: bool) -> list[str]:
    """Return the official rules a document breaks: CEN's, and for a business Peppol's."""
    saxon = pytest.importorskip("saxonche", reason="the official rules need saxonche, which the product does not")
    if not ARTEFACTS.is_dir():
        pytest.skip("no official rules: set AVOTS_SAMPLES")
    names = ["EN16931-UBL-validation", *(["PEPPOL-EN16931-UBL.peppol-2026.5"] if business else [])]
    found: list[str] = []
    with saxon.PySaxonProcessor(license=False) as processor:
        xslt = processor.new_xslt30_processor()
        for name in names:
            sheet = xslt.compile_stylesheet(stylesheet_file=str(ARTEFACTS / f"{name}.xslt"))
            said = etree.fromstring(sheet.transform_to_string(xdm_node=processor.parse_xml(xml_text=text)).encode())
            failed = said.iterfind(f"{SVRL}failed-assert")
            found += [str(one.get("id")) for one in failed if one.get("flag") == "fatal"]
            assert said.find(f"{SVRL}fired-rule") is not None, f"{name} looked at nothing"
    return found


def schema_of(document: etree._Element) -> etree.XMLSchema:
    if not (ARTEFACTS / "ubl21").is_dir():
        pytest.skip("no UBL schemas: set AVOTS_SAMPLES")
    name = etree.QName(document).localname
    return etree.XMLSchema(etree.parse(ARTEFACTS / "ubl21" / "maindoc" / f"UBL-{name}-2.1.xsd"))


@pytest.mark.parametrize("case", CASES)
def test_it_is_valid_by_the_schema(issued, case):
    document = etree.fromstring(ubl.xml_of(cases(issued)[case]).encode())
    schema_of(document).assertValid(document)


@pytest.mark.parametrize("case", CASES)
def test_no_official_rule_is_broken(issued, case):
    invoice = cases(issued)[case]
    assert broken(ubl.xml_of(invoice), business=bool(invoice.content["buyer"]["vat_number"])) == []


def test_an_official_rule_that_is_broken_is_named(issued):
    text = ubl.xml_of(cases(issued)["credit note"])
    assert "BR-CO-15" in broken(text.replace(">16.02<", ">16.03<"), business=False)
