# %% id="notemarks-imports"
"""Takes out the marks of notes that only their place tells from the words they stand at."""

from chapters.pages import Page

# %% [markdown] id="notemarks-marks-text"
# #### Marks that stand at a word
# Some fonts have raised figures of their own: then nothing but its place tells a note's mark from
# the word before it. A number at a word's end is a mark if such numbers count up through the book;
# a sign, if a line in smaller type on the page or the next opens with it. Notes in such type open
# with a mark that was seen just before.

# %% id="notemarks-marks"
import re
from itertools import pairwise

_MARK_SIGN = re.compile(r"[\d*∗†‡§¶‖]")
_SIGNS = "[*∗†‡§¶‖]{1,20}"
_GLUED = re.compile(
    rf"(?<=[^\W\d_])([.,;:!?…’”\"')\]—]*)(\d{{1,3}}|{_SIGNS})(?=[\s.,;:!?…’”\"')\]—–]|$)"
)
_GLUED_OPENING = re.compile(rf"(\d{{1,3}}|{_SIGNS})\s*(?=[“‘’\"'(\[…—]*[A-Z])")
_PUSHED = re.compile(r"(\d{1,3})(\s+(?=[^\W\d_]|[“‘(])|$)")


def find_glued(pages: list[Page], size: float) -> list[set[str]]:
    """Return for each page the marks that stand at the ends of its words."""
    opened = []
    for page in pages:
        small = [line["text"] for line in page["lines"] if line["size"] < 0.97 * size]
        opened.append({start[1] for start in map(_GLUED_OPENING.match, small) if start})
    marks, numbers, last = [], [], 0
    for index, page in enumerate(pages):
        lines = [line["text"] for line in page["lines"] if _MARK_SIGN.search(line["text"])]
        found = [mark for text in lines for _, mark in _GLUED.findall(text)]
        notes = set().union(*opened[index : index + 2])
        marks.append({mark for mark in found if not mark.isdigit() and mark in notes})
        for mark in filter(str.isdigit, found):
            counts_up = mark == "1" or 0 < int(mark) - last < 3
            numbers.append((index, mark, counts_up))
            last = int(mark) if counts_up else last
    true = [(index, mark) for index, mark, counts_up in numbers if counts_up]
    if len(true) >= max(3, 0.8 * len(numbers)):
        for index, mark in true:
            marks[index].add(mark)
    return marks


def take_pushed(pages: list[Page], size: float) -> None:
    """Take out the marks that a line's end pushed into the next line: close below the line before,
    and next in count after the mark before.
    """
    last = 0
    for page in pages:
        kept = page["lines"][:1]
        for before, line in pairwise(page["lines"]):
            start = line["text"][:1].isdigit() and _PUSHED.match(line["text"])
            close = line["column"] == before["column"] and 0 < line["y"] - before["y"] < 1.7 * size
            if start and close and 1 < int(start[1]) == last + 1:
                before["marks"].append(start[1])
                line["text"], last = line["text"][start.end() :], last + 1
            for mark in filter(str.isdigit, line["marks"]):
                last = int(mark)
            if line["text"]:
                kept.append(line)
        page["lines"] = kept


def take_glued(pages: list[Page], size: float) -> None:
    """Take the marks at words out of the lines, and those of the notes that they point to."""
    before: set[str] = set()
    for page, marks in zip(pages, find_glued(pages, size), strict=True):
        seen = marks.union(*(line["marks"] for line in page["lines"]))
        for line in page["lines"] if seen or before else ():
            if not _MARK_SIGN.search(line["text"]):
                continue
            start = line["size"] < 0.97 * size and _GLUED_OPENING.match(line["text"])
            if start and start[1] in seen | before and not line["mark"]:
                line["mark"], line["text"] = start[1], line["text"][start.end() :]
            pieces, end = [], 0
            for found in _GLUED.finditer(line["text"]):
                if found[2] in marks:
                    pieces.append(line["text"][end : found.start(2)])
                    line["marks"].append(found[2])
                    end = found.end()
            line["text"] = "".join([*pieces, line["text"][end:]])
        before = seen
    take_pushed(pages, size)
