"""Headings and captions: what they are called, and what is told from the text by them."""

from typing import Any

import pymupdf
import pytest

from chapters.extraction import extract_book
from chapters.headings import headings_table, mark_headings, section_kind
from chapters.layout import read_layout
from chapters.tables import mark_captions
from typesetter import FONTS, Typesetter, paragraphs_of, prose, sound_book, text_of


@pytest.mark.parametrize(
    "text, kind",
    [
        ("Contents", "contents"),
        ("NOTES", "notes"),
        ("Notes to Chapter 3", "notes"),
        ("Select Bibliography", "bibliography"),
        ("About the Author", "about the author"),
        ("Praise for The Sea", "praise"),
        ("Foreword by A. Friend", "foreword"),
        ("Translator’s Note", "foreword"),
        ("Translator’s Afterword", "foreword"),
        ("Postscript by the Editor", "foreword"),
        ("Preface by the Author", "chapter"),
        ("Preface by the Author’s Brother", "foreword"),
        ("Chapter One", "chapter"),
        ("XIV.", "chapter"),
        ("3", "chapter"),
        ("Prologue", "chapter"),
        ("ACT II", "chapter"),
        ("The Harbour", ""),
        ("I dare no longer stay", "chapter"),
        ("Civil War", ""),
        ("Indexes of Wealth", ""),
    ],
)
def test_section_kind(text, kind):
    assert section_kind(text) == kind


def test_captions_go(tmp_path):
    setter, texts = Typesetter(), prose(11, 12)
    for number, text in enumerate(texts):
        setter.paragraph(text)
        if number in (3, 8):
            setter.step(90)
            setter.paragraph(
                f"Figure {number}. A view of the captioned harbour.", indent=0, size=8.5, gap=10
            )
    book = extract_book(setter.save(tmp_path / "figures.pdf"))
    assert "captioned" not in text_of(book) and book["report"]["words_dropped"]["caption"] == 16


@pytest.mark.parametrize("x0, use", [(50, "body"), (120, "caption")])
def test_a_paragraphs_last_line_above_a_figure_is_no_word_in_it(x0, use):
    line: Any = {"size": 10, "use": "body", "family": "Serif", "italic": False, "column": 0}
    texts = [(x0, 80, "odious is the name!", 9, 8), (90, 180, "Figure 1. The mill.", 8, 2)]
    texts += [(50, 210, "The council shall bear it, and nobody else.", 2, 9)]
    lines = []
    for left, y, text, above, below in texts:
        place = {"x0": left, "x1": left + 5 * len(text), "y": y, "above": above, "below": below}
        lines.append({**line, **place, "text": text})
    page: Any = {"lines": lines, "images": [], "width": 400, "height": 600}
    mark_captions([page], {"size": 10, "family": "Serif", "leading": 12})
    assert [line["use"] for line in lines] == [use, "caption", "body"]


def test_a_caption_in_the_middle_ends_before_a_line_from_the_edge(tmp_path):
    setter, texts = Typesetter(), prose(11, 12)
    for text in texts[:6]:
        setter.paragraph(text)
    caption = "Figure 2: The mill, drawn after a print of the day."
    setter.step(90)
    width = pymupdf.get_text_length(caption, FONTS["roman"], setter.size)
    setter.put(setter.left + (setter.width - width) / 2, setter.y, caption)
    texts[6] = f"Notwithstanding, {texts[6]}"  # too long a word for the caption's line
    setter.paragraph(texts[6], indent=0)
    for text in texts[7:]:
        setter.paragraph(text)
    assert paragraphs_of(extract_book(setter.save(tmp_path / "mill.pdf"))) == texts


def test_headings_table(tmp_path):
    table = headings_table(mark_headings(read_layout(sound_book(tmp_path / "good.pdf"))))
    assert [list(row) for row in table.to_numpy()] == [
        [1, "Chapter 1", 16],
        [3, "Chapter 2", 16],
        [5, "Chapter 3", 16],
    ]
