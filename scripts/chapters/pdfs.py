# %% id="pdfs-imports"
"""Reads a whole PDF, its scanned pages too, and keeps what MuPDF says is broken in it."""

from chapters.files import open_book
from chapters.keys import code_fingerprint
from chapters.pages import (
    GARBLED_SHARE,
    Page,
    check_text,
    garbled_share,
    is_picture,
    is_scan,
    read_page,
)
from chapters.preparation import Mistake
from chapters.readers import read_apart
from chapters.scans import as_pnm, clean_pictures, cut_sheet, has_ocr, recognise, scanned_page
from chapters.spelling import doubtful_words, printed_words
from chapters.storage import cached_batches

# %% [markdown] id="pdfs-scans-text"
# #### Scanned pages
# A page that is only a picture is read by Tesseract where that is installed, and so is one whose
# text was read badly before: there many words are doubtful, or signs of no meaning. What Tesseract
# read is kept beside the books, in `.scans`: it takes about a second a page, and all models of an
# author read the same books. A sheet of two pages counts as two from here on.

# %% id="pdfs-scans"
import hashlib
import os
import re
import signal
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    import pymupdf

SCAN_SECONDS = 90  # at most, for the OCR of a page
POOR_SHARE = 0.04  # of a page's words are doubtful: one word in twenty was read wrongly, or more
UNREADABLE_SHARE = 0.12  # of a scan's words are doubtful: half of the words are wrong
UNREADABLE = 65  # of 100; a scan whose words Tesseract is less sure of is as bad
NO_LINE = 35  # of 100; below it, a line is the grain of a picture ...
NO_WORD = 50  # ... and below this one of up to three letters
_KEPT_SHAPE = {"pages": [{"lines": [dict], "images": [list], "width": float, "height": float}]}


def doubtful_shares(pages: list[Page]) -> list[float]:
    """Return for each page which share of its words is doubtful, judged by the whole book."""
    # A word that a line's end cuts is none: the halves are left out.
    inner = [" ".join(line["text"] for line in page["lines"]) for page in pages]
    words = [[one for one in printed_words(text) if one[-1] not in "-\u00ad"] for text in inner]
    odd = doubtful_words(Counter(one for page in words for one in page))
    return [sum(one in odd for one in page) / max(40, len(page)) for page in words]


def poor_pages(pages: list[Page]) -> list[int]:
    """Return the numbers, from 0, of pages whose text is missing in a picture or poor under one."""
    garbled = (garbled_share([page]) > GARBLED_SHARE for page in pages)
    poor = [number for number, bad in enumerate(garbled) if bad or is_scan(pages[number])]
    pictured = [number for number, page in enumerate(pages) if is_picture(page) and page["lines"]]
    if pictured:
        shares = doubtful_shares(pages)
        poor += [number for number in pictured if shares[number] > POOR_SHARE]
    return sorted(set(poor))


def read_scans(document: "pymupdf.Document", numbers: list[int]) -> list[dict[str, Any]]:
    """Return {"pages": the pages on a sheet} for each of the sheets `numbers`, by Tesseract.

    All cores work; the time limit of this process, if it has one, begins anew with each sheet."""
    most = min(8, len(os.sched_getaffinity(0)))
    limited = signal.getitimer(signal.ITIMER_REAL)[0] > 0
    with ThreadPoolExecutor(most) as pool:
        sheets, found = [], []
        for number in numbers:
            signal.alarm(SCAN_SECONDS if limited else 0)
            pictures = clean_pictures(document[number])
            sheets.append([(pool.submit(recognise, as_pnm(one)), one.shape) for one in pictures])
        for sheet in sheets:
            signal.alarm(SCAN_SECONDS if limited else 0)
            found.append({"pages": [scanned_page(work.result(), shape) for work, shape in sheet]})
    return found


# %% [markdown] id="pdfs-kept-text"
# #### Read once
# Reading a scan takes seconds a page, so that what was read is kept beside the books.


# %% id="pdfs-kept"
def kept_scans(path: Path, document: "pymupdf.Document", numbers: list[int]) -> list[list[Page]]:
    """Return the pages on each of the sheets `numbers`, as they were kept or read now."""
    folder = path.parent / ".scans"
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    version = subprocess.run(["tesseract", "--version"], capture_output=True).stdout.decode()
    code = code_fingerprint(clean_pictures, recognise, scanned_page)
    needs = {"Tesseract": version.split("\n")[0], "code": code}
    batch = 4 * len(os.sched_getaffinity(0))

    def make(batch: list[int]) -> list[dict[str, Any]]:
        return read_scans(document, batch)

    try:
        folder.mkdir(exist_ok=True)
        contents, kept = [[digest, number] for number in numbers], folder / f"{path.stem}.jsonl"
        found = cached_batches(kept, needs, numbers, contents, make, batch, None, _KEPT_SHAPE)
    except (OSError, Mistake):  # a folder that cannot be written
        runs = [numbers[at : at + batch] for at in range(0, len(numbers), batch)]
        found = [one for run in runs for one in make(run)]
    return [one["pages"] for one in found]


def mend_pages(path: Path, document: "pymupdf.Document", pages: list[Page]) -> list[list[Page]]:
    """Return for each of a PDF's pages, as they were read, the pages that it holds: poor ones are
    read by Tesseract where that gives fewer doubtful words, and a scanned sheet of two is cut."""
    sheets, poor = [cut_sheet(page) for page in pages], poor_pages(pages)
    if poor and has_ocr():
        found = kept_scans(path, document, poor)
        news: list[Page] = []
        for sheet in found:
            news.append({**sheet[0], "lines": [line for page in sheet for line in page["lines"]]})
        shares = doubtful_shares([*pages, *news])
        for number, sheet, new, share in zip(poor, found, news, shares[len(pages) :], strict=True):
            garbled = garbled_share([pages[number]]) > GARBLED_SHARE
            if new["lines"] and (is_scan(pages[number]) or garbled or share < shares[number]):
                sheets[number] = sheet
    return sheets


def leave_unreadable(pages: list[Page]) -> None:
    """Mark the lines of scanned pages in which too much was read badly, and on other scanned pages
    the lines that are none: they are left out."""
    if not any(map(is_picture, pages)):
        return
    for page, share in zip(pages, doubtful_shares(pages), strict=True):
        letters = sum(len(line["text"]) for line in page["lines"]) or 1
        sure = sum(line.get("sure", 100) * len(line["text"]) for line in page["lines"]) / letters
        bad = is_picture(page) and (share > UNREADABLE_SHARE or sure < UNREADABLE)
        for line in page["lines"]:
            least = NO_LINE if len(line["text"]) > 3 else NO_WORD
            if bad:
                line.update(use="unreadable", why=f"scanned badly: {share:.0%} doubtful words")
            elif line.get("sure", 100) < least:
                line.update(use="image", why="no words: the grain of a picture")


# %% [markdown] id="pdfs-book-text"
# #### A whole PDF, and what is broken in it
# Each page is read once. MuPDF reads a damaged file as far as it can: what it says on the way is
# kept, page by page, since text may be missing there. A file is first read in a process of its own.

# %% id="pdfs-book"
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


def read_pages(path: Path, document: "pymupdf.Document") -> tuple[list[Page], dict[int, list[str]]]:
    """Return all pages and the damage on them, {page from 1: what MuPDF says}; scans by OCR."""
    read, heard = [], []
    for page in document.pages():
        read.append(read_page(page))
        heard.append(heard_damage())
        if not (read[-1]["lines"] or page.get_contents()):  # a page left white has an empty one
            heard[-1].append("the page has no content")
    pages, damage = [], {}
    for sheet, said in zip(mend_pages(path, document, read), heard, strict=True):
        damage[len(pages) + 1] = said
        pages += sheet
    leave_unreadable(pages)
    return pages, damage


def read_book(path: str | Path) -> RawBook:
    """Read one PDF. Raises Mistake if it cannot be opened or read, or if there is no text."""
    from pymupdf import mupdf

    path = Path(path)
    with open_book(path) as document:
        try:
            opening = heard_damage()
            pages, damage = read_pages(path, document)
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
