# %% id="paragraphs-imports"
"""TODO: what this chapter promises."""

# %% [markdown] id="line_places-text"
# ### Indents and line ends
# Paragraphs show by indents and short lines. Both are measured from the edges of the column, or of the block that is set in.

# %% id="line_places"
from collections import Counter
from itertools import groupby

def measure_places(flow, size):
    """Give every line its place in its column, in points: "in" (indent) and "free" (white at its end).

    "first" tells whether it has a paragraph's usual indent. A block that is set in has edges of its own.
    """
    starts, ends = {}, {}
    for line in flow:
        starts.setdefault(line["side"], []).append(round(line["x0"]))
        ends.setdefault(line["side"], []).append(line["x1"])
    left = {side: Counter(found).most_common(1)[0][0] for side, found in starts.items()}
    right = {side: sorted(found)[int(0.95 * (len(found) - 1))] for side, found in ends.items()}
    for line in flow:
        line["in"], line["free"] = line["x0"] - left[line["side"]], right[line["side"]] - line["x1"]
        line["first"] = False
    indents = Counter(round(line["in"]) for line, after in zip(flow, flow[1:])
                      if line["in"] > 0.6 * size > abs(after["in"])) or Counter([0])
    usual = indents.most_common(1)[0][0]
    def block_key(line):
        return line["in"] > 0.6 * size and (line["page"], line["side"])
    for run in (list(run) for inside, run in groupby(flow, key=block_key) if inside):
        most, count = Counter(round(line["in"]) for line in run).most_common(1)[0]
        least = min(line["free"] for line in run)
        even = sum(line["free"] < least + 2 for line in run) > 0.5 * len(run) and least > 0.8 * size
        block = count > 1 and 2 * count >= len(run) and (even or abs(most - usual) > 1.5)
        for line in run:
            line["free"] -= least if block else 0
            line["first"] = not block and abs(line["in"] - usual) < 1.5

# %% [markdown] id="line_joints-text"
# ### From line to line
# A line goes on in the next, ends its paragraph, or ends as a line of verse.

# %% id="line_joints"
def join_kind(before, line, ended, style, habits, verse):
    """Return how a line follows the one before: "new" (paragraph), "break" (a line of verse) or "" (runs on).

    A gap, an indent (in a hanging style the margin) or another slant begins a paragraph. A line that stops
    although the next word would have fitted was ended on purpose: a paragraph's end if it has `ended` like a
    sentence, else a line of verse; `verse` tells that the lines before were.
    """
    size, text, shift = style["size"], line["text"], line["in"] - before["in"]
    lower = text[0].islower()
    near = before["page"] == line["page"] and before["column"] == line["column"] and before["y"] < line["y"]
    gap = (line["y"] - before["y"]) / style["leading"] if near and line["above"] < 9 else 0
    word = (len(text.split(maxsplit=1)[0]) + 1) * (line["x1"] - line["x0"]) / len(text) + 0.5 * size
    short = before["free"] > word + (3 * size if lower and not ended else 0)
    slant = before["italic"] != line["italic"] and abs(shift) > 1.2 * size and (short or not lower)
    aside = abs(shift) > 4 * size and (ended and short or shift < 0 and before["italic"])
    if before["text"][-1] in "-\u00ad\u2010" and before["text"][-2:-1].isalpha() and text[0].isalpha():
        return ""  # a broken word
    if before["chapter"] != line["chapter"] or line.get("speaker"):
        return "new"
    if before.get("speaker"):
        return "break"
    if gap > 1.3 or ended and (gap > 1.1 or line["first"]) or slant:
        return "new"
    if habits["margin"] is not None and (short or abs(shift) > 0.6 * size):
        if abs(line["in"] - habits["margin"]) < 0.6 * size and (ended or shift < -0.6 * size):
            return "new"
        if 0.6 * size < abs(shift) < 4 * size:
            return "break" * (short or habits["verse"] and text[0].isupper())
    if aside or shift > 0.6 * size and ended:
        return "new"
    if habits["verse"] and abs(shift) < 0.6 * size and (text[0].isupper() or short):
        return "break"
    return "" if not short else "break" if not ended or verse and shift > -0.6 * size else "new"

# %% [markdown] id="hyphens-text"
# ### Broken words
# A hyphen at a line's end is a break or a real hyphen. The form that the book uses elsewhere is taken; if it has none, the two halves vote.

# %% id="hyphens"
import re

_BROKEN_WORD = re.compile(r"([^\W\d_]+(?:['’-][^\W\d_]+)*)[-\u2010]$")
_WORD_START = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")

def is_compound(left, right, words):
    """Tell whether the book would write left-right, broken there, with its hyphen; both in small letters.

    Its own use decides, if it has the word elsewhere. Else the halves vote: for a compound if they are words
    or parts of other compounds, against it if other words begin or end so (de-part-ment).
    """
    whole, compound = words["count"][left + right], words["count"][left + "-" + right]
    if whole or compound:
        return compound > whole
    last, seen = left.rsplit("-", 1)[-1], words["all"]
    endings, starts = seen.count(right + "\n") - seen.count(f"\n{right}\n"), seen.count("\n" + last)
    part = words["left"][last] > 0
    votes = (words["count"][last] > 0) + (words["count"][right] > 0)
    votes += 2 * part + 2 * (words["right"][right] > 0)
    votes -= 2 * (endings > 0) + (endings > 10) + (starts > 3) + 2 * (len(last) < 3 and not part)
    return votes > 0 or "-" in left

def join_words(before, after, words):
    """Return `before` as it runs on into the line `after`: with a space, or none after a dash or a break."""
    end = before[-1]
    if end.isalpha() or end not in "-\u00ad\u2010—―–":
        return before + " "
    broken, start = _BROKEN_WORD.search(before[-60:]), _WORD_START.match(after)
    if end == "\u00ad":  # a soft hyphen is always a break
        return before[:-1]
    if not broken:
        return before + " " * before.endswith((" -", " –"))
    if not start or start.group()[0].isupper() and not broken.group(1).isupper():
        return before
    left, right = (half.lower().replace("'", "’") for half in (broken.group(1), start.group()))
    return before if is_compound(left, right, words) else before[:-1]

# %% [markdown] id="text_flow-text"
# ### The lines that are left
# What nothing has taken is the text: its lines in order, each with the chapter it stands in.

# %% id="text_flow"
def text_flow(pages, headings, name):
    """Return the kept lines in order with "page" (from 0), "side" and "chapter", the heading above them.

    Raises ValueError if the file `name` has none.
    """
    titles = {id(heading["lines"][0]): heading["text"] for heading in headings}
    flow, chapter = [], None
    for index, page in enumerate(pages):
        for line in page["lines"]:
            if line["use"] == "heading":
                chapter = titles.get(id(line), chapter)
            elif line["use"] == "body":
                line.update(page=index, chapter=chapter, side=(index % 2, line["column"]))
                flow.append(line)
    if not flow:
        raise ValueError(f"{name}: no running text was found: give its first and last page in BOOK_PAGES.")
    return flow

# %% [markdown] id="paragraph_habits-text"
# ### How this book sets paragraphs
# Most books indent a paragraph's first line, some all the others, and in verse each line has a capital.

# %% id="paragraph_habits"
def has_ended(line):
    """Tell whether a line ends like a sentence."""
    return line["text"][-1] in ".?!:…—”’\"')]"

def find_habits(flow, size):
    """Return how a book sets its paragraphs, {"margin", "verse"}.

    "margin" is where they begin (points, as "in") if they go on indented, else None; "verse" tells whether
    most lines after an unfinished one begin with a capital.
    """
    pairs = [(before, line) for before, line in zip(flow, flow[1:]) if before["page"] == line["page"]]
    inward = [(round(before["in"]), has_ended(before)) for before, line in pairs
              if 0.6 * size < line["in"] - before["in"] < 4 * size]
    hanging = len(inward) > 10 and sum(ended for _, ended in inward) < 0.7 * len(inward)
    places = [place for place, _ in inward]
    margin = max(set(places), key=lambda place: (places.count(place), place)) if hanging else None
    capital = [line["text"][0].isupper() for before, line in pairs if not has_ended(before)]
    return {"margin": margin, "verse": 2 * sum(capital) > len(capital)}

# %% [markdown] id="paragraphs-text"
# ### Paragraphs
# Lines become paragraphs again, over columns and pages; verse and dialogue keep their lines.

# %% id="paragraphs"
def group_lines(flow, style, habits, has_ended, join_kind):
    """Return the paragraphs as lists of (kind, line); the kind is what `join_kind` gives."""
    groups, breaks = [], 0
    for before, line in zip([None, *flow], flow):
        verse = bool(groups) and 2 * breaks >= len(groups[-1]) > 1
        kind = join_kind(before, line, has_ended(before), style, habits, verse) if before else "new"
        if kind == "new":
            groups.append([])
            breaks = 0
        breaks += kind == "break"
        groups[-1].append((kind, line))
    return groups

def build_paragraph(group, size, words, join_words):
    """Return {"text", "pages" (from 1), "chapter", "verse"} for a group of lines.

    Prose is one line; verse, where three lines in ten end early, keeps its lines; so does a speaker's name.
    """
    breaks = sum(kind == "break" for kind, _ in group)
    verse = breaks > 0 and breaks >= 0.3 * (len(group) - 1)
    parts = [group[0][1]["text"]]
    for place, ((kind, line), (_, before)) in enumerate(zip(group[1:], group)):
        apart = kind == "break" and (verse or place == 0 and len(parts[0]) < 30)
        capital = verse and line["text"][0].isupper() and line["in"] - before["in"] < 0.6 * size
        if apart or capital and parts[-1][-1] not in "-\u00ad\u2010":
            parts += ["\n", line["text"]]
        else:
            parts += [join_words(parts.pop(), line["text"], words), line["text"]]
    return {"text": "".join(parts), "pages": [group[0][1]["page"] + 1, group[-1][1]["page"] + 1],
            "chapter": group[0][1]["chapter"], "verse": verse}
