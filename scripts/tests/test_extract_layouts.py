"""Whole small books in several layouts: what comes out is the text that was set, paragraph by paragraph."""
import pymupdf
import pytest
from extraction import PARTS, Typesetter, extract, prose, sentences, text_of


def set_chapters(setter, chapters=4, paragraphs=9, title="Chapter {}", notes=False, **look):
    """Set made-up chapters and return the paragraphs that an extraction should give."""
    truth = []
    for chapter in range(chapters):
        setter.chapter(title.format(chapter + 1), **look)
        for number, text in enumerate(prose(100 + chapter, paragraphs)):
            note = f"{number} Editorial: {sentences(chapter + number, 1)[0]}" if notes and number % 4 == 1 else None
            setter.paragraph(text, note=note)
            truth.append(text)
    return truth


def paragraphs_of(book):
    return [paragraph["text"] for paragraph in book["paragraphs"]]


def test_one_column_with_heads_notes_and_folios(tmp_path):
    setter = Typesetter(head=lambda number: "The Made-up Book" if number % 2 else "A. Writer")
    truth = set_chapters(setter, notes=True)
    book = extract(setter.save(tmp_path / "one.pdf"))
    assert paragraphs_of(book) == truth and "Editorial" not in text_of(book)
    assert set(book["report"]["words_dropped"]) == {"running head", "page number", "note", "heading"}
    assert [paragraph["chapter"] for paragraph in book["paragraphs"]][::9] == [f"Chapter {n}" for n in (1, 2, 3, 4)]


def test_two_columns(tmp_path):
    setter = Typesetter(size=8, columns=2, head="The Made-up Book")
    truth = set_chapters(setter, chapters=3, paragraphs=16)
    assert paragraphs_of(extract(setter.save(tmp_path / "two.pdf"))) == truth


def test_plain_pages_without_head_or_folio(tmp_path):
    setter = Typesetter(size=11, folio=None)
    truth = set_chapters(setter, title="{}", chapters=3)
    assert paragraphs_of(extract(setter.save(tmp_path / "plain.pdf"))) == truth


def test_no_headings_at_all(tmp_path):
    setter, truth = Typesetter(), prose(5, 30)
    for text in truth:
        setter.paragraph(text)
    assert paragraphs_of(extract(setter.save(tmp_path / "bare.pdf"))) == truth


def test_small_print_with_block_paragraphs(tmp_path):
    setter, truth = Typesetter(size=6.5, head="Small Print"), prose(6, 60)
    for text in truth:
        setter.paragraph(text, indent=0, gap=3)
    assert paragraphs_of(extract(setter.save(tmp_path / "small.pdf"))) == truth


def test_block_quotation_stays_and_note_goes(tmp_path):
    setter, texts = Typesetter(), prose(7, 24)
    setter.chapter("Chapter 1")
    for number, text in enumerate(texts):
        quoted = number % 6 == 3
        setter.paragraph(text, size=8 if quoted else None, margin=20 if quoted else 0, indent=0 if quoted else 12,
                         gap=5 if quoted else 0, note="3 A note of the editor." if number % 6 == 1 else None)
    book = extract(setter.save(tmp_path / "quotes.pdf"))
    assert paragraphs_of(book) == texts
    assert "editor" not in text_of(book)


def front_and_back(path):
    """A book with everything around its text; returns the text."""
    setter = Typesetter(head="The Made-up Book", roman=4)
    setter.new_page(furniture=False)
    setter.put(90, 200, "The Made-up Book", 20)
    setter.put(140, 230, "A. Writer", 12)
    setter.new_page(furniture=False)
    setter.paragraph("Copyright 2020 by A. Writer. All rights reserved. Printed in Utopia. ISBN 1-2-3.")
    setter.chapter("Contents")
    for number in range(1, 5):
        setter.paragraph(f"Chapter {number} . . . . . . . . . . {number * 2 - 1}", indent=0)
    setter.chapter("Foreword by B. Friend")
    setter.paragraph("My friend has written a fine foreworded book.")
    truth = set_chapters(setter)
    for title, line in (("Acknowledgments", "Thanks to the thankable."), ("Bibliography", "Cited, A. Citation. 1900."),
                        ("Index", "anchor, 3, 5, 7"), ("About the Author", "A. Writer lives biographically.")):
        setter.chapter(title)
        for _ in range(6):
            setter.paragraph(line, indent=0)
    setter.save(path)
    return truth


def test_front_and_back_matter_go(tmp_path):
    truth = front_and_back(tmp_path / "whole.pdf")
    book = extract(tmp_path / "whole.pdf")
    assert paragraphs_of(book) == truth
    found = {decision["what"]: decision for decision in book["report"]["decisions"]}
    assert {"front matter", "copyright", "contents", "foreword", "acknowledgments", "bibliography", "index",
            "about the author"} <= set(found)
    assert found["foreword"]["page"] == 4 and found["foreword"]["reason"] == "heading “Foreword by B. Friend”"
    assert found["index"]["reason"] == "heading “Index”"
    uses = book["report"]["page_uses"]
    assert uses[:4] == ["front matter", "copyright", "contents", "foreword"] and uses[-1] == "about the author"


def test_pages_by_hand_rule(tmp_path):
    front_and_back(tmp_path / "whole.pdf")
    book = extract(tmp_path / "whole.pdf", [4, 6])
    assert book["paragraphs"][0]["text"] == "My friend has written a fine foreworded book."
    assert {page for paragraph in book["paragraphs"] for page in paragraph["pages"]} <= {4, 5, 6}


def test_notes_at_chapter_ends(tmp_path):
    setter, truth = Typesetter(), []
    for chapter in range(4):
        setter.chapter(("The Harbour", "The Gale", "The Ice", "Landfall")[chapter])
        for text in prose(chapter, 8):
            setter.paragraph(text)
            truth.append(text)
        setter.chapter("Notes", new_page=False, size=12)
        for number in range(1, 6):
            setter.paragraph(f"{number}. An endnote of this chapter.", indent=0, size=8)
    assert paragraphs_of(extract(setter.save(tmp_path / "ends.pdf"))) == truth


def test_hyphens_are_repaired_by_the_books_own_words(tmp_path):
    lines = ["The department is well known and the fire-ship too.", "He saw the fire-", "ship near the depart-",
             "ment where a quayside watch-", "man stood, a Jean-", "Paul by name, and said", "nothing at all to them."]
    document = pymupdf.open()
    page = document.new_page(width=360, height=540)
    for number, line in enumerate(lines + ["watchman department fire-ship. The end of it all is here."]):
        page.insert_text((50, 60 + 14 * number), line, fontsize=11, fontname="helv")
    words = "He saw the fire-ship near the department where a quayside watchman stood, a Jean-Paul by name, and said"
    document.save(tmp_path / "hyphens.pdf")
    assert words in " ".join(text_of(extract(tmp_path / "hyphens.pdf")).split())


def test_drop_capital(tmp_path):
    setter, texts = Typesetter(), prose(9, 8)
    setter.chapter("Chapter 1")
    setter.put(50, 145, "T", 34)
    for number, line in enumerate(("hose were the days of the long voyage, and nobody", "on the ship believed a word of what they had been told.")):
        setter.put(72, 131 + 14 * number, line)
    setter.y = 160
    for text in texts:
        setter.paragraph(text)
    book = extract(setter.save(tmp_path / "drop.pdf"))
    start = "Those were the days of the long voyage, and nobody on the ship believed a word of what they had been told."
    assert paragraphs_of(book) == [start, *texts]


def test_verse_keeps_its_lines(tmp_path):
    setter, texts = Typesetter(), prose(10, 10)
    verse = ["The ropes and anchors in the bay,", "Hung over us a gloomy shade,", "While all the sunlit waves went by,",
             "And left us deep among the spray."]
    for number, text in enumerate(texts):
        setter.paragraph(text)
        if number == 4:
            setter.y += 8
            for line in verse:
                setter.step(12.5)
                setter.put(80, setter.y, line)
            setter.y += 8
    book = extract(setter.save(tmp_path / "verse.pdf"))
    assert paragraphs_of(book) == [*texts[:5], "\n".join(verse), *texts[5:]]
    assert [paragraph["verse"] for paragraph in book["paragraphs"]] == [n == 5 for n in range(11)]


def test_captions_go(tmp_path):
    setter, texts = Typesetter(), prose(11, 12)
    for number, text in enumerate(texts):
        setter.paragraph(text)
        if number in (3, 8):
            setter.step(90)
            setter.paragraph(f"Figure {number}. A view of the captioned harbour.", indent=0, size=8.5, gap=10)
    book = extract(setter.save(tmp_path / "figures.pdf"))
    assert "captioned" not in text_of(book) and book["report"]["words_dropped"]["caption"] == 16


def test_numbers_of_chapters_are_no_page_numbers(tmp_path):
    setter = Typesetter(folio="head")
    truth = set_chapters(setter, title="{}", chapters=5, size=10)
    book = extract(setter.save(tmp_path / "numbers.pdf"))
    assert paragraphs_of(book) == truth
    assert [paragraph["chapter"] for paragraph in book["paragraphs"]][::9] == list("12345")


@pytest.mark.parametrize("text, kind", [
    ("Contents", "contents"), ("NOTES", "notes"), ("Notes to Chapter 3", "notes"), ("Select Bibliography", "bibliography"),
    ("About the Author", "about the author"), ("Praise for The Sea", "praise"), ("Foreword by A. Friend", "foreword"),
    ("Translator’s Note", "foreword"), ("Chapter One", "chapter"), ("XIV.", "chapter"), ("3", "chapter"),
    ("Prologue", "chapter"), ("ACT II", "chapter"), ("The Harbour", ""), ("I dare no longer stay", "chapter"),
    ("Civil War", ""), ("Indexes of Wealth", "")])
def test_section_kind(text, kind):
    assert PARTS["section_kind"](text) == kind


def test_extraction_is_the_same_twice(tmp_path):
    front_and_back(tmp_path / "whole.pdf")
    assert extract(tmp_path / "whole.pdf") == extract(tmp_path / "whole.pdf")
