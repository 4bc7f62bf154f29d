"""Lines become the paragraphs that they were: broken words, verse."""

from typing import Any

import pymupdf
import pytest

from chapters.extraction import extract_book
from chapters.paragraphs import join_words
from chapters.preparation import Mistake
from chapters.typography import count_vocabulary
from typesetter import Typesetter, paragraphs_of, prose, sound_book, text_of


def test_hyphens_are_repaired_by_the_books_own_words(tmp_path):
    lines = [
        "The department is well known and the fire-ship too.",
        "He saw the fire-",
        "ship near the depart-",
        "ment where a quayside watch-",
        "man stood, a Jean-",
        "Paul by name, and said",
        "nothing at all to them.",
    ]
    document = pymupdf.open()
    page = document.new_page(width=360, height=540)
    for number, line in enumerate(
        lines + ["watchman department fire-ship. The end of it all is here."]
    ):
        page.insert_text((50, 60 + 14 * number), line, fontsize=11, fontname="helv")
    words = (
        "He saw the fire-ship near the department where a quayside watchman stood, "
        "a Jean-Paul by name, and said"
    )
    document.save(tmp_path / "hyphens.pdf")
    assert words in " ".join(text_of(extract_book(tmp_path / "hyphens.pdf")).split())


def test_verse_keeps_its_lines(tmp_path):
    setter, texts = Typesetter(), prose(10, 10)
    verse = [
        "The ropes and anchors in the bay,",
        "Hung over us a gloomy shade,",
        "While all the sunlit waves went by,",
        "And left us deep among the spray.",
    ]
    for number, text in enumerate(texts):
        setter.paragraph(text)
        if number == 4:
            setter.y += 8
            for line in verse:
                setter.step(12.5)
                setter.put(80, setter.y, line)
            setter.y += 8
    book = extract_book(setter.save(tmp_path / "verse.pdf"))
    assert paragraphs_of(book) == [*texts[:5], "\n".join(verse), *texts[5:]]
    assert [paragraph["verse"] for paragraph in book["paragraphs"]] == [n == 5 for n in range(11)]


def test_pages_by_hand_without_text(tmp_path):
    document = pymupdf.open(sound_book(tmp_path / "good.pdf"))
    document.new_page()
    document.save(tmp_path / "end.pdf")
    last = len(document)
    with pytest.raises(Mistake) as error:
        extract_book(tmp_path / "end.pdf", [last, last])
    assert str(error.value) == (
        "end.pdf: no running text was found: give its first and last page in BOOK_PAGES."
    )


@pytest.mark.parametrize(
    "before, after, joined",
    [
        ("on the", "sea", "on the "),
        ("of the depart\u00ad", "ment", "of the depart"),
        ("he said—", "nothing", "he said—"),
        ("he said –", "nothing", "he said – "),
        ("he said", "—nothing", "he said"),
        ("he said", "— nothing", "he said "),
        ("he said.", "—The Sayings", "he said. "),  # a source
        ("the fire-", "ship", "the fire-"),  # as the book writes it
        ("the watch-", "man", "the watch"),
        ("a Jean-", "Paul", "a Jean-"),
        ("the mother-in-", "law", "the mother-in-"),
        ("not for-", "bidding", "not for"),  # the book has both halves, English the whole
        ("thick blood, a-", "vailing", "thick blood, a"),  # English has no vailing
        ("in Connecti-", "cut", "in Connecti"),
        ("To-", "day", "To-"),
        ("his walking-", "sticks", "his walking-"),  # the book has neither, English the halves
    ],
)
def test_join_words(before, after, joined):
    text = "fire-ship and fire-ship to-day; the watchman of the department; mother-in-law; bidding"
    text += " for it"
    page: Any = {"lines": [{"text": text}]}
    assert join_words(before, after, count_vocabulary([page])) == joined
