# %% id="layout-imports"
"""TODO: what this chapter promises."""

# %% [markdown] id="body_style-text"
# ### The type of the running text
# Most of a book is set in one size with one leading. Everything that follows is measured against these.

# %% id="body_style"
from collections import Counter

def body_style(pages):
    """Return {"size", "leading", "family"} of the running text: the type (points) of most characters.

    Sizes within 6 % count as one, since justified type is stretched; the leading is the smallest step that a
    quarter of the lines have. A hundred pages tell; more are not looked at.
    """
    sizes, families, steps = Counter(), Counter(), Counter()
    pages = [page["lines"] for page in pages[::1 + len(pages) // 100] if page["lines"]] or \
            [page["lines"] for page in pages]
    for lines in pages:
        for line in lines:
            sizes[round(2 * line["size"]) / 2] += len(line["text"])
    size = max(sizes, key=lambda size: sum(sizes[near] for near in sizes if abs(near - size) <= 0.06 * size))
    for lines in pages:
        body = [line for line in lines if abs(line["size"] - size) <= 0.06 * size]
        steps.update(round(2 * (after["y"] - line["y"])) / 2 for line, after in zip(body, body[1:]))
        for line in body:
            families[line["family"]] += len(line["text"])
    steps = Counter({step: count for step, count in steps.items() if 0.8 * size < step < 3 * size})
    often = [step for step in steps if steps[step] + steps[step + 0.5] > steps.total() / 4]
    leading = min(often or [step for step, _ in steps.most_common(1)], default=1.2 * size)
    return {"size": size, "family": families.most_common(1)[0][0], "leading": leading}

def measure_gaps(pages, leading):
    """Give every line "above" and "below": the steps to its neighbours in leadings, 9 at a column's ends."""
    for page in pages:
        before = None
        for line in page["lines"]:
            if line["use"] == "body":
                near = before is not None and before["column"] == line["column"]
                line.update(above=(line["y"] - before["y"]) / leading if near else 9, below=9)
                if near:
                    before["below"] = line["above"]
                before = line

# %% [markdown] id="vocabulary-text"
# ### The book's own words
# No word list comes with this notebook: how the book itself writes its words decides about broken words and drop capitals.

# %% id="vocabulary"
import re
from collections import Counter

_WORD_FORM = re.compile(r"[^\W\d_]+(?:[’-][^\W\d_]+)*")

def count_vocabulary(pages):
    """Return a book's vocabulary, to judge broken words by. Only words that stand whole inside a line count.

    {"count": each form in small letters, "left" and "right": the parts of its hyphenated words, "all": its
    plain words as one text, a line each, in which beginnings and endings can be counted}.
    """
    text = "\n".join(line["text"] for page in pages for line in page["lines"]).lower()
    text = text.replace("'", "’").replace("—", " ").replace("\u00ad\n", "-\n").replace("\u2010\n", "-\n")
    found, runs = Counter(text.split()), text.split("-\n")
    found.subtract(run.rsplit(maxsplit=1)[-1] + "-" for run in runs[:-1] if run.strip())
    found.subtract(run.split(maxsplit=1)[0] for run in runs[1:] if run.strip())
    count, left, right = {}, Counter(), Counter()
    for token, times in found.items():
        for word in [token] if token.isalpha() else _WORD_FORM.findall(token):
            count[word] = count.get(word, 0) + max(0, times)
    for word in count:
        if "-" in word:
            parts = word.split("-")
            left.update(parts[:-1])
            right.update(parts[1:])
    plain = "\n".join(word for word in count if "-" not in word)
    return {"count": Counter(count), "left": left, "right": right, "all": f"\n{plain}\n"}

# %% [markdown] id="columns-text"
# ### Columns
# White down the middle of many pages is the gutter between two columns. A last page with a few lines in its second column follows the others.

# %% id="columns"
from collections import Counter

def find_gutter(lines, width):
    """Return the x (points) where a page's second column begins, or None: text on both sides, few across."""
    starts = Counter(round(line["x0"]) for line in lines if 0.35 * width < line["x0"] < 0.65 * width)
    for x in sorted(start for start, count in starts.items() if count > 2):
        left = sorted(line["x1"] - line["x0"] for line in lines if line["x1"] < x)
        right = sorted(line["x1"] - line["x0"] for line in lines if line["x0"] >= x - 1)
        if min(len(left), len(right)) > 3 and len(left) + len(right) >= 0.8 * len(lines):
            if right[len(right) // 2] > 0.5 * left[len(left) // 2] > 0.1 * width:
                return x - 2
    return None

def find_gutters(pages):
    """Return each page's gutter; a page with few lines in its second column takes that of pages like it."""
    found = [find_gutter(page["lines"], page["width"]) for page in pages]
    for side in (0, 1):  # left and right pages may be mirrored
        common = Counter(gutter for gutter in found[side::2] if gutter is not None).most_common(1)
        for index in range(side, len(pages), 2):
            lines = pages[index]["lines"]
            if common and common[0][1] > 2 and found[index] is None:
                usual = common[0][0]
                starts = any(abs(line["x0"] - usual) < 5 for line in lines)
                across = sum(line["x0"] < usual - 1 and line["x1"] > usual + 1 for line in lines)
                found[index] = usual if starts and across <= 0.2 * len(lines) else None
    return found

# %% [markdown] id="drop_capitals-text"
# ### Drop capitals
# A chapter's large first letter is a line of its own in the file. It is put back in front of its word.

# %% id="drop_capitals"
import re

def join_capitals(lines, size, words):
    """Return a page's lines with each drop capital put before the first of the lines beside it.

    The vocabulary `words` tells "It" from "I was"; the lines beside then begin where the capital does.
    """
    gone = set()
    for capital in lines:
        reach = capital["size"]
        if reach > 1.6 * size and re.fullmatch(r"\W{0,2}\w\W?", capital["text"]):
            beside = [line for line in lines if line["size"] < 0.7 * reach and line["text"][0].isalnum()
                      and -0.2 * reach < line["x0"] - capital["x1"] < reach
                      and -reach < line["y"] - capital["y"] < 0.2 * size]
            if beside:
                first = min(beside, key=lambda line: line["y"])
                letter = capital["text"][-1].lower()
                start = re.match(r"[\w’]*", first["text"]).group().lower()
                apart = letter in "aio" and words["count"][start] > words["count"][letter + start]
                first["text"] = capital["text"] + " " * apart + first["text"]
                for line in beside:
                    line.update(x0=capital["x0"], opens=True)
                gone.add(id(capital))
    return [line for line in lines if id(line) not in gone]

# %% [markdown] id="order_lines-text"
# ### Reading order
# A PDF holds lines in the order they were drawn, and cuts a line at a wide space. They are joined and sorted, column after column.

# %% id="order_lines"
def join_pieces(lines, column):
    """Return lines top to bottom, the pieces of a printed line joined (MuPDF cuts it at a wide space)."""
    rows = []
    for line in sorted(lines, key=lambda line: (line["y"], line["x0"])):
        last = rows[-1][0] if rows else line
        reach = max if line["text"].isdigit() or last["text"].isdigit() else min  # a note's mark
        rows += [] if rows and line["y"] - last["y"] < 0.4 * reach(line["size"], last["size"]) else [[]]
        rows[-1].append(line)
    for number, row in enumerate(rows):
        if len(row) > 1:
            row.sort(key=lambda line: line["x0"])
            main = max(row, key=lambda line: len(line["text"]))
            row = [line for line in row if line["size"] > 0.8 * main["size"] or not line["text"].isdigit()]
            text = row[0]["text"]
            for before, piece in zip(row, row[1:]):
                gap = (piece["x0"] - before["x1"]) / piece["size"]
                if piece["text"] != before["text"] or piece["x0"] > before["x0"] + 1:  # not printed twice
                    text += " " * (not -0.3 < gap < 0.1) + piece["text"]
            row[0] = {**main, "text": text, "x0": row[0]["x0"], "x1": max(piece["x1"] for piece in row),
                      "mark": row[0]["mark"], "marks": sum(piece["marks"] for piece in row)}
        row[0]["column"], rows[number] = column, row[0]
    return rows

def order_page(lines, gutter):
    """Return a page's lines in reading order, with "column" 0 (the whole width), 1 or 2.

    A line across the `gutter` (the second column's x, or None) ends the columns and begins new ones.
    """
    def column(line):
        return 1 + (line["x0"] >= gutter) if line["x0"] > gutter - 1 or line["x1"] < gutter + 1 else 0
    across = [line for line in lines if gutter is not None and column(line) == 0]
    if gutter is None or 2 * len(across) > len(lines):
        return join_pieces(lines, 0)
    ordered, top = [], float("-inf")
    for whole in [*join_pieces(across, 0), {"y": float("inf")}]:
        between = [line for line in lines if top <= line["y"] < whole["y"]]
        for side in (1, 2):
            ordered += join_pieces([line for line in between if column(line) == side], side)
        ordered, top = ordered + [whole], whole["y"]
    return ordered[:-1]

# %% [markdown] id="page_numbers-text"
# ### Page numbers
# A printed page number keeps its distance to the PDF's own count, and so is told from the number of a chapter. Where Roman numbers end, the front matter usually does.

# %% id="page_numbers"
import re
from collections import Counter

_FOLIO = re.compile(r"\b(?:\d+|[ivxlc]+)\b")
_ROMAN_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}

def page_rows(lines, size):
    """Return a page's lines as rows over all columns, top to bottom: lists of lines on one baseline."""
    rows = []
    for line in sorted(lines, key=lambda line: line["y"]):
        rows += [] if rows and line["y"] - rows[-1][0]["y"] < 0.6 * size else [[]]
        rows[-1].append(line)
    return rows

def read_numbers(text):
    """Return the numbers in a line as (kind, value, as printed): ("1", 12, "12") or ("i", 12, "xii")."""
    found = []
    for number in _FOLIO.findall(text.lower()):
        digits = [] if number.isdigit() else [_ROMAN_VALUES[letter] for letter in number]
        value = sum(-a if a < b else a for a, b in zip(digits, digits[1:] + [0])) if digits else int(number)
        found.append(("i" if digits else "1", value, number))
    return found

def find_folios(book_rows):
    """Return {page index: (kind, value, as printed)}, the printed page numbers, from all pages' rows.

    One stands in the first or last row and keeps its distance to the PDF's own count on several pages.
    """
    numbers, votes, folios = [], Counter(), {}
    for index, rows in enumerate(book_rows):
        edges = [line["text"] for row in (rows[:1] + rows[1:][-1:]) for line in row]
        numbers.append([number for text in edges if len(text) < 90 for number in read_numbers(text)])
        votes.update({(kind, value - index) for kind, value, _ in numbers[-1]})
    for index, found in enumerate(numbers):
        best = max(found, key=lambda number: votes[number[0], number[1] - index], default=None)
        if best and votes[best[0], best[1] - index] >= max(2, 0.02 * len(book_rows)):
            folios[index] = best
    return folios

# %% [markdown] id="running_heads-text"
# ### Running heads
# What stands at the same height on many pages and repeats, or counts them, belongs to the page and not to the text.

# %% id="running_heads"
import re
from collections import Counter

def mark_running_heads(book_rows, style, folios):
    """Mark what stands at the top or foot of many pages: "running head" or "page number".

    Rows at one height are judged together, from the outside in: six in ten must hold their page's number
    (`folios`), or words that return and stand off from the text by more than a line.
    """
    left, known, numbers = [list(rows) for rows in book_rows], set(), dict(folios)
    enough = max(2, min(3, len(left) / 3), 0.04 * len(left))
    for end, inner in 3 * ((0, 1), (-1, -2)):
        found = []
        for index, rows in enumerate(left):
            text = " ".join(line["text"] for line in rows[end]) if rows else ""
            words = re.findall(r"[^\W_]+", text.lower())
            if 0 < len(words) < 16:
                number, row = numbers.get(index, ("", 0, ""))[2], rows[end]
                gap = abs(rows[inner][0]["y"] - row[0]["y"]) / style["leading"] if len(rows) > 1 else 9
                face = " ".join(word for word in words if word != number), round(row[0]["size"])
                found.append((row[0]["y"], index, face, number in words, gap))
        found.sort()
        cuts = [n for n in range(1, len(found)) if found[n][0] - found[n - 1][0] > 0.3 * style["size"]]
        for group in (found[a:b] for a, b in zip([0, *cuts], [*cuts, len(found)])):
            again = Counter(face for _, _, face, _, _ in group)
            sure = [numbered or gap > 1.25 and (again[face] > 1 or face in known)
                    for _, _, face, numbered, gap in group]
            many = len(group) >= enough and sum(sure) >= 0.6 * len(group)
            for (_, index, face, numbered, _), fits in zip(group, sure):
                plain = numbered and not face[0] and face[1] <= 1.12 * style["size"]
                if many or fits and (face in known or plain):
                    known.update({face} if many and face[0] and again[face] > 1 else ())
                    numbers.pop(index if numbered else None, None)
                    for line in left[index].pop(end):
                        line["use"] = "running head" if face[0] else "page number"
