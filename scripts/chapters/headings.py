# %% id="headings-imports"
"""Headings: how they are told from text, and what their words say about the part they open."""

from chapters.layout import BookLayout
from chapters.pages import Line, Page
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
    r"|.*\b(publisher|editor|translator)s?.{0,3} (note|preface|introduction).*"
    r"|(introduction|preface|afterword) by\b.*|(a )?note on the (text|type|translation).*"
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


# %% [markdown] id="headings-tables-text"
# #### Tables and captions
# Three short lines or more in a row whose pieces stand wide apart or that end in a figure are a
# table, if most have figures or three pieces, or a label stands at them. Words at a figure are not
# running text either: a labelled line that stands apart, small, slanted or set-in lines under an
# image, and the words inside it.


# %% id="headings-tables"
_CAPTION_LABEL = re.compile(
    r"(figs?\.|figure|plate|table|map|illustration|photo(graph)?|chart|diagram)\s*"
    r"[\divxlc]+([.\-–][\divxlc]+)*\s*([:.—–|]|$|(?-i:[A-Z“]))",
    re.I,
)


def column_edges(lines: list[Line], column: int) -> tuple[float, float]:
    """Return where the `column` that some of a page's lines stand in begins and ends, in points."""
    here = [line for line in lines if line["column"] == column]
    return min(line["x0"] for line in here), max(line["x1"] for line in here)


def is_row(line: Line, left: float, right: float) -> bool:
    """Tell whether a line in a column from `left` to `right` may be a row of a table."""
    cells, figure = line.get("cells", 1), line["text"][-1].isdigit()
    short = line["x1"] - line["x0"] < 0.8 * (right - left)  # else only stretched, maybe
    return cells > 3 or (cells > 1 and (short or figure)) or (short and figure)


def find_rows(pages: list[Page], size: float) -> list[tuple[bool, Line]]:
    """Return the text's lines in order, without notes, and whether each may be a table's row."""
    flow = []
    for page in pages:
        lines = [line for line in page["lines"] if line["use"] == "body"]
        likely = [line for line in lines if "cells" in line or line["text"][-1].isdigit()]
        edges = {column: column_edges(lines, column) for column in {c["column"] for c in likely}}
        rows = {id(line) for line in likely if is_row(line, *edges[line["column"]])}
        for line in lines:
            row = id(line) in rows
            if row or line["size"] > 0.93 * size:
                flow.append((row, line))
    return flow


def mark_tables(pages: list[Page], size: float) -> None:
    """Mark the tables; one may go on over pages, past the notes at their feet."""
    flow, end = find_rows(pages, size), 0
    for row, run in groupby(flow, key=lambda pair: pair[0]):
        rows = [line for _, line in run]
        start, end = end, end + len(rows)
        if not row or len(rows) < 3:
            continue
        before = [line for _, line in flow[max(0, start - 3) : start]]
        after = [line for _, line in flow[end : end + 1]]
        labels = [line for line in before + after if _CAPTION_LABEL.match(line["text"])]
        full = sum(line.get("cells", 1) > 2 or line["text"][-1].isdigit() for line in rows)
        if labels or 2 * full > len(rows):
            for line in rows:
                line["use"] = "table"
            for line in labels + after:  # the table is no text beside them
                line["above"] = 9
            for line in before[-1:]:
                line["below"] = 9


def mark_captions(pages: list[Page], style: BodyStyle) -> None:
    """Mark captions and the words in a figure; a line without a letter (stars) is an ornament."""
    size, hanging = style["size"], False  # an image at a page's foot, its caption on the next
    for page in pages:
        lines = [line for line in page["lines"] if line["use"] == "body"]
        half = page["width"] * page["height"] / 2  # a larger image is the scanned page itself
        images = [box for box in page["images"] if (box[2] - box[0]) * (box[3] - box[1]) < half]
        for n, line in enumerate(lines):
            inside, under, near = False, False, hanging and n == 0
            for x0, y0, x1, y1 in images:
                inside |= x0 <= line["x0"] and line["x1"] <= x1 and y0 < line["y"] < y1
                below = x0 - 2 * size < line["x0"] and 0 < line["y"] - y1 < 3 * size
                under |= below and line["x1"] < x1 + 2 * size
                near |= below
            label = bool(line["above"] > 1.25 and _CAPTION_LABEL.match(line["text"]))
            small = line["size"] < 0.95 * size
            other = (under and (line["italic"] or small)) or (near and is_set_in(lines, n, size))
            if label or other:
                _mark_caption(lines, n, label, style)
            elif inside and small:
                line["use"] = "caption"
            elif not any(sign.isalnum() or sign in "“”‘’\"'.…" for sign in line["text"]):
                line["use"] = "ornament"
        foot = max((line["y"] for line in lines if line["size"] > 0.93 * size), default=0)
        hanging = any(box[3] > foot for box in images)


def is_set_in(lines: list[Line], n: int, size: float) -> bool:
    """Tell whether all lines from `n` to the next gap, eight at most, are set in."""
    left = column_edges(lines, lines[n]["column"])[0]
    for line in lines[n : n + 8]:
        if line["x0"] < left + 0.6 * size:
            return False
        if line["below"] > 1.25:
            return True
    return False


def _mark_caption(lines: list[Line], n: int, label: bool, style: BodyStyle) -> None:
    """Mark the caption that begins with line `n`; above a labelled one, a drawing's short words.

    In the type of the text it ends where the next word would have fitted, unless its lines are set
    in or centred.
    """
    for part in reversed(lines[:n] if label else []):
        if min(part["above"], part["below"]) < 1.4 or len(part["text"]) > 40:
            break
        part["use"] = "caption"
    first, (left, right) = lines[n], column_edges(lines, lines[n]["column"])
    other = abs(first["size"] - style["size"]) > 0.5 or first["italic"]
    other |= first["family"] != style["family"]
    for part, after in pairwise([*lines[n:], first]):
        part["use"] = "caption"
        word = len(after["text"].split(maxsplit=1)[0]) + 1
        short = right - part["x1"] > word * (part["x1"] - part["x0"]) / len(part["text"])
        centred = abs(after["x0"] + after["x1"] - first["x0"] - first["x1"]) < 4
        set_in = after["x0"] > left + 0.6 * style["size"] and abs(after["x0"] - first["x0"]) < 1.5
        centred &= after["x1"] < right - style["size"]
        goes_on = other or not short or centred or set_in
        if part["below"] > 1.2 or abs(part["size"] - first["size"]) > 0.5 or not goes_on:
            break


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
        faces[_line_face(line)] += other
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
# book and are kept as each paragraph's chapter, not as text. A few lines of another look below a
# heading, and after them a name behind a dash, are an epigraph: somebody else's words.


# %% id="headings-group"
_SOURCE = re.compile(r"[—–―]\s*[A-Z“]|--?\s*[A-Z]\w+")  # behind an epigraph: — Montaigne


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


def mark_epigraphs(pages: list[Page], size: float) -> None:
    """Mark lines below a heading that are set in, slanted or small and end in a source."""
    for page in pages:
        lines = [line for line in page["lines"] if line["use"] in ("body", "heading")]
        for n, (before, line) in enumerate(pairwise(lines), 1):
            if before["use"] != "heading" or line["use"] != "body":
                continue
            left, block = column_edges(lines, line["column"])[0], []
            for part in lines[n : n + 16]:
                look = part["italic"] or part["size"] < 0.95 * size
                if part["use"] == "heading" or not (look or part["x0"] > left + 1.2 * size):
                    break
                block.append((part, bool(_SOURCE.match(part["text"]))))
            sources = [k for k, (_, source) in enumerate(block) if source]
            if not sources or sources[0] == 0:
                continue
            look = line["italic"] or line["size"] < 0.95 * size or line["x0"] > left + 2 * size
            if look or block[sources[0]][0]["x0"] > line["x0"] + 2 * size:
                for part, _ in block[: sources[-1] + 1]:
                    part["use"] = "epigraph"


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
