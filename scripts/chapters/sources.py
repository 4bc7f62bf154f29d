# %% id="sources-imports"
"""Reads any book but a PDF as lines, one a paragraph, and marks what the book itself tells."""

from chapters.epubs import Package, Part, check_size, local_name, parse_markup, read_epub
from chapters.files import check_file
from chapters.headings import plain_title
from chapters.marks import KIND_OF_TYPE, find_notes
from chapters.markup import link_share, read_markup
from chapters.pages import Line
from chapters.plaintext import decode_text, read_plain, take_frame
from chapters.preparation import Mistake
from chapters.sections import leave_out

# %% [markdown] id="sources-read-text"
# #### Books without pages
# EPUB, web page, Word file and Markdown all become web pages first, then lines: one for each
# paragraph. Pages are counted, 300 words each, so that places can be named and `BOOK_PAGES` works.

# %% id="sources-read"
import html
import io
import re
from collections import Counter
from pathlib import Path
from typing import TypedDict
from zipfile import ZipFile

_YAML_HEAD = re.compile(r"\A---\n(.*?)\n(---|\.\.\.)\n", re.S)
_DECLARED_TITLE = re.compile(r"^\s*(title|author)\s*:\s*(.+?)\s*$", re.I | re.M)


def read_docx(path: Path) -> str:
    """Return a Word file as HTML. Raises Mistake if it is none or damaged."""
    import mammoth

    name, content = path.name, path.read_bytes()
    if content[:4] == b"\xd0\xcf\x11\xe0":  # an encrypted one is in the old kind of container
        cure = "open it, save it as .docx without a password, and put that in its place"
        raise Mistake(f"{name} is locked by a password or of Word's old kind: {cure}.")
    if content[:4] != b"PK\x03\x04":
        raise Mistake(f"{name} is no Word file (.docx): take it out of the folder.")
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            check_size(name, archive)
            names = archive.namelist()
            for entry in names:
                if entry.endswith((".xml", ".rels")) and b"<!DOCTYPE" in archive.read(entry):
                    raise ValueError("a document type that Word never writes")
            core = archive.read("docProps/core.xml") if "docProps/core.xml" in names else b""
        declared = {local_name(one): one.text or "" for one in parse_markup(core)} if core else {}
        title, author = (html.escape(declared.get(key, "")) for key in ("title", "creator"))
        head = f'<title>{title}</title><meta name="author" content="{author}"/>'
        no_image = mammoth.images.img_element(lambda image: {"src": ""})
        styles = "p[style-name='Title'] => p.title:fresh\nbr[type='page'] => hr"
        options = {"convert_image": no_image, "style_map": styles}
        return head + mammoth.convert_to_html(io.BytesIO(content), **options).value
    except Mistake:
        raise
    except Exception as error:  # of zipfile, the XML reader and mammoth: a dozen kinds
        reason = str(error).strip("'\"") or type(error).__name__
        raise Mistake(f"{name} is damaged or cut short ({reason}): copy it again.") from None


def markdown_html(text: str) -> tuple[str, dict[str, str]]:
    """Return Markdown as HTML, and what its head declares: {"title", "author"}."""
    from markdown_it import MarkdownIt
    from mdit_py_plugins.footnote import footnote_plugin

    head = _YAML_HEAD.match(text)
    declared = {
        key.lower(): value.strip("'\"")
        for key, value in (_DECLARED_TITLE.findall(head.group(1)) if head else ())
    }
    text = text[head.end() :] if head else text
    return MarkdownIt("commonmark").enable("table").use(footnote_plugin).render(text), declared


def read_web(path: Path) -> Package:
    """Return a web page, Word file or Markdown as a book of one part. Raises Mistake."""
    declared: dict[str, str] = {}
    if path.suffix.lower() == ".docx":
        page = read_docx(path).encode()
    elif path.suffix.lower() in (".md", ".markdown"):
        text, declared = markdown_html(decode_text(path.read_bytes()))
        page = text.encode()
    else:
        page = path.read_bytes()
    try:
        tree = parse_markup(page if b"<" in page[:1000] else b"<p>" + page)
    except ValueError:
        raise Mistake(f"{path.name} holds no text: take it out of the folder.") from None
    named = next(tree.iter("{*}title"), None)
    author = next(
        (one.get("content") for one in tree.iter("{*}meta") if one.get("name") == "author"), ""
    )
    title = declared.get("title") or (
        "".join(named.itertext()).strip() if named is not None else ""
    )
    part: Part = {"name": path.name, "tree": tree, "labels": {}, "kind": ""}
    author = declared.get("author") or author or ""
    return {"title": title, "author": author, "parts": [part], "start": None}


# %% [markdown] id="sources-guess-text"
# #### What a book does not say
# A part that is mostly links is a list of contents, one that is mostly notes holds nothing else. A
# heading that is set as a plain paragraph is known from the contents. Marks that are typed, such as
# [1] or *, count as such where a note opens with the same one.

# %% id="sources-guess"
_FRAME_LINE = re.compile(r"\W*(START|END) OF (?:THE |THIS )?PROJECT GUTENBERG", re.I)
_TYPED_NOTE = re.compile(
    r"(?:\[(?:footnote |note )?(\d{1,3}|[A-Z])[\]:]|([*†‡]))[.:]?\s*(?=\w|[\"“‘(])", re.I
)
_TYPED_MARK = re.compile(r"\s?\[(\d{1,3}|[A-Z])\](?![\w(])|(?<=[\w.,;:!?”’\"')])([*†‡])(?![\w*])")


def mark_named_headings(lines: list[Line], labels: dict[str, str]) -> None:
    """Make headings of the short lines that the contents name; add one that is only named there."""
    titles = {plain_title(title) for title in labels.values()} - {""}
    for line in lines:
        short = line["use"] == "body" and len(line["text"]) < 100
        if short and plain_title(line["text"]) in titles:
            line.update(use="heading", size=20, text=line["text"].replace("\n", " "))
    top = labels.get("") or (next(iter(labels.values())) if len(labels) == 1 else "")
    first = [line["use"] for line in lines if line["use"] in ("body", "heading")][:4]
    if top and "body" in first and "heading" not in first:
        start = next(n for n, line in enumerate(lines) if line["use"] == "body")
        row: Line = {"text": top, "use": "heading", "why": "named so in the contents", "size": 20}
        lines.insert(start, {**row, "part": lines[start]["part"], "kind": ""})


def mark_whole_part(part: Part, lines: list[Line]) -> None:
    """Mark a part's lines alike where its landmark, its links or its notes tell what it is."""
    kinds = [KIND_OF_TYPE[word] for word in part["kind"].split() if word in KIND_OF_TYPE]
    text = [line for line in lines if line["use"] == "body"]
    notes = sum(len(line["text"]) for line in lines if line["use"] == "note")
    if kinds and kinds[0] != "chapter" and len(part["labels"]) < 2:
        leave_out(lines, kinds[0], f"the e-book's landmarks call it “{part['kind']}”")
    elif len(text) > 2 and link_share(part["tree"]) > 0.6:
        leave_out(lines, "contents", "mostly links")
    elif notes > sum(len(line["text"]) for line in text):
        leave_out(lines, "notes", "stands among notes")


def mark_typed_notes(lines: list[Line]) -> None:
    """Mark the paragraphs that open with a mark such as [1] or *, and take such marks out."""
    seen, notes = Counter(), Counter()
    for line in lines:
        opens = line["use"] == "body" and _TYPED_NOTE.match(line["text"])
        if opens and seen[opens[1] or opens[2]] > notes[opens[1] or opens[2]]:
            notes[opens[1] or opens[2]] += 1
            line.update(use="note", why="opens with a mark that stands in the text")
        elif line["use"] in ("body", "heading"):
            seen.update(mark[0] or mark[1] for mark in _TYPED_MARK.findall(line["text"]))
        elif line["use"] in ("note", "notes"):
            notes.update(opens.groups() if (opens := _TYPED_NOTE.match(line["text"])) else ())
    told = {line["use"] for line in lines} & {"note", "notes"}
    for line in lines:
        if told and line["use"] in ("body", "heading"):
            line["text"] = _TYPED_MARK.sub(
                lambda m: "" if notes[m[1] or m[2]] else m[0], line["text"]
            )


def mark_frame(lines: list[Line]) -> None:
    """Mark what stands outside Project Gutenberg's lines of stars, in whatever format."""
    why = "Project Gutenberg's frame"
    for number, line in enumerate(lines):
        if found := _FRAME_LINE.match(line["text"]):
            start = found[1].upper() == "START"
            leave_out(lines[: number + 1] if start else lines[number:], "copyright", why)


# %% [markdown] id="sources-all-text"
# #### From file to lines
# What is known by then goes on as a `BookSource`: the lines in their order, each with its use.


# %% id="sources-all"
class BookSource(TypedDict):
    """What a file holds: its lines, and what it says of itself."""

    title: str
    author: str
    lines: list[Line]  # each with "part", the number of its file inside
    start: int | None  # the part where the text begins, if the book says so


def read_source(path: Path) -> BookSource:
    """Read an e-book, web page, Word file, Markdown or plain text. Raises Mistake."""
    check_file(path)
    source: BookSource = {"title": "", "author": "", "lines": [], "start": None}
    if path.suffix.lower() == ".txt":
        text = decode_text(path.read_bytes())
        source["lines"] = read_plain(text)
        declared = {key.lower(): value for key, value in _DECLARED_TITLE.findall(text[:3000])}
        if take_frame(text)[0]:  # whose head names both
            source.update(title=declared.get("title", ""), author=declared.get("author", ""))
    else:
        package = read_epub(path) if path.suffix.lower() == ".epub" else read_web(path)
        source.update(title=package["title"], author=package["author"])
        marks, notes = find_notes(package["parts"])
        for number, part in enumerate(package["parts"]):
            lines = read_markup(part, number, marks, notes)
            mark_whole_part(part, lines)
            mark_named_headings(lines, part["labels"])
            source["lines"] += lines
            if part["name"] == package["start"]:
                source["start"] = number
    mark_frame(source["lines"])
    mark_typed_notes(source["lines"])
    return source


def count_uses(lines: list[Line]) -> Counter[str]:
    """Return how many words of the lines have each use."""
    words: Counter[str] = Counter()
    for line in lines:
        words[line["use"]] += len(line["text"].split())
    return words


def first_source(paths: list[Path]) -> BookSource | None:
    """Return the first book that can be read, None if there is none; bad ones are told later."""
    for path in paths:
        try:
            return read_source(path)
        except Mistake:
            continue
    return None
