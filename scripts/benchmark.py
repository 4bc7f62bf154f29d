"""Measures what the notebooks' steps cost, on this machine.

    uv run scripts/benchmark.py extraction              the PDFs in Books/
    uv run scripts/benchmark.py extraction BOOK.pdf...  these
    uv run scripts/benchmark.py passages                4 made-up books of 200,000 words

Each benchmark is a function below and a command of main(); it prints a table and returns its rows.
"""

import argparse
import contextlib
import importlib
import io
import statistics
import sys
import time
from pathlib import Path

import pymupdf

import stamp_cells

ROOT = stamp_cells.ROOT


def seconds(work):
    """Wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def cells_between(first, end):
    """Return the names of the FineTuning cells from `first` up to, but without, `end`."""
    cells = stamp_cells.cell_names("FineTuning")
    return cells[cells.index(first) : cells.index(end)]


def functions_of(names):
    """Return {name: function or class} of all that the cells `names` define."""
    modules = [importlib.import_module(f"cells.{name}") for name in names]
    return {
        name: value for module in modules for name, value in vars(module).items() if callable(value)
    }


def extraction(paths, repeats=7):
    """Time extraction against plain page.get_text(), turn about in one run; medians of `repeats` pairs count.

    Returns [{"book", "pages", "plain", "extraction", "ratio"}], times in seconds.
    """
    parts = functions_of(cells_between("find_books", "extract_books"))

    def read_plainly(path):
        with pymupdf.open(path) as document:
            for page in document:
                page.get_text()

    rows = []
    print(f"{'book':32} {'pages':>5} {'get_text':>9} {'extraction':>10} {'ratio':>6}")
    for path in paths:
        times = [
            (
                seconds(lambda: read_plainly(path)),
                seconds(lambda: parts["extract_book"](path, parts)),
            )
            for _ in range(repeats)
        ]
        plain, whole = (statistics.median(column) for column in zip(*times))
        ratio = statistics.median(there / here for here, there in times)
        with pymupdf.open(path) as document:
            pages = len(document)
        rows.append(
            {
                "book": Path(path).stem,
                "pages": pages,
                "plain": plain,
                "extraction": whole,
                "ratio": ratio,
            }
        )
        print(f"{Path(path).stem[:32]:32} {pages:5} {plain:7.2f} s {whole:8.2f} s {ratio:6.2f}")
    return rows


def passages(books=4, words=200_000):
    """Time chunking, splitting and the leak check of made-up books, cell by cell, with the full settings.

    Returns [{"cell", "seconds"}].
    """
    sys.path.insert(0, str(ROOT / "scripts/tests"))
    from passage_books import made_up_book

    space = stamp_cells.parameters(stamp_cells.template_source("FineTuning"))
    space |= {
        "books": [made_up_book(f"book-{n}", words) for n in range(books)],
        "BOOKS_DIR": "Books",
        "plain_errors": contextlib.nullcontext,
        "save_figure": lambda fig, name, alt: None,
        "__name__": "__main__",
    }
    rows = []
    for name in cells_between("sentences", "load_model"):
        source = compile((stamp_cells.CELLS / f"{name}.py").read_text(), name, "exec")
        with contextlib.redirect_stdout(io.StringIO()):
            rows.append({"cell": name, "seconds": seconds(lambda: exec(source, space))})
        print(f"{name:20} {rows[-1]['seconds']:6.1f} s")
    print(
        f"{'in all':20} {sum(row['seconds'] for row in rows):6.1f} s for {len(space['passages']):,} passages "
        f"of {books} books of {words:,} words"
    )
    return rows


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser(
        "extraction", help="PDF to body text, against plain page.get_text()"
    )
    command.add_argument("pdf", nargs="*", type=Path, help="default: every PDF in Books/")
    command.add_argument("--repeats", type=int, default=7)
    command = commands.add_parser("passages", help="sentences, split, passages and the leak check")
    command.add_argument("--words", type=int, default=200_000, help="of each of the four books")
    options = parser.parse_args(arguments)
    if options.command == "passages":
        return passages(words=options.words)
    paths = options.pdf or sorted(ROOT.glob("Books/*/*.pdf"))
    if not paths:
        sys.exit(
            "There is no PDF in Books/: run `uv run scripts/prepare_sample.py --books` or name some."
        )
    return extraction(paths, options.repeats)


if __name__ == "__main__":
    main()
