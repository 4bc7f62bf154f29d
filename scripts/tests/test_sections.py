"""What stands around a text goes: notes, front and back matter; pages set by hand rule."""

from typing import Any

from chapters.extraction import extract_book
from chapters.preparation import show_figure
from chapters.sections import describe_pages, draw_pages, mark_book, mark_footnotes
from typesetter import Typesetter, paragraphs_of, prose, set_chapters, text_of


def test_block_quotation_stays_and_note_goes(tmp_path):
    setter, texts = Typesetter(), prose(7, 24)
    setter.chapter("Chapter 1")
    for number, text in enumerate(texts):
        quoted = number % 6 == 3
        setter.paragraph(
            text,
            size=8 if quoted else None,
            margin=20 if quoted else 0,
            indent=0 if quoted else 12,
            gap=5 if quoted else 0,
            note="3 A note of the editor." if number % 6 == 1 else None,
        )
    book = extract_book(setter.save(tmp_path / "quotes.pdf"))
    assert paragraphs_of(book) == texts
    assert "editor" not in text_of(book)


def test_a_hanging_note_goes_on_after_the_end_of_a_sentence():
    line: Any = {"use": "body", "column": 0, "marks": [], "above": 1}

    def lines(*rows):
        return [{**line, "text": t, "mark": m, "x0": x, "size": s} for t, m, x, s in rows]

    text = [("The long text goes on", "", 50, 10)] * 4
    first = lines(*text, ("A note that", "1", 50, 8), ("hangs.", "", 64, 8))
    first[0]["marks"] = ["1"]
    second = lines(*text, ("It goes on.", "", 64, 8), ("Another", "2", 50, 8), ("one.", "", 64, 8))
    pages: Any = [{"lines": page, "images": []} for page in (first, second)]
    mark_footnotes(pages, 10)
    assert [one["text"] for one in second if one["use"] == "note"] == [
        "It goes on.",
        "Another",
        "one.",
    ]


def front_and_back(path):
    """A book with everything around its text; returns the text."""
    setter = Typesetter(head="The Made-up Book", roman=4)
    setter.new_page(furniture=False)
    setter.put(90, 200, "The Made-up Book", 20)
    setter.put(140, 230, "A. Writer", 12)
    setter.new_page(furniture=False)
    setter.paragraph(
        "Copyright 2020 by A. Writer. All rights reserved. Printed in Utopia. ISBN 1-2-3."
    )
    setter.chapter("Contents")
    for number in range(1, 5):
        setter.paragraph(f"Chapter {number} . . . . . . . . . . {number * 2 - 1}", indent=0)
    setter.chapter("Foreword by B. Friend")
    setter.paragraph("My friend has written a fine foreworded book.")
    truth = set_chapters(setter)
    for title, line in (
        ("Acknowledgments", "Thanks to the thankable."),
        ("Bibliography", "Cited, A. Citation. 1900."),
        ("Index", "anchor, 3, 5, 7"),
        ("About the Author", "A. Writer lives biographically."),
    ):
        setter.chapter(title)
        for _ in range(6):
            setter.paragraph(line, indent=0)
    setter.save(path)
    return truth


def test_front_and_back_matter_go(tmp_path):
    truth = front_and_back(tmp_path / "whole.pdf")
    book = extract_book(tmp_path / "whole.pdf")
    assert paragraphs_of(book) == truth
    found = {decision["what"]: decision for decision in book["report"]["decisions"]}
    assert {
        "front matter",
        "copyright",
        "contents",
        "foreword",
        "acknowledgments",
        "bibliography",
        "index",
        "about the author",
    } <= set(found)
    assert (
        found["foreword"]["page"] == 4
        and found["foreword"]["reason"] == "heading “Foreword by B. Friend”"
    )
    assert found["index"]["reason"] == "heading “Index”"
    uses = book["report"]["page_uses"]
    assert (
        uses[:4] == ["front matter", "copyright", "contents", "foreword"]
        and uses[-1] == "about the author"
    )


def test_pages_by_hand_rule(tmp_path):
    front_and_back(tmp_path / "whole.pdf")
    book = extract_book(tmp_path / "whole.pdf", [4, 6])
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
    assert paragraphs_of(extract_book(setter.save(tmp_path / "ends.pdf"))) == truth


def test_extraction_is_the_same_twice(tmp_path):
    front_and_back(tmp_path / "whole.pdf")
    assert extract_book(tmp_path / "whole.pdf") == extract_book(tmp_path / "whole.pdf")


def test_pages_are_drawn_and_described(tmp_path):
    front_and_back(tmp_path / "whole.pdf")
    layout, _ = mark_book(tmp_path / "whole.pdf")
    told = describe_pages(layout, [3])
    assert "whole.pdf" in told and "page 3: " in told and "contents" in told
    assert describe_pages(layout).count("page ") >= 3
    figure = draw_pages(layout, [3])
    shown = {text.get_text() for text in figure.legends[0].get_texts()}
    assert shown >= {"contents", "running head"} and len(figure.axes) == 1
    show_figure(figure, tmp_path / "pages.png", told)
    assert (tmp_path / "pages.png").stat().st_size > 5000
