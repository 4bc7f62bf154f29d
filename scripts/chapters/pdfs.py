# %% id="pdfs-imports"
"""Reads a whole PDF, and keeps what MuPDF says is broken in it."""

from chapters.files import open_book
from chapters.pages import Page, check_text, has_ocr, is_scan, read_page
from chapters.preparation import Mistake
from chapters.readers import read_apart

# %% [markdown] id="pdfs-book-text"
# #### A whole PDF, and what is broken in it
# Each page is read once. MuPDF reads a damaged file as far as it can: what it says on the way is
# kept, page by page, since text may be missing there. A file is first read in a process of its own.

# %% id="pdfs-book"
import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    import pymupdf

SCAN_SECONDS = 60  # at most, for the OCR of a page
_HARMLESS = re.compile(  # measured: all that 360 sound PDFs, most of them made by TeX, gave
    r"^\.\.\. repeated|garbage bytes before version|bogus font|Circular dependencies!|"
    r"first object in xref|new definition for object|appearance stream|find ExtGState resource"
)


class RawBook(TypedDict):
    """What a PDF holds, before anything is made of it."""

    pages: list[Page]
    title: str
    outline: list[str]  # titles of its bookmarks
    damage: dict[int, list[str]]  # what MuPDF says is broken, by page from 1; 0: the whole file


def heard_damage() -> list[str]:
    """Return what MuPDF said since the last call, each once, without what costs no text."""
    import pymupdf

    said = pymupdf.TOOLS.mupdf_warnings().splitlines()
    return sorted({line for line in said if line and not _HARMLESS.search(line)})


def read_pages(document: "pymupdf.Document") -> tuple[list[Page], dict[int, list[str]]]:
    """Return all pages and the damage on them, {page from 1: what MuPDF says}; scans by OCR."""
    pages, damage = [], {}
    for number, page in enumerate(document.pages(), 1):
        pages.append(read_page(page))
        damage[number] = heard_damage()
        if not (pages[-1]["lines"] or page.get_contents()):  # a page left white has an empty one
            damage[number].append("the page has no content")
    scans = [number for number, page in enumerate(pages) if is_scan(page)]
    for number in scans if scans and has_ocr() else []:
        if signal.getitimer(signal.ITIMER_REAL)[0]:  # a process with a time limit: begin it anew
            signal.alarm(SCAN_SECONDS)
        pages[number] = read_page(document[number], ocr=True)
    return pages, damage


def read_book(path: str | Path) -> RawBook:
    """Read one PDF. Raises Mistake if it cannot be opened or read, or if there is no text."""
    from pymupdf import mupdf

    path = Path(path)
    with open_book(path) as document:
        try:
            opening = heard_damage()
            pages, damage = read_pages(document)
            title = document.metadata.get("title") or path.stem.replace("_", " ")
            outline = [entry[1] for entry in document.get_toc()]
        except (RuntimeError, ValueError, mupdf.FzErrorBase) as error:  # MuPDF's
            if "alloc" in str(error):  # as in "malloc (… bytes) failed"
                raise MemoryError from None
            raise Mistake(f"{path.name} is damaged ({error}): copy it again.") from None
    check_text(path.name, pages)
    damage = {number: said for number, said in {0: opening, **damage}.items() if said}
    return {"pages": pages, "title": title, "outline": outline, "damage": damage}


def first_readable(paths: list[Path]) -> Path:
    """Return the first file whose pages can be read. Raises Mistake with all reasons if none."""
    bad = []
    for path in paths:
        (outcome,) = read_apart(read_book, [(path,)])
        if not isinstance(outcome, Mistake):
            return path
        bad.append(str(outcome))
    raise Mistake("No book can be used. " + " ".join(bad))


# %% [markdown] id="pdfs-damage-text"
# #### Damage, in a sentence
# A damaged book is used all the same; where text may be missing is said.

# %% id="pdfs-damage"
from itertools import groupby


def page_runs(numbers: list[int]) -> str:
    """Return "3, 17–20" for page numbers in order."""
    told = []
    for _, run in groupby(enumerate(numbers), key=lambda place: place[1] - place[0]):
        pages = [number for _, number in run]
        told.append(f"{pages[0]}–{pages[-1]}" if len(pages) > 1 else str(pages[0]))
    return ", ".join(told)


def damage_sentence(name: str, damage: dict[int, list[str]]) -> str:
    """Return where text of the file `name` may be missing, "" if its `damage` is empty."""
    numbers = [number for number in damage if number]
    where = [f"text on page{'s'[: len(numbers) - 1]} {page_runs(numbers)}"] if numbers else []
    where += ["whole pages"] if 0 in damage else []
    cure = "put a sound copy in its place if you can"
    return f"{name} is damaged, {' and '.join(where)} may be missing: {cure}." if damage else ""
