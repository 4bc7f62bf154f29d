# %% id="tables-imports"
"""Finds what stands in the text's place without being it: tables, captions and epigraphs."""

from chapters.pages import Line, Page
from chapters.typography import BodyStyle

# %% [markdown] id="tables-rows-text"
# #### Tables
# Three short lines or more in a row whose pieces stand wide apart or that end in a figure are a
# table, if most have figures or three pieces, or a label stands at them.

# %% id="tables-rows"
import re
from itertools import groupby, pairwise

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


# %% [markdown] id="tables-captions-text"
# #### Captions
# Words at a figure are not running text either: a labelled line that stands apart, small, slanted
# or set-in lines under an image, and the words inside it.


# %% id="tables-captions"
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
    in or centred; one in the middle, or a whole sentence set in on both sides, ends before a line
    from the left edge.
    """
    first, (left, right) = lines[n], column_edges(lines, lines[n]["column"])
    size = style["size"]
    for part in reversed(lines[:n] if label else []):
        last = part["above"] == 9 and part["x0"] < left + 0.3 * size  # of a paragraph, at a top
        if min(part["above"], part["below"]) < 1.4 or len(part["text"]) > 40 or last:
            break
        part["use"] = "caption"
    other = abs(first["size"] - size) > 0.5 or first["italic"]
    other |= first["family"] != style["family"]
    least = 0.2 if first["text"].endswith((".", "!", "?")) else 2
    middle = abs(first["x0"] - left - right + first["x1"]) < 4
    middle &= first["x0"] > left + least * size
    for part, after in pairwise([*lines[n:], first]):
        part["use"] = "caption"
        word = len(after["text"].split(maxsplit=1)[0]) + 1
        short = right - part["x1"] > word * (part["x1"] - part["x0"]) / len(part["text"])
        centred = abs(after["x0"] + after["x1"] - first["x0"] - first["x1"]) < 4
        set_in = after["x0"] > left + 0.6 * size and abs(after["x0"] - first["x0"]) < 1.5
        centred &= after["x1"] < right - size
        fills = not short and not (middle and after["x0"] < left + size)
        goes_on = other or fills or centred or set_in
        if part["below"] > 1.2 or abs(part["size"] - first["size"]) > 0.5 or not goes_on:
            break


# %% [markdown] id="tables-epigraphs-text"
# #### Epigraphs
# A few lines of another look below a heading, and after them a name behind a dash, are an epigraph:
# somebody else's words.

# %% id="tables-epigraphs"
_SOURCE = re.compile(r"[—–―]\s*[A-Z“]|--?\s*[A-Z]\w+")  # behind an epigraph: — Montaigne


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
