"""The invoice on paper: from frozen facts alone, by the standards, in every case it must cope with."""

import io
from copy import deepcopy
from datetime import date

import pikepdf
import pypdfium2
import pytest
import zxingcpp

from avots.billing import documents, pdf, wording
from avots.billing.models import Invoice
from avots.coupons import geometry
from avots.coupons.models import Coupon
from avots.customers.models import Access, CustomerAccount, Management, Party, ServiceAgreement
from avots.customers.registration import code_for, grouped
from avots.meters.models import MeterInstallation
from avots.readings.links import link_from
from avots.ui.formats import eur_bare
from avots.usage.models import Usage
from tests.billing.test_month import compute, issue, next_month, read_intake, report
from tests.billing.test_thanks import good  # noqa: F401 - a town with three earlier invoices each
from tests.town import AFTER, MONTH, Town

DPI = 300


@pytest.fixture
def issued(town) -> Town:
    report(town, "1", "2", "3", "4", "5")
    read_intake(town)
    issue(compute(town))
    return town


def invoice_of(town: Town, flat: str) -> Invoice:
    return Invoice.objects.get(account=town.accounts[flat])


def variant(invoice: Invoice, *, printed: dict | None = None, **content: object) -> Invoice:
    """The invoice with other frozen facts, never written."""
    other = deepcopy(invoice)
    other.content |= content
    other.printed |= printed or {}
    return other


def opened(made: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(made))


def text_of(made: bytes, page: int = 0) -> str:
    shown = pypdfium2.PdfDocument(made).get_page(page).get_textpage().get_text_bounded()
    return " ".join(shown.replace("\u00a0", " ").split())


def picture_of(made: bytes, page: int = 0):
    return pypdfium2.PdfDocument(made).get_page(page).render(scale=DPI / 72).to_pil()


def codes_of(made: bytes, page: int = 0) -> dict[str, str]:
    return {code.text: str(code.format) for code in zxingcpp.read_barcodes(picture_of(made, page))}


def test_the_page_says_what_to_pay_by_when_where_and_why(issued):
    invoice = invoice_of(issued, "1")
    text = text_of(pdf.render(invoice))
    for said in (
        "Rēķins par 2026. gada novembri",
        "14,42 EUR",
        "samaksāt līdz 31.12.2026.",
        "LV22 PARA 0000 1234 5678 9",
        pdf.grouped_by_four(invoice.reference).replace("\u00a0", " "),
        "Nr. VU26-000001, 10.12.2026.",
        "Anna Ozola Avotu iela 14-1 Ventspils LV-3601",
        "Ūdensapgāde, jūsu patēriņš 4,200 m³ 0,89 3,74",
        "Papīra rēķina piegāde 1 gab. 1,24 1,24",
        "Kopā bez PVN 11,92, PVN 21 % 2,50",
        "Mājas ūdens: Avotu iela 14",
        "Mājas ievadā 30,000 m³",
        "1. kāpņutelpa",
    ):
        assert said in text, said
    assert "darba dienās 8.00–17.00" in text


def test_the_document_is_pdf_a_3a_and_pdf_ua_1_in_latvian_and_carries_the_structured_invoice(issued):
    invoice = invoice_of(issued, "1")
    document = opened(pdf.render(invoice))
    said = document.Root.Metadata.read_bytes().decode()
    assert "<pdfaid:part>3</pdfaid:part>" in said and "<pdfaid:conformance>A</pdfaid:conformance>" in said
    assert "<pdfuaid:part>1</pdfuaid:part>" in said
    assert str(document.Root.Lang) == "lv-LV"
    assert "/StructTreeRoot" in document.Root and document.Root.OutputIntents[0].S == "/GTS_PDFA1"
    [name] = document.attachments
    assert name == "Rekins_VU26-000001.xml"
    assert b"<cbc:ID>VU26-000001</cbc:ID>" in document.attachments[name].get_file().read_bytes()
    assert document.Root.AF[0].AFRelationship == "/Alternative"


def structure(document: pikepdf.Pdf) -> list[str]:
    kinds, waiting = [], [document.Root.StructTreeRoot]
    while waiting:
        node = waiting.pop()
        if isinstance(node, pikepdf.Array):
            waiting.extend(node)
        elif isinstance(node, pikepdf.Dictionary):
            kinds += [str(node.S)] if "/S" in node else []
            waiting += [node.K] if "/K" in node else []
    return kinds


def test_a_listener_finds_headings_tables_figures_and_links(issued):
    document = opened(pdf.render(invoice_of(issued, "1")))
    kinds = structure(document)
    assert kinds.count("/H1") == 1 and kinds.count("/H2") >= 5
    assert {"/Table", "/TH", "/TD", "/Figure", "/Link"} <= set(kinds)


def test_the_same_bytes_again_whatever_else_has_changed_since(issued):
    made = pdf.render(invoice_of(issued, "1"))
    Party.objects.update(name="Cits Vārds", address="Citur 1, Rīga, LV-1001")
    Management.objects.update(mailbox_place="citur")
    CustomerAccount.objects.update(delivery="paper", invoice_email="")
    MeterInstallation.objects.update(verified_until=date(2020, 1, 1))
    Coupon.objects.all().delete()
    assert pdf.render(Invoice.objects.get(account=issued.accounts["1"])) == made


def test_square_bars_and_coupon_are_read_from_a_print(issued):
    invoice = invoice_of(issued, "1")
    found = codes_of(pdf.render(invoice))
    assert found[invoice.reference] == "Code 128"
    coupon = Coupon.objects.get(account=issued.accounts["1"])
    assert f"AVK:A:{coupon.code}" in found
    [link] = [text for text in found if "/r/" in text]
    stands_for = link_from(link.rstrip("/").rpartition("/")[2])
    assert (stands_for.account_id, stands_for.premise_id) == (issued.accounts["1"].pk, issued.flats["1"].pk)
    assert stands_for.round_id == coupon.round_id
    assert str(coupon.round) == "2026-12"


def test_the_coupon_stands_where_the_geometry_says_and_names_nobody(issued):
    made = pdf.render(invoice_of(issued, "1"))
    page = pypdfium2.PdfDocument(made).get_page(0)
    facts = geometry.raw()["coupon"]
    height = facts["height"] / 25.4 * 72
    shown = page.get_textpage().get_text_bounded(left=0, bottom=0, right=page.get_width(), top=height - 2)
    assert "Anna" not in shown and "Avotu" not in shown and "EUR" not in shown
    assert "44710001" in shown and "51200001" in shown
    grey = picture_of(made).convert("L")
    for index, (x, y) in enumerate(geometry.marks()):
        left, top = facts["origin"][0] + x, 297 - facts["height"] + facts["origin"][1] + y
        for dx, dy in ((-1.7, -1.7), (1.7, 1.7), (-1.7, 1.7)):
            assert grey.getpixel((round((left + dx) * DPI / 25.4), round((top + dy) * DPI / 25.4))) < 60
        middle = grey.getpixel((round(left * DPI / 25.4), round(top * DPI / 25.4)))
        assert (middle > 128) == (index == 3)


def test_a_payment_square_is_there_only_where_the_utility_wants_it(issued):
    invoice = invoice_of(issued, "1")
    assert not [text for text in codes_of(pdf.render(invoice)) if text.startswith("BCD")]
    [said] = [text for text in codes_of(pdf.render(variant(invoice, printed={"pay_qr": True}))) if text[:3] == "BCD"]
    assert said.split("\n")[5:] == ["SIA „Ventas ūdens”", "LV22PARA0000123456789", "EUR14.42", "", invoice.reference]


def test_who_has_nobody_in_the_portal_gets_a_code_and_copies_mask_it(issued):
    nobody, anna = invoice_of(issued, "3"), invoice_of(issued, "1")
    code = grouped(code_for("1000003", issued_on=nobody.issued_on, generation=0))
    assert code in text_of(documents.original(nobody))
    assert code not in text_of(documents.copy(nobody))
    assert Access.objects.filter(account=issued.accounts["1"]).exists()
    assert "Portālam" not in text_of(documents.original(anna))


def test_a_home_read_remotely_has_no_coupon_and_is_told_so(town):
    MeterInstallation.objects.filter(usage_point__premise=town.flats["1"]).update(remote_read=True)
    report(town, "2", "3", "4", "5", "6")
    read_intake(town)
    issue(compute(town))
    made = pdf.render(invoice_of(town, "1"))
    assert "Rādījumi jums nav jānodod" in text_of(made)
    assert not [text for text in codes_of(made) if text.startswith("AVK")]
    assert not Coupon.objects.filter(account=town.accounts["1"]).exists()


def test_an_estimate_and_a_lapsed_term_are_said(issued):
    invoice = invoice_of(issued, "6")
    meters = deepcopy(invoice.content["meters"])
    meters[0]["verified_until"] = "2026-03-15"
    text = text_of(pdf.render(variant(invoice, meters=meters)))
    assert "vidējais, 1. no 3" in text
    assert "Vidējais: aukstā un karstā ūdens rādījumu nesaņēmām" in text
    assert f"skaitītājam {meters[0]['serial']} termiņš beidzās 15.03.2026." in text


def many_lines(invoice: Invoice, count: int) -> list[dict]:
    return [deepcopy(invoice.content["lines"][0]) for _ in range(count)]


def many_meters(invoice: Invoice, count: int) -> list[dict]:
    meters = invoice.content["meters"]
    return [meters[n % len(meters)] | {"serial": f"9{n:07d}", "place": f"{n + 1}. telpa"} for n in range(count)]


def test_what_does_not_fit_goes_on_a_second_page_and_payment_meters_and_coupon_stay_on_the_first(issued):
    invoice = invoice_of(issued, "1")
    assert len(opened(pdf.render(invoice)).pages) == 1
    made = pdf.render(variant(invoice, lines=many_lines(invoice, 14)))
    assert len(opened(made).pages) == 2
    first, second = text_of(made), text_of(made, 1)
    assert "Rindas ir 2. lapā." in first and "14,42 EUR" in first and "44710001" in first
    assert second.count("Ūdensapgāde, jūsu patēriņš") == 14
    assert "rēķins Nr. VU26-000001" in second and "2. lapa" in second
    assert [text for text in codes_of(made) if text.startswith("AVK")]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 6, 7, 12, 60])
def test_any_number_of_meters_is_shown(issued, count):
    invoice = invoice_of(issued, "1")
    meters = many_meters(invoice, count)
    made = pdf.render(variant(invoice, meters=meters))
    text = " ".join(text_of(made, page) for page in range(len(opened(made).pages)))
    assert all(meter["serial"] in text for meter in meters)
    assert "AVK" in "".join(codes_of(made))


def test_long_names_and_places_stay_inside(issued):
    invoice = invoice_of(issued, "1")
    name = "Žanete Anastasija Krūmiņliepiņa-Šķērsenbahoviča un Ņikita Ģirts Čakste-Ūdrēns-Žagariņš"
    place = "trešās kāpņutelpas pirmajā stāvā, pa labi no pastkastīšu rindas, zila metāla kaste „Ūdens skaitītāji”"
    told = deepcopy(invoice.printed["report"]) | {"mailbox": place}
    address = ["Mirdzas Ķempes un Ādama Alksnāja iela 22 k-3 – 118", "Ventspils", "LV-3601"]
    long = variant(
        invoice, printed={"report": told, "address": address}, buyer=invoice.content["buyer"] | {"name": name}
    )
    made = pdf.render(long)
    window = pypdfium2.PdfDocument(made).get_page(0).get_textpage()
    shown = window.get_text_bounded(left=56, bottom=842 - 210, right=300, top=842 - 125)
    assert "LV-3601" in shown and "Žagariņš" in " ".join(shown.split())
    assert len(opened(made).pages) <= 2


def test_every_way_of_sharing_and_of_reading_has_its_words(issued):
    invoice = invoice_of(issued, "1")
    ways = [*ServiceAgreement.Sharing.values, wording.PAYER]
    said = {wording.house(invoice.content["building"] | {"sharing": way})["text"] for way in ways}
    assert len(said) == len(ways)
    row = invoice.content["meters"][0]
    how = [wording.meter(row | {"method": way, "misses": 1}, 3, date(2026, 12, 10))["how"] for way in Usage.Method]
    assert how == ["nolasīts", "vidējais, 1. no 3", "starpībā", "prombūtne", "nolasīts"]


def test_thanks_are_said_beside_the_notes(issued):
    thanks = "Paldies! Jūs jau 6 mēnešus pēc kārtas ziņojat un maksājat laikā."
    assert thanks in text_of(pdf.render(variant(invoice_of(issued, "1"), thanks=thanks)))


def test_a_credit_is_not_to_be_paid(issued):
    invoice = deepcopy(invoice_of(issued, "1"))
    invoice.total_cents, invoice.net_cents, invoice.vat_cents = -1_210, -1_000, -210
    made = pdf.render(invoice)
    assert "−12,10 EUR nav jāmaksā" in text_of(made)
    assert "samaksāt līdz" not in text_of(made)
    assert invoice.reference not in codes_of(made)


def test_a_private_house_has_no_house_block_and_no_mailbox(issued):
    invoice = invoice_of(issued, "1")
    told = invoice.printed["report"] | {"mailbox": ""}
    text = text_of(pdf.render(variant(invoice, building=None, printed={"report": told})))
    assert "Mājas ūdens" not in text
    assert "atnesiet to mums: Krasta iela 2" in text and "Atnesiet pasaknīti mums" in text


def test_an_invoice_from_before_the_paper_is_still_printed(issued):
    invoice = invoice_of(issued, "1")
    invoice.printed = {}
    assert "14,42 EUR" in text_of(pdf.render(invoice))


def test_the_paper_says_why_it_differs_from_the_invoice_before(issued):
    """What was frozen is the key of the one before: both are frozen, so the paper stays the same."""
    next_month(issued, intake=30_000, more={issued.cold["1"].pk: 300})
    november, december = Invoice.objects.filter(account=issued.accounts["1"]).order_by("first_day")
    assert (november.printed["before"], december.printed["before"]) == (None, november.pk)
    change = december.total_cents - november.total_cents
    assert change
    text = text_of(pdf.render(december))
    assert f"Par {eur_bare(abs(change))} EUR {'vairāk' if change > 0 else 'mazāk'}. Galvenais: " in text
    assert "Aukstais ūdens +0,300 m³ +" in text


def test_the_paper_is_compared_with_the_latest_invoice_before(good):  # noqa: F811
    """Of three earlier ones; the account and the building are its own."""
    read_intake(good)
    issue(compute(good))
    for flat in ("1", "2"):
        november = Invoice.objects.get(account=good.accounts[flat], first_day=MONTH.first_day)
        assert Invoice.objects.get(pk=november.printed["before"]).number == f"T10{flat}"


def test_a_print_file_joins_originals_one_sided(issued):
    invoices = [invoice_of(issued, flat) for flat in ("1", "2", "3")]
    document = opened(documents.print_file(invoices))
    assert len(document.pages) == 3
    assert document.Root.ViewerPreferences.Duplex == "/Simplex"


def test_documents_are_dated_by_their_issue_not_by_the_clock(issued):
    assert AFTER.date() != date(2026, 12, 10)
    document = opened(pdf.render(invoice_of(issued, "1")))
    assert "2026-12-10T10:00:00" in document.Root.Metadata.read_bytes().decode()
