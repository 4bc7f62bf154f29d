# %% id="epubs-imports"
"""Opens EPUBs: what is inside, in which order it is read, and what it says of its own parts."""

from chapters.plaintext import decode_text
from chapters.preparation import Mistake

# %% [markdown] id="epubs-archive-text"
# #### Inside an EPUB
# An EPUB is a ZIP archive of web pages. What a file says of itself is not trusted: sizes are
# bounded before anything is unpacked, and entities, by which a small file could grow without end or
# fetch others, are never resolved. A book that a shop has locked (DRM) is told, not opened.

# %% id="epubs-archive"
import html
import re
from pathlib import Path, PurePosixPath
from typing import Any, TypedDict
from urllib.parse import unquote
from zipfile import ZipFile

MOST_TEXT = 100_000_000  # bytes unpacked of one book's text; the longest novels have 10 million
_PROLOG = re.compile(r"<\?xml[^>]*\?>|<!DOCTYPE[^>\[]*(\[.*?\]\s*)?>", re.S | re.I)
_NAMED = re.compile(r"&([A-Za-z]\w*);")
_OPEN_FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_CUT = "is damaged or cut short"
_MEDIA = tuple(".jpg .jpeg .png .gif .svg .webp .otf .ttf .woff .woff2 .mp3 .mp4 .m4a".split())


def parse_markup(content: bytes) -> Any:
    """Return the root of an XHTML, XML or HTML file. Raises ValueError if it holds no element."""
    from lxml import etree  # ty: ignore  # it is compiled

    text = _PROLOG.sub("", decode_text(content, declares=True)).strip()
    safe = {"no_network": True, "huge_tree": False, "remove_comments": True, "remove_pis": True}
    known = ("amp", "lt", "gt", "quot", "apos")
    plain = _NAMED.sub(lambda m: m[0] if m[1] in known else html.unescape(m[0]), text)
    try:
        return etree.fromstring(plain, etree.XMLParser(resolve_entities=False, **safe))
    except etree.XMLSyntaxError:
        pass
    try:
        root = etree.fromstring(text, etree.HTMLParser(**safe))
    except etree.XMLSyntaxError as error:
        raise ValueError(str(error)) from None
    if root is None:
        raise ValueError("no element in it")
    return root


def local_name(element: Any) -> str:
    """Return an element's name without its namespace, in small letters."""
    return element.tag.rpartition("}")[2].lower()


def check_lock(name: str, archive: ZipFile) -> None:
    """Raise Mistake if an EPUB's text is encrypted, by a shop or by a password."""
    names = {entry.filename for entry in archive.infolist()}
    locked = any(entry.flag_bits & 1 for entry in archive.infolist())
    locked |= "META-INF/license.lcpl" in names or "META-INF/sinf.xml" in names
    if "META-INF/encryption.xml" in names:
        root = parse_markup(archive.read("META-INF/encryption.xml"))
        for data in root.iter("{*}EncryptedData"):
            ways = {method.get("Algorithm") for method in data.findall("{*}EncryptionMethod")}
            locked |= not ways or not ways <= set(_OPEN_FONTS)
    if locked:
        raise Mistake(
            f"{name} is locked (by its shop's DRM or a password) and cannot be read: put a copy "
            "without a lock, or the same book as PDF or text, in its place."
        )


def check_size(name: str, archive: ZipFile) -> None:
    """Raise Mistake if all but pictures, fonts and sound would unpack to over MOST_TEXT."""
    text = [one for one in archive.infolist() if not one.filename.lower().endswith(_MEDIA)]
    size = sum(one.file_size for one in text)
    if size > MOST_TEXT:
        raise Mistake(
            f"{name} would unpack to {size / 1e6:,.0f} MB of text, more than any book holds: "
            "take it out of the folder."
        )


# %% [markdown] id="epubs-package-text"
# #### The order of its parts, and what they are called
# The package file lists the parts in reading order; its table of contents names places in them, and
# its landmarks tell where the text begins. These are believed before any guess.


# %% id="epubs-package"
class Part(TypedDict):
    """One file of an e-book, as it is read."""

    name: str  # its path inside the book
    tree: Any  # its root element
    labels: dict[str, str]  # {id of a place, "" for the top: its title in the contents}
    kind: str  # what the landmarks call it


class Package(TypedDict):
    """An e-book's parts in reading order, and what it says of itself."""

    title: str
    author: str
    parts: list[Part]
    start: str | None  # the part where the landmarks let the text begin


def resolve_link(base: str, href: str) -> tuple[str, str]:
    """Return (path in the book, id of a place) of a link in the file `base`."""
    path, _, place = unquote(href).partition("#")
    if not path:
        return base, place
    found = []
    for step in (PurePosixPath(base).parent / path).parts:
        if step == ".." and found:
            found.pop()
        elif step not in ("..", "/"):
            found.append(step)
    return "/".join(found), place


def read_labels(base: str, root: Any) -> tuple[dict[tuple[str, str], str], dict[str, str]]:
    """Return of a contents file (nav or NCX) {place: title}, and {part: kind} of its landmarks."""
    labels, kinds = {}, {}
    for point in root.iter("{*}navPoint"):
        text, target = point.find("{*}navLabel/{*}text"), point.find("{*}content")
        if text is not None and target is not None and target.get("src"):
            labels.setdefault(resolve_link(base, target.get("src")), (text.text or "").strip())
    for nav in root.iter("{*}nav"):
        roles = " ".join(value for key, value in nav.attrib.items() if key.endswith("type"))
        for link in nav.iter("{*}a"):
            place = resolve_link(base, link.get("href") or "")
            if "landmarks" in roles:
                kind = next((v for key, v in link.attrib.items() if key.endswith("type")), "")
                kinds.setdefault(place[0], kind)
            elif "toc" in roles:
                labels.setdefault(place, " ".join("".join(link.itertext()).split()))
    return labels, kinds


def find_package(archive: ZipFile) -> str:
    """Return the path of the package file. Raises KeyError if there is none."""
    names = archive.namelist()
    if "META-INF/container.xml" in names:
        root = parse_markup(archive.read("META-INF/container.xml"))
        for entry in root.iter("{*}rootfile"):
            if entry.get("full-path") in names:
                return entry.get("full-path")
    for name in names:
        if name.lower().endswith(".opf"):
            return name
    raise KeyError("there is no package file (.opf) in it")


# %% [markdown] id="epubs-read-text"
# #### All of it
# A part that is listed but missing or damaged would leave a hole in the text: the book is told.


# %% id="epubs-read"
def read_package(archive: ZipFile) -> Package:
    """Return an EPUB's parts. Raises KeyError or what `zipfile` raises if one cannot be read."""
    base = find_package(archive)
    root = parse_markup(archive.read(base))
    items = {item.get("id"): item for item in root.iter("{*}item") if item.get("href")}
    path = {key: resolve_link(base, item.get("href"))[0] for key, item in items.items()}
    labels, kinds = {}, {}
    for key, item in items.items():
        is_nav = "nav" in (item.get("properties") or "").split()
        if is_nav or item.get("media-type") == "application/x-dtbncx+xml":
            found, named = read_labels(path[key], parse_markup(archive.read(path[key])))
            labels = {**found, **labels} if is_nav else {**labels, **found}
            kinds.update(named)
            if is_nav:
                kinds[path[key]] = "toc"
    for mark in root.iter("{*}reference"):  # EPUB 2's landmarks
        place = resolve_link(base, mark.get("href") or "")[0]
        kinds.setdefault(place, {"text": "bodymatter"}.get(mark.get("type"), mark.get("type")))
    order = [one.get("idref") for one in root.iter("{*}itemref")]
    parts: list[Part] = []
    for name in dict.fromkeys(path[key] for key in order if key in path):
        if name.lower().endswith(_MEDIA):
            continue
        own = {place: title for (part, place), title in labels.items() if part == name}
        tree = parse_markup(archive.read(name))
        parts.append({"name": name, "tree": tree, "labels": own, "kind": kinds.get(name) or ""})
    texts = {tag: root.find(f".//{{*}}{tag}") for tag in ("title", "creator")}
    title, author = ("" if one is None else (one.text or "").strip() for one in texts.values())
    start = next((one["name"] for one in parts if "bodymatter" in one["kind"]), None)
    return {"title": title, "author": author, "parts": parts, "start": start}


def read_epub(path: Path) -> Package:
    """Return the parts of the EPUB `path`. Raises Mistake if it is none, damaged or locked."""
    name = path.name
    with path.open("rb") as file:
        if file.read(4) != b"PK\x03\x04":
            raise Mistake(f"{name} is no EPUB, whatever its name says: take it out of the folder.")
    try:
        with ZipFile(path) as archive:
            check_lock(name, archive)
            check_size(name, archive)
            package = read_package(archive)
    except Mistake:
        raise
    except Exception as error:  # zipfile and zlib raise a dozen kinds
        reason = str(error).strip("'\"") or type(error).__name__
        raise Mistake(f"{name} {_CUT} ({reason}): copy it again.") from None
    if not package["parts"]:
        raise Mistake(f"{name} {_CUT} (it lists no text): copy it again.")
    return package
