"""What people type, as litres: quality.md 2.4."""

import pytest

from avots.core.errors import Refused
from avots.readings.rules.typed import parse

READ = {
    # the whole face
    "00420612": 420_612,
    "12345678": 12_345_678,
    "00000000": 0,
    "99999999": 99_999_999,
    " 00420612 ": 420_612,
    "0042 0612": 420_612,
    "00420 612": 420_612,
    "004 206 12": 420_612,
    "00420\u00a0612": 420_612,
    "00420\u202f612": 420_612,
    "00420'612": 420_612,
    "00420612.": 420_612,
    "00420612!": 420_612,
    # a separator
    "420,612": 420_612,
    "420.612": 420_612,
    "420,6": 420_600,
    "420,61": 420_610,
    "420.6": 420_600,
    "0,5": 500,
    "0.005": 5,
    "00420,612": 420_612,
    "00420.612": 420_612,
    "420 ,612": 420_612,
    "420, 612": 420_612,
    "1 420,612": 1_420_612,
    "1\u00a0420,612": 1_420_612,
    "12 345,678": 12_345_678,
    "1.420,612": 1_420_612,
    "1,420.612": 1_420_612,
    "12.345,6": 12_345_600,
    "99999,999": 99_999_999,
    "00000,001": 1,
    # units and dictation
    "420,612 m3": 420_612,
    "420,612 m³": 420_612,
    "420,612m3": 420_612,
    "420,612 kubikmetri": 420_612,
    "420,612 kubikmetr": 420_612,
    "rādījums 420,612": 420_612,
    "Rādījums 00420612": 420_612,
    "420,612 kubi": 420_612,
    # other digits
    "００４２０６１２": 420_612,
    "４２０，６１２": 420_612,
    "٠٠٤٢٠٦١٢": 420_612,
    "४२०.६१२": 420_612,
    "00420６12": 420_612,
}
ASKED = {
    "420": [420_000, 420],
    "420612": [420_612],
    "1": [1_000, 1],
    "0420612": [420_612],
    "42061": [42_061_000, 42_061],
    "99999": [99_999_000, 99_999],
    "00420": [420_000, 420],
    "420 612": [420_612],
    "7": [7_000, 7],
}
REFUSED = {
    "": "not_a_number",
    "abc": "not_a_number",
    "42o612": "not_a_number",
    "4206l2": "not_a_number",
    "nezinu": "not_a_number",
    "12,34,56": "not_a_number",
    "1,2,3": "not_a_number",
    "4e5": "not_a_number",
    "0x10": "not_a_number",
    "420/612": "not_a_number",
    "420:612": "not_a_number",
    "<script>": "not_a_number",
    "½": "not_a_number",
    "²": "not_a_number",
    "Ⅷ": "not_a_number",
    "\x00": "not_a_number",
    "+420": "not_a_number",
    "-5": "negative_reading",
    "−420,612": "negative_reading",
    "- 5": "negative_reading",
    "–5": "negative_reading",
    "123456789": "too_many_digits",
    "420,6123": "too_many_digits",
    "123456,7": "too_many_digits",
    "100000,000": "too_many_digits",
    "9" * 5_000: "too_many_digits",
    "9" * 5_000 + ",5": "too_many_digits",
}


def test_there_are_at_least_eighty_cases():
    assert len(READ) + len(ASKED) + len(REFUSED) >= 80


@pytest.mark.parametrize(("text", "litres"), READ.items())
def test_what_is_clear_is_read(text, litres):
    assert parse(text, digits_before=5, digits_after=3) == litres


@pytest.mark.parametrize(("text", "choices"), ASKED.items())
def test_fewer_digits_are_asked_about_never_guessed(text, choices):
    with pytest.raises(Refused, match="digits_missing") as refused:
        parse(text, digits_before=5, digits_after=3)
    assert refused.value.facts["choices"] == choices


@pytest.mark.parametrize(("text", "code"), REFUSED.items(), ids=range(len(REFUSED)))
def test_what_is_no_reading_is_refused_with_a_reason(text, code):
    with pytest.raises(Refused, match=code):
        parse(text, digits_before=5, digits_after=3)


@pytest.mark.parametrize(("text", "litres"), {"00420": 420_000, "420": 420_000, "420,5": 420_500}.items())
def test_a_face_without_litres_takes_whole_cubic_metres(text, litres):
    assert parse(text, digits_before=5, digits_after=0) == litres
