"""Scanned pages: pictures made clean and upright, spreads cut, Tesseract's lines, poor text."""

import re
import shutil

import numpy as np
import pymupdf
import pytest
from lxml import etree  # ty: ignore  # it is compiled
from rapidfuzz.distance import LCSseq

from chapters import pdfs
from chapters.extraction import describe_damage, extract_book
from chapters.pdfs import leave_unreadable
from chapters.scans import (
    cut_sheet,
    cut_spread,
    even_light,
    find_skew,
    has_ocr,
    level_sizes,
    mend_signs,
    scanned_line,
    scanned_page,
    turn,
)
from chapters.sections import find_note
from makers import Words
from scans import scan_book
from typesetter import Typesetter, text_of

needs_ocr = pytest.mark.skipif(not has_ocr(), reason="Tesseract is not installed")


def words_of(text):
    return re.findall(r"[a-z0-9]+", text.lower())


def likeness(book, truth):
    """F1 of the words."""
    a, b = words_of("\n".join(truth)), words_of(text_of(book))
    return 2 * LCSseq.similarity(a, b) / (len(a) + len(b))


def printed(path, paragraphs=7, note=""):
    """Save a chapter of English prose with running heads; return its paragraphs."""
    setter, words = Typesetter(head="The Long Way"), Words("cymbeline", 3)
    setter.chapter("Chapter 1")
    truth = [words.take(8) for _ in range(paragraphs)]
    for number, text in enumerate(truth):
        setter.paragraph(text, note=note if number == 1 else None)
    setter.save(path)
    return truth


def rows_of_ink(height=600, width=400):
    picture = np.full((height, width), 255.0)
    picture[60:540:20, 40:360] = picture[61:540:20, 40:360] = 0
    return picture


# ---- Pictures


@pytest.mark.parametrize("angle", [-4.2, -0.7, 0, 1.5, 3])
def test_skew_is_found_and_turned_back(angle):
    turned = turn(rows_of_ink(), -angle, 1)
    found = find_skew(turned)
    assert found == pytest.approx(angle, abs=0.11)
    assert abs(find_skew(turn(turned, found, 1))) < 0.2


def test_a_page_without_lines_is_not_turned():
    rng = np.random.default_rng(1)
    assert find_skew(np.full((500, 300), 255.0)) == 0
    assert find_skew(rng.uniform(0, 255, (500, 300))) == 0


def test_shadow_becomes_paper():
    picture = rows_of_ink() * 0.8 + 20
    shaded = picture * np.linspace(0.4, 1, 400)
    even = even_light(shaded)
    assert even[200:400, 100:140].max() > 250 and even[200:400, 300:340].max() > 250
    assert np.abs(even[200:400, 60:100].mean() - even[200:400, 300:340].mean()) < 12


def test_a_sheet_is_cut_between_its_pages():
    sheet = np.hstack([rows_of_ink(), rows_of_ink()[:, 30:]])
    left, right = cut_spread(sheet)
    assert 360 < left.shape[1] < 415 and left.shape[1] + right.shape[1] == sheet.shape[1]
    assert len(cut_spread(rows_of_ink())) == 1


def test_a_sheet_with_text_is_cut_between_its_lines():
    lines = [{"text": "left", "x0": 30, "x1": 370, "y": y} for y in range(100, 500, 20)]
    lines += [{"text": "right", "x0": 440, "x1": 780, "y": y} for y in range(100, 500, 20)]
    sheet = {"lines": lines, "images": [(0, 0, 800, 600)], "width": 800, "height": 600}
    left, right = cut_sheet(sheet)
    assert {line["text"] for line in left["lines"]} == {"left"}
    assert {line["text"] for line in right["lines"]} == {"right"}
    assert right["lines"][0]["x0"] == 440 - left["width"]
    across = {"text": "across", "x0": 30, "x1": 780, "y": 50}
    for other in ({"images": []}, {"width": 500}, {"lines": lines[:5] + [across]}):
        assert len(cut_sheet({**sheet, **other})) == 1


# ---- Lines


def hocr_line(words, x_size=30, rises=7):
    """A line as Tesseract writes it; words of (text, sure, {letter: (top, bottom)}); base 100."""
    x, made = 50, ""
    for text, sure, places in words:
        glyphs = ""
        for n, sign in enumerate(text):
            top, foot = places.get(n, (78, 100))
            box = f"x_bboxes {x + 12 * n} {top} {x + 12 * n + 10} {foot}; x_conf 99"
            glyphs += f"<span class='ocrx_cinfo' title='{box}'>{sign}</span>"
        box = f"bbox {x} 78 {x + 12 * len(text)} 100; x_wconf {sure}"
        made += f"<span class='ocrx_word' title='{box}'>{glyphs}</span>"
        x += 12 * len(text) + 10
    title = f"bbox 50 78 {x} 106; baseline 0 -6"
    title += f"; x_size {x_size}; x_descenders 6; x_ascenders {rises}"
    return etree.fromstring(f"<span class='ocr_line' title='{title}'>{made}</span>")


def test_raised_figures_are_marks_and_quotation_marks_are_not():
    words = [("1We", 90, {0: (76, 90)}), ("sail.1", 90, {5: (76, 90)}), ("go.”", 90, {3: (78, 86)})]
    line = scanned_line(hocr_line(words))
    assert line["text"] == "We sail. go.”" and line["mark"] == "1" and line["marks"] == ["1"]


def test_specks_are_dropped_and_places_are_points():
    line = scanned_line(hocr_line([("~", 20, {}), ("Ahab", 96, {}), (":", 10, {})]))
    assert line["text"] == "Ahab" and line["sure"] == 96
    assert line["y"] == pytest.approx(36) and line["x0"] == pytest.approx(72 * 72 / 200)
    assert scanned_line(hocr_line([(":", 10, {})])) is None


def test_a_raised_mark_makes_a_line_no_taller():
    plain, raised = hocr_line([("go", 96, {})]), hocr_line([("go", 96, {})], 36, rises=13)
    assert scanned_line(raised)["size"] == pytest.approx(scanned_line(plain)["size"], rel=0.05)
    tall = [scanned_line(hocr_line([("go", 96, {})], 30, rises)) for rises in (9, 9.3, 9.6)]
    assert max(line["size"] for line in tall) < 1.05 * min(line["size"] for line in tall)


def test_one_size_for_a_paragraph_and_another_for_the_note_below_it():
    paragraph = [{"size": size, "text": "word"} for size in (10, 10.8, 14, 10, 10, 8, 8.2)]
    level_sizes([paragraph])
    assert [line["size"] for line in paragraph] == [10, 10, 10, 10, 10, 8, 8.2]


def test_pictures_in_a_page_are_known():
    photo = "<div class='ocr_photo' title='bbox 100 200 300 400'/>"
    page = scanned_page(f"<html><body>{photo}</body></html>".encode(), (2000, 1000))
    assert page["images"] == [(0, 0, 360, 720), (36, 72, 108, 144)]


def test_the_grain_of_a_picture_is_no_line():
    told = [("TEL OA Pe", 20), ("ey", 36), ("it.", 70), ("Ay", 90), ("We sailed at noon.", 94)]
    lines = [{"text": text, "sure": sure, "use": "body"} for text, sure in told]
    leave_unreadable([{"lines": lines, "images": [(0, 0, 9, 9)], "width": 9, "height": 9}])
    assert [line["use"] for line in lines] == ["image", "image", "body", "body", "body"]


@pytest.mark.parametrize(
    "text, size, scanned, first",
    [
        ("6. But, alas", 8.5, {}, 2),
        ("6. But, alas", 8.5, {"sure": 95}, 1),
        ("12 And the Lord said", 8.5, {"sure": 95}, 2),  # a verse that is quoted
        ("6. But, alas", 9.2, {"sure": 95}, 2),
    ],
)
def test_a_scanned_note_needs_no_mark_that_was_read(text, size, scanned, first):
    lines = [{"text": one, "mark": "", "marks": [], "above": 1} for one in ("so.", text)]
    lines[0].update(size=10)
    lines[1].update(size=size, **scanned)
    assert find_note(lines, 10, marked=False) == (first, 1)


@pytest.mark.parametrize(
    "read, meant",
    [
        ("gale.—-It’s the", "gale.—It’s the"),
        ("now--was flung", "now—was flung"),
        ("and | have seen", "and I have seen"),
        ("“1 was there", "“I was there"),
        ("“t’ll go", "“I’ll go"),
        ("Chapter 1", "Chapter 1"),
        ("as Iam, Ivan", "as I am, Ivan"),
        ("'Tis \"he'll\" come,' she said.", "‘Tis “he’ll” come,’ she said."),
        ('"He said \'no.\'" (so) he cried—"Stop!"', "“He said ‘no.’” (so) he cried—“Stop!”"),
        ('(he said)" and off—"', "(he said)” and off—”"),
        ("half-foundered", "half-foundered"),
    ],
)
def test_strokes_are_mended(read, meant):
    assert mend_signs(read) == meant


# ---- Books


@needs_ocr
@pytest.mark.parametrize(
    "least, look",
    [
        (0.995, {"dpi": 200}),
        (0.98, {"dpi": 150, "tilt": 2, "noise": 0.2, "shade": True}),
        (0.98, {"dpi": 150, "tilt": 1, "spread": True}),
    ],
)
def test_scans_are_read(tmp_path, least, look):
    truth = printed(tmp_path / "book.pdf")
    book = extract_book(scan_book(tmp_path / "book.pdf", tmp_path / "scan.pdf", **look))
    assert likeness(book, truth) >= least
    assert "Long Way" not in text_of(book) and book["report"]["clean"] > 0.97
    assert book["n_pages"] == len(pymupdf.open(tmp_path / "book.pdf")) + bool(look.get("spread"))


@needs_ocr
def test_what_was_read_is_kept(tmp_path, monkeypatch):
    printed(tmp_path / "book.pdf", paragraphs=2)
    path = scan_book(tmp_path / "book.pdf", tmp_path / "scan.pdf")
    book = extract_book(path)
    monkeypatch.setattr(pdfs, "read_scans", lambda *_: 1 / 0)
    assert extract_book(path) == book
    shutil.copy(path, tmp_path / "other.pdf")
    with pytest.raises(ZeroDivisionError):  # nothing is kept for it
        extract_book(tmp_path / "other.pdf")


def with_layer(scan, texts, path):
    """Lay a text under each picture of a scan, unseen, as scanners' programs do."""
    with pymupdf.open(scan) as document:
        for page, text in zip(document, texts):
            page.insert_textbox(page.rect + (30, 30, -30, -30), text, fontsize=8, render_mode=3)
        document.save(path)
    return path


@needs_ocr
def test_poor_text_under_a_scan_is_read_anew(tmp_path):
    truth = printed(tmp_path / "book.pdf")
    scan = scan_book(tmp_path / "book.pdf", tmp_path / "scan.pdf")
    with pymupdf.open(tmp_path / "book.pdf") as document:
        sound = [page.get_text() for page in document]
    poor = [re.sub("[aeo](?=[a-z]{2})", "|", text) for text in sound]
    book = extract_book(with_layer(scan, poor, tmp_path / "poor.pdf"))
    assert likeness(book, truth) >= 0.995 and "|" not in text_of(book)
    good = with_layer(scan, [text.replace("the ", "THE ") for text in sound], tmp_path / "good.pdf")
    assert "THE " in text_of(extract_book(good))  # it stays


def test_badly_scanned_pages_are_left_out_and_named(tmp_path, monkeypatch):
    monkeypatch.setattr(pdfs, "has_ocr", lambda: False)
    printed(tmp_path / "book.pdf", paragraphs=9)
    with pymupdf.open(tmp_path / "book.pdf") as document:
        texts = [page.get_text() for page in document]
    texts[1] = re.sub("[aeo](?=[a-z]{2})", "|", texts[1])
    scan = scan_book(tmp_path / "book.pdf", tmp_path / "scan.pdf", dpi=72)
    book = extract_book(with_layer(scan, texts, tmp_path / "part.pdf"))
    assert describe_damage([book]) == [
        "part.pdf: page 2 cannot be read and is left out: scan it anew."
    ]
    assert book["report"]["page_uses"][1] == "unreadable" and "|" not in text_of(book)
