# %% id="markup-imports"
"""Reads web pages, the parts of e-books: their paragraphs, headings and verse."""

from chapters.epubs import Part, local_name
from chapters.marks import BLOCK_NAMES, element_kind, element_roles
from chapters.pages import Line

# %% [markdown] id="markup-context-text"
# #### What surrounds a paragraph
# A paragraph inherits what the elements around it say: that they hold verse, a heading, a note. The
# outermost mark rules. A table of short cells holds data, one of long cells only sets text.

# %% id="markup-context"
import re
from typing import Any, TypedDict

_HIDDEN = frozenset(
    "script style head title svg math audio video iframe object template noscript form".split()
)
_TITLE_CLASS = re.compile(
    r"(chap(ter)?|part|section)[-_]?(title|head(ing)?|num(ber)?|name|no)?\d*"
    r"|(sub)?(title|heading)\d*|h\d",
    re.I,
)
_VERSE_NAME = re.compile(r"(z3998:)?(poem|poetry|verse|song|hymn|stanza|linegroup|lg)", re.I)


class Context(TypedDict):
    """What is known where a page is being read: from the elements around."""

    kind: str  # a kind that is left out, "chapter", or ""
    why: str
    verse: bool
    stanza: Any  # the element whose lines belong together, or None
    level: int  # of a heading, 0 for none


def is_data_table(table: Any) -> bool:
    """Tell whether a table holds data: half of its cells have text, and few words."""
    words = [len("".join(cell.itertext()).split()) for cell in table.iter("{*}td", "{*}th")]
    return sum(words) < 12 * len(words) and max(words, default=0) < 60


def enter_element(element: Any, around: Context) -> Context:
    """Return what is known inside a block element."""
    tag, (kind, why) = local_name(element), element_kind(element)
    here: Context = {**around}
    if tag == "table" and is_data_table(element):
        kind, why = "caption", "in a table"
    if kind and around["kind"] in ("", "chapter"):  # the outer mark rules
        here.update(kind=kind, why=why)
    names = [*(element.get("class") or "").split(), *element_roles(element)]
    if any(_VERSE_NAME.fullmatch(name) for name in names):
        here["verse"] = True
        if any(local_name(child) in BLOCK_NAMES for child in element.iterchildren("{*}*")):
            here["stanza"] = element
    if re.fullmatch("h[1-6]", tag):
        here["level"] = int(tag[1])
    elif any(_TITLE_CLASS.fullmatch(name) for name in names[:3]) and tag in ("p", "div", "span"):
        here["level"] = 2 if len("".join(element.itertext()).split()) < 20 else around["level"]
    return here


# %% [markdown] id="markup-blocks-text"
# #### From elements to paragraphs
# Every element that is set as a block of its own is a paragraph, whatever it is called; line breaks
# in it, and lines in blocks of their own inside a stanza, are verse. Drop capitals and italics need
# nothing: their letters stand in the text.

# %% id="markup-blocks"
_RAISED_MARK = re.compile(r"\s*[\[(]?(\d{1,3}([,–-]\d{1,3})*|[*∗†‡§¶‖#]{1,3})[\])]?\s*")
_BREAK = "\x1e"
_INVISIBLE = dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff", "")
_LIGATURES = dict(zip("ﬀﬁﬂﬃﬄﬅﬆ", "ff fi fl ffi ffl st st".split(), strict=True))
_UNSEEN = str.maketrans(_INVISIBLE | _LIGATURES)


def block_texts(pieces: list[str], verse: bool) -> list[tuple[str, bool]]:
    """Return a block's text as (text, is it verse); an empty line in it parts two."""
    text = "".join(pieces).translate(_UNSEEN)
    if not text.strip():
        return []
    found, rows = [], [" ".join(row.split()) for row in text.split(_BREAK)] + [""]
    here = []
    for row in rows:
        if row:
            here.append(row)
        elif here:
            short = max(map(len, here)) < 90 and sum(map(len, here)) < 65 * len(here)
            own = len(here) > 1 and (verse or short)
            found.append(("\n".join(here) if own else " ".join(here), verse or own))
            here = []
    return found


def is_raised_mark(element: Any, pieces: list[str]) -> bool:
    """Tell whether an element is a raised note mark without a link; 10² keeps its exponent."""
    names = (element.get("class") or "").lower().split()
    if local_name(element) != "sup" and not {"sup", "super", "superscript"} & set(names):
        return False
    before = "".join(pieces[-3:])[-1:]
    return bool(_RAISED_MARK.fullmatch("".join(element.itertext()))) and not before.isdigit()


def add_block(lines: list[Line], pieces: list[str], here: Context, part: int) -> None:
    """Append to `lines` what was gathered in `pieces`, and empty them."""
    for text, verse in block_texts(pieces, here["verse"]):
        line: Line = {"text": text, "use": "body", "why": "", "size": 10, "verse": verse}
        line.update(part=part, kind=here["kind"])
        if here["kind"] not in ("", "chapter"):
            line.update(use=here["kind"], why=here["why"])
        elif not any(map(str.isalnum, text)):
            line.update(use="ornament", why="no letter in it")
        elif here["level"]:
            line.update(use="heading", size=24 - 2 * here["level"], text=text.replace("\n", " "))
        lines.append(line)
    pieces.clear()


class Reader(TypedDict):
    """A page while it is read: the lines found, the text gathered, the elements around."""

    lines: list[Line]
    pieces: list[str]
    around: list[Context]
    asides: list[Line]  # notes and page numbers inside a paragraph, told after it
    stanza: Any  # that the last paragraph belongs to
    part: int


def is_aside(element: Any, tag: str, reader: Reader, marks: set[Any]) -> bool:
    """Tell whether an element inside a paragraph is no text of it; what it holds is put aside."""
    if element in marks or tag in _HIDDEN or is_raised_mark(element, reader["pieces"]):
        return True
    kind, why = element_kind(element) if tag not in BLOCK_NAMES else ("", "")
    if kind in ("note", "page number") and not any(
        local_name(one) in BLOCK_NAMES for one in element
    ):
        text = " ".join("".join(element.itertext()).split())
        if text:
            line: Line = {"text": text, "use": kind, "why": why, "size": 10, "part": reader["part"]}
            reader["asides"].append(line)
        return True
    return False


# %% [markdown] id="markup-read-text"
# #### Whole pages
# Each part is walked through once. What a publisher has marked by nothing still shows: a short
# paragraph that the contents name, or a class that is called like a title, is a heading; a page
# that is mostly links is a list of contents.


# %% id="markup-read"
def close_block(reader: Reader) -> None:
    """End the paragraph that was gathered; a line of a stanza joins the line before it."""
    lines, here, count = reader["lines"], reader["around"][-1], len(reader["lines"])
    add_block(lines, reader["pieces"], here, reader["part"])
    if (
        here["stanza"] is not None
        and here["stanza"] is reader["stanza"]
        and count + 1 == len(lines)
    ):
        before, line = lines[-2:]
        single = "\n" not in line["text"] and len(line["text"]) < 90
        if before["use"] == line["use"] == "body" and single:
            before.update(text=before["text"] + "\n" + line["text"], verse=True)
            lines.pop()
    if len(lines) > count:
        reader["stanza"] = here["stanza"]
    lines += reader["asides"]
    reader["asides"].clear()


def read_markup(part: Part, number: int, marks: set[Any], notes: dict[Any, str]) -> list[Line]:
    """Return a part's paragraphs as lines; `marks` and `notes` as `find_notes` gives them."""
    from lxml import etree  # ty: ignore  # it is compiled

    start: Context = {"kind": "", "why": "", "verse": False, "stanza": None, "level": 0}
    reader = Reader(lines=[], pieces=[], around=[start], asides=[], stanza=None, part=number)
    pieces, walk, aside = reader["pieces"], etree.iterwalk(part["tree"], ("start", "end")), None
    for event, element in walk:
        if not isinstance(element.tag, str):
            continue
        tag = local_name(element)
        if event == "start":
            if is_aside(element, tag, reader, marks):
                walk.skip_subtree()
                aside = element
                continue
            if tag in BLOCK_NAMES:
                close_block(reader)
                reader["around"].append(enter_element(element, reader["around"][-1]))
                if element in notes:
                    reader["around"][-1].update(kind="note", why=notes[element])
            pieces += [_BREAK] if tag == "br" else ["“"] if tag == "q" else []
            text = element.text or ""
            pieces.append(text.replace("\n", _BREAK) if tag == "pre" else text)
            if tag == "img" and len(element.get("alt") or "") == 1:  # a drawn initial
                pieces.append(element.get("alt"))
        else:
            if element is not aside:
                if tag in BLOCK_NAMES:
                    close_block(reader)
                    reader["around"].pop()
                pieces += ["”"] if tag == "q" else []
            pieces.append(element.tail or "")
    close_block(reader)
    return reader["lines"]


def link_share(root: Any) -> float:
    """Return the share of a page's letters that stand in links to other places of the book."""
    linked = sum(
        len("".join(link.itertext()).strip())
        for link in root.iter("{*}a")
        if link.get("href") and ":" not in link.get("href")
    )
    return linked / max(1, len(" ".join("".join(root.itertext()).split())))
