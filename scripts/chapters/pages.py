# %% id="pages-imports"
"""TODO: what this chapter promises."""

# %% [markdown] id="find_books-text"
# ### Find the books
# Every PDF in the author's folder is one book. A file that is locked, damaged or empty is named here or when it is read, with what to do about it.

# %% id="find_books"
from pathlib import Path
import pymupdf

def find_books(folder):
    """Return the PDF files in `folder`, sorted by name. Raises FileNotFoundError if there is none."""
    paths = [path for path in Path(folder).glob("*") if path.suffix.lower() == ".pdf"]
    if not paths:
        raise FileNotFoundError(f"There is no PDF in {Path(folder).resolve()}: put the author's books "
                                "there, one PDF a book.")
    return sorted(paths, key=lambda path: (path.stem, path.suffix))

def open_book(path):
    """Open one PDF. Raises ValueError (a sentence) if it is none, cut short, damaged, locked or empty."""
    name, content = Path(path).name, Path(path).read_bytes()
    if b"%PDF-" not in content[:1024]:
        raise ValueError(f"{name} is no PDF, whatever its name says: take it out of the folder.")
    if b"%%EOF" not in content[-2048:]:
        raise ValueError(f"{name} is cut short (the end of the file is missing): copy it again.")
    try:
        document = pymupdf.open(path, filetype="pdf")
        locked, count = document.needs_pass, document.page_count
    except Exception:  # MuPDF has several kinds
        raise ValueError(f"{name} is damaged and cannot be opened: copy it again.") from None
    if locked:
        raise ValueError(f"{name} is locked by a password: save a copy without one, for example with "
                         "`qpdf --decrypt`, and put it in its place.")
    if not count:
        raise ValueError(f"{name} has no pages: copy it again or take it out of the folder.")
    return document

# MAIN if __name__ == "__main__":
# MAIN     pymupdf.TOOLS.mupdf_display_errors(False)  # what is wrong is said in a sentence, not in MuPDF's words
# MAIN     pymupdf.TOOLS.mupdf_display_warnings(False)
# MAIN     with plain_errors():
# MAIN         book_paths = find_books(BOOKS_DIR)
# MAIN     for path in book_paths:
# MAIN         print(f"{path.name}: {path.stat().st_size / 1e6:.1f} MB")
# MAIN

# %% [markdown] id="read_line-text"
# ### One printed line
# A line's place and type tell what it is. The raised numbers and signs that point to notes are taken out here, while their size still shows.

# %% id="read_line"
import html, re

_HTML_SPAN = re.compile(r'(<sup>)?(?:<tt>)?(<b>)?(<i>)?<span style="font-family:([^,]*),[^;]*;'
                        r'font-size:([\d.]+)pt[^>]*>([^<]*)')
_NOTE_MARK = re.compile(r"\s*[\[(]?(\d{1,3}([,–-]\d{1,3})*|[*∗†‡§¶‖#]{1,3})[\])]?\s*")

def read_line(top, left, height, inner):
    """Turn one line of MuPDF's HTML (place and size in points, spans) into a dict, or None if it is blank.

    Note marks are taken out: a raised or small number or sign is "mark" where it opens the line, else counted
    in "marks".
    """
    spans, mark, marks = _HTML_SPAN.findall(inner), "", 0
    if "&" in inner:
        spans = [(*span[:5], html.unescape(span[5])) for span in spans]
    longest = spans[0] if len(spans) == 1 else max(spans, key=lambda span: len(span[5]), default=6 * ("",))
    _, bold, italic, family, size, text = longest
    if not text.strip():
        return None
    size = float(size)
    if text.isupper():  # small capitals: the first letter gives the size
        size = max(float(span[4]) for span in spans if span[5].strip())
    if len(spans) > 1:
        text = ""
        for raised, _, _, _, small, part in spans:
            if float(small) < (size if raised else 0.8 * size) and _NOTE_MARK.fullmatch(part):
                mark, marks = (mark, marks + 1) if text.strip() else (part.strip(), marks)
                part = " " * (part[-1] == " ")
            text += part
    return {"x0": float(left), "y": float(top) + 0.8 * float(height), "size": size, "family": family,
            "bold": bool(bold), "italic": bool(italic), "text": text.strip(), "mark": mark, "marks": marks,
            "use": "body"}

# %% [markdown] id="read_page-text"
# ### Read a page
# Each page is read once, line by line, with the place, size and face of its type. A page that is only an image goes through OCR if Tesseract is installed.

# %% id="read_page"
import re
import pymupdf

_READ_FLAGS = pymupdf.TEXT_PRESERVE_WHITESPACE | pymupdf.TEXT_MEDIABOX_CLIP  # and ﬁ becomes fi
_HTML_LINE = re.compile(r'<p style="top:([\d.-]+)pt;left:([\d.-]+)pt;line-height:([\d.-]+)pt">(.*)</p>')

def line_boxes(source, count):
    """Return (y0, x1, y1) in points of the last word in each of the `count` lines of a text page."""
    boxes = list({word[5:7]: word[1:4] for word in source.extractWORDS()}.values())
    if len(boxes) != count:  # a line of blanks that MuPDF counts as a word: rare, and this way is slow
        boxes = [line["bbox"][1:] for block in source.extractDICT()["blocks"] for line in block["lines"]
                 if "".join(span["text"] for span in line["spans"]).strip()]
    return boxes

def read_page(page, read_line, ocr=False):
    """Return {"lines", "images", "width", "height"} of a page, in points.

    A line has the ends "x0" and "x1" and the baseline "y". MuPDF's HTML gives places and type in a quarter of
    the time that its "dict" takes.
    """
    source = page.get_textpage_ocr(flags=_READ_FLAGS, dpi=300, full=True) if ocr else \
        page.get_textpage(flags=_READ_FLAGS)
    found = [line for parts in _HTML_LINE.findall(source.extractHTML()) if (line := read_line(*parts))]
    lines = []
    for line, (top, right, foot) in zip(found, line_boxes(source, len(found))):
        upright = foot - top < 2.5 * line["size"] + max(0, right - line["x0"])
        if line["text"] and upright:
            line["x1"] = right
            lines.append(line)
    images = [tuple(image["bbox"]) for image in page.get_image_info()] if page.get_images() else []
    return {"lines": lines, "images": images, "width": page.rect.width,
            "height": page.rect.height}

def has_ocr():
    """Tell whether Tesseract's language data stand where PyMuPDF looks for them."""
    try:
        return bool(pymupdf.get_tessdata())
    except Exception:  # PyMuPDF raises where it finds none
        return False

# %% [markdown] id="check_text-text"
# ### Check the text
# A scan without text, or a font that does not say which letters it draws, would give an empty book or rubbish. Both are told here in a sentence.

# %% id="check_text"
import re

GARBLED_SHARE = 0.05  # share of characters without meaning; a sound book has well under 1 in 1,000
_NO_LETTER = re.compile(r"[\ufffd\ue000-\uf8ff\x00-\x08\x0e-\x1f\x7f-\x9f]")  # unknown, private use, control

def is_scan(page):
    """Tell whether a page that was read holds an image and no text."""
    return not page["lines"] and bool(page["images"])

def check_text(name, pages):
    """Raise ValueError if the `pages` of the file `name` hold no text (scans) or none that can be read."""
    text = "".join(line["text"] for page in pages for line in page["lines"])
    scans = sum(map(is_scan, pages))
    if scans > len(pages) / 2:
        raise ValueError(f"{name}: {scans} of its {len(pages)} pages are scanned images without text: "
                         "install Tesseract, which is then used here, or add the text with `ocrmypdf`.")
    if not text:
        raise ValueError(f"{name} holds no text on its {len(pages)} pages: take it out of the folder.")
    share = len(_NO_LETTER.findall(text)) / len(text)
    if share > GARBLED_SHARE:
        raise ValueError(f"{name}: {share:.0%} of its characters are unreadable (a font without a Unicode map, "
                         "or a damaged file): use another copy, or make its text anew with `ocrmypdf --force-ocr`.")

def check_range(name, by_hand, count):
    """Raise ValueError unless `by_hand` is None or [first, last], two pages of a book of `count` pages."""
    if by_hand is not None and not (len(by_hand) == 2 and 1 <= by_hand[0] <= by_hand[1] <= count):
        raise ValueError(f"{name}: BOOK_PAGES gives {list(by_hand)}, but its pages run from 1 to {count}: "
                         "give [first, last].")
