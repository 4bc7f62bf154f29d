# %% id="ebooks-imports"
"""Makes books without pages into the same marked lines and paragraphs as PDFs."""

from chapters.headings import Heading, is_legal_page, plain_title, section_kind
from chapters.layout import BookLayout
from chapters.pages import Line, Page, check_range
from chapters.paragraphs import Paragraph, join_words, text_flow
from chapters.preparation import Mistake
from chapters.sections import find_start, label_sections, leave_out, split_sections
from chapters.sources import BookSource, read_source
from chapters.typography import count_vocabulary

# %% [markdown] id="ebooks-layout-text"
# #### As a book
# From here on an e-book goes the way of the PDFs: headings cut it into sections, and the same names
# tell which are the author's. What it says of itself comes before.


# %% id="ebooks-layout"
import re
from pathlib import Path

PAGE_WORDS = 300  # of a book that has no pages, counted as one
_INTRODUCTION = re.compile(r"(introduction|preface|foreword|afterword|introductory)\b", re.I)
_SIGNED = re.compile(r"([Bb]y |[—–-]\s*)?(([A-Z][\w.'’-]*|de|von|van|of|and) ?){2,5}")


def count_pages(lines: list[Line]) -> list[Page]:
    """Return the lines on counted pages; a part of an e-book begins a new one."""
    pages, words = [], PAGE_WORDS
    for number, line in enumerate(lines):
        line.update(column=0, family="", mark="", marks=[])
        before = lines[number - 1] if number else None
        full = words >= PAGE_WORDS and not (before and before["use"] == "heading")
        if before is None or full or before.get("part") != line.get("part"):
            pages.append({"lines": [], "images": [], "width": 0, "height": 0})
            words = 0
        pages[-1]["lines"].append(line)
        words += len(line["text"].split())
    return pages


def ebook_headings(pages: list[Page]) -> list[Heading]:
    """Return the headings in order; a title that follows its chapter's number is one with it."""
    headings: list[Heading] = []
    for index, page in enumerate(pages):
        before = None
        for line in page["lines"]:
            if line["use"] == "heading":
                text, rank, kind = line["text"], line["size"], section_kind(line["text"])
                last = headings[-1] if before else None
                counted = last and section_kind(last["text"]) == "chapter"
                if last and not kind and (counted or last["rank"] == rank):
                    last["text"] += (" " if last["text"][-1] in ".:—" else ": ") + text
                    last["lines"].append(line)
                else:
                    headings.append({"page": index, "text": text, "rank": rank, "lines": [line]})
            before = line if line["use"] == "heading" else None
    return headings


def is_by_another(lines: list[Line], title: str, author: str) -> bool:
    """Tell whether an introduction or the like is signed, at either end, by another name."""
    own = set(plain_title(author).split())
    if not own or not _INTRODUCTION.match(title):
        return False
    body = [line["text"] for line in lines if line["use"] == "body"]
    signed = [text for text in body[:1] + body[-2:] if len(text) < 60]
    names = [text for text in signed if _SIGNED.fullmatch(text.strip("—– ."))]
    return bool(names) and not any(own & set(plain_title(text).split()) for text in names)


# %% [markdown] id="ebooks-mark-text"
# #### Keep the author's text
# The sections are judged as those of PDFs are, by their names and their place. An introduction that
# is signed by another name is another's.


# %% id="ebooks-mark"
def mark_ebook_body(layout: BookLayout, source: BookSource, headings: list[Heading]) -> None:
    """Mark every line outside the author's text with its kind and the reason."""
    pages, first = layout["pages"], None
    if source["start"] is not None:
        at = [page["lines"][0].get("part", 0) for page in pages]
        first = next((n for n, part in enumerate(at) if part >= source["start"]), None)
    sections = split_sections(pages, headings, first)
    kinds = [section_kind(section["title"]) for section in sections]
    for number, section in enumerate(sections):
        lines = section["lines"]
        if lines and lines[0].get("kind") == "chapter":
            kinds[number] = "chapter"
        elif is_by_another(lines, section["title"], source["author"]):
            kinds[number] = "foreword"
        elif is_legal_page(lines):
            kinds[number] = "copyright"
    start, why = find_start(sections, kinds, None)
    believed = [
        n
        for n, part in enumerate(sections)
        if first is not None
        and part["page"] >= first
        and (kinds[n] == "chapter" or not kinds[n] and part["words"] >= 60)
    ]
    if believed:
        start, why = believed[0], "before the place where the e-book lets its text begin"
    for section, kind, label in zip(
        sections, kinds, label_sections(sections, kinds, start), strict=True
    ):
        if label:
            named = f"heading “{section['title']}”" if kind == label else f"follows the {label}"
            leave_out(section["lines"], label, why if label == "front matter" else named)


def mark_ebook(path: Path, body_pages: list[int] | None = None) -> tuple[BookLayout, list[Heading]]:
    """Read any book but a PDF and mark its lines, as `mark_book` does. Raises Mistake."""
    source = read_source(path)
    pages = count_pages(source["lines"])
    words = count_vocabulary(pages)
    for line in source["lines"]:
        if not line.get("verse") and "\n" in line["text"]:
            text, *rows = line["text"].split("\n")
            for row in rows:
                text = join_words(text, row, words) + row
            line["text"] = text
    layout: BookLayout = {
        "name": path.name,
        "title": source["title"],
        "pages": pages,
        "style": {"size": 10, "family": "", "leading": 12},
        "words": words,
        "folios": {},
        "outline": [],
        "damage": {},
    }
    if not any(line["use"] in ("body", "heading") for line in source["lines"]):
        raise Mistake(f"{path.name} holds no text: take it out of the folder.")
    check_range(path.name, body_pages, len(pages))
    headings = ebook_headings(pages)
    if body_pages:
        outside = pages[: body_pages[0] - 1] + pages[body_pages[1] :]
        for page in outside:
            leave_out(page["lines"], "outside BOOK_PAGES", "set by hand")
    else:
        mark_ebook_body(layout, source, headings)
    return layout, headings


def ebook_paragraphs(
    layout: BookLayout, headings: list[Heading]
) -> tuple[list[Paragraph], list[list[Line]]]:
    """Return the paragraphs of a marked e-book, and of each its line. Raises Mistake if none."""
    flow = text_flow(layout, headings)
    paragraphs: list[Paragraph] = [
        {
            "text": line["text"],
            "pages": [line["page"] + 1, line["page"] + 1],
            "chapter": line["chapter"],
            "verse": line.get("verse", False),
        }
        for line in flow
    ]
    return paragraphs, [[line] for line in flow]
