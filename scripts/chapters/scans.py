# %% id="scans-imports"
"""Makes a clean, upright picture of a scanned page, and lines of what Tesseract reads in it."""

from chapters.pages import Line, Page, is_picture

# %% [markdown] id="scans-pictures-text"
# #### A clean, upright picture
# A scanner leaves shadows and grain, turns pages a little, and often takes two at once. So the
# light is made even: each small field is measured against its own paper. A grain is blurred, the
# page is cut where two were scanned together, and turned until its lines are level: then the rows
# of ink and white differ most. Scans are read in processes of their own, where numpy may be used as
# long as it computes point by point, in one thread.

# %% id="scans-pictures"
import math
import statistics
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pymupdf

SCAN_DPI = 200  # of the picture that is read; 300 takes half as long again and reads no better
FIELD = 48  # points of the picture; the side of a field that has a paper of its own
MOST_SKEW = 5.0  # degrees that a page may be turned
WIDE_SHEET = 1.15  # as wide as high: two pages side by side


def page_picture(page: "pymupdf.Page") -> "tuple[np.ndarray, float]":
    """Return a page in grey, (rows, columns) from 0 to 255, and its dots per inch.

    They are those of its largest image: larger ones than SCAN_DPI are made smaller."""
    import numpy as np
    import pymupdf

    images = [(image["width"], pymupdf.Rect(image["bbox"])) for image in page.get_image_info()]
    dots = [72 * dots / box.width for dots, box in images if box.width > page.rect.width / 2]
    dpi = max(72.0, min([SCAN_DPI, max(dots, default=SCAN_DPI)]))
    pixmap = page.get_pixmap(matrix=pymupdf.Matrix(dpi / 72, dpi / 72), colorspace=pymupdf.csGRAY)
    points = np.frombuffer(pixmap.samples, dtype=np.uint8)
    return points.reshape(pixmap.height, pixmap.stride)[:, : pixmap.width].astype(np.float32), dpi


def blur(picture: "np.ndarray") -> "np.ndarray":
    """Return a picture whose points are means of their neighbours, weights 1 2 1 both ways."""
    import numpy as np

    padded = np.pad(picture, 1, mode="edge")
    rows = padded[:-2] + 2 * padded[1:-1] + padded[2:]
    return (rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:]) / 16


def even_light(picture: "np.ndarray") -> "np.ndarray":
    """Return a picture on white paper: each point against the paper around it.

    A field's paper is what seven in ten of its points are darker than or as dark as."""
    import numpy as np

    height, width = picture.shape
    down, across = -(-height // FIELD), -(-width // FIELD)
    room = ((0, down * FIELD - height), (0, across * FIELD - width))
    fields = np.pad(picture, room, mode="edge").reshape(down, FIELD, across, FIELD)
    fields = fields.transpose(0, 2, 1, 3).reshape(down, across, FIELD * FIELD)
    place = int(0.7 * FIELD * FIELD)
    paper = blur(np.partition(fields, place, axis=2)[:, :, place])
    y = (np.arange(height) + 0.5) / FIELD - 0.5
    x = (np.arange(width) + 0.5) / FIELD - 0.5
    tall = np.stack([np.interp(y, np.arange(down), column) for column in paper.T])
    whole = np.stack([np.interp(x, np.arange(across), row) for row in tall.T])
    return np.clip(255 * blur(picture) / np.maximum(whole, 1), 0, 255)


def find_skew(picture: "np.ndarray") -> float:
    """Return by how many degrees, at most MOST_SKEW, a page's lines fall to the right.

    The page is cut into upright strips; shifted by the right angle, their rows of ink and white
    fall together, and the sum over all strips changes most from row to row."""
    import numpy as np

    strips = 24
    width = picture.shape[1] // strips
    ink = 255 - picture[:, : strips * width].reshape(len(picture), strips, width).mean(axis=2)
    places = width * (np.arange(strips) - strips / 2)

    def sharpness(angle: float) -> float:
        shifts = np.round(math.tan(math.radians(angle)) * places).astype(int)
        total = sum(np.roll(ink[:, n], -shift) for n, shift in enumerate(shifts))
        return float((np.diff(total) ** 2).sum())

    angles = [n / 2 for n in range(-int(2 * MOST_SKEW), int(2 * MOST_SKEW) + 1)]
    found = {angle: sharpness(angle) for angle in angles}
    coarse = max(angles, key=found.__getitem__)
    if found[coarse] <= 1.5 * statistics.median(found.values()):
        return 0.0  # no lines: a picture, or nothing
    return max((coarse + n / 10 for n in range(-5, 6)), key=sharpness)


# %% [markdown] id="scans-spreads-text"
# #### Two pages on a sheet, and a page on end
# A spread is cut where the fewest ink stands near its middle, and each half is turned by its own
# skew, in one step, so that the letters are drawn anew only once.


# %% id="scans-spreads"
def cut_spread(picture: "np.ndarray") -> "list[np.ndarray]":
    """Return the two pages of a sheet that is wider than high, cut where least ink is between
    them; or the page itself."""
    import numpy as np

    height, width = picture.shape
    if width < WIDE_SHEET * height:
        return [picture]
    ink = np.convolve(255 - picture.mean(axis=0), np.ones(width // 100) / (width // 100), "same")
    first, last = int(0.42 * width), int(0.58 * width)
    middle = first + int(ink[first:last].argmin())
    return [picture[:, :middle], picture[:, middle:]]


def cut_sheet(page: Page) -> list[Page]:
    """Return the two pages of a scanned sheet that has text already, cut where fewest lines cross;
    or the page itself."""
    width, lines = page["width"], page["lines"]
    if not (is_picture(page) and lines and width > WIDE_SHEET * page["height"]):
        return [page]
    places = [width * part / 100 for part in range(42, 59)]
    crossing = [sum(line["x0"] < x < line["x1"] for line in lines) for x in places]
    if min(crossing) > 0.05 * len(lines):
        return [page]
    best = [x for x, count in zip(places, crossing) if count == min(crossing)]
    middle = best[len(best) // 2]
    sides: list[Page] = []
    for left, right in ((0, middle), (middle, width)):
        whole = [(0, 0, right - left, page["height"])]
        side: Page = {**page, "lines": [], "images": whole, "width": right - left}
        sides.append(side)
    for line in lines:
        right = line["x0"] + line["x1"] > 2 * middle
        shift = middle if right else 0
        sides[right]["lines"].append({**line, "x0": line["x0"] - shift, "x1": line["x1"] - shift})
    return sides


def turn(picture: "np.ndarray", angle: float, scale: float) -> "np.ndarray":
    """Return a picture `scale` times as large, and turned so that lines falling by `angle` degrees
    are level."""
    import numpy as np
    import pymupdf

    if abs(angle) < 0.05 and scale == 1:
        return picture
    with pymupdf.open(stream=as_pnm(picture), filetype="pnm") as document:
        page: Any = document[0]
        zoom = scale * picture.shape[1] / page.rect.width
        matrix = pymupdf.Matrix(zoom, zoom).prerotate(-angle)
        pixmap = page.get_pixmap(matrix=matrix, colorspace=pymupdf.csGRAY)
    points = np.frombuffer(pixmap.samples, dtype=np.uint8)
    return points.reshape(pixmap.height, pixmap.stride)[:, : pixmap.width]


def as_pnm(picture: "np.ndarray") -> bytes:
    """Return a grey picture as a file that programs read (portable anymap)."""
    height, width = picture.shape
    return b"P5 %d %d 255\n" % (width, height) + picture.astype("uint8").tobytes()


def clean_pictures(page: "pymupdf.Page") -> "list[np.ndarray]":
    """Return the picture of a scanned page, clean and upright in SCAN_DPI; two of a sheet."""
    picture, dpi = page_picture(page)
    parts = cut_spread(even_light(picture))
    return [turn(part, find_skew(part), SCAN_DPI / dpi) for part in parts]


# %% [markdown] id="scans-read-text"
# #### What Tesseract reads
# Tesseract reads each picture in a program of its own, so that all cores read at a time. It says
# where each line and word stands, how large the type is, and how sure it is of each word. Specks
# beside the text come out as signs that it is not sure of: they are dropped.

# %% id="scans-read"
import os
import re
import shutil
import subprocess
from collections import Counter
from itertools import pairwise

PAGE_SECONDS = 60  # at most, for the recognition of a page
UNSURE = 60  # of 100; below it, a word without a letter is a speck
_FIGURE = re.compile(r"([a-z_]+) ([\d. -]+)")
_DASHES = re.compile(r"\s?[-~–—]{2,}\s?|(?<=\w)~(?=\w)")
_LONE_I = re.compile(
    r"(?<![\w.,’'-])[1|l](?= [a-z’])|(?<=[“‘\"'])[1|l](?=[ ’'])|\b[tT](?=[’'](ll|m|ve)\b)"
)
_CLOSE_I = re.compile(
    r"\bI(?=(am|was|have|had|will|would|shall|should|can|could|may|might|must|do|did|never)\b)"
)
_CLOSING = re.compile(r"(?<=[\w.,;:!?…)\]])['\"]+|(?<=—)['\"]+(?!\w)")
_CURLY = str.maketrans("'\"", "’”"), str.maketrans("'\"", "‘“")  # closing, opening


def has_ocr() -> bool:
    """Tell whether Tesseract and its English are installed."""
    if not shutil.which("tesseract"):
        return False
    listed = subprocess.run(["tesseract", "--list-langs"], capture_output=True, timeout=60)
    return "eng" in listed.stdout.decode(errors="replace").split()


def recognise(pnm: bytes) -> bytes:
    """Return Tesseract's reading of a picture as hOCR (HTML), b"" if it fails or takes too long."""
    command = ["tesseract", "stdin", "stdout", "--dpi", str(SCAN_DPI), "-l", "eng"]
    command += ["-c", "tessedit_create_hocr=1", "-c", "hocr_char_boxes=1"]
    try:
        done = subprocess.run(
            command,
            input=pnm,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PAGE_SECONDS,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )
    except subprocess.TimeoutExpired:
        return b""
    return b"" if done.returncode else done.stdout


def _figures(element: Any) -> dict[str, list[float]]:
    return {
        name: list(map(float, values.split()))
        for name, values in _FIGURE.findall(element.get("title", ""))
    }


def mend_signs(text: str) -> str:
    """Return a line with dashes and lone I's where Tesseract reads strokes, and curly quotes: it
    prints now these, now straight ones."""
    text = _CLOSE_I.sub("I ", _LONE_I.sub("I", _DASHES.sub("—", text)))
    text = _CLOSING.sub(lambda sign: sign[0].translate(_CURLY[0]), text)
    return text.translate(_CURLY[1])


def read_word(word: Any, base: float, tall: float) -> tuple[str, str, str]:
    """Return a word of hOCR, and what stands raised before it and after it.

    Raised signs stand in the upper part of a line with its `base` and capitals as `tall`, in dots;
    quotation marks do so too, but are smaller."""
    glyphs = [("".join(one.itertext()), _figures(one)["x_bboxes"]) for one in word]
    high = []
    for sign, (_, top, _, foot) in glyphs:
        raised = base - foot > 0.3 * tall and foot - top > 0.45 * tall
        high.append(raised or sign in "*†‡")
    first = next((n for n, up in enumerate(high) if not up), len(glyphs))
    last = next((n for n in range(len(glyphs), first, -1) if not high[n - 1]), first)
    parts = glyphs[:first], glyphs[first:last], glyphs[last:]
    before, text, after = ("".join(sign for sign, _ in part) for part in parts)
    return text, before, after


# %% [markdown] id="scans-lines-text"
# #### Lines as a PDF has them
# What is recognised gets the shape that the lines of a typeset page have, so that everything after
# this does not know a scan.


# %% id="scans-lines"
def type_size(row: dict[str, list[float]]) -> float:
    """Return the size of a row of hOCR, in dots: from the foot of a p to the top of a b.

    A raised mark makes Tesseract take a b for taller: it is as tall as in most types, or less."""
    size, rises, falls = (row[name][0] for name in ("x_size", "x_ascenders", "x_descenders"))
    small = size - rises - falls  # the height of an x
    return size - max(0, rises - 0.45 * small)


def scanned_line(element: Any) -> Line | None:
    """Turn a line of hOCR into a Line, its size that of Tesseract's rows; None if it is specks."""
    whole, point = _figures(element), 72 / SCAN_DPI
    slope, offset = whole.get("baseline", [0, 0])
    left, _, right, foot = whole["bbox"]
    size = type_size(whole)
    tall = size - whole["x_descenders"][0]
    words, mark, marks = [], "", []
    for word in element.iter("{*}span"):
        if word.get("class") != "ocrx_word":
            continue
        figures = _figures(word)
        x0, _, x1, _ = figures["bbox"]
        text, before, after = read_word(word, foot + offset + slope * (x0 - left), tall)
        if words and before == "*":  # a mark follows a word: this is an apostrophe
            text, before = "’" + text, ""
        mark = mark or ("" if words else before)
        marks += [one for one in (before if words else "", after) if one]
        sure = figures["x_wconf"][0]
        if text and (sure >= UNSURE or any(map(str.isalnum, text))):
            words.append((text, sure, x0, x1))
    if not words:
        return None
    first, last = words[0][2], words[-1][3]
    base = foot + offset + slope * ((first + last) / 2 - left)
    letters = sum(len(text) for text, *_ in words)
    line: Line = {"text": mend_signs(" ".join(text for text, *_ in words)), "use": "body"}
    line.update(x0=point * first, x1=point * last, y=point * base, mark=mark, marks=marks)
    line.update(size=point * size, family="scan", bold=False, italic=False)
    line["sure"] = sum(len(text) * sure for text, sure, *_ in words) / letters
    wide = sum(after[2] - before[3] > 1.3 * size for before, after in pairwise(words))
    if wide:
        line["cells"] = 1 + wide
    return line


def level_sizes(lines: list[list[Line]]) -> None:
    """Give the lines of each paragraph one size, and those near it the page's usual one: as it is
    measured, a line's size depends on which letters stand in it."""
    for paragraph in lines:
        size = statistics.median(line["size"] for line in paragraph)
        level = [abs(line["size"] - size) < 0.12 * size for line in paragraph]
        for n, line in enumerate(paragraph):
            between = 0 < n < len(level) - 1 and level[n - 1] and level[n + 1]
            if level[n] or between:  # else it is a note below a paragraph
                line["size"] = size
    letters = Counter()
    for line in (line for paragraph in lines for line in paragraph):
        letters[line["size"]] += len(line["text"])
    usual = max(letters, key=letters.__getitem__, default=0)
    for line in (line for paragraph in lines for line in paragraph):
        if abs(line["size"] - usual) < 0.08 * usual:
            line["size"] = usual


def scanned_page(hocr: bytes, shape: tuple[int, int]) -> Page:
    """Return the page that Tesseract read in a picture of `shape` (rows, columns)."""
    from lxml import etree  # ty: ignore  # it is compiled

    paragraphs, point = [], 72 / SCAN_DPI
    height, width = (point * side for side in shape)
    images = [(0, 0, width, height)]
    if hocr:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
        root = etree.fromstring(hocr, parser)
        for paragraph in root.iter("{*}p"):
            lines = [scanned_line(one) for one in paragraph if one.tag.endswith("span")]
            if found := [line for line in lines if line]:
                paragraphs.append(found)
        photos = root.xpath("//*[@class='ocr_photo']")  # pictures in the page
        images += [tuple(point * side for side in _figures(one)["bbox"]) for one in photos]
    level_sizes(paragraphs)
    lines = [line for paragraph in paragraphs for line in paragraph]
    return {"lines": lines, "images": images, "width": width, "height": height}
