# %% id="headings-imports"
"""Headings: how they are told from text, and what their words say about the part they open."""

from chapters.layout import BookLayout
from chapters.pages import Line, Page
from chapters.tables import mark_captions, mark_epigraphs, mark_tables
from chapters.typography import BodyStyle

# %% [markdown] id="headings-names-text"
# #### What parts of a book are called
# Publishers use few names for what stands around a text: foreword, notes, index and so on. Chapters
# are counted, in figures or in words. Only these words are fixed here, and all of them stand here;
# no rule knows a book or an author. The contents are left out, but first they tell the titles of
# the chapters, as the PDF's bookmarks do.

# %% id="headings-names"
import re
from collections import Counter
from collections.abc import Iterable
from itertools import groupby, pairwise
from typing import Any, TypedDict

# What parts of a book are called, whoever wrote it: those that are not the author's running text
LEFT_OUT_NAMES = {
    "copyright": r"copyright.*|all rights reserved.*|.*\bcredits|permissions.*|colophon",
    "preview": r"((an?|special|exclusive) )*(extract|excerpt|preview|sneak peek|sample chapters?)"
    r"( (from|of)\b.*)?|(read on|turn the page) (for|to)\b.*|coming soon\b.*",
    "praise": r"(advance )?praise (for|from)\b.*|((other )?(books|works)|also) by\b.*"
    r"|by the same author.*",
    "dedication": r"dedication|epigraph",
    "contents": r"(table of )?contents"
    r"|(list of )?(figures|illustrations|tables|plates|maps|abbreviations)",
    "foreword": r"foreword.*"
    r"|.*\b(publisher|editor|translator)s?.{0,3} (note|preface|introduction|afterword|postscript).*"
    r"|(introduction|preface|afterword|postscript) by\b(?! the author$).*"
    r"|(a )?note on the (text|type|translation).*"
    r"|about (this|the) (book|edition|e-?book|type|text|publisher|translator)",
    "acknowledgments": r"acknowledge?ments?",
    "notes": r"(end|foot)?notes( and (references|sources).*)?|notes (to|on)\b.*",
    "bibliography": r"((select|further|suggest)\w* )?"
    r"(bibliography|references|works cited|reading|sources)",
    "index": r"(general |subject |name )?index( of .*)?",
    "about the author": r"about the authors?.*|(author )?biograph(y|ical note)",
    "appendix": r"appendix\b.*|appendices|glossary.*|chronology|reading group guide"
    r"|questions for .*",
}
_COUNTED = r"(chapter|part|book|act|scene|canto|rule|letter|section|day)\s+"  # "Act " of "Act 2"
_ONE_TO_TWELVE = "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
_COUNT = rf"(\d+|[ivxlc]+|the (first|second|third|fourth|fifth|last)|{_ONE_TO_TWELVE})"

_LEFT_OUT = {kind: re.compile(names, re.I) for kind, names in LEFT_OUT_NAMES.items()}
_CHAPTER_NAME = re.compile(
    rf"{_COUNTED}{_COUNT}\b|{_COUNT}$|(\d+|(?-i:[IVXLC]+))([.:\s]|$)"
    r"|(prologue|epilogue|preface|introduction|conclusion|overture|coda|afterword)\b",
    re.I,
)
_COUNTED_TITLE = re.compile(rf"{_COUNTED}\S+", re.I)
_COUNTED_PART = re.compile(
    rf"{_COUNTED}(\d+|[ivxlc]+|the \w+|[\w-]*({_ONE_TO_TWELVE}|teen|ty))[.:]?", re.I
)
_BARE_NUMBER = re.compile(rf"({_COUNTED})?([\divxlc]+|{_ONE_TO_TWELVE})[.:]?", re.I)
_CONTENTS_NAME = re.compile(
    r"(table of )?contents|(list of )?(figures|illustrations|tables|maps)", re.I
)
_CONTENTS_ENTRY = re.compile(r".*?[\s.…·_]+(\d+|[ivxlc]+)$", re.I)


def plain_title(text: str) -> str:
    """Return a title's letters in lower case, its words a space apart: titles are compared so."""
    return " ".join(re.findall(r"[^\W\d_]+", text.lower()))


def section_kind(title: str) -> str:
    """Return what a heading's words say: a kind that is left out, "chapter", or "" for nothing."""
    plain = title.strip(" .:*—–-")
    for kind, names in _LEFT_OUT.items():
        if names.fullmatch(plain):
            return kind
    return "chapter" if _CHAPTER_NAME.match(plain) else ""


def mark_contents(pages: list[Page], size: float, outline: Iterable[str] = ()) -> set[str]:
    """Mark contents and lists of figures near the front; return the plain titles they name.

    They go on while lines are short or end in a number; a page without such lines, a line in larger
    type or a run of long lines ends them. `outline`: the titles of the PDF's bookmarks.
    """
    titles, inside = {plain_title(title) for title in outline}, False
    for page in pages[: max(12, len(pages) // 5)]:
        lines = [line for line in page["lines"] if line["use"] == "body"]
        entry = [bool(_CONTENTS_ENTRY.match(line["text"])) for line in lines]
        names = [line["text"].strip(" :.") for line in lines]
        heads = [n for n, name in enumerate(names) if _CONTENTS_NAME.fullmatch(name)]
        inside = inside and sum(entry) >= 0.3 * len(lines) > 0
        for n, line in enumerate(lines):
            large = heads and n > heads[-1] + 1 and line["size"] > 1.3 * size
            if n in heads:
                inside = True
            elif inside and not any(entry[n : n + 4]) and (len(line["text"]) > 60 or large):
                inside = False
            if inside:
                line["use"] = "contents"
                titles.add(plain_title(line["text"]))
    return titles - {""}


# %% [markdown] id="headings-marks-text"
# #### Copyright pages and lines of headings
# A copyright page is known by its set phrases. A heading shows by larger type, or by white around
# it together with another face or a known name. Names of speakers look alike but come again and
# again.


# %% id="headings-marks"
_LEGAL_PHRASE = re.compile(
    r"©|\bISBN\b|all rights reserved|\bcopyright\b|library of congress|(printed|published) (in|by)",
    re.I,
)
_LIST_NUMBER = re.compile(r"[\divxlc]+[.:)]?\s+\S", re.I)  # opens an item of a list, not a title


def is_legal_page(lines: list[Line]) -> bool:
    """Tell whether a page is a copyright page: short, with two or more of its set phrases."""
    text = " ".join(line["text"] for line in lines)
    return len(text) < 2500 and len(_LEGAL_PHRASE.findall(text)) > 1


def _line_face(line: Line) -> tuple[str, bool, bool, int, bool]:
    return line["family"], line["bold"], line["italic"], round(line["size"]), line["text"].isupper()


def mark_heading_lines(pages: list[Page], style: BodyStyle, titles: set[str]) -> None:
    """Mark headings: short lines in larger type; or set apart, and named like a part of a book or
    in the contents (`titles`), or in bold, capitals or another face that is used so as a rule.

    A face whose words come again and again names speakers: such lines stay text, with "speaker".
    """
    seen: dict[tuple, Counter[str]] = {}
    faces, likely = Counter(), []
    for line in (line for page in pages for line in page["lines"] if line["use"] == "body"):
        text = line["text"]
        big = line["size"] > 1.12 * style["size"] and line["above"] > 1.15
        face = line["family"] != style["family"] and not line["italic"]
        other = line["bold"] or face or (text.isupper() and len(text) > 3)
        if other:
            faces[_line_face(line)] += 1
        if len(text) >= 100 or not (big or line["above"] > 1.4) or line.get("opens"):
            continue
        apart = line["below"] > 1.12
        phrase = (text[-1].isalnum() or len(text) < 8) and not _LIST_NUMBER.match(text)
        named = plain_title(text) in titles or (phrase and section_kind(text))
        sure = big or (apart and named) or _COUNTED_PART.fullmatch(text)
        if sure or (apart and other and text[-1] not in ".,;"):
            seen.setdefault(_line_face(line), Counter())[text] += 1
            likely.append((line, sure))
    for line, sure in likely:
        here = seen[_line_face(line)]
        again = here.total() > 6 and len(here) < 0.6 * here.total()
        line["speaker"] = again and not section_kind(line["text"])
        if not line["speaker"] and (sure or here.total() > 0.5 * faces[_line_face(line)]):
            line["use"] = "heading"


# %% [markdown] id="headings-group-text"
# #### Headings
# `mark_headings` finds them all, by the rules above. A chapter's title often stands below its
# number, in type that is not large by itself. The lines of one heading are joined; they divide the
# book and are kept as each paragraph's chapter, not as text.


# %% id="headings-group"
class Heading(TypedDict):
    """A heading: its page from 0, its words, the size of its type in points, its lines."""

    page: int
    text: str
    rank: float
    lines: list[Line]


def mark_title_lines(pages: list[Page], size: float, titles: set[str]) -> None:
    """Mark the line after a heading as part of it: in the same large type; or if the two make a
    title in the contents (`titles`); or close under "Chapter 1" in bold, italic or capitals, with
    white below.
    """
    for before, line in (pair for page in pages for pair in pairwise(page["lines"])):
        if before["use"] != "heading" or line["use"] != "body" or line["above"] >= 9:
            continue
        other = line["bold"] or line["italic"] or line["text"].isupper()
        under = other and line["above"] < 1.6 and line["below"] > 1.12
        alike = line["size"] > 1.12 * size and abs(line["size"] - before["size"]) < 0.5
        listed = plain_title(f"{before['text']} {line['text']}") in titles
        if alike or listed or (under and _COUNTED_TITLE.fullmatch(before["text"])):
            line["use"] = "heading"


def _goes_on(heading: Heading, line: Line) -> bool:
    """Tell whether a heading line belongs to the heading right before it.

    What names a whole part ("Notes") stands alone if the next line is in other type.
    """
    same = abs(line["size"] - heading["lines"][-1]["size"]) < 0.05 * line["size"]
    return same or section_kind(heading["text"]) in ("", "chapter")


def group_headings(pages: list[Page]) -> list[Heading]:
    """Return the headings in order; heading lines in a row are one.

    Five lines or more that end like a sentence are text in large type and go back to the text.
    """
    headings: list[Heading] = []
    for index, page in enumerate(pages):
        lines = [line for line in page["lines"] if line["use"] in ("body", "heading")]
        for use, same_use in groupby(lines, key=lambda line: line["use"]):
            run = list(same_use)
            if use != "heading":
                continue
            if len(run) > 4 and run[-1]["text"][-1] in ".,;!?”":
                for line in run:
                    line["use"] = "body"
                continue
            for n, line in enumerate(run):
                text, rank = line["text"], line["size"]
                if n and _goes_on(headings[-1], line):
                    heading = headings[-1]
                    between = ": " if _BARE_NUMBER.fullmatch(heading["text"]) else " "
                    heading["text"] += between + text
                    heading["rank"] = max(heading["rank"], rank)
                    heading["lines"].append(line)
                else:
                    headings.append({"page": index, "text": text, "rank": rank, "lines": [line]})
    return headings


def mark_headings(layout: BookLayout) -> list[Heading]:
    """Mark contents, tables, captions, headings and epigraphs; return the headings."""
    pages, style = layout["pages"], layout["style"]
    titles = mark_contents(pages, style["size"], layout["outline"])
    mark_tables(pages, style["size"])
    mark_captions(pages, style)
    mark_heading_lines(pages, style, titles)
    mark_title_lines(pages, style["size"], titles)
    headings = group_headings(pages)
    mark_epigraphs(pages, style["size"])
    return headings


def headings_table(headings: list[Heading]) -> Any:
    """Return a data frame, a row a heading: page of the PDF (from 1), heading, size (points)."""
    import pandas as pd  # not sooner: it takes half a second to import

    rows = [(heading["page"] + 1, heading["text"], heading["rank"]) for heading in headings]
    return pd.DataFrame(rows, columns=["page", "heading", "size"])
