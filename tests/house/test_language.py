"""Plain Latvian, measured over every text of every room (quality.md U9, 2.7; domain.md 13.1)."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.pofile import read_po

from avots.ui import formats

ROOT = Path(__file__).parents[2]
CATALOGUES = sorted((ROOT / "avots").glob("*/locale/en/LC_MESSAGES/django.po"))
PLACE = re.compile(r"%\(\w+\)s|\{\w*\}")
SENTENCE = re.compile(r".+?[.?!](?=\s+[A-ZĀČĒĢĪĶĻŅŠŪŽ„]|\s*$)", re.DOTALL)
MOST_WORDS, MEAN_WORDS, MOST_LIX = 20, 12, 50
ENOUGH = 20  # sentences: below, one long word decides the index of a room
# What the dictionary does not know: abbreviations, names of formats, and words of the trade.
TERMS = set(
    "AA CSV PDF E EN FiDAViSta IBAN JPEG JSON JavaScript MT Nr PNG PVN QR Starpkontā UTF WCAG XLSX e "
    "axe ielasts ievadskaitītāja camt nr plkst reģ".split()
)


def texts_of(path: Path) -> list[str]:
    """Return a room's Latvian texts: the catalogues' message ids, which a house test keeps complete."""
    with path.open("rb") as file:
        ids = [message.id for message in read_po(file, locale="en") if message.id]
    return [PLACE.sub("5", text) for one in ids for text in ([one] if isinstance(one, str) else one)]


def sentences_of(texts: list[str]) -> list[list[str]]:
    """Return the words of each whole sentence; a label without a full stop is none.

    >>> sentences_of(["Logs atveras 25. datumā. Līdz tam gaidiet.", "Rēķini"])
    [['Logs', 'atveras', 'datumā'], ['Līdz', 'tam', 'gaidiet']]
    """
    whole = [sentence for text in texts for sentence in SENTENCE.findall(text)]
    return [words for sentence in whole if (words := re.findall(r"[^\W\d_]+", sentence))]


def lix(sentences: list[list[str]]) -> int:
    """Return the readability index: words a sentence plus the percentage of words over six letters.

    >>> lix([["Rakstiet", "tikai", "ciparus"]])
    69
    """
    words = [word for sentence in sentences for word in sentence]
    return len(words) // len(sentences) + 100 * sum(len(word) > 6 for word in words) // len(words)


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parts[-5])
def test_no_sentence_is_long_and_rooms_read_easily(path):
    sentences = sentences_of(texts_of(path))
    assert not [" ".join(words) for words in sentences if len(words) > MOST_WORDS]
    if len(sentences) >= ENOUGH:
        assert sum(map(len, sentences)) <= MEAN_WORDS * len(sentences)
        assert lix(sentences) <= MOST_LIX


def test_every_word_is_spelled_right():
    if shutil.which("hunspell") is None or not Path("/usr/share/hunspell/lv_LV.dic").exists():
        pytest.skip("no Latvian dictionary on this machine: install the packages hunspell and hunspell-lv")
    text = "\n".join(text for path in CATALOGUES for text in texts_of(path))
    command = ["hunspell", "-d", "lv_LV", "-i", "utf-8", "-l"]
    unknown = subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout
    assert set(unknown.split()) <= TERMS
    misspelled = subprocess.run(command, input="rādijums", capture_output=True, text=True, check=True).stdout
    assert misspelled.split() == ["rādijums"]


def test_a_count_takes_the_form_that_latvian_takes():
    forms = {"one": 0, "other": 1, "zero": 2}
    rule = Locale("lv").plural_form
    assert [formats.plural(n) for n in range(2_000)] == [forms[rule(n)] for n in range(2_000)]
