"""The cells as the notebook runs them: files written, tables, the strip of pages, the doubtful passages; the benchmark."""
import functools

import pytest
from extraction import CELLS, Typesetter, prose


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


def test_cells_as_the_notebook_runs_them(tmp_path, books_folder, run_cells, capsys):
    out = tmp_path / "outputs"
    out.mkdir()
    space = run_cells(["setup"])
    space = run_cells(["setup", "text_table", *CELLS], BOOKS_DIR=books_folder, OUT_DIR=out, BOOK_PAGES={"first": [1, 4]},
                      save_figure=functools.partial(space["write_figure"], out))
    shown = capsys.readouterr().out
    assert [book["stem"] for book in space["books"]] == ["first", "second"]
    assert "2 of 4 books read." in shown
    assert "Left out: letter.pdf is no PDF" in shown and "Left out: second copy.pdf is the same book as second.pdf" in shown
    for book in space["books"]:
        kept = (out / "books" / f"{book['stem']}.txt").read_text(encoding="utf-8")
        assert kept == "\n\n".join(paragraph["text"] for paragraph in book["paragraphs"]) + "\n"
        assert "anchor" not in kept and "Made-up" not in kept
        gone = (out / "left_out" / f"{book['stem']}.txt").read_text(encoding="utf-8")
        assert "running head (returns at the same height from page to page):\nThe Made-up Book" in gone
        assert set(book) == {"stem", "title", "path", "paragraphs", "n_pages", "report"}
        for paragraph in book["paragraphs"]:
            assert list(paragraph) == ["text", "pages", "chapter", "verse"]
    assert (out / "pages.png").stat().st_size > 5000
    table = space["extraction_table"](space["books"])
    assert list(table.columns[:3]) == ["pages", "body pages", "words kept"]
    assert table.loc["first", "body pages"] == "1–4" and table.loc["first", "outside BOOK_PAGES"] > 100
    sections = space["section_table"](space["books"])
    assert ("second", "index", "heading “Index”") in set(zip(sections["book"], sections["taken for"], sections["because"]))
    doubts = space["doubtful_passages"](space["books"])
    assert len(doubts) <= 10 and list(doubts.columns) == ["book", "page", "doubt", "reason", "text"]
    assert set(doubts["reason"]) >= {"the body begins here", "the body ends here"}


def test_progress_counts_the_pages(books_folder):
    from extraction import PARTS
    seen = []

    def progress(items, label, total=None):
        for item in items:
            seen.append((label, total))
            yield item
    book = PARTS["extract_book"](books_folder / "first.pdf", PARTS, None, progress)
    assert seen == [("first", book["n_pages"])] * book["n_pages"]


def test_benchmark_prints_the_ratio(books_folder, capsys):
    import benchmark
    rows = benchmark.main(["extraction", str(books_folder / "first.pdf"), "--repeats", "1"])
    assert [row["book"] for row in rows] == ["first"] and rows[0]["ratio"] > 0
    assert "ratio" in capsys.readouterr().out
