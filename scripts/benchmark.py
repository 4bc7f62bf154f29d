"""Measures what the notebooks' steps cost, on this machine.

    uv run scripts/benchmark.py extraction              the PDFs in Books/
    uv run scripts/benchmark.py extraction BOOK.pdf...  these
    uv run scripts/benchmark.py passages                4 made-up books of 200,000 words
    uv run scripts/benchmark.py stages REPORT.ipynb...  where an executed notebook's time went
    uv run scripts/benchmark.py growth                  time and memory from 10^5 to 10^7 words
    uv run scripts/benchmark.py gpu                     training and answers on this computer's card
    uv run scripts/benchmark.py gpu --words 400000      and a whole run of a made-up author

Each benchmark is a function below and a command of main(); it prints a table and returns its rows.
"""

import argparse
import gc
import json
import math
import multiprocessing
import statistics
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import pymupdf

import build_notebooks
import gpu_benchmark
from chapters.extraction import extract_book
from chapters.passages import book_sentences, cut_passages, drop_unfit, train_punkt
from chapters.splits import check_leaks, drop_phrases, hold_out, shared_sequences
from reports import times_of

ROOT = build_notebooks.ROOT


def seconds(work: Callable[[], Any], timer: Callable[[], float] = time.perf_counter) -> float:
    """Return the wall time of one call (or `timer`'s), without garbage collection, as timeit takes
    it: the processes that read books have none either."""
    gc.collect()
    gc.disable()
    start = timer()
    work()
    spent = timer() - start
    gc.enable()
    return spent


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
    made_up_book = gpu_benchmark.passage_books().made_up_book
    known = gpu_benchmark.NOTEBOOKS
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


BOOK_WORDS = 100_000  # of a made-up author's books
WARM_WORDS = 12_000  # the least that something can be held out of
STEEPEST = 1.1  # log-log slope: that of n log n from 10^5 to 10^7 is 1.07


def proc_kib(name: str) -> int:
    """Return VmRSS or VmHWM, the memory of this process now or at its peak, in KiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))


def write_pdf(book: dict[str, Any], path: Path) -> None:
    """Write a made-up book as a PDF, 34 lines a page under a running head."""
    texts = [paragraph["text"] for paragraph in book["paragraphs"]]
    lines = [line for text in texts for line in textwrap.wrap(f"    {text}", 62)]
    with pymupdf.open() as document:
        for folio, start in enumerate(range(0, len(lines), 34), 1):
            page = document.new_page(width=400, height=600)
            page.insert_text((50, 40), f"{book['title']}  {folio}", fontsize=8)
            page.insert_text((50, 80), lines[start : start + 34], fontsize=10, lineheight=1.3)
        document.save(path)


def statistics_of(passages: list[dict[str, Any]], held_out: list[str]) -> None:
    """Compute what the Comparison tells of style, with held-out text in the place of answers."""
    from chapters import authorship, style

    training = [row["text"] for row in passages if row["split"] == "train"]
    answers, others = authorship.spread_out(held_out, 40), training[::7]
    some = authorship.spread_out(training, authorship.MAX_TEXTS)
    cut = {"author": held_out, "others": answers, **dict.fromkeys(style.CONDITIONS, answers)}
    style.text_measures(cut)
    style.tfidf_measure(cut, [{"source": "theme"}] * len(answers), held_out)
    style.find_keywords(training, others)
    style.rhythm_measure(cut, some)
    words, other_words = (list(map(style.text_words, texts)) for texts in (training, others))
    profile = authorship.word_profile(words, other_words)
    authorship.delta_measure(cut, profile)
    authorship.char_measure(cut, some, others[: authorship.MAX_TEXTS // 2])


def grow(words: int) -> list[dict[str, Any]]:
    """Return [{"words", "step", "seconds", "mib"}] of an author of so many made-up words, in books
    of BOOK_WORDS; the first step reads one PDF of all words. "mib": the peak above the memory of
    this process when it began; "seconds" of its processor, which others' work does not move."""
    from chapters.memory import find_memory, read_texts, without_held_out
    from chapters.quality import drop_copies

    made_up, rows, before = gpu_benchmark.passage_books(), [], proc_kib("VmRSS")

    def step(name: str, work: Callable[[], Any]) -> Any:
        results = []
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
        spent = seconds(lambda: results.append(work()), time.process_time)
        mib = (proc_kib("VmHWM") - before) / 1024
        rows.append({"words": words, "step": name, "seconds": spent, "mib": mib})
        return results[0]

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "book.pdf")
        write_pdf(made_up.made_up_book("book", words), path)
        step("extraction", lambda: extract_book(path))
        sizes = [min(BOOK_WORDS, words - at) for at in range(0, words, BOOK_WORDS)]
        books = [made_up.made_up_book(f"book-{number}", size) for number, size in enumerate(sizes)]
        for book in books:
            book["report"] = {"clean": 1.0, "page_uses": [], "words_kept": BOOK_WORDS}
            Path(folder, "books").mkdir(exist_ok=True)
            text = "\n\n".join(paragraph["text"] for paragraph in book["paragraphs"])
            Path(folder, "books", f"{book['stem']}.txt").write_text(text)
        step("copies of books", lambda: drop_copies(books))
        passages = step("passages", lambda: made_up.fit_passages(books))
        passages = step("leak check", lambda: made_up.leak_free(passages))
        held_out = [row["text"] for row in passages if row["split"] == "held_out"]
        texts = step("places in books", lambda: read_texts(folder, passages))
        asked = {"tuned persona": held_out[:40], "author": held_out}
        sources = [*without_held_out(texts), *(book["words"] for book in texts)]
        step("copy search", lambda: find_memory(asked, sources, []))
    step("statistics", lambda: statistics_of(passages, held_out))
    return rows


def growth(sizes: list[int]) -> dict[str, Any]:
    """Measure each size in a process of its own, and how steeply time and memory grow.

    Returns {"rows": see `grow`, "slopes": {step: {"seconds", "mib"}}}, log-log, None of one size.
    """
    rows, slopes = [], {}
    for words in sizes:
        with ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as process:
            process.submit(
                grow, WARM_WORDS
            ).result()  # imports, which cost the same whatever the size
            rows += process.submit(grow, words).result()
        print(f"{words:,} words: measured", flush=True)
    heads = "".join(f"{words:>21,}" for words in sizes)
    print(f"\n{'words':16}{heads}  slope of time, memory")
    for name in dict.fromkeys(row["step"] for row in rows):
        own = [row for row in rows if row["step"] == name]
        slopes[name] = {kind: slope(own, kind) for kind in ("seconds", "mib")}
        cells = "".join(f"{row['seconds']:9.2f} s {row['mib']:6.0f} MiB" for row in own)
        told = ", ".join("" if one is None else f"{one:.2f}" for one in slopes[name].values())
        steep = any(one is not None and one > STEEPEST for one in slopes[name].values())
        print(f"{name:16}{cells}  {told}{'  worse than n log n' if steep else ''}")
    return {"rows": rows, "slopes": slopes}


def slope(rows: list[dict[str, Any]], kind: str) -> float | None:
    """Return the slope of log `kind` over log words, by least squares; None for one size."""
    if len(rows) < 2:
        return None
    logs = [(math.log(row["words"]), math.log(max(row[kind], 1e-3))) for row in rows]
    return statistics.linear_regression(*zip(*logs, strict=True)).slope


def with_json(options: argparse.Namespace) -> dict[str, Any]:
    """Return the figures of a command that writes them as JSON, if asked to."""
    if options.command == "gpu":
        return gpu_benchmark.measure_card(options)
    if options.command == "growth":
        return growth(options.words)
    return {path.name: stages(path) for path in options.notebooks}


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
    command = commands.add_parser("growth", help="time and memory of each step, by the words")
    usual = [100_000, 300_000, 1_000_000, 3_000_000, 10_000_000]
    command.add_argument("--words", nargs="+", type=int, default=usual, help="of the author")
    command.add_argument("--json", type=Path, help="also write the figures into this file")
    command = commands.add_parser("gpu", help="training, answers and whole runs on a card")
    model, parts = gpu_benchmark.NOTEBOOKS["MODEL"], (*gpu_benchmark.WAYS, "answers")
    command.add_argument("--model", default=model, help="a name on the hub, or a folder")
    command.add_argument("--steps", type=int, default=50, help="of each training")
    command.add_argument("--parts", nargs="*", default=parts, choices=parts)
    command.add_argument("--words", nargs="*", type=int, default=[], help="of authors to run whole")
    changed = "a parameter of the whole runs; may be repeated"
    command.add_argument("--set", action="append", default=[], dest="pairs", help=changed)
    command.add_argument("--chart", type=Path, help="draw the whole runs' stages into this picture")
    command.add_argument("--json", type=Path, help="also write the figures into this file")
    options = parser.parse_args(arguments)
    if options.command == "passages":
        return passages(words=options.words)
    if options.command != "extraction":
        found = with_json(options)
        if options.json:
            options.json.write_text(json.dumps(found, indent=1))
        return found
    paths = options.pdf or sorted(ROOT.glob("Books/*/*.pdf"))
    if not paths:
        make = "uv run scripts/sample/prepare_sample.py --books"
        ways = f"run `{make}`, which sets the sample author's, or name PDFs behind the command"
        sys.exit(f"There is no PDF in Books/: {ways}.")
    return extraction(paths, options.repeats)


if __name__ == "__main__":
    main()
