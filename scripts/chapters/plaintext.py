# %% id="plaintext-imports"
"""Reads plain text: its encoding, its frame, its chapters, wrapped lines and verse."""

from chapters.headings import plain_title, section_kind
from chapters.pages import Line

# %% [markdown] id="plaintext-decode-text"
# #### Characters, and what stands around a plain text
# A text file does not say how its letters are stored: its first bytes may, else UTF-8 is tried,
# then the older code of Windows. Project Gutenberg frames its texts by two lines of stars; what is
# outside of them, and the names of those who typed the text, are not the author's.

# %% id="plaintext-decode"
import codecs
import re
from collections import Counter
from itertools import pairwise

_BYTE_MARKS = [  # the longer one first: UTF-32's begins like UTF-16's
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
]
_DECLARED = re.compile(rb"""(?:encoding|charset)\s*=\s*["']?([\w.:-]+)""", re.I)
_FRAME = re.compile(r"^\W*(START|END) OF (?:THE |THIS )?PROJECT GUTENBERG.*$", re.I | re.M)
_CREDIT = re.compile(
    r"(produced by|e-?text prepared by|transcribed (by|from)|end of (the |this )?project gutenberg"
    r"|\[?transcriber.?s.? note|this e-?(book|text) was (produced|prepared))",
    re.I,
)


def decode_text(content: bytes, declares: bool = False) -> str:
    """Return the text of a file's bytes; with `declares` its head may name the encoding (HTML)."""
    encodings = [name for mark, name in _BYTE_MARKS if content.startswith(mark)][:1] + ["utf-8"]
    if declares and (named := _DECLARED.search(content[:1024])):
        encodings.insert(-1, named.group(1).decode("ascii"))
    for encoding in [*encodings, "cp1252"]:
        try:
            return content.decode(encoding).replace("\ufeff", "").replace("\r\n", "\n")
        except (UnicodeError, LookupError):
            continue
    return content.decode("latin-1").replace("\r\n", "\n")


def take_frame(text: str) -> tuple[str, str, str]:
    """Return what stands before Project Gutenberg's start line, the text, and what follows it."""
    start, end = 0, len(text)
    for found in _FRAME.finditer(text):
        if found.group(1).upper() == "START" and not start:
            start = found.end()
        elif found.group(1).upper() == "END" and found.start() > start:
            end = min(end, found.start())
    return text[:start], text[start:end], text[end:]


# %% [markdown] id="plaintext-blocks-text"
# #### From wrapped lines to paragraphs
# Paragraphs are apart by an empty line, or by an indent, or are a line each: what the file does
# most is taken. A line that ends although the next word would have fitted was ended on purpose:
# where most do, it is verse.

# %% id="plaintext-blocks"
_UNDERSCORES = re.compile(r"(?<!\w)_(?=\S)([^_]{1,2000}?)(?<=\S)_(?!\w)")
_BRACKETED = {  # how typists mark what is no text
    "caption": re.compile(r"\[(illustration|plate|map)\b.*\]", re.I | re.S),
    "note": re.compile(r"\[((foot|side|end)note)\b.*\]", re.I | re.S),
}


def split_blocks(text: str) -> list[tuple[int, list[str]]]:
    """Return a text's paragraphs as (empty lines before, lines)."""
    rows = [row.rstrip() for row in text.expandtabs(8).strip("\n").split("\n")]
    full = [row for row in rows if row]
    apart = sum(not row for row in rows) > 0.03 * len(rows)
    wrapped = sum(len(row) > 100 for row in full) < 0.2 * len(full)
    indented = sum(row[0] == " " for row in full)
    by_indent = not apart and wrapped and 0.03 * len(full) < indented < 0.6 * len(full)
    blocks, gap = [], 9
    for row in rows:
        if not row:
            gap += 1
            continue
        alone = not apart and (not wrapped or not by_indent or row[0] == " ")
        if gap or alone or not blocks:
            blocks.append((gap, []))
        blocks[-1][1].append(row)
        gap = 0
    return blocks


def usual_width(blocks: list[tuple[int, list[str]]]) -> int:
    """Return how long a full line is, in characters: nine lines in ten are no longer."""
    lengths = sorted(len(row) for _, rows in blocks for row in rows[:-1])
    return lengths[int(0.9 * (len(lengths) - 1))] if lengths else 72


def is_verse(rows: list[str], width: int) -> bool:
    """Tell whether half of a block's lines end although the next word would have fitted."""
    early = [len(row) + len(after.split()[0]) + 1 < width - 4 for row, after in pairwise(rows)]
    return len(rows) > 1 and 2 * sum(early) >= len(early) and max(map(len, rows)) <= width + 4


# %% [markdown] id="plaintext-lines-text"
# #### Headings of a plain text
# Nothing but white, capitals and words tells them. A list of contents holds lines that come again
# as headings: so both are found.


# %% id="plaintext-lines"
def is_heading_block(rows: list[str], gap: int, titles: Counter[str]) -> bool:
    """Tell whether a block after `gap` empty lines is a heading; `titles` counts all blocks."""
    text = " ".join(" ".join(rows).split())
    if len(rows) > 3 or len(text) > 100 or not any(map(str.isalnum, text)):
        return False
    counted = section_kind(text) and (text[-1] not in ",;" and len(text) < 60)
    listed = titles[plain_title(text)] > 1 and plain_title(text) and not text.endswith(".")
    white = gap > 1 and text[-1] not in ",;"
    return bool(counted and (white or len(text) < 30)) or (
        white and bool(listed or text.isupper() or text[-1].isalnum())
    )


def block_line(gap: int, rows: list[str], width: int, titles: Counter[str]) -> Line:
    """Return a block of plain text as a line of the book, with its use."""
    verse = is_verse(rows, width)
    line: Line = {"text": "\n".join(rows), "use": "body", "why": "", "size": 10, "verse": verse}
    flat = " ".join(line["text"].split())
    for use, pattern in _BRACKETED.items():
        if pattern.fullmatch(flat):
            line.update(use=use, why="in brackets, as typists mark it")
    if not any(map(str.isalnum, flat)):
        line.update(use="ornament", why="no letter in it")
    elif line["use"] == "body" and is_heading_block(rows, gap, titles):
        line.update(use="heading", size=18 if gap > 2 else 16, text=flat)
    else:
        line["text"] = "\n".join(row.strip() for row in rows)
    return line


def mark_plain_contents(lines: list[Line]) -> None:
    """Mark a list of contents: after its heading, short blocks, until one of them comes again."""
    inside, listed = False, set()
    for line in lines[: max(60, len(lines) // 5)]:
        titles = {plain_title(row) for row in line["text"].split("\n")} - {""}
        if line["use"] == "heading" and section_kind(line["text"]) == "contents":
            inside = True
        elif inside and (titles & listed or len(line["text"].split()) > 40 and not line["verse"]):
            return
        if inside:
            line.update(use="contents", why="follows the heading “Contents”")
            listed |= titles


def read_plain(text: str) -> list[Line]:
    """Return the paragraphs of a plain text as lines; wrapped ones still hold their line ends."""
    before, text, after = take_frame(text)
    text = _UNDERSCORES.sub(r"\1", text)
    blocks = split_blocks(text)
    width = usual_width(blocks)
    titles = Counter(
        plain_title(row) for _, rows in blocks for row in {" ".join(rows), *rows} if len(row) < 100
    )
    lines = [block_line(gap, rows, width, titles) for gap, rows in blocks]
    mark_plain_contents(lines)
    for line in lines[:8] + lines[-8:]:
        if _CREDIT.match(line["text"]):
            line.update(use="copyright", why="names who made the file")
    frame = "Project Gutenberg's frame"
    outer: list[list[Line]] = [
        [
            {"text": "\n".join(rows), "use": "copyright", "why": frame, "size": 10}
            for _, rows in part
        ]
        for part in (split_blocks(before), split_blocks(after))
    ]
    return outer[0] + lines + outer[1]
