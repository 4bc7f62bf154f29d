"""Headings and captions: what they are called, and what is told from the text by them."""

import pytest

from chapters.extraction import extract_book
from chapters.headings import headings_table, mark_headings, section_kind
from chapters.layout import read_layout
from typesetter import Typesetter, prose, sound_book, text_of


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


def test_headings_table(tmp_path):
    table = headings_table(mark_headings(read_layout(sound_book(tmp_path / "good.pdf"))))
    assert [list(row) for row in table.to_numpy()] == [
        [1, "Chapter 1", 16],
        [3, "Chapter 2", 16],
        [5, "Chapter 3", 16],
    ]
