# %% id="sections-imports"
"""TODO: what this chapter promises."""

# %% [markdown] id="footnotes-text"
# ### Footnotes
# Small type at the foot of a column that opens with a mark is a note, and so is what goes on there from the page before. A block quotation is small too, but has no mark.

# %% id="footnotes"
import re
from collections import Counter

_NOTE_START = re.compile(r"[\[(]?\d{1,3}[.)\]]?(\s|$)|[*∗†‡§¶‖]")
_NOTE_END = ".?!:)]”’\""

def find_note(lines, size, marked):
    """Return where in a column's `lines` notes begin (their number: nowhere), and where small type does.

    A note opens with a raised mark; or any mark, after a sentence in small type, if the page is `marked`. In
    type as large as the text it comes after a line with a mark."""
    small = next((n for n in range(len(lines), 0, -1) if lines[n - 1]["size"] > 0.93 * size), 0)
    first = next((n for n, line in enumerate(lines) if line["marks"]), len(lines))
    for n, line in enumerate(lines):
        fresh = n == small or lines[n - 1]["text"][-1] in _NOTE_END
        opens = line["mark"] or marked and fresh and _NOTE_START.match(line["text"])
        if opens and n >= small > 0 or line["mark"] and n > first and line["above"] > 1.1:
            return n, small
    return len(lines), small

def mark_footnotes(pages, size):
    """Mark the notes at the feet of columns, and the notes that go on there from the page before."""
    feet = []
    for index, page in enumerate(pages):
        left = [line for line in page["lines"] if line["use"] in ("body", "heading")]
        if all(line["size"] > 0.93 * size and not line["mark"] for line in left):
            continue
        marked = re.search(r"[*∗†‡]|\[\d+\]", "".join("*" * line["marks"] + line["text"] for line in left))
        for column in sorted({line["column"] for line in left}):
            lines = [line for line in left if line["column"] == column]
            head = max((n for n, line in enumerate(lines, 1) if line["use"] == "heading"), default=0)
            feet += [(index, lines[head:], *find_note(lines[head:], size, marked))] if lines[head:] else []
    sizes = Counter(round(2 * lines[note]["size"]) for _, lines, note, _ in feet if note < len(lines))
    usual, last, over = max(sizes, key=sizes.get, default=0) / 2, -2, True
    for index, lines, note, small in feet:
        margin = min(line["x0"] for line in lines)
        follows = small < note and index - last < 2 and abs(lines[small]["size"] - usual) < 0.6
        goes_on = follows and (lines[small]["x0"] - margin < size or not over)
        for line in lines[small if goes_on else note:]:
            line["use"], last, over = "note", index, line["text"][-1] in _NOTE_END

# %% [markdown] id="sections-text"
# ### Sections, and where the text begins
# The headings cut the book into sections. Page numbers, chapter names and the first long text tell which of them is the author's first.

# %% id="sections"
def split_sections(pages, headings, page_one):
    """Return the parts between headings, [{"page", "title", "rank", "lines", "words"}], pages from 0.

    The first has no heading; another begins on `page_one` (or None), where Arabic page numbers begin.
    """
    starts = {id(heading["lines"][0]): heading for heading in headings}
    sections = [{"page": 0, "title": "", "rank": 0, "lines": [], "words": 0}]
    for index, page in enumerate(pages):
        lines = [line for line in page["lines"] if line["use"] in ("body", "heading")]
        if index == page_one and not (lines and id(lines[0]) in starts):
            sections.append({"page": index, "title": "", "rank": 99, "lines": [], "words": 0})
        for line in lines:
            heading = starts.get(id(line))
            if heading:
                sections.append({**heading, "page": index, "title": heading["text"], "lines": [], "words": 0})
            sections[-1]["lines"].append(line)
            sections[-1]["words"] += line["text"].count(" ") + 1 if line["use"] == "body" else 0
    return sections

def find_start(sections, kinds, page_one):
    """Return the number of the section where the author's text begins, and why what is before is left out.

    With Roman page numbers in front it is the one on page 1, or a preface or the like by the author before;
    else the first chapter by name, unless a seventh of the words come before it; else the first section of 60
    words or more that has no other name.
    """
    named = [n for n, kind in enumerate(kinds) if kind == "chapter"]
    early = sum(part["words"] for part, kind in zip(sections[:named[0] if named else 0], kinds) if not kind)
    if page_one is not None:
        first = next((n for n, part in enumerate(sections) if part["page"] >= page_one and part["lines"]), 0)
        return min([first, *named]), "before the page numbered 1"
    if len(named) > 1 and early < sum(part["words"] for part in sections) / 7:
        return named[0], f"before the heading “{sections[named[0]]['title']}”"
    long = (n for n, part in enumerate(sections) if part["words"] >= 60 and kinds[n] in ("", "chapter"))
    return next(long, 0), "before the first running text"

# %% [markdown] id="section_labels-text"
# ### What each section is
# Notes, a bibliography or an index last until the next chapter, and at the end of a book there is none.

# %% id="section_labels"
import re

_LAST_PARTS = ("index", "about the author", "bibliography", "appendix", "praise", "copyright")  # end a book

def is_list(lines):
    """Tell whether one in five of the lines begins with a number, as in a list of notes."""
    return sum(line["text"][0].isdigit() for line in lines) >= 0.2 * len(lines) + 2

def label_sections(sections, kinds, start, plain_title):
    """Return for each section why it is left out, "" where it is kept.

    Notes, an index and the like last until a heading of higher rank; or of the same rank, if it opens a
    chapter or 300 words of prose, and its title has not come before (a chapter's notes are headed like it).
    """
    labels, state, rank, seen = [], "", 0, set()
    for n, (section, kind) in enumerate(zip(sections, kinds)):
        if n < start:
            labels.append(kind if kind not in ("", "chapter") else "front matter")
            continue
        title = plain_title(re.sub(r"(?i)^(chapter|part)\b", "", section["title"])) or section["title"]
        if kind not in ("", "chapter"):
            state, rank = kind, section["rank"]
        elif state and title not in seen and not is_list(section["lines"]):
            signs = (kind == "chapter") + (section["words"] > 300)
            again = kinds[start:].count(state) > 1 or signs > (state in _LAST_PARTS)
            if section["rank"] > rank + 0.3 or again and section["rank"] > rank - 0.3:
                state = ""
        labels.append(state)
        seen.update([] if state else [title])
    return labels

# %% [markdown] id="choose_body-text"
# ### Keep the author's text
# Every line outside the text gets the name of its section and the reason. Pages set by hand in `BOOK_PAGES` rule.

# %% id="choose_body"
def page_one(folios):
    """Return the index of the page numbered 1 if pages before it are numbered in Roman, else None."""
    ones = [index - value + 1 for index, (kind, value, _) in folios.items() if kind == "1"]
    ones = [one for one in ones if one >= 0]
    first = max(set(ones), key=lambda one: (ones.count(one), -one)) if ones else -1
    return first if any(kind == "i" and index < first for index, (kind, _, _) in folios.items()) else None

def leave_out(lines, what, why):
    """Mark the lines still taken for text or a heading with `what` they are and `why`."""
    for line in lines:
        if line["use"] in ("body", "heading"):
            line.update(use=what, why=why)

def choose_body(pages, headings, folios, do, by_hand=None):
    """Mark every line outside the author's text with the kind of its section and the reason.

    `do` has the functions of the cells before; `by_hand` is [first, last], the PDF pages of the
    body, which then rules, but for notes in between.
    """
    one = page_one(folios)
    sections = do.split_sections(pages, headings, one)
    kinds = [do.section_kind(section["title"]) for section in sections]
    start, why = do.find_start(sections, kinds, one)
    labels = do.label_sections(sections, kinds, start, do.plain_title)
    for number, page in enumerate(pages, 1):
        if by_hand and not by_hand[0] <= number <= by_hand[1]:
            leave_out(page["lines"], "outside BOOK_PAGES", "set by hand")
        outer = number < 13 or number > len(pages) - 8
        if not by_hand and outer and do.is_legal_page(page["lines"]):
            leave_out(page["lines"], "copyright", "the set phrases of a copyright page")
    for section, kind, label in zip(sections, kinds, labels):
        if label and (not by_hand or label == "notes"):
            named = f"heading “{section['title']}”" if kind == label else f"follows the {label}"
            leave_out(section["lines"], label, why if label == "front matter" else named)
