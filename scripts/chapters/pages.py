# %% id="pages-imports"
"""Opens the author's PDFs and reads their printed lines: each line's place, type and text."""

from chapters.preparation import Mistake, progress

# %% [markdown] id="pages-books-text"
# #### The author's books
# Every PDF in the author's folder is one book. A file that is locked, damaged or empty is named,
# with what to do about it. A book's lines go from step to step as `Line`: first what is printed,
# then what each step found out about it.

# %% id="pages-books"
import html
import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    import pymupdf  # at first use otherwise: it takes two seconds


class Line(TypedDict, total=False):
    """A printed line; places and lengths in points from the page's top left corner."""

    text: str
    x0: float  # where it begins
    x1: float  # where it ends
    y: float  # its baseline
    size: float  # of its type
    family: str  # of its type
    bold: bool
    italic: bool
    mark: str  # a note's number or sign that opened the line and was taken out
    marks: list[str]  # those that were taken out further on in the line
    use: str  # what the line is taken for: "body", "heading", "running head", "note" …
    why: str  # why it is left out, where the use alone does not say
    column: int  # 0: over the whole width, 1 or 2
    cells: int  # pieces that stand wide apart in it, as in a table; not there: one
    opens: bool  # stands beside a drop capital
    above: float  # step from the line before it, in leadings; 9 at a column's top
    below: float  # step to the next line, in leadings; 9 at a column's foot
    speaker: bool  # names who speaks
    page: int  # index of its page, from 0
    chapter: str | None  # the heading above it
    side: tuple[int, int]  # even or odd page, column: lines with the same margins
    indent: float  # from the margin of its side
    free: float  # white at its end
    first: bool  # has a paragraph's usual indent


class Page(TypedDict):
    """A page as it was read: its lines, images as (x0, y0, x1, y1), width and height in points."""

    lines: list[Line]
    images: list[tuple[float, ...]]
    width: float
    height: float


def find_books(folder: str | Path) -> list[Path]:
    """Return the PDF files in `folder`, sorted by name. Raises Mistake if there is none."""
    paths = [path for path in Path(folder).glob("*") if path.suffix.lower() == ".pdf"]
    if not paths:
        there = Path(folder).resolve()
        raise Mistake(f"There is no PDF in {there}: put the author's books there, one PDF a book.")
    return sorted(paths, key=lambda path: (path.stem, path.suffix))


def open_book(path: str | Path) -> "pymupdf.Document":
    """Open one PDF. Raises Mistake if it is none, cut short, damaged, locked or empty."""
    import pymupdf

    pymupdf.TOOLS.mupdf_display_errors(False)  # what is wrong is said in a sentence
    pymupdf.TOOLS.mupdf_display_warnings(False)
    name, content = Path(path).name, Path(path).read_bytes()
    if b"%PDF-" not in content[:1024]:
        raise Mistake(f"{name} is no PDF, whatever its name says: take it out of the folder.")
    if b"%%EOF" not in content[-2048:]:
        raise Mistake(f"{name} is cut short (the end of the file is missing): copy it again.")
    try:
        document = pymupdf.open(path, filetype="pdf")
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


def check_range(name: str, body_pages: list[int] | None, count: int) -> None:
    """Raise Mistake unless `body_pages` is None or [first, last] in a book of `count` pages."""
    if body_pages is None:
        return
    if len(body_pages) != 2 or not 1 <= body_pages[0] <= body_pages[1] <= count:
        wrong = f"BOOK_PAGES gives {list(body_pages)}, but its pages run from 1 to {count}"
        raise Mistake(f"{name}: {wrong}: give [first, last].")


# %% [markdown] id="pages-lines-text"
# #### Printed lines
# A line's place and type tell what it is. The raised numbers and signs that point to notes are
# taken out here, while their size still shows. MuPDF cuts a line at a wide space: once the columns
# are known, the pieces are joined again. Some makers print a space of no width where they kern two
# letters: it is none.

# %% id="pages-lines"
_HTML_SPAN = re.compile(
    r'(<sup>)?(?:<tt>)?(<b>)?(<i>)?<span style="font-family:([^,]*),[^;]*;'
    r"font-size:([\d.]+)pt[^>]*>([^<]*)"
)
_NOTE_MARK = re.compile(r"\s*[\[(]?(\d{1,3}([,–-]\d{1,3})*|[*∗†‡§¶‖#]{1,9})[\])]?\s*")


def take_marks(spans: list[tuple[str, ...]], size: float) -> tuple[str, str, list[str]]:
    """Return a line's text without note marks, the mark that opened it, and those further on."""
    text, mark, marks = "", "", []
    for raised, _, _, _, small, part in spans:
        limit = 1.01 * size if raised else 0.8 * size
        if float(small) < limit and _NOTE_MARK.fullmatch(part):
            if text.strip():
                marks.append(part.strip())
            else:
                mark = part.strip()
            part = " " if part[-1] == " " else "\0"
        text += part
    # No word goes on behind a mark: where one seems to, its space was lost.
    return re.sub("\0(?=\\w)", " ", text).replace("\0", ""), mark, marks


def close_words(spans: list[tuple[str, ...]], tight: list[int]) -> list[tuple[str, ...]]:
    """Return a line's spans without the spaces before its words `tight` (counted from 0)."""
    closed, number, fresh = [], -1, True
    for *look, text in spans:
        parts = re.split(r"(\s+)", text)  # words at even places, spaces between them
        for n, part in enumerate(parts):
            if n % 2:
                fresh = True
            elif part:
                number += fresh
                if n and number in tight:
                    parts[n - 1] = ""
                fresh = False
        closed.append((*look, "".join(parts)))
    return closed


def read_line(
    top: str, left: str, height: str, inner: str, tight: list[int] | None = None
) -> Line | None:
    """Turn a line of MuPDF's HTML (place and size in points, spans) into a Line, None if blank."""
    spans: list[tuple[str, ...]] = _HTML_SPAN.findall(inner)
    if "&" in inner:
        spans = [(*span[:5], html.unescape(span[5])) for span in spans]
    if tight:
        spans = close_words(spans, tight)
    plain = [span for span in spans if len(spans) > 1 and not _NOTE_MARK.fullmatch(span[5])]
    longest = max(plain or spans, key=lambda span: len(span[5]), default=6 * ("",))
    _, bold, italic, family, points, text = longest
    if not text.strip():
        return None
    size, mark, marks = float(points), "", []
    if text.isupper():  # small capitals: the first letter gives the size
        size = max(float(span[4]) for span in spans if span[5].strip())
    if len(spans) > 1:
        text, mark, marks = take_marks(spans, size)
    x0, y = float(left), float(top) + 0.8 * float(height)
    line: Line = {"x0": x0, "y": y, "size": size, "mark": mark, "marks": marks, "use": "body"}
    line["text"], line["family"] = text.strip(), family
    line["bold"], line["italic"] = bool(bold), bool(italic)
    return line


# %% [markdown] id="pages-rows-text"
# #### Pieces of a line
# The pieces of one printed line are put together, from left to right; small raised numbers among
# them are marks of notes.


# %% id="pages-rows"
def join_row(row: list[Line]) -> Line:
    """Return the pieces of one printed line as one line; small numbers among them are marks."""
    row = sorted(row, key=lambda line: line["x0"])
    main = max(row, key=lambda line: len(line["text"]))
    small = [one for one in row if one["size"] <= 0.8 * main["size"]]
    small = [one for one in small if _NOTE_MARK.fullmatch(one["text"])]
    row = [one for one in row if one not in small]
    first = small[0]["text"] if small and small[0]["x0"] < row[0]["x0"] else row[0]["mark"]
    text, right = row[0]["text"], max(piece["x1"] for piece in row)
    for before, piece in pairwise(row):
        gap = (piece["x0"] - before["x1"]) / piece["size"]
        if piece["text"] != before["text"] or piece["x0"] > before["x0"] + 1:  # not printed twice
            text += piece["text"] if -0.3 < gap < 0.1 else " " + piece["text"]
    whole: Line = {**main, "text": text, "x0": row[0]["x0"], "x1": right}
    whole["mark"] = first
    later = small[first != row[0]["mark"] :]
    whole["marks"] = [mark for piece in row for mark in piece["marks"]]
    whole["marks"] += [piece["text"] for piece in later]
    wide = [after["x0"] - before["x1"] > 0.8 * main["size"] for before, after in pairwise(row)]
    if any(wide):
        whole["cells"] = 1 + sum(wide)
    return whole


def join_pieces(lines: list[Line], column: int) -> list[Line]:
    """Return the lines of a `column` top to bottom, the pieces of a printed line joined."""
    rows = []
    for line in sorted(lines, key=lambda line: (line["y"], line["x0"])):
        last = rows[-1][0] if rows else line
        sizes = line["size"], last["size"]
        number = _NOTE_MARK.fullmatch(line["text"]) or _NOTE_MARK.fullmatch(last["text"])
        if rows and line["y"] - last["y"] < 0.4 * (max(sizes) if number else min(sizes)):
            rows[-1].append(line)
        else:
            rows.append([line])
    joined = [join_row(row) if len(row) > 1 else row[0] for row in rows]
    for line in joined:
        line["column"] = column
    return joined


def page_rows(lines: list[Line], size: float) -> list[list[Line]]:
    """Return a page's lines as rows over all columns, top to bottom: lists on one baseline."""
    rows = []
    for line in sorted(lines, key=lambda line: line["y"]):
        if not rows or line["y"] - rows[-1][0]["y"] >= 0.6 * size:
            rows.append([])
        rows[-1].append(line)
    return rows


# %% [markdown] id="pages-pages-text"
# #### Whole pages
# Each page is read once. A page that is only an image goes through OCR if Tesseract is installed.
# A scan without text, or a font that does not say which letters it draws, would give an empty book
# or rubbish: both are told in a sentence.

# %% id="pages-pages"
GARBLED_SHARE = 0.05  # share of characters without meaning; a sound book has well under 1 in 1,000
_NO_LETTER = re.compile(r"[\ufffd\ue000-\uf8ff\x00-\x08\x0e-\x1f\x7f-\x9f]")  # private, control …
_HTML_LINE = re.compile(
    r'<p style="top:([\d.-]+)pt;left:([\d.-]+)pt;line-height:([\d.-]+)pt">(.*)</p>'
)


def line_boxes(source: "pymupdf.TextPage", count: int) -> tuple[list[tuple], dict[int, list[int]]]:
    """Return (y0, x1, y1) in points of the last word in each of the `count` lines of a page, and
    {line: [words]}, from 0, of words that are printed with no space before them.
    """
    boxes, tight, end = [], {}, 0
    for x0, y0, x1, y1, _, _, _, number in source.extractWORDS():
        if number == 0:
            boxes.append((y0, x1, y1))
        else:
            boxes[-1] = (y0, x1, y1)
            if x0 - end < 0.3 and -0.2 < (x0 - end) / (y1 - y0) < 0.03:
                tight.setdefault(len(boxes) - 1, []).append(number)
        end = x1
    if len(boxes) == count:
        return boxes, tight
    lines = [line for block in source.extractDICT()["blocks"] for line in block["lines"]]
    texts = ["".join(span["text"] for span in line["spans"]) for line in lines]  # slow, and rare
    return [line["bbox"][1:] for line, text in zip(lines, texts, strict=True) if text.strip()], {}


def read_page(page: "pymupdf.Page", ocr: bool = False) -> Page:
    """Return a page's lines and images; MuPDF's HTML costs a quarter of the time of its "dict"."""
    import pymupdf

    flags = pymupdf.TEXT_PRESERVE_WHITESPACE | pymupdf.TEXT_MEDIABOX_CLIP  # and ﬁ becomes fi
    if ocr:
        source = page.get_textpage_ocr(flags=flags, dpi=300, full=True)
    else:
        source = page.get_textpage(flags=flags)
    printed = [(read_line(*parts), parts) for parts in _HTML_LINE.findall(source.extractHTML())]
    printed = [(line, parts) for line, parts in printed if line]
    boxes, tight = line_boxes(source, len(printed))
    lines = []
    for n, ((line, parts), (top, right, foot)) in enumerate(zip(printed, boxes, strict=False)):
        if n in tight:
            line = read_line(*parts, tight[n]) or line
        upright = foot - top < 2.5 * line["size"] + max(0, right - line["x0"])
        if line["text"] and upright:
            line["x1"] = right
            lines.append(line)
    images = [tuple(image["bbox"]) for image in page.get_image_info()] if page.get_images() else []
    return {"lines": lines, "images": images, "width": page.rect.width, "height": page.rect.height}


def has_ocr() -> bool:
    """Tell whether Tesseract's language data stand where PyMuPDF looks for them."""
    import pymupdf

    try:
        return bool(pymupdf.get_tessdata())
    except Exception:  # PyMuPDF raises where it finds none
        return False


def is_scan(page: Page) -> bool:
    """Tell whether a page that was read holds an image and no text."""
    return not page["lines"] and bool(page["images"])


def check_text(name: str, pages: list[Page]) -> None:
    """Raise Mistake if the `pages` of the file `name` hold no text (scans) or none to be read."""
    text = "".join(line["text"] for page in pages for line in page["lines"])
    scans, count = sum(map(is_scan, pages)), len(pages)
    if scans > count / 2:
        raise Mistake(
            f"{name}: {scans} of its {count} pages are scanned images without text: "
            "install Tesseract, which is then used here, or add the text with `ocrmypdf`."
        )
    if not text:
        raise Mistake(f"{name} holds no text on its {count} pages: take it out of the folder.")
    share = len(_NO_LETTER.findall(text)) / len(text)
    if share > GARBLED_SHARE:
        raise Mistake(
            f"{name}: {share:.0%} of its characters are unreadable (a font without a Unicode map, "
            "or a damaged file): use another copy, or make its text anew with "
            "`ocrmypdf --force-ocr`."
        )


def read_pages(document: "pymupdf.Document", name: str) -> list[Page]:
    """Return all pages of the file `name`. Raises Mistake if one is damaged or there is no text."""
    from pymupdf import mupdf

    try:
        pages = [read_page(page) for page in document.pages()]
        scans = [number for number, page in enumerate(pages) if is_scan(page)]
        if scans and has_ocr():
            for number in progress(scans, f"{Path(name).stem}: reading images"):
                pages[number] = read_page(document[number], ocr=True)
    except (RuntimeError, mupdf.FzErrorBase) as error:  # MuPDF's own
        raise Mistake(f"{name} is damaged ({error}): copy it again.") from None
    check_text(name, pages)
    return pages
