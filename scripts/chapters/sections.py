# %% id="sections-imports"
"""Sections: which lines are the author's text, what the others are, and a picture of both."""

from chapters.headings import LEFT_OUT_NAMES, Heading, mark_headings, plain_title, section_kind
from chapters.layout import BookLayout, read_layout
from chapters.pages import Line, Page, check_range

# isort: split

# %% [markdown] id="sections-notes-text"
# #### Footnotes and copyright pages
# Small type at the foot of a column that opens with a mark is a note, and so is what goes on there
# from the page before. A block quotation is small too, but has no mark. A copyright page is known
# by its set phrases, and page 1 by the numbers printed on all the others.

# %% id="sections-notes"
import re
from collections import Counter
from pathlib import Path
from typing import Any, TypedDict

_NOTE_START = re.compile(r"[\[(]?\d{1,3}[.)\]]?(\s|$)|[*∗†‡§¶‖]")
_SIGN = re.compile(r"[*∗†‡]|\[\d+\]")  # points to a note
_NOTE_END = '.?!:)]”’"'
_LEGAL_PHRASE = re.compile(
    r"©|\bISBN\b|all rights reserved|\bcopyright\b|library of congress|(printed|published) (in|by)",
    re.I,
)


def find_note(lines: list[Line], size: float, marked: bool) -> tuple[int, int]:
    """Return where in a column's lines notes begin (their number: nowhere), where small type does.

    A note opens with a raised mark; or any mark, after a sentence in small type, if the page is
    `marked`. In type as large as the text it comes after a line with a mark.
    """
    large = [n for n, line in enumerate(lines, 1) if line["size"] > 0.93 * size]
    small = max(large, default=0)
    first = next((n for n, line in enumerate(lines) if line["marks"]), len(lines))
    for n, line in enumerate(lines):
        fresh = n == small or lines[n - 1]["text"][-1] in _NOTE_END
        opens = line["mark"] or (marked and fresh and _NOTE_START.match(line["text"]))
        if (opens and n >= small > 0) or (line["mark"] and n > first and line["above"] > 1.1):
            return n, small
    return len(lines), small


def mark_footnotes(pages: list[Page], size: float) -> None:
    """Mark the notes at the feet of columns, and those that go on there from the page before."""
    feet = []
    for index, page in enumerate(pages):
        left = [line for line in page["lines"] if line["use"] in ("body", "heading")]
        if all(line["size"] > 0.93 * size and not line["mark"] for line in left):
            continue
        text = "".join(line["text"] for line in left)
        marked = any(line["marks"] for line in left) or bool(_SIGN.search(text))
        for column in sorted({line["column"] for line in left}):
            lines = [line for line in left if line["column"] == column]
            heads = [n for n, line in enumerate(lines, 1) if line["use"] == "heading"]
            lines = lines[max(heads, default=0) :]  # notes stand below the last heading
            if lines:
                feet.append((index, lines, *find_note(lines, size, marked)))
    sizes = Counter(
        round(2 * lines[note]["size"]) for _, lines, note, _ in feet if note < len(lines)
    )
    usual = sizes.most_common(1)[0][0] / 2 if sizes else 0
    last, over = -2, True  # the last page with a note, and whether its note ended there
    for index, lines, note, small in feet:
        margin = min(line["x0"] for line in lines)
        follows = small < note and index - last < 2 and abs(lines[small]["size"] - usual) < 0.6
        goes_on = follows and (lines[small]["x0"] - margin < size or not over)
        for line in lines[small if goes_on else note :]:
            line["use"], last, over = "note", index, line["text"][-1] in _NOTE_END


def is_legal_page(lines: list[Line]) -> bool:
    """Tell whether a page is a copyright page: short, with two or more of its set phrases."""
    text = " ".join(line["text"] for line in lines)
    return len(text) < 2500 and len(_LEGAL_PHRASE.findall(text)) > 1


def find_page_one(folios: dict[int, tuple[str, int, str]]) -> int | None:
    """Return the index of the page numbered 1 if pages before it have Roman numbers, else None."""
    ones = Counter(index - value + 1 for index, (kind, value, _) in folios.items() if kind == "1")
    ones = {one: count for one, count in ones.items() if one >= 0}
    first = max(ones, key=lambda one: (ones[one], -one), default=-1)
    roman = any(kind == "i" and index < first for index, (kind, _, _) in folios.items())
    return first if roman else None


# %% [markdown] id="sections-parts-text"
# #### Sections, and where the text begins
# The headings cut the book into sections. Page numbers, chapter names and the first long text tell
# which of them is the author's first. Notes, a bibliography or an index last until the next
# chapter, and at the end of a book there is none.

# %% id="sections-parts"
_LAST_PARTS = ("index", "about the author", "bibliography", "appendix", "praise", "copyright")


class Section(TypedDict):
    """The lines from one heading to the next; "words" counts those of its text alone."""

    page: int
    title: str
    rank: float
    lines: list[Line]
    words: int


def split_sections(
    pages: list[Page], headings: list[Heading], page_one: int | None
) -> list[Section]:
    """Return the parts between headings, pages from 0.

    The first has no heading; another begins on `page_one`, where Arabic page numbers begin.
    """
    starts = {id(heading["lines"][0]): heading for heading in headings}
    sections: list[Section] = [{"page": 0, "title": "", "rank": 0, "lines": [], "words": 0}]
    for index, page in enumerate(pages):
        lines = [line for line in page["lines"] if line["use"] in ("body", "heading")]
        if index == page_one and not (lines and id(lines[0]) in starts):
            sections.append({"page": index, "title": "", "rank": 99, "lines": [], "words": 0})
        for line in lines:
            if heading := starts.get(id(line)):
                title, rank = heading["text"], heading["rank"]
                sections.append(
                    {"page": index, "title": title, "rank": rank, "lines": [], "words": 0}
                )
            sections[-1]["lines"].append(line)
            if line["use"] == "body":
                sections[-1]["words"] += line["text"].count(" ") + 1
    return sections


def find_start(sections: list[Section], kinds: list[str], page_one: int | None) -> tuple[int, str]:
    """Return the number of the section where the author's text begins, and why not before.

    With Roman page numbers in front it is the one on page 1, or a preface or the like by the author
    before; else the first chapter by name, unless a seventh of the words come before it; else the
    first section of 60 words or more that has no other name.
    """
    named = [n for n, kind in enumerate(kinds) if kind == "chapter"]
    before = sections[: named[0] if named else 0]
    early = sum(part["words"] for part, kind in zip(before, kinds, strict=False) if not kind)
    if page_one is not None:
        late = (n for n, part in enumerate(sections) if part["page"] >= page_one and part["lines"])
        return min([next(late, 0), *named]), "before the page numbered 1"
    if len(named) > 1 and early < sum(part["words"] for part in sections) / 7:
        return named[0], f"before the heading “{sections[named[0]]['title']}”"
    long = (
        n for n, part in enumerate(sections) if part["words"] >= 60 and kinds[n] in ("", "chapter")
    )
    return next(long, 0), "before the first running text"


def is_list(lines: list[Line]) -> bool:
    """Tell whether one in five of the lines begins with a number, as in a list of notes."""
    return sum(line["text"][0].isdigit() for line in lines) >= 0.2 * len(lines) + 2


def label_sections(sections: list[Section], kinds: list[str], start: int) -> list[str]:
    """Return for each section why it is left out, "" where it is kept.

    Notes, an index and the like last until a heading of higher rank; or of the same rank, if it
    opens a chapter or 300 words of prose, and its title has not come before (a chapter's notes are
    headed like it).
    """
    labels = [kind if kind not in ("", "chapter") else "front matter" for kind in kinds[:start]]
    state, rank, seen = "", 0.0, set()
    for section, kind in zip(sections[start:], kinds[start:], strict=True):
        title = plain_title(re.sub(r"(?i)^(chapter|part)\b", "", section["title"]))
        title = title or section["title"]
        if kind not in ("", "chapter"):
            state, rank = kind, section["rank"]
        elif state and title not in seen and not is_list(section["lines"]):
            signs = (kind == "chapter") + (section["words"] > 300)
            again = kinds[start:].count(state) > 1 or signs > (state in _LAST_PARTS)
            if section["rank"] > rank + 0.3 or (again and section["rank"] > rank - 0.3):
                state = ""
        labels.append(state)
        if not state:
            seen.add(title)
    return labels


# %% [markdown] id="sections-body-text"
# #### Keep the author's text, and show it
# `mark_book` reads a book and gives every line outside its text the name of its section and the
# reason. Pages set by hand in `BOOK_PAGES` rule. `draw_pages` shows the outcome on a few pages, its
# lines where they are printed: what is black on white is kept, the rest is left out.


# %% id="sections-body"
def leave_out(lines: list[Line], what: str, why: str) -> None:
    """Mark the lines still taken for text or a heading with `what` they are and `why`."""
    for line in lines:
        if line["use"] in ("body", "heading"):
            line["use"], line["why"] = what, why


def mark_body(
    layout: BookLayout, headings: list[Heading], body_pages: list[int] | None = None
) -> None:
    """Mark the notes, and every line outside the author's text with its kind and the reason.

    `body_pages` is [first, last], the PDF pages of the body: it rules, but for notes in between.
    Raises Mistake if the book has no such pages.
    """
    pages = layout["pages"]
    check_range(layout["name"], body_pages, len(pages))
    mark_footnotes(pages, layout["style"]["size"])
    page_one = find_page_one(layout["folios"])
    sections = split_sections(pages, headings, page_one)
    kinds = [section_kind(section["title"]) for section in sections]
    start, why = find_start(sections, kinds, page_one)
    labels = label_sections(sections, kinds, start)
    for number, page in enumerate(pages, 1):
        if body_pages and not body_pages[0] <= number <= body_pages[1]:
            leave_out(page["lines"], "outside BOOK_PAGES", "set by hand")
        outer = number < 13 or number > len(pages) - 8
        if not body_pages and outer and is_legal_page(page["lines"]):
            leave_out(page["lines"], "copyright", "the set phrases of a copyright page")
    for section, kind, label in zip(sections, kinds, labels, strict=True):
        if label and (not body_pages or label == "notes"):
            named = f"heading “{section['title']}”" if kind == label else f"follows the {label}"
            leave_out(section["lines"], label, why if label == "front matter" else named)


def mark_book(
    path: str | Path, body_pages: list[int] | None = None
) -> tuple[BookLayout, list[Heading]]:
    """Read one PDF and mark what each line is; return its layout and headings. Raises Mistake."""
    layout = read_layout(path)
    headings = mark_headings(layout)
    mark_body(layout, headings, body_pages)
    return layout, headings


# What a line is taken for, beside text; colours and hatches of the pictures follow this order
_OTHER_USES = (
    *("heading", "running head", "page number", "note", "caption", "ornament"),
    *(*LEFT_OUT_NAMES, "front matter", "outside BOOK_PAGES", "image"),
)


def use_look(use: str) -> dict[str, Any]:
    """Return the patch of a use in pictures: no two uses have the same colour and hatch."""
    import seaborn  # not sooner: it takes a second to import

    if use == "body":
        return {"facecolor": "0.85"}
    place = _OTHER_USES.index(use)
    colour = seaborn.color_palette("colorblind")[place % 10]
    hatch = ("///", "...", "xxx", "---", "ooo", "\\\\\\", "+++")[place % 7]
    return {"facecolor": colour, "hatch": hatch, "edgecolor": "0.2", "linewidth": 0}


def example_pages(pages: list[Page], count: int = 3) -> list[int]:
    """Return the numbers (from 1) of pages that show as many uses of lines as so few can."""
    uses = [{line["use"] for line in page["lines"]} for page in pages]
    shown: set[str] = set()
    chosen: list[int] = []
    while len(chosen) < min(count, len(pages)):
        left = [n for n in range(len(pages)) if n + 1 not in chosen]
        best = max(left, key=lambda n: (len(uses[n] - shown), len(uses[n]), -n))
        shown |= uses[best]
        chosen.append(best + 1)
    return sorted(chosen)


def _draw_line(axis: Any, line: Line) -> None:
    """Draw a line's words where they are printed, beside them a patch of what it is taken for."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.patches import PathPatch, Rectangle
    from matplotlib.textpath import TextPath
    from matplotlib.transforms import Affine2D

    look, size, width = use_look(line["use"]), line["size"], line["x1"] - line["x0"]
    foot = line["y"] + 0.25 * size
    if line["use"] != "body":
        axis.add_patch(Rectangle((line["x0"] - 17, foot - 1.1 * size), 13, 1.1 * size, **look))
        axis.add_patch(
            Rectangle(
                (line["x0"] - 2, foot - 1.1 * size),
                width + 4,
                1.1 * size,
                facecolor=look["facecolor"],
                alpha=0.25,
            )
        )
    words = TextPath(
        (0, 0),
        line["text"].replace("$", r"\$"),
        size=size,
        prop=FontProperties(family=["STIXGeneral", "DejaVu Serif"]),
    )
    place = (
        Affine2D()
        .scale(width / (words.get_extents().width or 1), -1)
        .translate(line["x0"], line["y"])
    )
    axis.add_patch(PathPatch(words.transformed(place), facecolor="0.1", linewidth=0))


def draw_pages(layout: BookLayout, numbers: list[int] | None = None) -> Any:
    """Return a figure of the pages `numbers` (from 1; else examples), lines by what they are."""
    from matplotlib import pyplot
    from matplotlib.patches import Rectangle

    numbers = numbers or example_pages(layout["pages"])
    pages = [layout["pages"][number - 1] for number in numbers]
    height = 4.2 * max(page["height"] / page["width"] for page in pages) + 0.8
    fig, axes = pyplot.subplots(
        1, len(pages), figsize=(4.2 * len(pages), height), squeeze=False, layout="constrained"
    )
    for axis, page, number in zip(axes[0], pages, numbers, strict=True):
        for line in page["lines"]:
            _draw_line(axis, line)
        axis.set(xlim=(0, page["width"]), ylim=(page["height"], 0), aspect="equal")
        axis.set(xticks=[], yticks=[], title=f"page {number}")
    uses = {line["use"]: None for page in pages for line in page["lines"]}
    patches = [Rectangle((0, 0), 1, 1, **use_look(use)) for use in uses]
    fig.legend(patches, uses, ncols=6, loc="outside lower center")
    return fig


def describe_pages(layout: BookLayout, numbers: list[int] | None = None) -> str:
    """Return the alternative text of `draw_pages`: how many lines of each use its pages have."""
    numbers = numbers or example_pages(layout["pages"])
    told = []
    for number in numbers:
        uses = Counter(line["use"] for line in layout["pages"][number - 1]["lines"])
        counts = ", ".join(f"{use} {count}" for use, count in uses.items())
        told.append(f"page {number}: {counts}")
    return (
        f"Pages of {layout['name']}, each line marked by what it is taken for; lines on "
        + "; ".join(told)
    )
