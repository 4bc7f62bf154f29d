# %% id="marks-imports"
"""Finds in web pages what they mark as notes, page numbers, front matter and so on."""

from chapters.epubs import Part, local_name, resolve_link

# %% [markdown] id="marks-kinds-text"
# #### What a page says of its parts
# E-books mark what is no running text: by `epub:type` and `role`, or by the names of classes, which
# differ little from maker to maker. The first is believed as it stands, the second where the name
# leaves no doubt.

# %% id="marks-kinds"
import re
from typing import Any

BLOCK_NAMES = frozenset(
    "p div li dd dt blockquote section article aside header footer main body figure figcaption td"
    " th tr table ul ol dl pre h1 h2 h3 h4 h5 h6 hr nav address center caption hgroup".split()
)
_TYPE_KINDS = {  # epub:type or role: what it means here
    kind: types.split()
    for kind, types in {
        "note": "footnote endnote rearnote note",
        "notes": "footnotes endnotes rearnotes notes",
        "page number": "pagebreak pagenum",
        "front matter": "titlepage halftitlepage halftitle cover title-page",
        "copyright": "copyright-page imprint colophon copyright copyright-notice",
        "dedication": "dedication epigraph",
        "contents": "toc landmarks loi lot loa lov page-list",
        "foreword": "foreword",
        "acknowledgments": "acknowledgments acknowledgements credits other-credits contributors",
        "bibliography": "bibliography biblioentry",
        "index": "index",
        "appendix": "glossary appendix",
        "praise": "seriespage",
        "chapter": "chapter part volume division prologue epilogue",
    }.items()
}
KIND_OF_TYPE: dict[str, str] = {one: kind for kind, types in _TYPE_KINDS.items() for one in types}
_CLASS_KINDS = {  # the same by names of classes or ids
    "note": r"(foot|end|side|margin)[-_]?notes?([-_]?(text|body|item|entry))?\d*|fn[-_]?text",
    "page number": r"page[-_]?(num(ber)?s?|no|break)|pgnum",
    "caption": r"(fig(ure)?|table|image|img)?[-_]?caption\d*|figcap\w*",
    "copyright": r"copyright([-_]?(page|notice))?|imprint|pg-?(boilerplate|header|footer)"
    r"|trans(criber)?s?[-_]?notes?|tnote",
    "dedication": r"dedication|epigraph([-_]?\w+)?",
    "contents": r"toc([-_]?\w+)?|table[-_]?of[-_]?contents",
}
_OF_CLASS = {kind: re.compile(names, re.I) for kind, names in _CLASS_KINDS.items()}


def element_roles(element: Any) -> list[str]:
    """Return the words of an element's epub:type and role, without the prefix of the latter."""
    found = ""
    for key, value in element.attrib.items():
        if key == "role" or key == "epub:type" or key.endswith("}type"):
            found += " " + value.lower()
    return [word.removeprefix("doc-") for word in found.split()]


def element_kind(element: Any) -> tuple[str, str]:
    """Return (kind, why) of what an element says of itself, ("", "") for nothing."""
    for role in element_roles(element):
        if role in KIND_OF_TYPE:
            return KIND_OF_TYPE[role], f"marked “{role}” in the e-book"
    tag = local_name(element)
    if tag in ("nav", "figcaption", "caption"):
        return "contents" if tag == "nav" else "caption", f"marked “{tag}” in the e-book"
    for name in f"{element.get('class') or ''} {element.get('id') or ''}".split():
        for kind, names in _OF_CLASS.items():
            if names.fullmatch(name):
                return kind, f"marked “{name}” in the e-book"
    return "", ""


# %% [markdown] id="marks-notes-text"
# #### Notes and the marks that point to them
# A mark is a link of a number or a sign. Where it is declared a reference, it is believed; else the
# two ends tell: a reference stands in running text and its note opens with what is linked to. A
# note that links back to its reference looks alike, but opens its paragraph. A number that links to
# a heading is an entry of the contents.

# %% id="marks-notes"
_MARK_TEXT = re.compile(
    r"[\[({]?(note )?(\d{1,4}|[ivxl]{1,6}|[A-Za-z]|[*∗†‡§¶‖#]{1,3})[\])}.]?", re.I
)
_BACK_TEXT = re.compile(r"[\[(]?(↩|↑|\^|⏎|←|back|return)\W*(to text)?[\])]?\ufe0e?", re.I)
_REFERENCE_CLASS = re.compile(
    r"(foot|end)?note[-_]?(ref(erence)?|anchor|call|link|marker)|fn[-_]?(ref|anchor)|noteref", re.I
)
LONGEST_NOTE = 1500  # words; a longer one is a chapter that something links to


def block_around(element: Any) -> Any:
    """Return the block that an element stands in, or itself."""
    while local_name(element) not in BLOCK_NAMES and element.getparent() is not None:
        element = element.getparent()
    return element


def opens_block(element: Any) -> bool:
    """Tell whether an element comes before all text of its block."""
    while local_name(element) not in BLOCK_NAMES and (parent := element.getparent()) is not None:
        before = parent.text or ""
        for sibling in element.itersiblings(preceding=True):
            before += "".join(sibling.itertext()) + (sibling.tail or "")
        if before.strip():
            return False
        element = parent
    return True


def note_block(place: Any) -> Any:
    """Return the whole note of which `place`, where a reference leads, is the beginning, or None.

    What holds a heading, or more words than a note, is none.
    """
    block = block_around(place)
    if local_name(block) in ("body", "section") and not "".join(place.itertext()).strip():
        block = place.getnext()  # an anchor between two paragraphs
    while block is not None and (outer := block.getparent()) is not None:
        first = not (outer.text or "").strip() and block.getprevious() is None
        if not first or local_name(outer) not in ("li", "dd", "aside"):
            break
        block = outer
    if block is None or local_name(block) in ("body", "tr", "table"):
        return None
    headed = any(re.fullmatch("h[1-6]", local_name(one)) for one in block.iter("{*}*"))
    return None if headed or len("".join(block.itertext()).split()) > LONGEST_NOTE else block


def find_notes(parts: list[Part]) -> tuple[set[Any], dict[Any, str]]:
    """Return the elements that are marks of notes, and {element: reason} of the notes."""
    places, marks, notes = {}, set(), {}
    for part in parts:
        for element in part["tree"].iter("{*}*"):
            for key in ("id", "name"):
                if element.get(key):
                    places.setdefault((part["name"], element.get(key)), element)
    for part in parts:
        for link in part["tree"].iter("{*}a"):
            text = "".join(link.itertext()).strip()
            name = f"{link.get('class') or ''} {(link.getparent().get('class') or '')}"
            declared = "noteref" in element_roles(link)
            declared |= any(_REFERENCE_CLASS.fullmatch(word) for word in name.split())
            if _BACK_TEXT.fullmatch(text) or "backlink" in element_roles(link):
                marks.add(link)
            elif link.get("href") and (declared or _MARK_TEXT.fullmatch(text)):
                place = places.get(resolve_link(part["name"], link.get("href")))
                _sort_link(link, place, declared, marks, notes)
    return marks, notes


def _sort_link(link: Any, place: Any, declared: bool, marks: set, notes: dict[Any, str]) -> None:
    """Add a link that looks like a mark to `marks`, the note at either of its ends to `notes`."""
    opens, raised = opens_block(link), next(link.iterancestors("{*}sup"), None) is not None
    raised |= any(local_name(one) == "sup" for one in link)
    if place is None or place is link:
        if declared or raised:
            marks.add(link)
        return
    if declared or (not opens and opens_block(place)):
        note = note_block(place)
        if note is not None and note is not block_around(link):
            notes[note] = "a mark in the text links to it"
        if declared or raised or note is not None:
            marks.add(link)
    elif opens and not opens_block(place) and (note := note_block(link)) is not None:
        marks.add(link)
        notes[note] = "links back to its mark in the text"
