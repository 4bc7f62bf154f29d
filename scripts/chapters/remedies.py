# %% id="remedies-imports"
"""What no rule finds is left out by hand, and one model's settings hold for the author's others."""

from chapters.preparation import Mistake
from chapters.reading import read_json
from chapters.storage import write_json

# %% [markdown] id="remedies-lines-text"
# #### Settled by hand
# `LEAVE_OUT` takes lines out of every book: in prose a paragraph is one line. What one model's
# notebook says in `BOOK_PAGES`, `LEAVE_OUT` and `QUOTATIONS` holds for the author's other models,
# unless they say something else: all learn from the same text.

# %% id="remedies-lines"
import re
from collections import Counter
from pathlib import Path
from typing import Any

SETTLED_SHAPE = {"BOOK_PAGES": {str: [int]}, "LEAVE_OUT": [str], "QUOTATIONS": [str]}


def settle(folder: Path, own: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the settings, {name: value}, and a sentence for each that is another model's.

    `own` is kept in `folder`; where it is empty, what lies beside it in another model's counts.
    Raises Mistake if that cannot be read."""
    write_json(folder / "settled.json", own)
    settled, told = dict(own), []
    for path in sorted(folder.parent.glob("*/settled.json")):
        other = read_json(path, SETTLED_SHAPE, "mend that model's parameters, or delete the file.")
        for name in own:
            if other.get(name) and not settled[name]:
                settled[name] = other[name]
                told.append(f"{name} is empty here; {path.parent.name}'s is used: {other[name]}.")
            elif other.get(name) and other[name] != settled[name]:
                told.append(f"{name} differs from {path.parent.name}'s: {other[name]}.")
    return settled, told


def take_out(books: list[Any], patterns: list[str]) -> Counter[str]:
    """Take the lines that a pattern is found in out of the Books; return {pattern: lines}.

    They are told in each book's report. Raises Mistake for a pattern that is none, or that no line
    matches."""
    counts = Counter()
    for pattern in patterns:
        try:
            sought = re.compile(pattern)
        except re.error as error:
            raise Mistake(f"LEAVE_OUT: {pattern!r} is no regular expression: {error}.") from None
        for book in books:
            kept, report = [], book["report"]
            for paragraph in book["paragraphs"]:
                lines = paragraph["text"].split("\n")
                gone = [line for line in lines if sought.search(line)]
                if len(gone) < len(lines):
                    left = "\n".join(line for line in lines if line not in gone)
                    kept.append({**paragraph, "text": left} if gone else paragraph)
                if gone:
                    words, text = sum(len(line.split()) for line in gone), "\n".join(gone)
                    row: dict[str, Any] = {"page": paragraph["pages"][0], "what": "by hand"}
                    row |= {"words": words, "reason": f"LEAVE_OUT {pattern}", "text": text}
                    report["decisions"].append(row)
                    report["words_kept"] -= words
                    dropped = report["words_dropped"]
                    dropped["by hand"] = dropped.get("by hand", 0) + words
                    counts[pattern] += len(gone)
            book["paragraphs"] = kept
        if not counts[pattern]:
            raise Mistake(f"LEAVE_OUT: no line of any book matches {pattern!r}: mend or remove it.")
    return counts


def edges_table(books: list[Any]) -> Any:
    """Return a data frame, two rows a book: the paragraphs in which its text begins and ends."""
    import pandas as pd

    rows = []
    for book in books:
        ends = zip(("begins", "ends"), (book["paragraphs"][0], book["paragraphs"][-1]), strict=True)
        for what, paragraph in ends:
            text = paragraph["text"]
            text = text[:160] if what == "begins" else text[-160:]
            page = paragraph["pages"][what == "ends"]
            rows.append({"book": book["title"], "page": page, "the text": what, "paragraph": text})
    return pd.DataFrame(rows)
