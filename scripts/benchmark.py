"""Measures what the notebooks' steps cost, on this machine.

    uv run scripts/benchmark.py extraction              the PDFs in Books/
    uv run scripts/benchmark.py extraction BOOK.pdf...  these
    uv run scripts/benchmark.py passages                4 made-up books of 200,000 words
    uv run scripts/benchmark.py stages REPORT.ipynb...  where an executed notebook's time went

Each benchmark is a function below and a command of main(); it prints a table and returns its rows.
"""

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pymupdf

import build_notebooks
from chapters.extraction import extract_book
from chapters.passages import book_sentences, cut_passages, drop_unfit, train_punkt
from chapters.splits import check_leaks, drop_phrases, hold_out, shared_sequences
from reports import times_of

ROOT = build_notebooks.ROOT


def seconds(work: Callable[[], Any]) -> float:
    """Return the wall time of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def read_plainly(path: Path) -> None:
    """Read a book as PyMuPDF does by itself."""
    with pymupdf.open(path) as document:
        for page in document:
            page.get_text()


def extraction(paths: list[Path], repeats: int = 7) -> list[dict[str, Any]]:
    """Time extraction against plain page.get_text(), turn about; medians of `repeats` pairs count.

    Returns [{"book", "pages", "plain", "extraction", "ratio"}], times in seconds.
    """
    rows = []
    print(f"{'book':32} {'pages':>5} {'get_text':>9} {'extraction':>10} {'ratio':>6}")
    for path in paths:
        times = []
        for _ in range(repeats):
            plain = seconds(lambda path=path: read_plainly(path))
            times.append((plain, seconds(lambda path=path: extract_book(path))))
        plain, whole = (statistics.median(column) for column in zip(*times, strict=True))
        ratio = statistics.median(there / here for here, there in times)
        with pymupdf.open(path) as document:
            row = {"book": path.stem, "pages": len(document)}
        rows.append({**row, "plain": plain, "extraction": whole, "ratio": ratio})
        print(f"{path.stem[:32]:32} {row['pages']:5} {plain:7.2f} s {whole:8.2f} s {ratio:6.2f}")
    return rows


def passages(count: int = 4, words: int = 200_000) -> list[dict[str, Any]]:
    """Time chunking, splitting and the leak check of made-up books, with the full settings.

    Returns [{"step", "seconds"}].
    """
    sys.path.insert(0, str(ROOT / "scripts/tests"))
    from passage_books import made_up_book

    known = build_notebooks.parameters(build_notebooks.template_parameters("FineTuning"))
    size, overlap = known["PASSAGE_WORDS"], known["OVERLAP_WORDS"]
    shares = known["SEED"], size, known["VALIDATION"], known["HELD_OUT"]
    books = [made_up_book(f"book-{number}", words) for number in range(count)]
    rows, started = [], time.perf_counter()

    def done(step: str) -> None:
        nonlocal started
        rows.append({"step": step, "seconds": time.perf_counter() - started})
        print(f"{step:20} {rows[-1]['seconds']:6.1f} s")
        started = time.perf_counter()

    punkt = train_punkt(books)
    sentences = {book["stem"]: book_sentences(book, punkt) for book in books}
    done("sentences")
    regions = hold_out(sentences, *shares)
    done("split")
    fit, _ = drop_unfit(cut_passages(books, sentences, regions, size, overlap), size)
    done("passages")
    apart = drop_phrases(fit, shared_sequences(fit, []))
    check_leaks(shared_sequences(apart, []), apart)
    done("leak check")
    total = sum(row["seconds"] for row in rows)
    print(f"{'in all':20} {total:6.1f} s for {len(apart):,} passages of {count} books")
    return rows


def stages(notebook: Path) -> list[dict[str, Any]]:
    """Print where an executed notebook's time went, by its parts and the steps over a second.

    Returns [{"part", "step", "seconds", "share"}] of all steps, in their order.
    """
    part, rows = "", []
    for cell in nbformat.read(notebook, as_version=4).cells:
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            part = cell.source.partition("\n")[0].removeprefix("## ")
        times = times_of(cell)
        if {"iopub.execute_input", "shell.execute_reply"} <= {*times}:
            spent = times["shell.execute_reply"] - times["iopub.execute_input"]
            rows.append({"part": part, "step": cell.id, "seconds": spent.total_seconds()})
    total = sum(row["seconds"] for row in rows)
    if not total:
        sys.exit(f"{notebook} was not executed by run_notebooks.py: it holds no times.")
    print(f"{notebook.name}: {total:.0f} s")
    for part in dict.fromkeys(row["part"] for row in rows):
        here = [row for row in rows if row["part"] == part]
        spent = sum(row["seconds"] for row in here)
        print(f"{spent / total:6.1%} {spent:8.1f} s  {part}")
        for row in here:
            row["share"] = row["seconds"] / total
            if row["seconds"] > 1:
                print(f"{row['share']:6.1%} {row['seconds']:8.1f} s      {row['step']}")
    return rows


def main(arguments: list[str] | None = None) -> Any:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    plainly = "PDF to body text, against plain page.get_text()"
    command = commands.add_parser("extraction", help=plainly)
    command.add_argument("pdf", nargs="*", type=Path, help="default: every PDF in Books/")
    command.add_argument("--repeats", type=int, default=7)
    steps = "sentences, split, passages and the leak check"
    command = commands.add_parser("passages", help=steps)
    command.add_argument("--words", type=int, default=200_000, help="of each of the four books")
    command = commands.add_parser("stages", help="where an executed notebook's time went")
    command.add_argument("notebooks", nargs="+", type=Path, metavar="REPORT.ipynb")
    command.add_argument("--json", type=Path, help="also write the figures into this file")
    options = parser.parse_args(arguments)
    if options.command == "stages":
        found = {path.name: stages(path) for path in options.notebooks}
        if options.json:
            options.json.write_text(json.dumps(found, indent=1))
        return found
    if options.command == "passages":
        return passages(words=options.words)
    paths = options.pdf or sorted(ROOT.glob("Books/*/*.pdf"))
    if not paths:
        make = "uv run scripts/sample/prepare_sample.py --books"
        sys.exit(f"There is no PDF in Books/: run `{make}` or name some.")
    return extraction(paths, options.repeats)


if __name__ == "__main__":
    main()
