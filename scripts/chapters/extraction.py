# %% id="extraction-imports"
"""Makes books of files: their text, an account of every line left out, and what is doubtful."""

from chapters.ebooks import ebook_paragraphs, mark_ebook
from chapters.typography import BodyStyle
from chapters.pages import Line, Page, check_ranges
from chapters.pdfs import damage_sentence, page_runs
from chapters.paragraphs import Paragraph, build_paragraphs
from chapters.preparation import Mistake, progress
from chapters.quality import drop_copies, reader_title
from chapters.readers import read_apart
from chapters.sections import mark_book, use_look
from chapters.spelling import clean_share
from chapters.storage import write_whole

# %% [markdown] id="extraction-account-text"
# #### Account of every line, and doubts
# Each line that is left out is recorded with its page and the reason, so that a wrong decision can
# be found. Kept paragraphs are looked over for signs of what should not be there: digits,
# addresses, unfinished sentences, other type.

# %% id="extraction-account"
import re
from collections import Counter
from itertools import groupby
from pathlib import Path
from typing import Any, TypedDict

_LINE_REASONS = {
    "running head": "returns at the same height from page to page",
    "page number": "counts the pages at the same height",
    "heading": "kept as the chapter's title",
    "caption": "labelled and apart, or at an image",
    "table": "rows of words or figures that stand apart",
    "epigraph": "another look below a heading, and its source",
    "note": "small type with a mark at the foot",
    "contents": "lines that end in page numbers",
    "ornament": "no letter in it",
}
_LABELS = "Fig|Figure|Plate|Table|Map|Chart|FIGURE|TABLE|PLATE"
_DOUBT_SIGNS = {  # a sign: its weight, and what it tells
    r"www\.|https?:|©|ISBN|[Aa]ll rights reserved": (2.0, "an address or a notice of rights"),
    "\ufffd": (2.0, "an unknown character"),
    rf"\A({_LABELS})\b\.? *\d": (1.0, "begins like a caption"),
    r"\A([*†‡]|\d{1,3}[.)]? )": (0.8, "begins like a note"),
    r"\A[a-zà-öø-ÿ]": (0.6, "begins in the middle of a sentence"),
    r"\A(\D{0,20}\d){4}\D{0,20}\Z": (0.5, "many figures"),
    r"[^.?!:;,—…–”’\"')\]\d]\Z": (0.4, "no end of a sentence"),
}


def report_lines(pages: list[Page]) -> dict[str, Any]:
    """Return what became of the lines: {"decisions", "page_uses", "words_kept", "words_dropped"}.

    A decision is {"page" (from 1), "what", "reason", "words", "text"}, one for each use but "body"
    on each page; "page_uses" gives for each page what most of its words were taken for.
    """
    decisions, uses, total = [], [], Counter()
    for number, page in enumerate(pages, 1):
        here, words = {}, Counter()
        for line in page["lines"]:
            here.setdefault(line["use"], []).append(line)
            words[line["use"]] += line["text"].count(" ") + 1
        bare = "image" if page["images"] else "empty"
        likely = [use for use in here if use not in ("running head", "page number")]
        uses.append(max(likely, key=words.__getitem__, default=bare))
        for use, lines in here.items():
            if use != "body":
                reason = lines[0].get("why") or _LINE_REASONS[use]
                row = {"page": number, "what": use, "reason": reason, "words": words[use]}
                decisions.append({**row, "text": "\n".join(line["text"] for line in lines)})
        if bare == "image" and not here:
            row = {"page": number, "what": bare, "reason": "no text", "words": 0, "text": ""}
            decisions.append(row)
        total.update(words)
    kept, account = total.pop("body", 0), {"decisions": decisions, "page_uses": uses}
    return {**account, "words_kept": kept, "words_dropped": dict(total.most_common())}


def _doubts_about(text: str, lines: list[Line], style: BodyStyle) -> list[tuple[float, str]]:
    """Return (weight, reason) for each sign at a paragraph's ends, and in its type."""
    ends = text if len(text) < 160 else text[:80] + " " + text[-80:]
    found = [doubt for sign, doubt in _DOUBT_SIGNS.items() if re.search(sign, ends)]
    if ends.isupper():
        found.append((0.7, "capitals"))
    if all(line["size"] < 0.93 * style["size"] for line in lines):
        found.append((0.6, "smaller type"))
    if all(line["family"] != style["family"] for line in lines):
        found.append((0.5, "another face"))
    return found


def find_doubts(
    paragraphs: list[Paragraph], groups: list[list[Line]], style: BodyStyle
) -> list[dict[str, Any]]:
    """Return [{"page", "doubt", "reason", "text"}]: the 20 that look least like running text."""
    rows: list[dict[str, Any]] = []
    for paragraph, lines in zip(paragraphs, groups, strict=True):
        text = paragraph["text"]
        found = _doubts_about(text, lines, style)
        doubt = sum(weight for weight, _ in found)
        if doubt > (0.4 if paragraph["verse"] else 0):
            reason = ", ".join(reason for _, reason in sorted(found, reverse=True))
            row = {"page": paragraph["pages"][0], "doubt": round(doubt, 1), "reason": reason}
            rows.append({**row, "text": text})
    return sorted(rows, key=lambda row: -row["doubt"])[:20]


# %% [markdown] id="extraction-books-text"
# #### From file to book
# `extract_book` takes a file from pages to paragraphs. Of several, one that cannot be read, or that
# is there twice, is named and left out; the others go on. One that is damaged is named too.


# %% id="extraction-books"
class Book(TypedDict):
    """A book's text; "report" is what `report_lines` gives, "doubts", "damage" and "clean"."""

    stem: str  # the file's name without its ending
    title: str
    path: str
    paragraphs: list[Paragraph]
    n_pages: int
    report: dict[str, Any]


def extract_book(path: Path, body_pages: list[int] | None = None) -> Book:
    """Read one book. `body_pages`, [first, last] from 1, is where its text stands, or None: found.

    Raises Mistake if the file holds no readable book.
    """
    if path.suffix.lower() == ".pdf":
        layout, headings = mark_book(path, body_pages)
        paragraphs, groups = build_paragraphs(layout, headings)
    else:
        layout, headings = mark_ebook(path, body_pages)
        paragraphs, groups = ebook_paragraphs(layout, headings)
    doubts = find_doubts(paragraphs, groups, layout["style"])
    clean = clean_share([paragraph["text"] for paragraph in paragraphs])
    report, damage = report_lines(layout["pages"]), layout["damage"]
    return {
        "stem": path.stem,
        "title": reader_title(layout, path.stem),
        "path": str(path),
        "paragraphs": paragraphs,
        "n_pages": len(layout["pages"]),
        "report": {**report, "doubts": doubts, "damage": damage, "clean": clean},
    }


def book_text(book: Book) -> str:
    """Return a book's paragraphs as one text, an empty line between them."""
    return "\n\n".join(paragraph["text"] for paragraph in book["paragraphs"])


def extract_books(
    paths: list[Path], body_pages: dict[str, list[int]]
) -> tuple[list[Book], list[str]]:
    """Return the books, and a sentence for each file that is left out; a copy counts once.

    `body_pages` gives {file name without its ending: [first page, last page]}. Raises Mistake if
    no book is left, or if a name in it is not there.
    """
    check_ranges(body_pages, {path.stem for path in paths})
    jobs = [(path, body_pages.get(path.stem)) for path in paths]
    outcomes = list(progress(read_apart(extract_book, jobs), "Books", len(jobs)))
    bad = [str(outcome) for outcome in outcomes if isinstance(outcome, Mistake)]
    books = [outcome for outcome in outcomes if not isinstance(outcome, Mistake)]
    if not books:
        raise Mistake("No book can be used. " + " ".join(bad))
    books, copies = drop_copies(books)
    return books, bad + copies


def write_books(books: list[Book], folder: Path) -> None:
    """Write the text to books/ in `folder`, and what was left out, with reasons, to left_out/."""
    gone = "page {page}, {what} ({reason}):\n{text}\n"
    for name in ("books", "left_out"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for book in books:
        name = f"{book['stem']}.txt"
        write_whole(folder / "books" / name, book_text(book) + "\n")
        lines = [gone.format_map(decision) for decision in book["report"]["decisions"]]
        write_whole(folder / "left_out" / name, "\n".join(lines))


# %% [markdown] id="extraction-tables-text"
# #### The books at a glance
# In the strips the text should be one long band, with notes and index behind it and little before.
# Look at the body pages first: if they begin or end in the wrong place, set them by hand in
# `BOOK_PAGES` and run again. The most doubtful passages look least like running text: if they are
# fine, the rest most likely is.


# %% id="extraction-tables"
def plot_page_strips(books: list[Book]) -> Any:
    """Return a figure, a strip for each book: its pages, coloured and hatched by what they hold."""
    from matplotlib import pyplot  # not sooner: it and pandas take half a second each

    uses = {use for book in books for use in book["report"]["page_uses"]} - {"body", "empty"}
    looks = {use: use_look(use) for use in ["body", *sorted(uses)]}
    looks["empty"] = {"facecolor": "white", "edgecolor": "0.8"}
    size = 9, 0.75 * len(books) + 1
    fig, axes = pyplot.subplots(len(books), figsize=size, squeeze=False, layout="constrained")
    for ax, book in zip(axes[:, 0], books, strict=True):
        page = 1
        for use, run in groupby(book["report"]["page_uses"]):
            length = len(list(run))
            ax.broken_barh([(page - 0.5, length)], (0, 1), **looks[use])
            page += length
        ax.set(yticks=[], xlim=(0.5, book["n_pages"] + 0.5), ylim=(0, 1))
        ax.set_title(book["title"], fontsize=9, loc="left")
    axes[-1, 0].set_xlabel("page, as a PDF viewer counts it, two on a sheet of two; else 300 words")
    boxes = [pyplot.Rectangle((0, 0), 1, 1, **look) for look in looks.values()]
    fig.legend(boxes, list(looks), ncols=5, loc="outside lower center")
    return fig


def describe_strips(books: list[Book]) -> str:
    """Return the alternative text of `plot_page_strips`."""
    counts = [(book, book["report"]["page_uses"].count("body")) for book in books]
    shares = [f"{book['title']}: {text} of {book['n_pages']} are text" for book, text in counts]
    return "A strip of pages for each book, by what they hold. " + "; ".join(shares)


def page_range(numbers: list[int]) -> str:
    """Return "3–17" for a list of page numbers, "none" for an empty one."""
    if not numbers:
        return "none"
    first, last = min(numbers), max(numbers)
    return str(first) if first == last else f"{first}–{last}"


def describe_damage(books: list[Book]) -> list[str]:
    """Return a sentence for each book whose file is damaged, or scanned badly on some pages."""
    told = []
    for book in books:
        name, uses = Path(book["path"]).name, book["report"]["page_uses"]
        told.append(damage_sentence(name, book["report"]["damage"]))
        bad = [number for number, use in enumerate(uses, 1) if use == "unreadable"]
        if bad:
            where = f"page{'s'[: len(bad) - 1]} {page_runs(bad)}"
            out = "are left out: scan them" if len(bad) > 1 else "is left out: scan it"
            told.append(f"{name}: {where} cannot be read and {out} anew.")
    return [sentence for sentence in told if sentence]


# %% [markdown] id="extraction-counts-text"
# #### What came of each book
# Words, pages, what was left out and where a look is worth it.


# %% id="extraction-counts"
def books_table(books: list[Book]) -> Any:
    """Return a data frame, a row a book: file, pages, body pages, words kept and left out.

    "clean" is the share of the words that are not doubtful (`clean_share`).
    """
    import pandas as pd

    rows = []
    for book in books:
        report = book["report"]
        body = [number for number, use in enumerate(report["page_uses"], 1) if use == "body"]
        row = {"book": book["title"], "file": Path(book["path"]).name, "pages": book["n_pages"]}
        row |= {"body pages": page_range(body), "clean": f"{report['clean']:.1%}"}
        rows.append({**row, "words kept": report["words_kept"], **report["words_dropped"]})
    return pd.DataFrame(rows).set_index("book").fillna(0).convert_dtypes()


def left_out_table(books: list[Book]) -> Any:
    """Return a data frame of the sections left out: book, pages, taken for, because, words."""
    import pandas as pd

    rows, passing = [], {*_LINE_REASONS} - {"contents"}  # single lines are no section
    for book in books:
        kept = [one for one in book["report"]["decisions"] if one["what"] not in passing]
        for what, run in groupby(kept, key=lambda one: one["what"]):
            decisions = list(run)
            pages = page_range([one["page"] for one in decisions])
            words = sum(one["words"] for one in decisions)
            row = {"book": book["title"], "pages": pages, "taken for": what}
            rows.append({**row, "because": decisions[0]["reason"], "words": words})
    return pd.DataFrame(rows)


def doubts_table(books: list[Book], count: int = 10) -> Any:
    """Return a data frame of the `count` kept passages that look least like running text."""
    import pandas as pd

    columns = ["book", "page", "doubt", "reason", "text"]
    rows: list[dict[str, Any]] = []
    for book in books:
        rows += [{"book": book["title"], **row} for row in book["report"]["doubts"]]
    rows.sort(key=lambda row: -row["doubt"])
    texts = [{**row, "text": row["text"][:160]} for row in rows[:count]]
    return pd.DataFrame(texts, columns=columns)
