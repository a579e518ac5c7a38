"""The structured invoice: valid by the schema, by the CEN rules, and the same amounts as the paper."""

import os
import re
from copy import deepcopy
from pathlib import Path

import pytest
from lxml import etree

from avots.billing import ubl
from avots.billing.models import Invoice
from tests.town import Town

ARTEFACTS = Path(os.environ.get("AVOTS_SAMPLES", "../shared/data")) / "einvoice" / "artefacts"
NAMES = {"cac": ubl.CAC, "cbc": ubl.CBC}


def cases(town: Town) -> dict[str, Invoice]:
    person = Invoice.objects.get(account=town.accounts["1"])
    company, credit = deepcopy(Invoice.objects.get(account=town.accounts["2"])), deepcopy(person)
    company.content["buyer"] |= {"registration_number": "40003521600", "vat_number": "LV40003521600"}
    for line in credit.content["lines"]:
        line["quantity"], line["net_cents"] = -line["quantity"], -line["net_cents"]
    credit.net_cents, credit.vat_cents, credit.total_cents = -person.net_cents, -person.vat_cents, -person.total_cents
    return {"person": person, "company": company, "credit": credit}


def values(document: etree._Element, path: str) -> list[str]:
    return [found.text for found in document.iterfind(path, NAMES)]


def test_it_says_what_the_paper_says(issued):
    invoice = cases(issued)["person"]
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


@pytest.mark.parametrize("case", ["person", "company", "credit"])
def test_it_is_valid_by_the_schema(issued, case):
    if not (ARTEFACTS / "ubl21").is_dir():
        pytest.skip("no UBL schemas: set AVOTS_SAMPLES")
    schema = etree.XMLSchema(etree.parse(ARTEFACTS / "ubl21" / "maindoc" / "UBL-Invoice-2.1.xsd"))
    schema.assertValid(etree.fromstring(ubl.xml_of(cases(issued)[case]).encode()))


@pytest.mark.parametrize("case", ["person", "company", "credit"])
def test_no_official_rule_is_broken(issued, case):
    saxon = pytest.importorskip("saxonche", reason="the official rules need saxonche, which the product does not")
    text = ubl.xml_of(cases(issued)[case])
    rules = ["EN16931-UBL-validation.xslt"] + ["PEPPOL-EN16931-UBL.peppol-2026.5.xslt"] * (case == "company")
    with saxon.PySaxonProcessor(license=False) as processor:
        xslt = processor.new_xslt30_processor()
        for name in rules:
            sheet = xslt.compile_stylesheet(stylesheet_file=str(ARTEFACTS / name))
            found = sheet.transform_to_string(xdm_node=processor.parse_xml(xml_text=text))
            assert not re.findall(r'failed-assert[^>]*?id="([^"]+)"[^>]*?flag="fatal"', found)
