"""Books without pages: nothing lost, nothing let in, whoever made the file."""

import random
import re
import shutil
import time
from pathlib import Path

import pytest
from rapidfuzz.distance import LCSseq

import ebook_makers as makers
from chapters.ebooks import is_by_another, mark_ebook
from chapters.extraction import extract_book, extract_books
from chapters.files import find_books
from chapters.preparation import Mistake
from typesetter import paragraphs_of, prose, sound_book, text_of

pytest.importorskip("lxml")
MAKERS = {
    "semantic.epub": makers.semantic_epub,
    "converted.epub": makers.calibre_epub,
    "gutenberg.epub": makers.gutenberg_epub,
    "library.epub": makers.library_epub,
    "pandoc.epub": makers.pandoc_book,
    "word.docx": makers.pandoc_book,
    "page.html": makers.web_page,
    "marked.md": makers.markdown_book,
    "plain.txt": makers.text_book,
}


def make(name, folder, book):
    """The made-up book as a file; skipped where its maker is not installed."""
    if MAKERS[name] is makers.pandoc_book and not shutil.which("pandoc"):
        pytest.skip("pandoc is not installed")
    if name == "library.epub":
        pytest.importorskip("ebooklib")
    return MAKERS[name](folder / name, book)


def words_of(text):
    return re.findall(r"[a-z0-9]+", text.lower().replace("’", ""))


def f1(truth, found):
    truth, found = words_of(truth), words_of(found)
    return 2 * LCSseq.similarity(truth, found) / (len(truth) + len(found))


@pytest.mark.parametrize("name", MAKERS)
def test_books_of_every_maker(tmp_path, name):
    made = makers.made_chapters()
    book = extract_book(make(name, tmp_path, made))
    truth, text = makers.truth_of(made), text_of(book)
    assert f1(truth, text) >= 0.999
    assert paragraphs_of(book) == truth.split("\n\n")  # whole, verse in its lines
    assert not any(word in text for word in [*makers.LEAKS, "licence", "Typist"])
    assert not re.search(r"\d|\[|↩|\*|_", text)  # no marker left
    left = " ".join(one["text"] for one in book["report"]["decisions"]).replace("\n", " ")
    assert all(note in left for note in makers.notes_of(made))  # and each is told
    chapters = {one["chapter"].title().rstrip(".") for one in book["paragraphs"]}
    assert chapters == {f"Chapter {number}" for number in range(1, 7)}
    assert book["title"] == makers.TITLE
    assert all(one["pages"][0] <= book["n_pages"] for one in book["paragraphs"])


def test_sections_of_an_ebook_are_told_with_reasons(tmp_path):
    book = extract_book(makers.semantic_epub(tmp_path / "a.epub", makers.made_chapters()))
    told = {(one["what"], one["reason"]) for one in book["report"]["decisions"]}
    assert {
        ("foreword", "marked “foreword” in the e-book"),
        ("index", "marked “index” in the e-book"),
        ("page number", "marked “pagebreak” in the e-book"),
        ("heading", "kept as the chapter's title"),
    } <= told


def test_pages_by_hand(tmp_path):
    path = makers.text_book(tmp_path / "a.txt", makers.made_chapters())
    whole = extract_book(path)
    book = extract_book(path, [5, 8])
    assert {one["pages"][0] for one in book["paragraphs"]} == {5, 6, 7, 8}
    assert "outside BOOK_PAGES" in book["report"]["words_dropped"]
    with pytest.raises(Mistake, match="its pages run from 1 to"):
        extract_book(path, [5, whole["n_pages"] + 1])


def test_an_introduction_signed_by_another_is_left_out():
    lines = [{"use": "body", "text": text} for text in ("A great book.", "Bertha Smith")]
    assert is_by_another(lines, "Introduction", "Ada Quill")
    assert not is_by_another(lines, "Introduction", "Bertha Smith")
    assert not is_by_another(lines, "Introduction", "")
    assert not is_by_another(lines[:1], "Introduction", "Ada Quill")
    assert not is_by_another(lines, "Chapter 1", "Ada Quill")


def test_the_place_where_a_book_lets_its_text_begin_is_believed(tmp_path):
    page = "<html><body>{}</body></html>"
    files = {
        "a.html": page.format(
            "<h1>A Word Before</h1>" + "".join(map("<p>{}</p>".format, prose(1)))
        ),
        "b.html": page.format("<h1>Loomings</h1>" + "".join(map("<p>{}</p>".format, prose(2)))),
    }
    guide = '<guide><reference type="text" href="b.html"/></guide>'
    files["content.opf"] = makers.make_package(list(files), guide=guide)
    book = extract_book(makers.write_zip(tmp_path / "a.epub", files))
    assert paragraphs_of(book) == prose(2)
    files["content.opf"] = makers.make_package(["a.html", "b.html"])
    book = extract_book(makers.write_zip(tmp_path / "b.epub", files))
    assert paragraphs_of(book) == prose(1) + prose(2)


def test_a_thousand_pages_in_five_seconds(tmp_path):
    path = makers.semantic_epub(tmp_path / "long.epub", makers.made_chapters(60, 95))
    start = time.process_time()
    layout, _ = mark_ebook(path)
    assert time.process_time() - start < 5
    assert len(layout["pages"]) > 1000


def test_a_folder_with_good_broken_and_locked_books_of_each_kind(tmp_path):
    from pymupdf import open as open_pdf

    made = [makers.made_chapters(2, seed=seed) for seed in range(3, 9)]
    good = {
        "e.epub": makers.semantic_epub(tmp_path / "e.epub", made[0]),
        "h.html": makers.web_page(tmp_path / "h.html", made[1]),
        "m.md": makers.markdown_book(tmp_path / "m.md", made[2]),
        "t.txt": makers.text_book(tmp_path / "t.txt", made[3]),
        "p.pdf": sound_book(tmp_path / "p.pdf"),
    }
    if shutil.which("pandoc"):
        good["w.docx"] = makers.pandoc_book(tmp_path / "w.docx", made[4])
    for name, path in good.items():
        content = path.read_bytes()
        (tmp_path / f"broken {name}").write_bytes(
            content[: len(content) // 2] if path.suffix in (".epub", ".docx", ".pdf") else b" \n"
        )
    locks = {
        "META-INF/encryption.xml": "<e><EncryptedData><EncryptionMethod Algorithm="
        "'http://www.w3.org/2001/04/xmlenc#aes128-cbc'/></EncryptedData></e>"
    }
    makers.write_zip(tmp_path / "locked e.epub", locks)
    (tmp_path / "locked w.docx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000))
    open_pdf(good["p.pdf"]).save(tmp_path / "locked p.pdf", encryption=5, user_pw="u", owner_pw="o")
    books, told = extract_books(find_books(tmp_path), {})
    assert {Path(book["path"]).name for book in books} == set(good)
    bad = [path.name for path in find_books(tmp_path) if path.name not in good]
    assert sorted(line.split(" ")[0] + " " + line.split(" ")[1].rstrip(":") for line in told) == bad
    for line in told:
        assert line.endswith(".") and "\n" not in line and "Error" not in line
        assert ("locked" in line.split(" ", 2)[2]) == line.startswith("locked")


def test_a_book_in_two_formats_counts_once(tmp_path):
    made = makers.made_chapters(3)
    makers.text_book(tmp_path / "Voyage.txt", made)
    makers.semantic_epub(tmp_path / "Voyage.epub", made)
    makers.web_page(tmp_path / "The Voyage.html", made)
    books, told = extract_books(find_books(tmp_path), {})
    assert [Path(book["path"]).name for book in books] == ["Voyage.epub"]
    assert told == [
        "The Voyage.html is the same book as Voyage.epub (100% of the text is alike, and "
        "Voyage.epub is used).",
        "Voyage.txt is the same book as Voyage.epub (100% of the text is alike, and "
        "Voyage.epub is used).",
    ]


def mutate(content, rng):
    """The bytes with some flipped, cut, doubled, or put elsewhere."""
    content = bytearray(content)
    kind = rng.randrange(4)
    if kind == 0:
        for _ in range(rng.choice([1, 3, 30])):
            content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    at, size = rng.randrange(len(content)), rng.choice([1, 20, 2000])
    if kind == 1:
        del content[at : at + size]
    if kind == 2:
        content[at:at] = content[at : at + size]
    if kind == 3:
        del content[at:]
    return bytes(content)


@pytest.mark.slow
def test_mutated_epubs_never_stop_a_sound_one(tmp_path):
    """500 EPUBs, changed as files and inside: told, or read without a fifth of the words lost."""
    import zipfile

    rng, made = random.Random(5), makers.made_chapters(2)
    sound = makers.calibre_epub(tmp_path / "sound.epub", makers.made_chapters(2, seed=2))
    whole = makers.semantic_epub(tmp_path / "whole.epub", made)
    content, words = whole.read_bytes(), len(words_of(makers.truth_of(made)))
    with zipfile.ZipFile(whole) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    read = told = slow = 0
    for number in range(500):
        path = tmp_path / "mutated.epub"
        if number % 2:
            path.write_bytes(mutate(content, rng))
        else:
            inside = dict(files)
            name = rng.choice(list(inside)[1:])
            inside[name] = mutate(inside[name], rng)
            makers.write_zip(path, {key: inside[key] for key in inside if key != "mimetype"})
        start = time.time()
        books, bad = extract_books([path, sound], {})
        slow = max(slow, time.time() - start)
        assert Path(books[-1]["path"]) == sound
        found = sum(book["report"]["words_kept"] for book in books[:-1])
        read, told = read + len(books) - 1, told + len(bad)
        assert len(books) + len(bad) == 2
        if books[0]["path"] == str(path) and number % 2:  # what ZIP's sums protect is whole
            assert found > 0.8 * words
    print(f"{read} read, {told} told, the slowest {slow:.1f} s")
    assert slow < 30
