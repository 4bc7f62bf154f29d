# %% id="coverage-imports"
"""How much of each book can be put together from a model's answers."""

from chapters.copying import Run, copied_runs, longest_matches
from chapters.memory import BookText, without_idiom
from chapters.words import words_of

# %% [markdown] id="coverage-books-text"
# #### How much of a book can be put together from answers?
# The other way round: of each book, the share of words that some answer holds in a run of five
# words or more, the longest block, and the runs of more than 20 words. This is book memorization
# coverage at k answers (BMC@k, arXiv 2603.20957); here, too, idiom is left out.

# %% id="coverage-books"
from collections.abc import Sequence
from typing import Any

LONG_RUN = 20  # words
COVERED = {"training": "train", "held_out": "held_out"}  # their split


def covered_parts(book: BookText, runs: Sequence[Run]) -> dict[str, float | None]:
    """Return {"training", "held_out": the share of the words in passages of that split that the
    runs cover}, None for a book without any."""
    covered = {n for run in runs for n in range(run["start"], run["start"] + run["words"])}
    shares: dict[str, float | None] = {}
    for name, split in COVERED.items():
        places = [place for place in book["places"] if place[2]["split"] == split]
        words = {n for start, end, _ in places for n in range(start, end)}
        shares[name] = len(covered & words) / len(words) if words else None
    return shares


def book_coverage(
    books: list[BookText], answers: dict[str, list[str]], common: Sequence[Sequence[str]]
) -> list[dict[str, Any]]:
    """Return a row for each book and condition: "book", "answers" (condition), "k" (so many),
    "coverage" (share of its words), "training" and "held_out" (see `covered_parts`), "longest"
    (words), "long_runs" (of more than LONG_RUN)."""
    texts, rows = [book["words"] for book in books], []
    for condition, group in answers.items():
        said = [words_of(text) for text in group]
        found = [copied_runs(table) for table in longest_matches(texts, said)]
        kept = without_idiom(texts, found, common, texts)
        for book, one in zip(books, kept, strict=True):
            long = sum(run["words"] > LONG_RUN for run in one["runs"])
            about = {"book": book["title"], "answers": condition, "k": len(group)}
            found_in = {"coverage": one["share"], "longest": one["longest"], "long_runs": long}
            rows.append({**about, **found_in, **covered_parts(book, one["runs"])})
    return rows


def coverage_table(rows: list[dict[str, Any]]) -> Any:
    """Return `book_coverage` as a data frame to read, a row a book."""
    import pandas  # not sooner: slow to import

    lines: dict[str, dict[str, str]] = {}
    for row in rows:
        shares = [
            f"{row[name]:.3%} of {name.replace('_', '-')} text"
            for name in COVERED
            if row[name] is not None
        ]
        told = f"{row['coverage']:.3%} ({', '.join(shares)}), longest {row['longest']} words, "
        told += f"{row['long_runs']} of over {LONG_RUN}"
        lines.setdefault(row["book"], {"book": row["book"]})[row["answers"]] = told
    return pandas.DataFrame(lines.values())
