# %% id="files-imports"
"""Finds the author's books, and opens one: a file that is none is named, with what to do."""

from chapters.preparation import Mistake

# %% [markdown] id="files-books-text"
# #### The author's books
# Every PDF, EPUB, DOCX, HTML, Markdown or text file in the author's folder is one book. A file that
# is locked, damaged or empty, or no file at all, is named, with what to do about it.

# %% id="files-books"
import mmap
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pymupdf  # at first use otherwise: it takes two seconds

MAX_FILE_SIZE = 2e9  # bytes; a book of scanned pages has some hundred million


# Kinds of files that are books; of two copies of a book the one named sooner here is kept
BOOK_SUFFIXES = (".epub", ".docx", ".html", ".htm", ".xhtml", ".md", ".markdown", ".txt", ".pdf")


def find_books(folder: str | Path) -> list[Path]:
    """Return the books in `folder`, sorted by name. Raises Mistake if there is none."""
    paths = [path for path in Path(folder).glob("*") if path.suffix.lower() in BOOK_SUFFIXES]
    paths = [path for path in paths if path.stem.lower() not in ("readme", "license")]
    if not paths:
        there, kinds = Path(folder).resolve(), "PDF, EPUB, DOCX, HTML, Markdown or plain text"
        put = f"put the author's books there, one file a book ({kinds})"
        raise Mistake(f"There is no book in {there}: {put}.")
    return sorted(paths, key=lambda path: (path.stem, path.suffix))


def check_file(path: Path) -> None:
    """Raise Mistake unless `path` is a file that may be read, with 1 byte to 2 GB in it."""
    try:
        size = path.stat().st_size
        if not path.is_file():  # opening a pipe would wait for ever
            raise Mistake(
                f"{path.name} is a folder or a device, no book: take it out of the folder."
            )
        path.open("rb").close()
    except PermissionError:
        give = "give yourself the right, for example with `chmod u+r`"
        raise Mistake(f"{path.name} may not be read by you: {give}.") from None
    except OSError as error:
        cure = "it is a link that leads to no file, put the book itself there"
        raise Mistake(f"{path.name} cannot be opened ({error.strerror}): {cure}.") from None
    if not size:
        raise Mistake(f"{path.name} is empty: copy it again or take it out of the folder.")
    if size > MAX_FILE_SIZE:
        cure = "save it with smaller images, or in parts"
        raise Mistake(f"{path.name} has {size / 1e9:.1f} GB, too much to be one book: {cure}.")


def pdf_source(path: Path) -> dict[str, Any]:
    """Return how PyMuPDF is to open a PDF: by its name, or without bytes before and after it.

    Such bytes come from servers and mail programs; MuPDF passes over a few of them, but takes more
    for damage. Raises Mistake if the file is no PDF or cut short.
    """
    check_file(path)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        head, end = content.find(b"%PDF-", 0, 2**20), content.rfind(b"%%EOF") + 5
        if head < 0:
            cure = "whatever its name says: take it out of the folder"
            raise Mistake(f"{path.name} is no PDF, {cure}.")
        if end < max(5, content.rfind(b"endobj")):
            missing = "the end of the file is missing"
            raise Mistake(f"{path.name} is cut short ({missing}): copy it again.")
        if head or len(content) > end + 500:
            return {"stream": content[head:end]}
    return {"filename": path}


def open_book(path: str | Path) -> "pymupdf.Document":
    """Open one PDF. Raises Mistake if it is none, cut short, damaged, locked or empty."""
    import pymupdf

    pymupdf.TOOLS.mupdf_display_errors(False)  # what is wrong is said in a sentence
    pymupdf.TOOLS.mupdf_display_warnings(False)
    pymupdf.TOOLS.reset_mupdf_warnings()
    name, source = Path(path).name, pdf_source(Path(path))
    try:
        document = pymupdf.open(**source, filetype="pdf")
        locked, count = document.needs_pass, document.page_count
    except Exception:  # MuPDF has several kinds
        raise Mistake(f"{name} is damaged and cannot be opened: copy it again.") from None
    if locked:
        raise Mistake(
            f"{name} is locked by a password: save a copy without one, for example with "
            "`qpdf --decrypt`, and put it in its place."
        )
    if not count:
        raise Mistake(f"{name} has no pages: copy it again or take it out of the folder.")
    return document
