"""Small books in several layouts: what comes out is the text that was set, in its paragraphs."""

from typing import Any

import pytest

from chapters.extraction import extract_book
from chapters.layout import describe_layout, read_layout, set_aside
from chapters.pdfs import first_readable
from chapters.preparation import Mistake
from typesetter import Typesetter, paragraphs_of, prose, set_chapters, sound_book, text_of


def test_one_column_with_heads_notes_and_folios(tmp_path):
    setter = Typesetter(head=lambda number: "The Made-up Book" if number % 2 else "A. Writer")
    truth = set_chapters(setter, notes=True)
    book = extract_book(setter.save(tmp_path / "one.pdf"))
    assert paragraphs_of(book) == truth and "Editorial" not in text_of(book)
    assert set(book["report"]["words_dropped"]) == {
        "running head",
        "page number",
        "note",
        "heading",
    }
    assert [paragraph["chapter"] for paragraph in book["paragraphs"]][::9] == [
        f"Chapter {n}" for n in (1, 2, 3, 4)
    ]


def test_two_columns(tmp_path):
    setter = Typesetter(size=8, columns=2, head="The Made-up Book")
    truth = set_chapters(setter, chapters=3, paragraphs=16)
    assert paragraphs_of(extract_book(setter.save(tmp_path / "two.pdf"))) == truth


def test_plain_pages_without_head_or_folio(tmp_path):
    setter = Typesetter(size=11, folio=None)
    truth = set_chapters(setter, title="{}", chapters=3)
    assert paragraphs_of(extract_book(setter.save(tmp_path / "plain.pdf"))) == truth


def test_no_headings_at_all(tmp_path):
    setter, truth = Typesetter(), prose(5, 30)
    for text in truth:
        setter.paragraph(text)
    assert paragraphs_of(extract_book(setter.save(tmp_path / "bare.pdf"))) == truth


def test_small_print_with_block_paragraphs(tmp_path):
    setter, truth = Typesetter(size=6.5, head="Small Print"), prose(6, 60)
    for text in truth:
        setter.paragraph(text, indent=0, gap=3)
    assert paragraphs_of(extract_book(setter.save(tmp_path / "small.pdf"))) == truth


@pytest.mark.parametrize(
    "capital, line, start",
    [
        ("T", "hose were the days of the long voyage, and nobody", "Those were"),
        ("A", "vailing himself of the calm the mate and nobody", "Availing himself"),
        ("A", "calm came down upon the sea before noon, and nobody", "A calm"),
    ],
)
def test_drop_capital(tmp_path, capital, line, start):
    setter, texts = Typesetter(), prose(9, 8)
    setter.chapter("Chapter 1")
    setter.put(50, 145, capital, 34)
    end = "on the ship believed a word of what they had been told."
    for number, one in enumerate((line, end)):
        setter.put(72, 131 + 14 * number, one)
    setter.y = 160
    for text in texts:
        setter.paragraph(text)
    book = extract_book(setter.save(tmp_path / "drop.pdf"))
    first, *others = paragraphs_of(book)
    assert first.startswith(start) and first.endswith(f"{line[8:]} {end}") and others == texts


def verse_pages(*beside):
    """Six pages of short lines from 60 to 200 pt, a blank row after every fifth, and `beside` them
    smaller type: (x0, x1, y, text)."""
    pages: Any = []
    for _ in range(6):
        line: Any = {"size": 10, "use": "body", "text": "A line of verse", "x0": 60, "x1": 200}
        lines = [{**line, "y": 80 + 14 * n} for n in range(30) if n % 6 != 5]
        for x0, x1, y, text in beside:
            lines.append({**line, "x0": x0, "x1": x1, "y": y, "size": 8, "text": text})
        pages.append({"lines": lines, "images": [], "width": 400, "height": 600})
    return pages


def set_aside_texts(*beside):
    pages = verse_pages(*beside)
    return [[line["text"] for line in lines] for lines in set_aside(pages, 10)][0]


def test_small_type_beside_the_text_is_a_note():
    notes = [(240, 300 + 9 * n, 472 + 10 * n, "a note that goes on"[: 5 * n + 4]) for n in range(4)]
    pages = verse_pages(*notes)
    for n, page in enumerate(pages):
        for line in page["lines"][25:]:
            line["text"] += f" {n}"  # other words on each page
    assert [len(lines) for lines in set_aside(pages, 10)] == 6 * [4]  # below the text, too
    assert set_aside_texts((20, 30, 80, "12"), (240, 250, 108, "5")) == ["12", "5"]


def test_what_belongs_to_a_play_is_no_note():
    flush = [
        (340 - 4 * len(text), 340, y, text) for y, text in ((108, "Exit"), (122, "Exeunt all"))
    ]
    speakers = [(20, 50, 80, "HAMLET"), (20, 40, 94, "Ham."), (20, 40, 108, "GOD")]
    folio = (240, 245, 560, "7")
    between = (20, 45, 150, "He goes off")  # on a row of its own
    assert set_aside_texts(*flush, *speakers, folio, between) == []


def test_what_is_no_text_joins_no_line():
    pages = verse_pages()
    grain: Any = {**pages[0]["lines"][0], "x0": 210, "x1": 300, "text": "Ae wr", "use": "image"}
    pages[0]["lines"].append(grain)
    aside = set_aside(pages, 10)
    assert [line["text"] for line in aside[0]] == ["Ae wr"] and grain not in pages[0]["lines"]


def test_numbers_of_chapters_are_no_page_numbers(tmp_path):
    setter = Typesetter(folio="head")
    truth = set_chapters(setter, title="{}", chapters=5, size=10)
    book = extract_book(setter.save(tmp_path / "numbers.pdf"))
    assert paragraphs_of(book) == truth
    assert [paragraph["chapter"] for paragraph in book["paragraphs"]][::9] == list("12345")


def test_layout_is_told_in_a_line(tmp_path):
    layout = read_layout(sound_book(tmp_path / "good.pdf"))
    assert layout["style"]["size"] == 10 and layout["style"]["leading"] == 12.5
    told = describe_layout(layout)
    assert told.startswith("good.pdf: 6 pages, running text in 10 pt ")
    assert told.endswith("with 12.5 pt from line to line; 6 pages carry a printed number")


def test_first_readable_passes_over_what_is_no_book(tmp_path):
    (tmp_path / "a.pdf").write_bytes(b"nothing")
    good = sound_book(tmp_path / "b.pdf")
    assert first_readable([tmp_path / "a.pdf", good]) == good
    with pytest.raises(Mistake, match="^No book can be used. a.pdf is no PDF"):
        first_readable([tmp_path / "a.pdf"])
