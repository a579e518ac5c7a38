"""The engine of the printed matter: standards, language, bytes, attachments, odd letters."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pikepdf
import pypdfium2
import pytest
import typst
import zxingcpp

from avots.ui import codes, paper

AT = datetime(2026, 11, 12, 6, 0, tzinfo=UTC)
XML = "<?xml version='1.0'?><rekins/>"


def specimen(**more: object) -> bytes:
    text = "RF88VU26104417"
    data = {
        "title": "Paraugs",
        "seller": "SIA „Ventas ūdens”",
        "name": "Ērika Žagariņa-Ķīse",
        "lines": [["Ūdens", "1,20"]],
        "qr": codes.qr(text),
        "bars": codes.barcode(text, "code128"),
        "qr_text": text,
    }
    attached = paper.Attachment("rekins.xml", XML, "application/xml", "Strukturētais rēķins")
    return paper.render("ui/paper/specimen.typ", data | more, at=AT, attachments=[attached])


def metadata(document: pikepdf.Pdf) -> str:
    return document.Root.Metadata.read_bytes().decode()


def test_a_paper_says_that_it_is_pdf_a_3a_and_pdf_ua_1_and_is_tagged_in_latvian():
    document = pikepdf.open(io.BytesIO(specimen()))
    assert "<pdfaid:part>3</pdfaid:part>" in metadata(document)
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in metadata(document)
    assert "<pdfuaid:part>1</pdfuaid:part>" in metadata(document)
    assert str(document.Root.Lang) == "lv-LV"
    assert document.Root.MarkInfo.Marked and "/StructTreeRoot" in document.Root
    assert document.Root.OutputIntents[0].S == "/GTS_PDFA1"
    assert str(document.Root.ViewerPreferences.DisplayDocTitle) == "True"


def test_only_our_own_fonts_are_used_and_embedded():
    document = pikepdf.open(io.BytesIO(specimen()))
    names = {str(font.BaseFont).partition("+")[2] for font in document.pages[0].Resources.Font.values()}
    assert names == {"Inter-Regular-Identity-H", "Inter-Bold-Identity-H"}


def test_the_same_data_and_moment_give_the_same_bytes_in_any_thread():
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda _: specimen(), range(4)))
    assert len({*made, specimen()}) == 1


def test_the_date_is_the_moment_given():
    document = pikepdf.open(io.BytesIO(specimen()))
    assert "2026-11-12T06:00:00" in metadata(document)


def test_an_attachment_travels_inside_with_its_relationship():
    document = pikepdf.open(io.BytesIO(specimen()))
    assert document.attachments["rekins.xml"].get_file().read_bytes() == XML.encode()
    assert document.Root.AF[0].AFRelationship == "/Alternative"


def test_letters_no_font_has_become_a_square_and_text_is_never_markup():
    text = pypdfium2.PdfDocument(specimen(name="#panic() *Anna* $x$ 中 \u202eبت")).get_page(0).get_textpage()
    assert "#panic() *Anna* $x$ □ □□□" in text.get_text_bounded()


def test_every_sign_said_to_be_drawn_is_drawn():
    signs = "".join(char for char in map(chr, range(0x20, 0x2800)) if paper.drawable(char) == char)
    assert len(signs) > 500
    specimen(name=signs)


def test_a_picture_without_its_text_is_refused():
    bare = b'#set document(title: "x")\n#image(bytes("<svg xmlns=\'http://www.w3.org/2000/svg\'/>"), format: "svg")'
    with pytest.raises(typst.TypstError, match="alt text"):
        typst.compile(bare, pdf_standards=paper.STANDARDS, timestamp=0)


def test_both_codes_are_read_from_a_print():
    picture = pypdfium2.PdfDocument(specimen()).get_page(0).render(scale=300 / 72).to_pil()
    found = {(str(code.format), code.text) for code in zxingcpp.read_barcodes(picture)}
    assert {text for _, text in found} == {"RF88VU26104417"} and len(found) == 2
