# %% id="pages-imports"
"""Reads a page's printed lines: each line's place, type and text."""

from chapters.preparation import Mistake

# %% [markdown] id="pages-books-text"
# #### Lines and pages
# A book's lines go from step to step as `Line`: first what is printed, then what each step found
# out about it.

# %% id="pages-books"
import html
import re
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
    column: int  # 0: over the whole width, 1 or 2; -1: beside the text, or no text
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
    verse: bool  # of an e-book, where a line is a whole paragraph: is it verse
    kind: str  # what an e-book itself calls it: "chapter", "note" …
    part: int  # the number of its file in the e-book
    sure: float  # of a scan: how sure Tesseract is of its words, 0 to 100


class Page(TypedDict):
    """A page as it was read: its lines, images as (x0, y0, x1, y1), width and height in points."""

    lines: list[Line]
    images: list[tuple[float, ...]]
    width: float
    height: float


def check_range(name: str, body_pages: list[int] | None, count: int) -> None:
    """Raise Mistake unless `body_pages` is None or [first, last] in a book of `count` pages."""
    if body_pages is None:
        return
    if len(body_pages) != 2 or not 1 <= body_pages[0] <= body_pages[1] <= count:
        wrong = f"BOOK_PAGES gives {list(body_pages)}, but its pages run from 1 to {count}"
        raise Mistake(f"{name}: {wrong}: give [first, last].")


def check_ranges(body_pages: dict[str, list[int]], stems: set[str]) -> None:
    """Raise Mistake unless `body_pages`, {book: [first, last]}, names books of `stems` alone."""
    for stem in set(body_pages) - stems:
        cure = "give names of files, without their endings"
        raise Mistake(f"BOOK_PAGES names {stem}, but there is no such book: {cure}.")
    for stem, pages in body_pages.items():
        if not (isinstance(pages, list) and len(pages) == 2):
            raise Mistake(f"BOOK_PAGES gives {pages!r} for {stem}: give [first, last], two pages.")


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
NOTE_MARK = re.compile(r"\s*[\[(]?(\d{1,3}([,–-]\d{1,3})*|[*∗†‡§¶‖#]{1,20})[\])]?\s*")


def take_marks(spans: list[tuple[str, ...]], size: float) -> tuple[str, str, list[str]]:
    """Return a line's text without note marks, the mark that opened it, and those further on."""
    text, mark, marks = "", "", []
    for raised, _, _, _, small, part in spans:
        limit = 1.01 * size if raised else 0.8 * size
        if float(small) < limit and NOTE_MARK.fullmatch(part):
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
    if len(spans) > 1:
        plain = [span for span in spans if not NOTE_MARK.fullmatch(span[5])]
        longest = max(plain or spans, key=lambda span: len(span[5]))
    else:
        longest = spans[0] if spans else 6 * ("",)
    _, bold, italic, family, points, text = longest
    if not text.strip():
        return None
    size, mark, marks = float(points), "", []
    if text.isupper():  # small capitals: the first letter gives the size
        size = max(float(span[4]) for span in spans if span[5].strip())
    if len(spans) > 1:
        text, mark, marks = take_marks(spans, size)
    return {
        "text": text.strip(),
        "x0": float(left),
        "y": float(top) + 0.8 * float(height),
        "size": size,
        "family": family,
        "bold": bool(bold),
        "italic": bool(italic),
        "mark": mark,
        "marks": marks,
        "use": "body",
    }


# %% [markdown] id="pages-pages-text"
# #### Whole pages
# Each page is read once. A scan without text, or a font that does not say which letters it draws,
# would give an empty book or rubbish: both are told in a sentence where Tesseract cannot help.

# %% id="pages-pages"
GARBLED_SHARE = 0.05  # share of characters without meaning; a sound book has well under 1 in 1,000
_NO_LETTER = re.compile(r"[\ufffd\ue000-\uf8ff\x00-\x08\x0e-\x1f\x7f-\x9f]")  # private, control …
_HTML_LINE = re.compile(
    r'<p style="top:([\d.-]+)pt;left:([\d.-]+)pt;line-height:([\d.-]+)pt">(.*)</p>'
)


def line_boxes(source: "pymupdf.TextPage", count: int) -> tuple[list[tuple], dict[int, list[int]]]:
    """Return (x0, y0, x1, y1) in points of each of the `count` lines of a page, from its first word
    to its last and as high as that; and {line: [words]}, from 0, of words that are printed with no
    space before them. Where words tell too few lines they are the lines' own boxes, spaces and all.
    """
    boxes, tight, end = [], {}, 0
    for x0, y0, x1, y1, _, _, _, number in source.extractWORDS():
        if number == 0:
            boxes.append((x0, y0, x1, y1))
        else:
            boxes[-1] = (boxes[-1][0], y0, x1, y1)
            if x0 - end < 0.3 and -0.2 < (x0 - end) / (y1 - y0) < 0.03:
                tight.setdefault(len(boxes) - 1, []).append(number)
        end = x1
    if len(boxes) == count:
        return boxes, tight
    lines = [line for block in source.extractDICT()["blocks"] for line in block["lines"]]
    texts = ["".join(span["text"] for span in line["spans"]) for line in lines]  # slow, and rare
    return [line["bbox"] for line, text in zip(lines, texts, strict=True) if text.strip()], {}


def read_page(page: "pymupdf.Page") -> Page:
    """Return a page's lines and images; MuPDF's HTML costs a quarter of the time of its "dict"."""
    import pymupdf

    flags = pymupdf.TEXT_PRESERVE_WHITESPACE | pymupdf.TEXT_MEDIABOX_CLIP  # and ﬁ becomes fi
    source = page.get_textpage(flags=flags)
    printed = [(read_line(*parts), parts) for parts in _HTML_LINE.findall(source.extractHTML())]
    printed = [(line, parts) for line, parts in printed if line]
    boxes, tight = line_boxes(source, len(printed))
    lines = []
    for n, ((line, parts), box) in enumerate(zip(printed, boxes, strict=False)):
        left, top, right, foot = box
        if n in tight:
            line = read_line(*parts, tight[n]) or line
        upright = foot - top < 2.5 * line["size"] + max(0, right - line["x0"])
        if line["text"] and upright:
            line.update(x0=left, x1=right)
            lines.append(line)
    images = [tuple(image["bbox"]) for image in page.get_image_info()] if page.get_images() else []
    sheet = page.rect  # slow
    return {"lines": lines, "images": images, "width": sheet.width, "height": sheet.height}


def is_scan(page: Page) -> bool:
    """Tell whether a page that was read holds an image and no text."""
    return not page["lines"] and bool(page["images"])


def is_picture(page: Page) -> bool:
    """Tell whether an image fills more than half of a page: it was scanned."""
    half = page["width"] * page["height"] / 2
    return any((box[2] - box[0]) * (box[3] - box[1]) > half for box in page["images"])


def garbled_share(pages: list[Page]) -> float:
    """Return the share of characters without a meaning in the text of pages."""
    text = "".join(line["text"] for page in pages for line in page["lines"])
    return len(_NO_LETTER.findall(text)) / max(1, len(text))


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
    share = garbled_share(pages)
    if share > GARBLED_SHARE:
        raise Mistake(
            f"{name}: {share:.0%} of its characters are unreadable (a font without a Unicode map, "
            "or a damaged file): use another copy, or make its text anew with "
            "`ocrmypdf --force-ocr`."
        )
