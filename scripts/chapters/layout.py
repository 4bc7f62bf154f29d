# %% id="layout-imports"
"""Lays out a book: columns, reading order, page numbers and running heads."""

from chapters.lines import join_pieces, page_rows
from chapters.notemarks import take_glued
from chapters.pages import Line, Page
from chapters.pdfs import read_book
from chapters.spelling import is_english
from chapters.typography import BodyStyle, Vocabulary, body_style, count_vocabulary, of_size

# %% [markdown] id="layout-order-text"
# #### Columns, drop capitals, reading order
# A PDF holds lines in the order they were drawn. White down the middle of many pages is the gutter
# between two columns; a last page with a few lines in its second column follows the others. A line
# across the gutter ends the columns and begins new ones. A chapter's large first letter is a line
# of its own in the file, and is put back in front of its word.


# %% id="layout-order"
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import TypedDict

Folio = tuple[str, int, str]  # a page number's kind ("1" or "i"), its value, and as it is printed


def find_gutter(lines: list[Line], width: float) -> int | None:
    """Return the x where a page's second column begins, or None: text on both sides, few across."""
    middle = [line["x0"] for line in lines if 0.35 * width < line["x0"] < 0.65 * width]
    starts = Counter(round(x) for x in middle)
    for x in sorted(start for start, count in starts.items() if count > 2):
        left = sorted(line["x1"] - line["x0"] for line in lines if line["x1"] < x)
        right = sorted(line["x1"] - line["x0"] for line in lines if line["x0"] >= x - 1)
        most = len(left) + len(right) >= 0.8 * len(lines)
        if most and min(len(left), len(right)) > 3:
            usual_left, usual_right = left[len(left) // 2], right[len(right) // 2]  # medians
            if usual_right > 0.5 * usual_left > 0.1 * width:
                return x - 2
    return None


def find_gutters(pages: list[Page]) -> list[int | None]:
    """Return each page's gutter; a page with few lines in a second column takes the usual one."""
    found = [find_gutter(page["lines"], page["width"]) for page in pages]
    for side in (0, 1):  # left and right pages may be mirrored
        common = Counter(gutter for gutter in found[side::2] if gutter is not None).most_common(1)
        if not common or common[0][1] < 3:
            continue
        usual = common[0][0]
        for index in range(side, len(pages), 2):
            if found[index] is None:
                lines = pages[index]["lines"]
                starts = any(abs(line["x0"] - usual) < 5 for line in lines)
                across = sum(line["x0"] < usual - 1 and line["x1"] > usual + 1 for line in lines)
                found[index] = usual if starts and across <= 0.2 * len(lines) else None
    return found


def join_capitals(lines: list[Line], size: float, words: Vocabulary) -> list[Line]:
    """Return a page's lines with each drop capital put before the first of the lines beside it."""
    gone = set()
    for capital in lines:
        x, y, reach = capital["x1"], capital["y"], capital["size"]
        if reach <= 1.6 * size or not re.fullmatch(r"\W{0,2}\w\W?", capital["text"]):
            continue
        beside = []
        for line in lines:
            level = -0.2 * reach < line["x0"] - x < reach and -reach < line["y"] - y < 0.2 * size
            if level and line["size"] < 0.7 * reach and line["text"][0].isalnum():
                beside.append(line)
        if beside:
            first = min(beside, key=lambda line: line["y"])
            letter = capital["text"][-1].lower()
            start = re.split(r"[^\w’]", first["text"], maxsplit=1)[0].lower()
            alone, whole = words["count"][start] - 1, words["count"][letter + start]  # here: once
            apart = alone > whole or (alone == whole and not is_english(letter + start))
            space = " " if apart and letter in "aio" else ""  # "I was", but "It"
            first["text"] = capital["text"] + space + first["text"]
            for line in beside:  # they begin where the capital does
                line.update(x0=capital["x0"], opens=True)
            gone.add(id(capital))
    return [line for line in lines if id(line) not in gone]


def column_of(line: Line, gutter: float) -> int:
    """Return 1 or 2 for a line on the left or right of the gutter, 0 for one across it."""
    if line["x0"] <= gutter - 6 and line["x1"] >= gutter + 1:  # a speck moves a scanned start
        return 0
    return 2 if line["x0"] >= gutter else 1


def order_page(lines: list[Line], gutter: float | None) -> list[Line]:
    """Return a page's lines in reading order, with "column"; `gutter` as `find_gutter` gives it."""
    across = [] if gutter is None else [line for line in lines if column_of(line, gutter) == 0]
    if gutter is None or 2 * len(across) > len(lines):
        return join_pieces(lines, 0)
    ordered, top = [], float("-inf")
    for whole in [*join_pieces(across, 0), None]:
        foot = whole["y"] if whole else float("inf")
        between = [line for line in lines if top <= line["y"] < foot]
        for side in (1, 2):
            here = [line for line in between if column_of(line, gutter) == side]
            ordered += join_pieces(here, side)
        if whole:
            ordered.append(whole)
        top = foot
    return ordered


# %% [markdown] id="layout-margins-text"
# #### Notes in the margin
# Smaller type beside the text, outside the edges that nine in ten of its lines keep, is a note or
# the number of a line. It is taken out before the pieces of printed lines are joined.

# %% id="layout-margins"


def text_edges(lines: list[Line], size: float) -> tuple[float, float]:
    """Return where nine in ten lines of the text, in type of `size`, begin at least and end."""
    lines = of_size(lines, size)
    starts, ends = (sorted(line[side] for line in lines) for side in ("x0", "x1"))
    tenth = len(lines) // 10
    return (starts[tenth], ends[-1 - tenth]) if lines else (float("-inf"), float("inf"))


def lines_beside(pages: list[Page], size: float) -> list[Line]:
    """Return the smaller lines of `pages` beside their text, which is in type of `size`.

    Words in capitals are left, and such as *Ham.* that return: they may name who speaks. So are
    lines on the right that end alike, more than begin alike: they are of the text, as *Exit* is."""
    lines = [line for page in pages for line in page["lines"] if line["use"] == "body"]
    left, right = text_edges(lines, size)
    small = [line for line in lines if line["size"] < 0.93 * size]
    often = Counter(line["text"] for line in small)
    notes = []
    for line in small:
        text = line["text"]
        capitals = len(text) > 1 and text.isupper() and not re.fullmatch(r"[IVXLC]+\W*", text)
        label = often[text] > 2 and re.fullmatch(r"[A-Z][\w’]+[.:]", text)
        if not (capitals or label):
            notes.append(line)
    before = [line for line in notes if line["x1"] < left - 0.3 * size]
    after = [line for line in notes if line["x0"] > right + 0.3 * size]
    words = [line for line in after if not line["text"].isdigit()]
    starts, ends = (Counter(round(line[side]) for line in words) for side in ("x0", "x1"))
    if max(starts.values(), default=0) <= max(ends.values(), default=0):
        after = [line for line in after if line["text"].isdigit()]
    return before + after


def set_aside(pages: list[Page], size: float) -> list[list[Line]]:
    """Take what is no text already, and the notes beside it, out of the pages; return both, page by
    page. A note begins beside a line of the text, in type of `size`, and may go on below it."""
    found = [*lines_beside(pages[::2], size), *lines_beside(pages[1::2], size)]  # may be mirrored
    beside, aside = set(map(id, found)), []
    for page in pages:
        lines = sorted(page["lines"], key=lambda line: line["y"])
        heights = [line["y"] for line in of_size(lines, size)]
        foot = float("-inf")  # of the note before
        for line in lines:
            level = any(abs(line["y"] - y) < 0.7 * size for y in heights)
            if id(line) in beside and (level or line["y"] < foot):
                line.update(use="note", why="small type in the margin")
                foot = line["y"] + 1.6 * line["size"]
        aside.append([line for line in lines if line["use"] != "body"])
        for line in aside[-1]:
            line["column"] = -1
        page["lines"] = [line for line in page["lines"] if line["use"] == "body"]
    return aside


# %% [markdown] id="layout-heads-text"
# #### Page numbers and running heads
# A printed page number stands in a page's first or last row and keeps its distance to the PDF's own
# count; so it is told from the number of a chapter. What stands at the same height on many pages
# belongs to the page and not to the text, if six in ten of them hold their page's number, or words
# that return and stand off from the text by more than a line.

# %% id="layout-heads"
_FOLIO = re.compile(r"\b(?:\d+|[ivxlc]+)\b")
_ROMAN_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
Rows = list[list[Line]]  # of a page, top to bottom


def read_numbers(text: str) -> list[Folio]:
    """Return the numbers in a line: ("1", 12, "12") or ("i", 12, "xii")."""
    found = []
    for number in _FOLIO.findall(text.lower()):
        digits = [_ROMAN_VALUES.get(letter, 0) for letter in number]
        roman = sum(-a if a < b else a for a, b in pairwise([*digits, 0]))
        found.append(("i", roman, number) if roman else ("1", int(number), number))
    return found


def find_folios(book: list[Rows]) -> dict[int, Folio]:
    """Return {page index: the number printed on the page}."""
    numbers, votes, folios = [], Counter(), {}
    for index, rows in enumerate(book):
        edges = [line["text"] for row in rows[:1] + rows[1:][-1:] for line in row]
        numbers.append([one for text in edges if len(text) < 160 for one in read_numbers(text)])
        votes.update({(kind, value - index) for kind, value, _ in numbers[-1]})
    for index, found in enumerate(numbers):
        counts = [votes[kind, value - index] for kind, value, _ in found]
        if max(counts, default=0) >= max(2, 0.02 * len(book)):
            folios[index] = found[counts.index(max(counts))]
    return folios


def outer_rows(book: list[Rows], end: int, folios: dict[int, Folio], leading: float) -> list[tuple]:
    """Return the pages' first (`end` 0) or last (-1) rows, if short, sorted by height.

    A tuple each: height, page index, (words, size), holds the page's number, white in leadings.
    """
    found = []
    for index, rows in enumerate(book):
        text = " ".join(line["text"] for line in rows[end]) if rows else ""
        words = re.findall(r"[^\W_]+", text.lower())
        if words and len(text.split()) < 16:  # the address of a web page is one
            row, number = rows[end][0], folios.get(index, ("", 0, ""))[2]
            inner = rows[1 if end == 0 else -2][0]["y"] if len(rows) > 1 else None
            gap = 9 if inner is None else abs(inner - row["y"]) / leading
            face = " ".join(word for word in words if word != number), round(row["size"])
            found.append((row["y"], index, face, number in words, gap))
    return sorted(found)


def mark_running_heads(book: list[Rows], style: BodyStyle, folios: dict[int, Folio]) -> None:
    """Mark what stands at the top or foot of many pages, from the outside in."""
    left, known, numbers = [list(rows) for rows in book], set(), dict(folios)
    enough = max(2, min(3, len(left) / 3), 0.04 * len(left))
    for end in 3 * (0, -1):
        groups, height = [], float("-inf")
        for row in outer_rows(left, end, numbers, style["leading"]):
            if row[0] - height > 0.3 * style["size"]:
                groups.append([])
            groups[-1].append(row)
            height = row[0]
        for group in groups:
            again = Counter(face for _, _, face, _, _ in group)
            sure = []
            for _, _, face, numbered, gap in group:
                sure.append(numbered or gap > 1.25 and (again[face] > 1 or face in known))
            many = len(group) >= enough and sum(sure) >= 0.6 * len(group)
            for (_, index, face, numbered, _), fits in zip(group, sure, strict=True):
                words, size = face
                plain = numbered and not words and size <= 1.12 * style["size"]
                if many or fits and (face in known or plain):
                    if many and words and again[face] > 1:
                        known.add(face)
                    if numbered:
                        numbers.pop(index, None)
                    for line in left[index].pop(end):
                        line["use"] = "running head" if words else "page number"


def measure_gaps(pages: list[Page], leading: float) -> None:
    """Give every line of text "above" and "below", the steps to its neighbours in its column."""
    for page in pages:
        before = None
        for line in page["lines"]:
            if line["use"] == "body":
                line.update(above=9, below=9)
                if before and before["column"] == line["column"]:
                    line["above"] = before["below"] = (line["y"] - before["y"]) / leading
                before = line


# %% [markdown] id="layout-book-text"
# #### A book laid out
# All that is known about a book's lines before anything is said about what they mean goes on as one
# `BookLayout`: `read_layout` takes the steps above in their order.


# %% id="layout-book"
class BookLayout(TypedDict):
    """A book laid out: its lines in reading order, each with its use."""

    name: str  # of the file
    title: str
    pages: list[Page]
    style: BodyStyle
    words: Vocabulary
    folios: dict[int, Folio]  # {page index: the number printed on the page}
    outline: list[str]  # titles of the PDF's bookmarks
    damage: dict[int, list[str]]  # as in RawBook


def read_layout(path: str | Path) -> BookLayout:
    """Read one PDF and lay it out. Raises Mistake if it holds no readable book."""
    path = Path(path)
    raw = read_book(path)
    pages = raw["pages"]
    style, words = body_style(pages), count_vocabulary(pages)
    aside = set_aside(pages, style["size"])
    for page, gutter, others in zip(pages, find_gutters(pages), aside, strict=True):
        lines = join_capitals(page["lines"], style["size"], words)
        page["lines"] = order_page(lines, gutter) + others
    take_glued(pages, style["size"])
    printed = ([line for line in page["lines"] if line["use"] == "body"] for page in pages)
    rows = [page_rows(lines, style["size"]) for lines in printed]
    folios = find_folios(rows)
    mark_running_heads(rows, style, folios)
    measure_gaps(pages, style["leading"])
    return {
        "name": path.name,
        "title": raw["title"],
        "pages": pages,
        "style": style,
        "words": words,
        "folios": folios,
        "outline": raw["outline"],
        "damage": raw["damage"],
    }


def describe_layout(layout: BookLayout) -> str:
    """Return one line for readers: pages, type of the running text, printed page numbers."""
    style, numbered = layout["style"], len(layout["folios"])
    face = f"{style['size']:g} pt {style['family']} with {style['leading']:g} pt from line to line"
    pages = f"{layout['name']}: {len(layout['pages'])} pages, running text in {face}"
    return f"{pages}; {numbered} pages carry a printed number"
