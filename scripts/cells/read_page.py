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
