"""Generated pages: extraction never raises anything but its own sentences, never makes up a word, and repeats itself."""
import re
import tempfile
from collections import Counter
from pathlib import Path

import pymupdf
from extraction import extract
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

LETTERS = "abcdefgh ijklmnopq rstuvwxyz ABC IVX .,;:!?'\"()-*— 0123456789 éüñß«»"
LINE = st.tuples(
    st.text(LETTERS, min_size=1, max_size=70), st.integers(-20, 400), st.integers(0, 620),
    st.sampled_from([5, 6.5, 8, 10, 10, 10, 11, 14, 24, 40]), st.sampled_from(["tiro", "tibo", "tiit", "helv", "cour"]))
BLOCK = st.tuples(st.lists(st.text(LETTERS, min_size=1, max_size=60), min_size=1, max_size=25), st.integers(10, 250),
                  st.integers(20, 400), st.sampled_from([7, 9, 10, 12]), st.sampled_from(["tiro", "tiit"]))
PAGE = st.tuples(st.lists(LINE, max_size=6), st.lists(BLOCK, max_size=2), st.sampled_from([0, 0, 0, 90]))


def set_pages(pages, path):
    document = pymupdf.open()
    for lines, blocks, turn in pages:
        page = document.new_page(width=400, height=600)
        for text, x, y, size, font in lines:
            page.insert_text((x, y), text, fontsize=size, fontname=font, rotate=turn)
        for block, x, y, size, font in blocks:
            for number, text in enumerate(block):
                page.insert_text((x, y + 1.2 * size * number), text, fontsize=size, fontname=font)
    document.save(path)


def letters_of(text):
    return Counter(re.sub(r"[\W_]", "", text.lower()))


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.lists(PAGE, min_size=1, max_size=6), st.booleans())
def test_any_pages(pages, by_hand):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "made.pdf")
        set_pages(pages, path)
        hand = [1, max(1, len(pages) // 2)] if by_hand else None
        try:
            book = extract(path, hand)
        except ValueError as error:
            assert str(error).startswith("made.pdf") and str(error).endswith((".", "]"))
            return
        assert extract(path, hand) == book
        with pymupdf.open(path) as document:
            there = "\n".join(page.get_text() for page in document).lower()
        printed = set(re.findall(r"[^\W_]+", there))
        for paragraph in book["paragraphs"]:
            first, last = paragraph["pages"]
            assert paragraph["text"].strip() and 1 <= first <= last <= len(pages)
            for word in re.findall(r"[^\W_]+", paragraph["text"].lower()):
                halves = any(word[:at] in printed and word[at:] in printed for at in range(1, len(word)))
                assert word in printed or halves, word  # whole, or put together from two
        found = letters_of("".join(paragraph["text"] for paragraph in book["paragraphs"]))
        assert not found - letters_of(there)
        report = book["report"]
        assert len(report["page_uses"]) == len(pages) and report["words_kept"] >= 1
