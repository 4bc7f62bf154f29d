"""Books of every common maker: the text alone comes out, without notes and their marks."""

import re

import pytest
from rapidfuzz.distance import LCSseq

from chapters.extraction import extract_book
from makers import LOOKS, MAKERS, gone_of, made_book, make_book, truth_of, why_not
from typesetter import text_of

CASES = [(maker, "numbers") for maker in MAKERS if maker != "chromium"]
CASES += [("typst", "symbols"), ("weasyprint", "symbols"), ("desk", "symbols")]
CASES += [("chromium", "end"), ("typst", "chapter"), ("groff", "chapter")]
CASES += [("typst", "side"), ("typst", "columns")]
FAST = ("desk", "typst")  # the others start a program of their own, or take over 5 s a book
CASES = [pytest.param(*case, marks=() if case[0] in FAST else pytest.mark.slow) for case in CASES]


def words_of(text):
    return re.findall(r"[a-z0-9’]+", text.lower())


def runs_of(text, length=5):
    words = words_of(text)
    return {tuple(words[at : at + length]) for at in range(len(words) - length + 1)}


@pytest.mark.parametrize("maker, look", CASES)
def test_text_alone_comes_out(tmp_path, maker, look):
    if reason := why_not(maker):
        pytest.skip(reason)
    book = made_book(LOOKS[look], chapters=3)
    kept, notes = truth_of(book)
    found = text_of(extract_book(make_book(maker, book, tmp_path / "book.pdf")))
    truth, text = words_of("\n".join(kept)), words_of(found)
    assert 2 * LCSseq.similarity(truth, text) / (len(truth) + len(text)) >= 0.998
    own, there = runs_of("\n".join(kept)), runs_of(found)
    for left_out in [notes, *gone_of(book).values()]:
        assert not [one for one in left_out if len((runs_of(one) - own) & there) > 2]
    assert not re.findall(r"[\d*∗†‡§¶‖↩]+", found)  # the text itself has none
