# %% id="sections-imports"
"""Sections: which lines are the author's text, what the others are, and a picture of both."""

from chapters.headings import (
    LEFT_OUT_NAMES,
    Heading,
    is_legal_page,
    mark_headings,
    plain_title,
    section_kind,
)
from chapters.layout import BookLayout, read_layout
from chapters.pages import Line, Page, check_range

# %% [markdown] id="sections-notes-text"
# #### Footnotes and sections
# Small type at the foot of a column that opens with a mark is a note, and so is what goes on there
# from the page before. A block quotation is small too, but has no mark. The headings cut the book
# into sections, and so does the page that bears the number 1 after others with Roman numbers.

# %% id="sections-notes"
import re
from collections import Counter
from pathlib import Path
from typing import Any, TypedDict

_NOTE_START = re.compile(r"[\[(]?\d{1,3}[.)\]]?(\s|$)|[*∗†‡§¶‖]")
_NOTE_LABEL = re.compile(r"[\[(]?\d{1,3}[.)\]]\s|[*∗†‡§¶‖]")
_NOTE_SIGN = re.compile(r"[*∗†‡]|\[\d+\]")  # points to a note
_NOTE_END = '.?!:)]”’"'


def find_note(lines: list[Line], size: float, marked: bool) -> tuple[int, int]:
    """Return where in a column's lines notes begin (their number: nowhere), where small type does.

    A note opens with a raised mark; or any mark, after a sentence in small type, if the page or the
    one before it is `marked`. In type as large as the text it comes after a line with its mark.
    Scans lose marks: there any small type after a mark is a note, and much smaller with a label is.
    """
    small = max((n for n, line in enumerate(lines, 1) if line["size"] > 0.93 * size), default=0)
    seen: set[str] = set()
    for n, line in enumerate(lines):
        fresh = n == small or lines[n - 1]["text"][-1] in _NOTE_END
        scan = "sure" in line
        sure = marked and (scan or _NOTE_START.match(line["text"]))
        sure = sure or scan and line["size"] < 0.88 * size and _NOTE_LABEL.match(line["text"])
        opens = line["mark"] or (fresh and sure)
        if (opens and n >= small > 0) or (line["mark"] in seen and line["above"] > 1.1):
            return n, small
        seen.update(line["marks"])
    return len(lines), small


def mark_footnotes(pages: list[Page], size: float) -> None:
    """Mark the notes at the feet of columns, and those that go on there from the page before."""
    feet, before = [], False
    for index, page in enumerate(pages):
        left = [line for line in page["lines"] if line["use"] in ("body", "heading")]
        text = "".join(line["text"] for line in left)
        here = any(line["marks"] for line in left) or bool(_NOTE_SIGN.search(text))
        marked, before = here or before, here
        if all(line["size"] > 0.93 * size and not line["mark"] for line in left):
            continue
        for column in sorted({line["column"] for line in left}):
            lines = [line for line in left if line["column"] == column]
            heads = [n for n, line in enumerate(lines, 1) if line["use"] == "heading"]
            lines = lines[max(heads, default=0) :]  # notes stand below the last heading
            if lines:
                margin = Counter(round(line["x0"]) for line in lines).most_common(1)[0][0]
                feet.append((index, lines, margin, *find_note(lines, size, marked)))
    firsts = [lines[note] for _, lines, _, note, _ in feet if note < len(lines)]
    sizes = Counter(round(2 * line["size"]) for line in firsts)
    usual = sizes.most_common(1)[0][0] / 2 if sizes else 0
    inner = Counter(
        round(line["x0"] - margin)
        for _, lines, margin, note, _ in feet
        for line in lines[note + 1 :]
        if not line["mark"]
    )
    hanging = inner.most_common(1)[0][0] if inner else 0  # of a note's other lines
    last, over = -2, True  # the last page with a note, and whether its note ended there
    for index, lines, margin, note, small in feet:
        follows = small < note and index - last < 2 and abs(lines[small]["size"] - usual) < 0.6
        indent = lines[small]["x0"] - margin if follows else 0
        goes_on = follows and (indent < size or abs(indent - hanging) < 1.5 or not over)
        for line in lines[small if goes_on else note :]:
            line["use"], last, over = "note", index, line["text"][-1] in _NOTE_END


def find_page_one(folios: dict[int, tuple[str, int, str]]) -> int | None:
    """Return the index of the page numbered 1 if pages before it have Roman numbers, else None."""
    ones = Counter(index - value + 1 for index, (kind, value, _) in folios.items() if kind == "1")
    ones = {one: count for one, count in ones.items() if one >= 0}
    first = max(ones, key=lambda one: (ones[one], -one), default=-1)
    roman = any(kind == "i" and index < first for index, (kind, _, _) in folios.items())
    return first if roman else None


# %% [markdown] id="sections-cut-text"
# #### Sections
# From one heading to the next, with the pages that they stand on.


# %% id="sections-cut"
class Section(TypedDict):
    """The lines from one heading to the next; "words" counts those of its text alone."""

    page: int
    title: str
    rank: float
    lines: list[Line]
    words: int


def split_sections(pages: list[Page], headings: list[Heading], first: int | None) -> list[Section]:
    """Return the parts between headings; on page `first` (from 0) one begins without a heading."""
    starts = {id(heading["lines"][0]): heading for heading in headings}
    sections: list[Section] = [{"page": 0, "title": "", "rank": 0, "lines": [], "words": 0}]
    for index, page in enumerate(pages):
        lines = [line for line in page["lines"] if line["use"] in ("body", "heading")]
        if index == first and not (lines and id(lines[0]) in starts):
            sections.append({"page": index, "title": "", "rank": 99, "lines": [], "words": 0})
        for line in lines:
            if heading := starts.get(id(line)):
                sections.append({"page": index, "title": "", "rank": 0, "lines": [], "words": 0})
                sections[-1]["title"], sections[-1]["rank"] = heading["text"], heading["rank"]
            sections[-1]["lines"].append(line)
            if line["use"] == "body":
                sections[-1]["words"] += line["text"].count(" ") + 1
    return sections


# %% [markdown] id="sections-body-text"
# #### Keep the author's text
# Page numbers, chapter names and the first long text tell which section is the author's first.
# Notes, a bibliography or an index last until the next chapter, and at the end of a book there is
# none. Every line outside the text gets the name of its section and the reason; pages set by hand
# in `BOOK_PAGES` rule.

# %% id="sections-body"
_LAST_PARTS = (
    *("index", "about the author", "bibliography", "appendix", "praise", "copyright", "preview"),
)


def find_start(sections: list[Section], kinds: list[str], first: int | None) -> tuple[int, str]:
    """Return the number of the section where the author's text begins, and why not before.

    With Roman page numbers in front it is the one on page `first`, numbered 1, or a preface or the
    like by the author before; else the first chapter by name, unless a seventh of the words come
    before it; else the first section of 60 words or more that has no other name.
    """
    named = [n for n, kind in enumerate(kinds) if kind == "chapter"]
    before = sections[: named[0] if named else 0]
    early = sum(part["words"] for part, kind in zip(before, kinds, strict=False) if not kind)
    if first is not None:
        late = (n for n, part in enumerate(sections) if part["page"] >= first and part["lines"])
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


# %% [markdown] id="sections-picture-text"
# #### A book, marked and drawn
# `mark_book` takes a book through all these steps, from its file to the marks. `draw_pages` shows
# the outcome on a few pages, each line where it is printed and beside it what it is taken for: grey
# is kept, whatever has a colour and a hatch is left out of the text.


# %% id="sections-picture"
def mark_book(path: Path, body_pages: list[int] | None = None) -> tuple[BookLayout, list[Heading]]:
    """Read one PDF and mark what each line is; return its layout and headings. Raises Mistake."""
    layout = read_layout(path)
    headings = mark_headings(layout)
    mark_body(layout, headings, body_pages)
    return layout, headings


# What a line can be taken for beside text; in pictures the first ten have a colour of their own
_OTHER_USES = [
    *("heading", "running head", "page number", "note", "caption", "contents", "notes"),
    *("front matter", "index", "foreword", "ornament", "image", "outside BOOK_PAGES"),
    *("table", "epigraph", "unreadable"),
    *LEFT_OUT_NAMES,
]


def use_look(use: str) -> dict[str, Any]:
    """Return the patch for a use of lines in pictures: colour and hatch together are its own."""
    import seaborn  # not sooner: it takes a second to import

    if use == "body":
        return {"facecolor": "0.85"}
    place = _OTHER_USES.index(use)
    colour = seaborn.color_palette("colorblind")[place % 10]
    hatch = ("///", "...", "xxx", "---", "ooo", "\\\\\\", "+++")[place % 7]
    return {"facecolor": colour, "hatch": hatch, "edgecolor": "0.2", "linewidth": 0}


def example_pages(pages: list[Page], count: int = 3) -> list[int]:
    """Return the numbers (from 1) of the pages that show most uses of lines between them."""
    uses = [{line["use"] for line in page["lines"]} for page in pages]
    shown, chosen = set(), []
    for _ in pages[:count]:
        left = [n for n in range(len(pages)) if n not in chosen]
        best = max(left, key=lambda n: (len(uses[n] - shown), len(uses[n]), -n))
        shown |= uses[best]
        chosen.append(best)
    return [n + 1 for n in sorted(chosen)]


def draw_pages(layout: BookLayout, numbers: list[int] | None = None) -> Any:
    """Return a figure of some pages (from 1; else examples), every line with its use beside it."""
    from matplotlib import font_manager, patches, pyplot, textpath, transforms

    numbers = numbers or example_pages(layout["pages"])
    pages = [layout["pages"][number - 1] for number in numbers]
    font = font_manager.FontProperties(family="STIXGeneral")  # comes with matplotlib
    tallest = max(page["height"] / page["width"] for page in pages)
    inches = 4.2 * len(pages), 4.2 * tallest + 0.9
    fig, axes = pyplot.subplots(1, len(pages), figsize=inches, squeeze=False, layout="constrained")
    looks = {line["use"]: use_look(line["use"]) for page in pages for line in page["lines"]}
    for axis, page, number in zip(axes[0], pages, numbers, strict=True):
        axis.set(xlim=(0, page["width"]), ylim=(page["height"], 0), aspect="equal")
        axis.set(xticks=[], yticks=[], title=f"page {number}")
        for line in page["lines"]:
            x, y, size, look = line["x0"], line["y"], line["size"], looks[line["use"]]
            corner, width, tall = (x - 2, y - 0.85 * size), line["x1"] - x, 1.1 * size
            tint = patches.Rectangle(corner, width + 4, tall, color=look["facecolor"], alpha=0.25)
            text = line["text"].replace("$", r"\$")  # else two of them would enclose a formula
            words = textpath.TextPath((0, 0), text, size, prop=font)
            stretch = min(1.5, width / words.vertices[:, 0].max(initial=1))  # as in print
            place = transforms.Affine2D().scale(stretch, -1).translate(x, y)
            axis.add_artist(tint)  # an artist is not measured, as a patch would be: slow
            axis.add_artist(patches.Rectangle(corner, -13, tall, **look))
            axis.add_artist(patches.PathPatch(words.transformed(place), color="0.1", linewidth=0))
    keys = [patches.Rectangle((0, 0), 1, 1, **look) for look in looks.values()]
    columns = 8 * len(pages) // 3
    fig.legend(keys, looks, ncols=columns, loc="outside lower center", frameon=False)
    return fig


def describe_pages(layout: BookLayout, numbers: list[int] | None = None) -> str:
    """Return the alternative text of `draw_pages`: how many lines of each use its pages have."""
    told = f"Pages of {layout['name']}, each line marked with what it is taken for."
    for number in numbers or example_pages(layout["pages"]):
        uses = Counter(line["use"] for line in layout["pages"][number - 1]["lines"])
        counts = [f"{count} {use}" for use, count in uses.most_common()]
        told += f" Lines on page {number}: {', '.join(counts) or 'none'}."
    return told
