# %% id="headings-imports"
"""TODO: what this chapter promises."""

# %% [markdown] id="contents_pages-text"
# ### Contents
# The contents are left out, but first they tell the titles of the chapters, as the PDF's bookmarks do.

# %% id="contents_pages"
import re

_CONTENTS_NAME = re.compile(r"(table of )?contents|(list of )?(figures|illustrations|tables|maps)", re.I)
_CONTENTS_ENTRY = re.compile(r".*?[\s.…·_]+(\d+|[ivxlc]+)$", re.I)

def plain_title(text):
    """Return a title's letters only, small, a space between words: the form in which titles are compared."""
    return " ".join(re.findall(r"[^\W\d_]+", text.lower()))

def mark_contents(pages, size, outline=()):
    """Mark the contents and lists of figures near the front; return the plain titles they name, a set.

    They go on while lines are short or end in a number; a page without such lines, a line in larger type or
    a run of long lines ends them. `outline` holds the titles of the PDF's bookmarks.
    """
    titles, inside = {plain_title(title) for title in outline}, False
    for page in pages[:max(12, len(pages) // 5)]:
        lines = [line for line in page["lines"] if line["use"] == "body"]
        entry = [bool(_CONTENTS_ENTRY.match(line["text"])) for line in lines]
        heads = [n for n, line in enumerate(lines) if _CONTENTS_NAME.fullmatch(line["text"].strip(" :."))]
        inside = inside and sum(entry) >= 0.3 * len(lines) > 0
        for n, line in enumerate(lines):
            large = heads and n > heads[-1] + 1 and line["size"] > 1.3 * size
            if n in heads:
                inside = True
            elif inside and not any(entry[n:n + 4]) and (len(line["text"]) > 60 or large):
                inside = False
            if inside:
                line["use"] = "contents"
                titles.add(plain_title(line["text"]))
    return titles - {""}

# %% [markdown] id="captions-text"
# ### Captions
# Words at a figure are not running text: a labelled line that stands apart, small or slanted lines under an image, and the words inside it.

# %% id="captions"
import re

_CAPTION_LABEL = re.compile(r"(figs?\.|figure|plate|table|map|illustration|photo(graph)?|chart|diagram)\s*"
                            r"[\divxlc]+([.\-–][\divxlc]+)*\s*([:.—–|]|$|(?-i:[A-Z“]))", re.I)

def mark_captions(pages, size):
    """Mark captions: a labelled line that stands apart, with the words in a drawing above it; small or
    slanted lines under an image; text in an image. Mark a line without a letter (stars) as ornament.
    """
    for page in pages:
        lines = [line for line in page["lines"] if line["use"] == "body"]
        half = page["width"] * page["height"] / 2  # a larger image is the scanned page itself
        images = [(x0, y0, x1, y1) for x0, y0, x1, y1 in page["images"] if (x1 - x0) * (y1 - y0) < half]
        for n, line in enumerate(lines):
            inside = under = False
            for x0, y0, x1, y1 in images:
                inside |= x0 <= line["x0"] and line["x1"] <= x1 and y0 < line["y"] < y1
                close = x0 - 2 * size < line["x0"] and line["x1"] < x1 + 2 * size
                under |= close and 0 < line["y"] - y1 < 3 * size
            label = line["above"] > 1.25 and _CAPTION_LABEL.match(line["text"])
            small = line["size"] < 0.95 * size
            if label or under and (line["italic"] or small):
                for part in reversed(lines[:n]):
                    if not label or min(part["above"], part["below"]) < 1.4 or len(part["text"]) > 40:
                        break
                    part["use"] = "caption"
                for part in lines[n:]:
                    part["use"] = "caption"
                    if part["below"] > 1.2 or abs(part["size"] - line["size"]) > 0.5:
                        break
            elif inside and small:
                line["use"] = "caption"
            elif not any(letter.isalnum() or letter in "“”‘’\"'.…" for letter in line["text"]):
                line["use"] = "ornament"

# %% [markdown] id="section_names-text"
# ### What parts of a book are called
# Publishers use few names for what stands around a text: foreword, notes, index and so on. Only these words are fixed here; no rule knows a book or an author.

# %% id="section_names"
import re

# What the parts of a book are called, whoever wrote it: those that are not the author's running text
_PART_NAMES = [(kind, re.compile(names, re.I)) for kind, names in (
    ("copyright", r"copyright.*|all rights reserved.*|.*\bcredits|permissions.*|colophon"),
    ("praise", r"(advance )?praise (for|from)\b.*|((other )?(books|works)|also) by\b.*|by the same author.*"),
    ("dedication", r"dedication|epigraph"),
    ("contents", r"(table of )?contents|(list of )?(figures|illustrations|tables|plates|maps|abbreviations)"),
    ("foreword", r"foreword.*|.*\b(publisher|editor|translator)s?.{0,3} (note|preface|introduction).*"
                 r"|(introduction|preface|afterword) by\b.*|(a )?note on the (text|type|translation).*"
                 r"|about (this|the) (book|edition|e-?book|type|text|publisher|translator)"),
    ("acknowledgments", r"acknowledge?ments?"),
    ("notes", r"(end|foot)?notes( and (references|sources).*)?|notes (to|on)\b.*"),
    ("bibliography", r"((select|further|suggest)\w* )?(bibliography|references|works cited|reading|sources)"),
    ("index", r"(general |subject |name )?index( of .*)?"),
    ("about the author", r"about the authors?.*|(author )?biograph(y|ical note)"),
    ("appendix", r"appendix\b.*|appendices|glossary.*|chronology|reading group guide|questions for .*"))]
_PART_COUNT = (r"(\d+|[ivxlc]+|the (first|second|third|fourth|fifth|last)|one|two|three|four|five|six|seven"
               r"|eight|nine|ten|eleven|twelve)")
_CHAPTER_NAME = re.compile(rf"(chapter|part|book|act|scene|canto|rule|letter|section|day)\s+{_PART_COUNT}\b"
                           rf"|{_PART_COUNT}$|(\d+|(?-i:[IVXLC]+))([.:\s]|$)"
                           r"|(prologue|epilogue|preface|introduction|conclusion|overture|coda|afterword)\b",
                           re.I)
_LEGAL_PHRASE = re.compile(r"©|\bISBN\b|all rights reserved|\bcopyright\b|library of congress"
                           r"|(printed|published) (in|by)", re.I)

def section_kind(title):
    """Return what a heading's words say: a kind that is left out, "chapter", or "" for nothing."""
    plain = title.strip(" .:*—–-")
    named = next((kind for kind, names in _PART_NAMES if names.fullmatch(plain)), "")
    return named or ("chapter" if _CHAPTER_NAME.match(plain) else "")

def is_legal_page(lines):
    """Tell whether a page is a copyright page: short, with two or more of its set phrases."""
    text = " ".join(line["text"] for line in lines)
    return len(text) < 2500 and len(_LEGAL_PHRASE.findall(text)) > 1

# %% [markdown] id="heading_lines-text"
# ### Lines of headings
# A heading shows by larger type, or by white around it together with another face or a known name. Names of speakers look alike but come again and again.

# %% id="heading_lines"
import re
from collections import Counter

_LIST_NUMBER = re.compile(r"[\divxlc]+[.:)]?\s+\S", re.I)  # a list's numbers are no heading by themselves
_COUNTED_PART = re.compile(
    r"(chapter|part|book|act|scene|canto|rule|section|letter|day)\s+(\d+|[ivxlc]+|the \w+"
    r"|[\w-]*(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|teen|ty))[.:]?", re.I)

def _line_face(line):
    return line["family"], line["bold"], line["italic"], round(line["size"]), line["text"].isupper()

def mark_heading_lines(pages, style, titles, plain_title, section_kind):
    """Mark headings: short lines in larger type; or set apart, and named like a part of a book or in the
    contents (`titles`), or in bold, capitals or another face that is used so as a rule.

    A face whose words come again and again names speakers: such lines stay text, with "speaker".
    """
    seen, faces, likely = {}, Counter(), []
    for line in (line for page in pages for line in page["lines"] if line["use"] == "body"):
        text, big = line["text"], line["size"] > 1.12 * style["size"] and line["above"] > 1.15
        face = line["family"] != style["family"] and not line["italic"]
        other = line["bold"] or face or text.isupper() and len(text) > 3
        faces.update([_line_face(line)] if other else [])
        if len(text) < 100 and (big or line["above"] > 1.4) and not line.get("opens"):
            apart = line["below"] > 1.12
            phrase = (text[-1].isalnum() or len(text) < 8) and not _LIST_NUMBER.match(text)
            named = plain_title(text) in titles or phrase and section_kind(text)
            sure = big or apart and named or _COUNTED_PART.fullmatch(text)
            if sure or apart and other and text[-1] not in ".,;":
                seen.setdefault(_line_face(line), Counter())[text] += 1
                likely.append((line, sure))
    for line, sure in likely:
        here = seen[_line_face(line)]
        speaker = here.total() > 6 and len(here) < 0.6 * here.total() and not section_kind(line["text"])
        line["speaker"] = speaker
        if not speaker and (sure or here.total() > 0.5 * faces[_line_face(line)]):
            line["use"] = "heading"

# %% [markdown] id="title_lines-text"
# ### Second lines of headings
# A chapter's title often stands below its number, in type that is not large by itself.

# %% id="title_lines"
import re

_COUNTED_TITLE = re.compile(r"(chapter|part|book|act|scene|canto|rule|section|letter|day)\s+\S+", re.I)

def mark_title_lines(pages, size, titles, plain_title):
    """Mark the line after a heading as part of it: in the same large type; or if the two make a title in the
    contents (`titles`); or close under "Chapter 1" in bold, italic or capitals, with white below.
    """
    pairs = [pair for page in pages for pair in zip(page["lines"], page["lines"][1:])]
    for before, line in pairs:
        if before["use"] == "heading" and line["use"] == "body" and line["above"] < 9:
            under = line["bold"] or line["italic"] or line["text"].isupper()
            under = under and line["above"] < 1.6 and line["below"] > 1.12
            alike = line["size"] > 1.12 * size and abs(line["size"] - before["size"]) < 0.5
            listed = plain_title(before["text"] + " " + line["text"]) in titles
            if alike or listed or under and _COUNTED_TITLE.fullmatch(before["text"]):
                line["use"] = "heading"

# %% [markdown] id="headings-text"
# ### Headings
# The lines of one heading are joined. They divide the book and are kept as each paragraph's chapter, not as text.

# %% id="headings"
import re
from itertools import groupby

_BARE_NUMBER = re.compile(r"((chapter|part|book|act|scene|canto|rule|section|letter|day)\s+)?([\divxlc]+|one"
                          r"|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)[.:]?", re.I)

def group_headings(pages, section_kind):
    """Return the headings, [{"page", "text", "rank" (points), "lines"}]; heading lines in a row are one.

    Five lines or more that end like a sentence are text in large type and go back to the text. What names a
    whole part ("Notes") stands alone if the next line is in other type.
    """
    headings = []
    for index, page in enumerate(pages):
        lines = [line for line in page["lines"] if line["use"] in ("body", "heading")]
        for use, run in groupby(lines, key=lambda line: line["use"]):
            run, heading = list(run), None
            prose = len(run) > 4 and run[-1]["text"][-1] in ".,;!?”"
            for line in run if use == "heading" else []:
                if prose:
                    line["use"] = "body"
                    continue
                same = heading and abs(line["size"] - heading["lines"][-1]["size"]) < 0.05 * line["size"]
                if heading and (same or section_kind(heading["text"]) in ("", "chapter")):
                    between = ": " if _BARE_NUMBER.fullmatch(heading["text"]) else " "
                    heading.update(text=heading["text"] + between + line["text"],
                                   rank=max(heading["rank"], line["size"]))
                    heading["lines"].append(line)
                else:
                    heading = {"page": index, "text": line["text"], "rank": line["size"], "lines": [line]}
                    headings.append(heading)
    return headings
