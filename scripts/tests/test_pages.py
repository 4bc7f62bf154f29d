"""Bad input: each fault is one sentence that names the file, says what is wrong and what to do."""

from typing import Any

import pymupdf
import pytest

from chapters import pdfs
from chapters.extraction import extract_book
from chapters.files import find_books
from chapters.pages import check_text
from chapters.preparation import Mistake
from typesetter import sound_book

AES_256 = 5  # PyMuPDF's PDF_ENCRYPT_AES_256


@pytest.fixture
def good(tmp_path):
    """A sound book of a few pages."""
    return sound_book(tmp_path / "good.pdf")


def message(path, body_pages=None):
    with pytest.raises(Mistake) as error:
        extract_book(path, body_pages)
    return str(error.value)


def test_folder_without_a_book(tmp_path):
    (tmp_path / "notes.xls").write_text("no book")
    (tmp_path / "README.md").write_text("no book")
    with pytest.raises(Mistake) as error:
        find_books(tmp_path)
    assert (
        str(error.value)
        == f"There is no book in {tmp_path}: put the author's books there, one file a book (PDF, "
        "EPUB, DOCX, HTML, Markdown or plain text)."
    )


def test_books_come_sorted_whatever_the_case_of_their_ending(tmp_path):
    for name in ("b.PDF", "a.pdf", "d.xls", "c.Epub"):
        (tmp_path / name).write_bytes(b"")
    assert [path.name for path in find_books(tmp_path)] == ["a.pdf", "b.PDF", "c.Epub"]


@pytest.mark.parametrize("content", [b"PK\x03\x04 a document of another kind", b"hello " * 1000])
def test_no_pdf(tmp_path, content):
    (tmp_path / "fake.pdf").write_bytes(content)
    assert (
        message(tmp_path / "fake.pdf")
        == "fake.pdf is no PDF, whatever its name says: take it out of the folder."
    )


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_cut_short(tmp_path, good, share):
    content = good.read_bytes()
    (tmp_path / "cut.pdf").write_bytes(content[: int(share * len(content))])
    assert (
        message(tmp_path / "cut.pdf")
        == "cut.pdf is cut short (the end of the file is missing): copy it again."
    )


def test_damaged(tmp_path):
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7\n" + b"\x00\xff" * 500 + b"\n%%EOF")
    assert message(tmp_path / "broken.pdf") in (
        "broken.pdf is damaged and cannot be opened: copy it again.",
        "broken.pdf has no pages: copy it again or take it out of the folder.",
    )


def test_no_pages(tmp_path):
    (tmp_path / "none.pdf").write_bytes(
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages"
        b"/Kids[]/Count 0>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
    )
    assert (
        message(tmp_path / "none.pdf")
        == "none.pdf has no pages: copy it again or take it out of the folder."
    )


def test_password(tmp_path, good):
    pymupdf.open(good).save(tmp_path / "locked.pdf", encryption=AES_256, user_pw="u", owner_pw="o")
    assert message(tmp_path / "locked.pdf") == (
        "locked.pdf is locked by a password: save a copy without one, for example with "
        "`qpdf --decrypt`, and put it in its place."
    )


def scan(good, path, more=0):
    """Save pictures of the pages of `good`, and `more` pages with text."""
    source, document = pymupdf.open(good), pymupdf.open()
    for page in source:
        document.new_page(width=360, height=540).insert_image(
            page.rect, pixmap=page.get_pixmap(dpi=50)
        )
    if more:
        document.insert_pdf(source, to_page=more - 1)
    document.save(path)
    return len(source)


def test_scan(tmp_path, good, monkeypatch):
    count = scan(good, tmp_path / "scan.pdf")
    monkeypatch.setattr(pdfs, "has_ocr", lambda: False)
    assert message(tmp_path / "scan.pdf") == (
        f"scan.pdf: {count} of its {count} pages are scanned images without text: install "
        "Tesseract, which is then used here, or add the text with `ocrmypdf`."
    )


def test_a_few_scanned_pages_are_recorded(tmp_path, good, monkeypatch):
    source, document = pymupdf.open(good), pymupdf.open()
    document.insert_pdf(source)
    document.new_page(width=360, height=540).insert_image(
        source[0].rect, pixmap=source[0].get_pixmap(dpi=50)
    )
    document.save(tmp_path / "part.pdf")
    monkeypatch.setattr(pdfs, "has_ocr", lambda: False)
    book = extract_book(tmp_path / "part.pdf")
    assert book["report"]["page_uses"][-1] == "image"
    assert book["report"]["decisions"][-1] == {
        "page": len(document),
        "what": "image",
        "reason": "no text",
        "words": 0,
        "text": "",
    }


def test_no_text(tmp_path):
    document = pymupdf.open()
    for _ in range(3):
        document.new_page().draw_line((10, 10), (100, 100))
    document.save(tmp_path / "blank.pdf")
    assert (
        message(tmp_path / "blank.pdf")
        == "blank.pdf holds no text on its 3 pages: take it out of the folder."
    )


def test_font_without_unicode_map(tmp_path):
    page: Any = {"lines": [{"text": "four \ufffd\ufffd\ue001\ue002 good"}], "images": []}
    with pytest.raises(Mistake) as error:
        check_text("odd.pdf", [page])
    assert str(error.value) == (
        "odd.pdf: 29% of its characters are unreadable (a font without a Unicode map, or a damaged "
        "file): use another copy, or make its text anew with `ocrmypdf --force-ocr`."
    )


@pytest.mark.parametrize("body_pages", [[0, 3], [3, 2], [1, 99], [2]])
def test_pages_by_hand_outside_the_book(good, body_pages):
    count = len(pymupdf.open(good))
    assert message(good, body_pages) == (
        f"good.pdf: BOOK_PAGES gives {body_pages}, but its pages run from 1 to {count}: "
        "give [first, last]."
    )


def test_notebook_shows_the_sentence_without_traceback(tmp_path):
    with pytest.raises(Mistake) as error:
        find_books(tmp_path)
    lines = error.value._render_traceback_()
    assert len(lines) == 1 and "There is no book in" in lines[0] and "Traceback" not in lines[0]


def test_damaged_page_tree(tmp_path, good):
    document = pymupdf.open(good)
    tree = int(document.xref_get_key(document.pdf_catalog(), "Pages")[1].split()[0])
    document.xref_set_key(tree, "Kids", f"[{tree} 0 R]")
    document.save(tmp_path / "tree.pdf")
    told = message(tmp_path / "tree.pdf")
    assert told.startswith("tree.pdf is damaged (") and told.endswith("): copy it again.")
