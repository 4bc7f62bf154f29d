# %% id="extraction-imports"
"""Makes books of PDFs: their text, an account of every line left out, and what is doubtful."""

from chapters.layout import BodyStyle
from chapters.pages import Line, Page
from chapters.paragraphs import Paragraph, build_paragraphs
from chapters.preparation import Mistake
from chapters.sections import mark_book
from chapters.storage import write_whole

# %% [markdown] id="extraction-book-text"
# #### One book, and an account of every line
# `extract_book` takes a PDF from pages to paragraphs. Each line that is left out is recorded with
# its page and the reason, so that a wrong decision can be found. Kept paragraphs are looked over
# for signs of what should not be there: digits, addresses, unfinished sentences, other type.

# %% id="extraction-book"
import re
from collections import Counter
from itertools import groupby
from pathlib import Path
from typing import Any, TypedDict

import pymupdf


class Book(TypedDict):
    """A book's text; "report" has "decisions", "page_uses", "words_kept", "words_dropped", "doubts"."""

    stem: str  # the file's name without .pdf
    title: str
    path: str
    paragraphs: list[Paragraph]
    n_pages: int
    report: dict[str, Any]


_LINE_REASONS = {
    "running head": "returns at the same height from page to page",
    "page number": "counts the pages at the same height",
    "heading": "kept as the chapter's title",
    "caption": "labelled and apart, or at an image",
    "note": "small type with a mark at the foot",
    "contents": "lines that end in page numbers",
    "ornament": "no letter in it",
}
_USUAL_ENDS = re.compile(  # nothing to look closer at
    r"(?!.*(www|ISBN|rights reserved))[“\"‘'(—]*[A-ZÀ-Þ][^\d\ufffd©:/]*[.?!][”\"’')]*"
)
_DOUBT_SIGNS = {  # reason: (weight, pattern)
    "an address or a notice of rights": (2.0, r"www\.|https?:|©|ISBN|[Aa]ll rights reserved"),
    "an unknown character": (2.0, "\ufffd"),
    "begins like a caption": (
        1.0,
        r"\A(Fig|Figure|Plate|Table|Map|Chart|FIGURE|TABLE|PLATE)\b\.? *\d",
    ),
    "begins like a note": (0.8, r"\A([*†‡]|\d{1,3}[.)]? )"),
    "begins in the middle of a sentence": (0.6, r"\A[a-zà-öø-ÿ]"),
    "many figures": (0.5, r"\A(\D{0,20}\d){4}\D{0,20}\Z"),
    "no end of a sentence": (0.4, r"[^.?!:;,—…–”’\"')\]\d]\Z"),
}


def report_pages(pages: list[Page]) -> dict[str, Any]:
    """Return what became of the lines: {"decisions", "page_uses", "words_kept", "words_dropped"}.

    A decision is {"page" (from 1), "what", "reason", "words", "text"}, one for each use but the body
    on each page; "page_uses" gives for each page what most of its words were taken for.
    """
    decisions, uses, total = [], [], Counter()

    for number, page in enumerate(pages, 1):
        here: dict[str, list[Line]] = {}
        for line in page["lines"]:
            here.setdefault(line["use"], []).append(line)
        bare = "image" if page["images"] else "empty"
        words = {
            use: sum(line["text"].count(" ") + 1 for line in lines) for use, lines in here.items()
        }
        total.update(words)
        ...
    return {}
