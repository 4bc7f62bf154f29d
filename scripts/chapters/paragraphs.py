# %% id="paragraphs-imports"
"""Puts a book's lines together again: paragraphs, verse, and words broken at line ends."""

from chapters.headings import Heading
from chapters.layout import BookLayout
from chapters.pages import Line
from chapters.preparation import Mistake
from chapters.spelling import is_english, lexicon
from chapters.typography import BodyStyle, Vocabulary

# %% [markdown] id="paragraphs-places-text"
# #### The text's lines, their indents and ends
# What nothing has taken so far is the text: its lines in order, each with the chapter it stands in.
# Paragraphs show by indents and short lines. Both are measured from the edges of the column, or of
# the block that is set in.

# %% id="paragraphs-places"
import re
from collections import Counter, defaultdict
from itertools import groupby, pairwise
from typing import TypedDict


class Paragraph(TypedDict):
    """A paragraph of the running text."""

    text: str  # one line, or verse in its lines
    pages: list[int]  # the first and the last, from 1
    chapter: str | None
    verse: bool


class Habits(TypedDict):
    """How a book sets its paragraphs."""

    margin: int | None  # the indent (points) at which they begin, if their other lines are set in
    verse: bool  # most lines after an unfinished one begin with a capital


def text_flow(layout: BookLayout, headings: list[Heading]) -> list[Line]:
    """Return the running text's lines in order, with "page", "side" and "chapter" (the heading).

    Raises Mistake if there is none.
    """
    titles = {id(heading["lines"][0]): heading["text"] for heading in headings}
    flow, chapter = [], None
    for index, page in enumerate(layout["pages"]):
        for line in page["lines"]:
            if line["use"] == "heading":
                chapter = titles.get(id(line), chapter)
            elif line["use"] == "body":
                line.update(page=index, chapter=chapter, side=(index % 2, line["column"]))
                flow.append(line)
    if not flow:
        name, cure = layout["name"], "give its first and last page in BOOK_PAGES"
        raise Mistake(f"{name}: no running text was found: {cure}.")
    return flow


def is_block(lines: list[Line], usual: int, size: float) -> bool:
    """Tell whether lines that are set in are a block, not first lines with the `usual` indent.

    Half of them share an indent, and it is another, or they end evenly before the column does.
    """
    most, count = Counter(round(line["indent"]) for line in lines).most_common(1)[0]
    least = min(line["free"] for line in lines)
    at_edge = sum(line["free"] < least + 2 for line in lines)
    even = least > 0.8 * size and 2 * at_edge > len(lines)
    return count > 1 and 2 * count >= len(lines) and (even or abs(most - usual) > 1.5)


def measure_places(flow: list[Line], size: float) -> None:
    """Give every line "indent" and "free", points from its column's edges, and "first".

    "first" tells whether it has a paragraph's usual indent. A block has a right edge of its own.
    """
    sides = defaultdict(list)
    for line in flow:
        sides[line["side"]].append(line)
    for lines in sides.values():
        left = Counter(round(line["x0"]) for line in lines).most_common(1)[0][0]
        ends = sorted(line["x1"] for line in lines)
        right = ends[int(0.95 * (len(ends) - 1))]
        for line in lines:
            line.update(indent=line["x0"] - left, free=right - line["x1"], first=False)
    deep, pairs = 0.6 * size, pairwise(flow)
    opening = [line for line, after in pairs if line["indent"] > deep > abs(after["indent"])]
    indents = Counter(round(line["indent"]) for line in opening)
    usual = indents.most_common(1)[0][0] if indents else 0
    runs = groupby(flow, key=lambda line: (line["indent"] > deep, line["page"], line["side"]))
    for lines in [list(run) for (inside, *_), run in runs if inside]:
        least, block = min(line["free"] for line in lines), is_block(lines, usual, size)
        for line in lines:
            line["free"] -= least if block else 0
            line["first"] = not block and abs(line["indent"] - usual) < 1.5


# %% [markdown] id="paragraphs-joints-text"
# #### From line to line
# Most books indent a paragraph's first line, some all the others, and in verse each line has a
# capital: what this book does is counted. Then a line goes on in the next, ends its paragraph, or
# ends as a line of verse. A gap, an indent or another slant begins a paragraph. A line that stops
# although the next word would have fitted was ended on purpose: after a whole sentence it is a
# paragraph's last, else it is a line of verse.

# %% id="paragraphs-joints"
_HYPHENS = "-\u00ad\u2010"  # the plain, the soft and the typographic


def has_ended(line: Line) -> bool:
    """Tell whether a line ends like a sentence."""
    return line["text"][-1] in ".?!:…—”’\"')]"


def find_habits(flow: list[Line], size: float) -> Habits:
    """Return how the book sets its paragraphs: hanging, if lines set in mostly go on a sentence."""
    pairs = [pair for pair in pairwise(flow) if pair[0]["page"] == pair[1]["page"]]
    low, high = 0.6 * size, 4 * size
    above = [line for line, after in pairs if low < after["indent"] - line["indent"] < high]
    hanging = len(above) > 10 and sum(map(has_ended, above)) < 0.7 * len(above)
    places = Counter(round(line["indent"]) for line in above)
    margin = max(places, key=lambda place: (places[place], place)) if hanging else None
    capitals = [after["text"][0].isupper() for line, after in pairs if not has_ended(line)]
    return {"margin": margin, "verse": 2 * sum(capitals) > len(capitals)}


def _stops_short(before: Line, line: Line, size: float) -> bool:
    """Tell whether the next word would have fitted; with room to spare if a sentence goes on."""
    text = line["text"]
    letters = len(text.split(maxsplit=1)[0]) + 1
    word = letters * (line["x1"] - line["x0"]) / len(text) + 0.5 * size
    goes_on = text[0].islower() and not has_ended(before)
    return before["free"] > word + (3 * size if goes_on else 0)


def _begins_apart(before: Line, line: Line, short: bool, style: BodyStyle) -> bool:
    """Tell whether a gap, the usual indent or another slant begins a paragraph."""
    same = before["page"] == line["page"] and before["column"] == line["column"]
    near = same and before["y"] < line["y"] and line["above"] < 9
    gap = (line["y"] - before["y"]) / style["leading"] if near else 0
    if gap > 1.3 or (has_ended(before) and (gap > 1.1 or line["first"])):
        return True
    shift = abs(line["indent"] - before["indent"])
    turned = before["italic"] != line["italic"] and shift > 1.2 * style["size"]
    return turned and (short or not line["text"][0].islower())


def _join_by_place(before: Line, line: Line, short: bool, verse: bool, size: float, habits: Habits):
    """Return what indents and line ends tell about the joint: "new", "break" or ""."""
    ended, capital = has_ended(before), line["text"][0].isupper()
    shift, margin = line["indent"] - before["indent"], habits["margin"]
    moved = abs(shift) > 0.6 * size
    if margin is not None and (short or moved):
        at_margin = abs(line["indent"] - margin) < 0.6 * size
        if at_margin and (ended or shift < -0.6 * size):
            return "new"
        if moved and abs(shift) < 4 * size:
            return "break" if short or (habits["verse"] and capital) else ""
    aside = (ended and short) or (shift < 0 and before["italic"])
    if (abs(shift) > 4 * size and aside) or (shift > 0.6 * size and ended):
        return "new"
    if habits["verse"] and abs(shift) < 0.6 * size and (capital or short):
        return "break"
    if not short:
        return ""
    return "break" if not ended or (verse and shift > -0.6 * size) else "new"


def join_kind(before: Line, line: Line, verse: bool, style: BodyStyle, habits: Habits) -> str:
    """Return how `line` follows `before`: "new" paragraph, "break" (of verse) or "" (runs on).

    `verse` tells that the lines before were verse.
    """
    end, start = before["text"], line["text"]
    if end[-1] in _HYPHENS and end[-2:-1].isalpha() and start[0].isalpha():
        return ""  # a broken word
    if before["chapter"] != line["chapter"] or line.get("speaker"):
        return "new"
    if before.get("speaker"):
        return "break"
    short = _stops_short(before, line, style["size"])
    if _begins_apart(before, line, short, style):
        return "new"
    return _join_by_place(before, line, short, verse, style["size"], habits)


# %% [markdown] id="paragraphs-words-text"
# #### Broken words
# A hyphen at a line's end is a break or a real hyphen. The form that the book uses elsewhere is
# taken, and if it has none, the two halves vote, and Brill's lexicon with them.

# %% id="paragraphs-words"
_BROKEN_WORD = re.compile(r"([^\W\d_]+(?:['’-][^\W\d_]+)*)[-\u2010]$")
_WORD_START = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


def is_compound(left: str, right: str, words: Vocabulary) -> bool:
    """Tell whether the book would write left-right with its hyphen; both halves in small letters.

    Its own use decides, if it has the word elsewhere; else a half that is no word, here or in
    English (laun-dress, a-vailing). Else the halves vote: for a compound if they are words or parts
    of other compounds, against it if other words begin or end so (de-part-ment); and English speaks
    against it if it has the word whole, for it if it has the halves alone.
    """
    count, seen = words["count"], words["all"]
    whole, compound = count[left + right], count[left + "-" + right]
    if whole or compound:
        return compound > whole
    english = is_english(left + right)
    last = left.rsplit("-", 1)[-1]
    known_right = is_english(right) or (count[right] and not english)
    known_left = is_english(last) or count[last] or len(last) < 3
    if not (known_left and known_right):
        return False
    endings = seen.count(right + "\n") - seen.count(f"\n{right}\n")
    starts, part = seen.count("\n" + last), words["left"][last] > 0
    votes = (count[last] > 0) + (count[right] > 0)
    votes += 2 * part + 2 * (words["right"][right] > 0)
    votes -= 2 * (endings > 0) + (endings > 10) + (starts > 3) + 2 * (len(last) < 3 and not part)
    known = [word in lexicon() or word.title() in lexicon() for word in (left + right, left, right)]
    votes -= 2 * known[0]
    votes += 3 * (known[1] and known[2] and not english)
    return votes > 0 or "-" in left


def join_words(before: str, after: str, words: Vocabulary) -> str:
    """Return `before` as it runs on into `after`: with a space, or none after a dash or a break."""
    end, breaks = before[-1], words["breaks"]
    if re.match(r"[—―]\S", after) and (end.isalnum() or end in ",;"):
        return before  # else a space would stand before it alone
    if end not in _HYPHENS + "—―–":
        return before + " "
    if end in ("\u00ad", breaks):  # a soft hyphen is always a break
        return before[:-1]
    broken, start = _BROKEN_WORD.search(before[-60:]), _WORD_START.match(after)
    if not broken:
        return before + " " if before.endswith((" -", " –")) else before
    if not start or (start.group()[0].isupper() and not broken.group(1).isupper()):
        return before
    if breaks and end == "-":
        return before  # where another sign breaks words, a plain hyphen is a real one
    left, right = (half.lower().replace("'", "’") for half in (broken.group(1), start.group()))
    own = words["count"][f"{left}-{right}"]
    if not own and broken.group(1).istitle() and (left + right).title() in lexicon():
        return before[:-1]  # a name: Connecti-cut
    return before if is_compound(left, right, words) else before[:-1]


# %% [markdown] id="paragraphs-whole-text"
# #### Whole paragraphs
# Lines become paragraphs again, over columns and pages; verse and dialogue keep their lines.


# %% id="paragraphs-whole"
def group_lines(flow: list[Line], style: BodyStyle) -> list[list[tuple[str, Line]]]:
    """Return the paragraphs as lists of (kind, line); the kind is what `join_kind` gives."""
    habits, groups, breaks = find_habits(flow, style["size"]), [[("new", flow[0])]], 0
    for before, line in pairwise(flow):
        verse = 2 * breaks >= len(groups[-1]) > 1
        kind = join_kind(before, line, verse, style, habits)
        if kind == "new":
            groups.append([])
            breaks = 0
        breaks += kind == "break"
        groups[-1].append((kind, line))
    return groups


def build_paragraph(group: list[tuple[str, Line]], size: float, words: Vocabulary) -> Paragraph:
    """Return a group of lines as a paragraph: prose in one line, verse and a name in their own."""
    breaks = sum(kind == "break" for kind, _ in group)
    verse = breaks > 0 and breaks >= 0.3 * (len(group) - 1)  # three lines in ten end early
    first, last = group[0][1], group[-1][1]
    parts = [first["text"]]
    for (_, before), (kind, line) in pairwise(group):
        name = before is first and len(first["text"]) < 30  # of a speaker
        apart = kind == "break" and (verse or name)
        fresh = line["text"][0].isupper() and line["indent"] - before["indent"] < 0.6 * size
        if apart or (verse and fresh and parts[-1][-1] not in _HYPHENS):
            parts[-1] += "\n"
        else:
            parts[-1] = join_words(parts[-1], line["text"], words)
        parts.append(line["text"])
    pages = [first["page"] + 1, last["page"] + 1]
    return {"text": "".join(parts), "pages": pages, "chapter": first["chapter"], "verse": verse}


def build_paragraphs(
    layout: BookLayout, headings: list[Heading]
) -> tuple[list[Paragraph], list[list[Line]]]:
    """Return the book's paragraphs, and of each the lines. Raises Mistake if there is no text."""
    flow, size = text_flow(layout, headings), layout["style"]["size"]
    measure_places(flow, size)
    groups = group_lines(flow, layout["style"])
    paragraphs = [build_paragraph(group, size, layout["words"]) for group in groups]
    return paragraphs, [[line for _, line in group] for group in groups]
