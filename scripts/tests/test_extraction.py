"""Whole books: how good the text is, that no page breaks it, what is left out, told and written."""

import re
import shutil
import tempfile
from collections import Counter
from pathlib import Path

import pymupdf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import LCSseq

import benchmark
from chapters import extraction
from chapters.extraction import (
    books_table,
    describe_strips,
    doubts_table,
    extract_book,
    extract_books,
    left_out_table,
    plot_page_strips,
    write_books,
)
from chapters.files import find_books
from chapters.preparation import Mistake, show_figure
from chapters.remedies import edges_table
from typesetter import Typesetter, prose, sound_book, text_of

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "books"
BOOKS = sorted(SHARED.glob("*.pdf")) if SHARED.exists() else []
LETTERS = "abcdefgh ijklmnopq rstuvwxyz ABC IVX .,;:!?'\"()-*— 0123456789 éüñß«»"
LINE = st.tuples(
    st.text(LETTERS, min_size=1, max_size=70),
    st.integers(-20, 400),
    st.integers(0, 620),
    st.sampled_from([5, 6.5, 8, 10, 10, 10, 11, 14, 24, 40]),
    st.sampled_from(["tiro", "tibo", "tiit", "helv", "cour"]),
)
BLOCK = st.tuples(
    st.lists(st.text(LETTERS, min_size=1, max_size=60), min_size=1, max_size=25),
    st.integers(10, 250),
    st.integers(20, 400),
    st.sampled_from([7, 9, 10, 12]),
    st.sampled_from(["tiro", "tiit"]),
)
PAGE = st.tuples(
    st.lists(LINE, max_size=6), st.lists(BLOCK, max_size=2), st.sampled_from([0, 0, 0, 90])
)


def words_of(text):
    """Words as they are scored: small, apostrophes straight, cut at dashes and hyphens."""
    text = text.lower().replace("’", "'").replace("‘", "'")
    return [word for word in (word.strip("'") for word in re.findall(r"[a-z0-9']+", text)) if word]


def f1(truth, found):
    """F1 of the words in common, in order (longest common subsequence)."""
    truth, found = words_of(truth), words_of(found)
    return 2 * LCSseq.similarity(truth, found) / max(1, len(truth) + len(found))


@pytest.mark.parametrize(
    "play", ["Hamlet", "Macbeth", "Romeo and Juliet", "Much Ado About Nothing"]
)
def test_sample_play(play):
    path = ROOT / "Books" / "WilliamShakespeare" / f"{play}.pdf"
    if not path.exists():
        pytest.skip("the sample is not made: uv run scripts/sample/prepare_sample.py --books")
    from sample.prepare_sample import truth_text

    try:
        truth = truth_text(play)
    except FileNotFoundError as error:
        pytest.skip(str(error))
    book = extract_book(path)
    assert f1(truth, text_of(book)) >= 0.998
    same = {paragraph["text"] for paragraph in book["paragraphs"]} & set(
        truth.strip().split("\n\n")
    )
    assert len(same) > 0.75 * len(book["paragraphs"])  # speeches are whole, in their printed lines


@pytest.mark.skipif(not BOOKS, reason="no books with a known text beside the repository")
@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_book_with_known_text(path):
    truth, found = (
        words_of(path.with_suffix(".truth.txt").read_text()),
        words_of(text_of(extract_book(path))),
    )
    common = LCSseq.similarity(truth, found)
    assert 2 * common / (len(truth) + len(found)) >= 0.997 and common / len(truth) >= 0.998
    assert common / len(found) >= 0.999  # nothing of the notes, the index, the foreword and so on


def set_pages(pages, path):
    document = pymupdf.open()
    for lines, blocks, turn in pages:
        page = document.new_page(width=400, height=600)
        for text, x, y, size, font in lines:
            page.insert_text((x, y), text, fontsize=size, fontname=font, rotate=turn)
        for block, x, y, size, font in blocks:
            for number, text in enumerate(block):
                page.insert_text((x, y + 1.2 * size * number), text, fontsize=size, fontname=font)
    document.save(path)


def letters_of(text):
    return Counter(re.sub(r"[\W_]", "", text.lower()))


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.lists(PAGE, min_size=1, max_size=6), st.booleans())
def test_any_pages(pages, body_pages):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "made.pdf")
        set_pages(pages, path)
        hand = [1, max(1, len(pages) // 2)] if body_pages else None
        try:
            book = extract_book(path, hand)
        except Mistake as error:
            assert str(error).startswith("made.pdf") and str(error).endswith((".", "]"))
            return
        assert extract_book(path, hand) == book
        with pymupdf.open(path) as document:
            there = "\n".join(page.get_text() for page in document).lower()
        printed = set(re.findall(r"[^\W_]+", there))
        for paragraph in book["paragraphs"]:
            first, last = paragraph["pages"]
            assert paragraph["text"].strip() and 1 <= first <= last <= len(pages)
            for word in re.findall(r"[^\W_]+", paragraph["text"].lower()):
                halves = any(
                    word[:at] in printed and word[at:] in printed for at in range(1, len(word))
                )
                assert word in printed or halves, word  # whole, or put together from two
        found = letters_of("".join(paragraph["text"] for paragraph in book["paragraphs"]))
        assert not found - letters_of(there)
        report = book["report"]
        assert len(report["page_uses"]) == len(pages) and report["words_kept"] >= 1


@pytest.fixture
def good(tmp_path):
    return sound_book(tmp_path / "good.pdf")


def test_pages_by_hand_for_an_unknown_book(good):
    with pytest.raises(Mistake) as error:
        extract_books([good], {"other": [1, 2]})
    assert (
        str(error.value)
        == "BOOK_PAGES names other, but there is no such book: give names of files, without their "
        "endings."
    )


def test_a_bad_book_does_not_stop_the_others(tmp_path, good):
    (tmp_path / "a.pdf").write_bytes(b"nothing")
    books, bad = extract_books(find_books(tmp_path), {})
    assert [book["stem"] for book in books] == ["good"]
    assert bad == ["a.pdf is no PDF, whatever its name says: take it out of the folder."]


def test_no_book_left(tmp_path):
    (tmp_path / "a.pdf").write_bytes(b"nothing")
    with pytest.raises(Mistake) as error:
        extract_books(find_books(tmp_path), {})
    assert str(error.value) == (
        "No book can be used. a.pdf is no PDF, whatever its name says: take it out of the folder."
    )


def test_the_same_book_twice(tmp_path, good):
    shutil.copy(good, tmp_path / "second edition.pdf")
    books, bad = extract_books(find_books(tmp_path), {})
    assert [book["stem"] for book in books] == ["good"]
    assert bad == [
        "second edition.pdf is the same book as good.pdf (100% of the text is alike, and good.pdf "
        "is used)."
    ]


@pytest.fixture
def books_folder(tmp_path):
    """Two sound books, one file that is none, and one book twice."""
    folder = tmp_path / "Books"
    folder.mkdir()
    for name, seed in (("first", 1), ("second", 2), ("second copy", 2)):
        setter = Typesetter(head="The Made-up Book")
        for chapter in range(3):
            setter.chapter(f"Chapter {chapter + 1}")
            for text in prose(10 * seed + chapter, 10):
                setter.paragraph(text)
        setter.chapter("Index")
        for _ in range(5):
            setter.paragraph("anchor, 3, 5, 7", indent=0)
        setter.save(folder / f"{name}.pdf")
    (folder / "letter.pdf").write_text("Dear reader")
    return folder


def test_books_as_the_notebook_shows_them(tmp_path, books_folder):
    books, bad = extract_books(find_books(books_folder), {"first": [1, 4]})
    write_books(books, tmp_path)
    assert [book["stem"] for book in books] == ["first", "second"]
    assert len(bad) == 2 and bad[0].startswith("letter.pdf is no PDF")
    assert bad[1].startswith("second copy.pdf is the same book as second.pdf")
    for book in books:
        kept = (tmp_path / "books" / f"{book['stem']}.txt").read_text(encoding="utf-8")
        assert kept == "\n\n".join(paragraph["text"] for paragraph in book["paragraphs"]) + "\n"
        assert "anchor" not in kept and "Made-up" not in kept
        gone = (tmp_path / "left_out" / f"{book['stem']}.txt").read_text(encoding="utf-8")
        head = "running head (returns at the same height from page to page):\nThe Made-up Book"
        assert head in gone
        assert set(book) == {"stem", "title", "path", "paragraphs", "n_pages", "report"}
        for paragraph in book["paragraphs"]:
            assert list(paragraph) == ["text", "pages", "chapter", "verse"]
    table = books_table(books)
    assert list(table.columns[:5]) == ["file", "pages", "body pages", "clean", "words kept"]
    assert table.loc["First", "body pages"] == "1–4" and table.loc["First", "file"] == "first.pdf"
    assert table.loc["First", "outside BOOK_PAGES"] > 100
    sections = left_out_table(books)
    told = set(zip(sections["book"], sections["taken for"], sections["because"], strict=True))
    assert ("Second", "index", "heading “Index”") in told
    doubts = doubts_table(books)
    assert len(doubts) <= 10
    assert list(doubts.columns) == ["book", "page", "doubt", "reason", "text"]
    edges = edges_table(books)  # where the body begins and ends stands apart
    assert list(edges["the text"]) == ["begins", "ends"] * len(books)


def test_strip_of_pages(tmp_path, books_folder):
    books, _ = extract_books(find_books(books_folder), {"first": [1, 4]})
    figure = plot_page_strips(books)
    shown = [text.get_text() for text in figure.legends[0].get_texts()]
    assert shown == ["body", "index", "outside BOOK_PAGES", "empty"]
    assert describe_strips(books).startswith(
        "A strip of pages for each book, by what they hold. First: 4 of "
    )
    show_figure(figure, tmp_path / "pages.png", describe_strips(books))
    assert (tmp_path / "pages.png").stat().st_size > 5000


def test_benchmark_prints_the_ratio(books_folder, capsys):
    rows = benchmark.main(["extraction", str(books_folder / "first.pdf"), "--repeats", "1"])
    assert [row["book"] for row in rows] == ["first"] and rows[0]["ratio"] > 0
    assert "ratio" in capsys.readouterr().out


def test_progress_counts_the_books(tmp_path, monkeypatch):
    paths = [tmp_path / f"{name}.pdf" for name in "ab"]
    for path in paths:
        sound_book(path)
    seen = []

    def progress(items, label, total):
        for item in items:
            seen.append((label, total, item["stem"]))
            yield item

    monkeypatch.setattr(extraction, "progress", progress)
    books, _ = extraction.extract_books(paths, {})
    assert seen == [("Books", 2, "a"), ("Books", 2, "b")] and len(books) == 1  # the other is a copy
