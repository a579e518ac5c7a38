"""Coupons: who gets one, once; codes; and what a scan finds where."""

import io
from datetime import date, timedelta

import pikepdf
import pypdfium2
import pytest
import zxingcpp

from avots.core.dates import Month
from avots.core.errors import Refused
from avots.coupons import geometry, pdf
from avots.coupons.actions import prepare_coupons
from avots.coupons.checks import coupons_can_be_read
from avots.coupons.models import Coupon
from avots.coupons.queries import coupon_of, meters_of
from avots.coupons.rules import typed_code
from avots.customers.models import ServiceAgreement
from avots.meters.models import MeterInstallation
from avots.ui import paper
from tests.town import NOW, Town

DPI = 300
MM = DPI / 25.4


def homes(town: Town) -> list[tuple[int, int]]:
    return [(town.accounts[flat].pk, town.flats[flat].pk) for flat in town.flats]


def test_every_home_gets_one_coupon_a_round_with_its_meters_in_order(town):
    first = prepare_coupons(town.round, homes(town), now=NOW)
    again = prepare_coupons(town.round, homes(town), now=NOW + timedelta(hours=1))
    codes = {home: [coupon.code for coupon in made] for home, made in first.items()}
    assert codes == {home: [coupon.code for coupon in made] for home, made in again.items()}
    assert Coupon.objects.count() == len(town.flats)
    anna = coupon_of(first[town.accounts["1"].pk, town.flats["1"].pk][0].code.lower())
    assert meters_of(anna) == [town.cold["1"], town.hot["1"]]
    assert anna.layout == "A"
    assert not coupons_can_be_read()


def test_remote_read_meters_and_homes_whose_manager_reports_have_no_coupon(town):
    MeterInstallation.objects.filter(usage_point__premise=town.flats["1"]).update(remote_read=True)
    made = prepare_coupons(town.round, homes(town), now=NOW)
    assert town.flats["1"].pk not in {premise for _, premise in made}
    Coupon.objects.all().delete()
    ServiceAgreement.objects.update(reporting="manager")
    assert prepare_coupons(town.round, homes(town), now=NOW) == {}


def test_more_than_six_meters_make_a_second_coupon(town):
    points = MeterInstallation.objects.filter(usage_point__premise__in=[town.flats[n] for n in "1234"])
    for row in points:
        type(row.usage_point).objects.filter(pk=row.usage_point_id).update(premise=town.flats["1"])
    made = prepare_coupons(town.round, homes(town)[:1], now=NOW)
    [coupons] = made.values()
    assert [(row.part, row.layout, len(row.installations)) for row in coupons] == [(1, "B", 6), (2, "A", 2)]


@pytest.mark.parametrize("typed", ["7k3m9pq2v", " 7K3M-9PQ2-V ", "7K3M 9PQZ U"])
def test_a_typed_code_is_forgiven_its_look_and_look_alikes(typed):
    assert typed_code(typed) == "7K3M9PQ2V"


@pytest.mark.parametrize("typed", ["", "7K3M9PQ2W", "7K3M9QP2V", "7K3M9PQ2VV", "āžķ?"])
def test_a_wrong_code_is_refused(typed):
    with pytest.raises(Refused, match="coupon_code_wrong"):
        typed_code(typed)


@pytest.mark.django_db
def test_an_unknown_code_is_refused():
    with pytest.raises(Refused, match="no_such_coupon"):
        coupon_of("7K3M9PQ2V")


def sheet(*meters: int) -> bytes:
    codes = ["7K3M9PQ2V", "0000000000"[:9]]
    coupons = [
        pdf.view(
            code=codes[index % 2],
            layout="A" if count < 4 else "B",
            month=Month(2026, 11),
            first=date(2026, 11, 25),
            last=date(2026, 11, 28),
            meters=[{"serial": f"4071882{n}", "commodity": "hot" if n % 2 else "cold"} for n in range(count)],
        )
        for index, count in enumerate(meters)
    ]
    data = {"title": "Pasaknīši", "seller": "SIA „Ventas ūdens”", "coupons": coupons}
    return paper.render("coupons/paper/sheet.typ", data, at=NOW)


def scan(made: bytes, page: int = 0):
    return pypdfium2.PdfDocument(made).get_page(page).render(scale=DPI / 72).to_pil()


def edges(line: list[int], limit: int) -> list[float]:
    """Where a row of shades goes dark or light again, in millimetres."""
    dark = [shade < limit for shade in line]
    return [at / MM for at in range(1, len(dark)) if dark[at] != dark[at - 1]]


@pytest.mark.parametrize("slot", range(4))
def test_marks_stand_where_the_geometry_says(slot):
    page = scan(sheet(2, 3, 5, 6)).convert("L")
    facts = geometry.raw()
    left, top = facts["coupon"]["origin"][0], facts["coupon"]["origin"][1] + slot * facts["coupon"]["height"]
    half = facts["marks"]["size"] / 2
    for index, (x, y) in enumerate(geometry.marks()):
        box = [(left + x - 6) * MM, (top + y - 0.5 * half) * MM, (left + x + 6) * MM, (top + y - 0.5 * half) * MM + 1]
        row = list(page.crop([round(side) for side in box]).get_flattened_data())
        start, end = (round(box[0]) / MM + at for at in edges(row, 128)[:: len(edges(row, 128)) - 1])
        assert abs(start - (left + x - half)) <= 0.2 and abs(end - (left + x + half)) <= 0.2
        middle = page.getpixel((round((left + x) * MM), round((top + y) * MM)))
        assert (middle > 128) == (index == facts["marks"]["hollow"])


@pytest.mark.parametrize(("meters", "layout"), [(3, "A"), (6, "B")])
def test_every_box_stands_where_the_geometry_says_and_drops_out_in_red(meters, layout):
    picture = scan(sheet(meters))
    red, _, blue = picture.convert("RGB").split()
    left, top = geometry.raw()["coupon"]["origin"]
    for row in geometry.rows_of(layout)[:meters]:
        for box in [*row.digits, row.tick]:
            x, y = left + box.x, top + box.y
            across = [round((x - 0.5) * MM), round((y + box.height / 2) * MM)]
            line = list(blue.crop([*across, round((x + box.width + 0.5) * MM), across[1] + 1]).get_flattened_data())
            found = edges(line, 205)
            # The line is 1.1 pt wide and stands half outside the box.
            half = 1.1 / 72 * 25.4 / 2
            assert abs(across[0] / MM + found[0] + half - x) <= 0.2
            assert abs(across[0] / MM + found[-1] - half - (x + box.width)) <= 0.2
            inner = [round(side * MM) for side in (x, y, x + box.width, y + box.height)]
            assert min(red.crop(inner).get_flattened_data()) > 200


def test_the_square_says_kind_layout_and_code():
    found = sorted(code.text for code in zxingcpp.read_barcodes(scan(sheet(2, 6))))
    assert found == ["AVK:A:7K3M9PQ2V", "AVK:B:000000000"]


def test_a_sheet_holds_four_and_says_nothing_about_a_person():
    made = sheet(1, 2, 3, 4, 5)
    document = pikepdf.open(io.BytesIO(made))
    assert len(document.pages) == 2
    text = pypdfium2.PdfDocument(made).get_page(0).get_textpage().get_text_bounded()
    assert "7K3M-9PQ2-V" in text and "40718820" in text
