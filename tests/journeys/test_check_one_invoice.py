"""The stranger's check of one invoice cannot go stale: its arithmetic is evaluated, its queries are asked.

A town that is played otherwise than the page says is told by the query whose answer has moved.
"""

import re
import shutil
import sqlite3
import subprocess
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest

from tests.journeys.conftest import ROOT, environment, manage

PAGE = (ROOT / "docs/check-one-invoice.md").read_text()
SUMS = [line for block in re.findall(r"```calc\n(.*?)\n```", PAGE, re.DOTALL) for line in block.splitlines()]
ANSWERS = re.findall(r"```sql\n(.*?)\n```\n\n```text\n(.*?)\n```", PAGE, re.DOTALL)
SUM = re.compile(
    r"(?P<left>[\d\s.+\-*/()]+?)(?P<mod> mod 97)? = (?P<right>-?[\d.]+)(?P<more>…?)"
    r"(?: → (?P<rounded>[\d.]+))?(?: .*)?"
)
RENDER = """
from pathlib import Path
from avots.billing import pdf
from avots.billing.models import Invoice
Path({path!r}).write_bytes(pdf.render(Invoice.objects.get(number="VU26-004821")))
"""


def value_of(expression: str) -> Fraction:
    return Fraction(eval(re.sub(r"[\d.]+", r"Fraction('\g<0>')", expression), {"Fraction": Fraction}))  # noqa: S307


def digits_of(text: str) -> int:
    return len(text.partition(".")[2])


def rounded(value: Fraction, digits: int) -> Decimal:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


@pytest.mark.parametrize("line", SUMS)
def test_each_line_of_arithmetic_is_right(line):
    found = SUM.fullmatch(line)
    assert found, line
    value, right = value_of(found["left"]), Fraction(found["right"])
    value = value % 97 if found["mod"] else value
    if found["more"]:
        assert 0 < value - right < Fraction(1, 10 ** digits_of(found["right"])), value
    else:
        assert value == right
    if found["rounded"]:
        assert rounded(value, digits_of(found["rounded"])) == Decimal(found["rounded"])


def test_the_sums_are_those_of_the_tables():
    flats = next(answer for query, answer in ANSWERS if "group_concat" in query).splitlines()
    rows = [line.split("  ") for line in flats]
    assert len(rows) == 45
    cold, hot = (sum(int(row[column]) for row in rows) for column in (2, 3))
    assert f"{cold} + {hot} = {cold + hot}" in SUMS
    shares = next(answer for query, answer in ANSWERS if "usage_differenceshare" in query).splitlines()
    assert sum(int(litres) * int(count) for _, litres, count in (row.split("  ") for row in shares)) == 13_732
    assert {litres for persons, litres, _ in (row.split("  ") for row in shares) if persons == "2"} == {"295"}


def numbers_of(text: str) -> set[str]:
    """Return the numbers in a text, without zeros before them and signs between digits."""
    return {re.sub(r"\D", "", number).lstrip("0") for number in re.findall(r"\d[\d.,]*", text)}


@pytest.mark.drill
def test_the_town_still_answers_as_the_page_says(tmp_path):
    env = environment(tmp_path, "unused")
    manage(env, "demo", "--present", "2026-11-27T12:20:00")
    database = sqlite3.connect(tmp_path / "avots.sqlite3")
    told = {query: "\n".join("  ".join(map(str, row)) for row in database.execute(query)) for query, _ in ANSWERS}
    database.close()
    moved = [
        f"{query}\nanswers\n{told[query]}\nand not\n{answer}" for query, answer in ANSWERS if told[query] != answer
    ]
    assert not moved, "the demo town has moved: write docs/check-one-invoice.md anew\n" + "\n\n".join(moved)

    if shutil.which("pdftotext") is None:
        pytest.skip("no pdftotext on this machine: the answers agree, the paper was not looked through")
    path = tmp_path / "invoice.pdf"
    manage(env, "shell", "-v0", "-c", RENDER.format(path=str(path)))
    done = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, text=True, check=True)
    paper = re.sub(r"kods \S+", "", done.stdout.partition("Noplēsiet")[0])
    numbers = numbers_of(paper)
    assert len(numbers) > 60
    assert not numbers - numbers_of(PAGE)
