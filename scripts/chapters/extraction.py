# %% id="extraction-imports"
"""TODO: what this chapter promises."""

# %% [markdown] id="book_report-text"
# ### Account of every line
# Each line that is left out is recorded with its page and the reason, so that a wrong decision can be found.

# %% id="book_report"
from collections import Counter

_LINE_REASONS = {
    "running head": "returns at the same height from page to page",
    "page number": "counts the pages at the same height",
    "heading": "kept as the chapter's title",
    "caption": "labelled and apart, or at an image",
    "note": "small type with a mark at the foot",
    "contents": "lines that end in page numbers",
    "ornament": "no letter in it"}

def report_book(pages):
    """Return what became of the lines: {"decisions", "page_uses", "words_kept", "words_dropped"}.

    A decision is {"page" (from 1), "what", "reason", "words", "text"}, one for each use but the body on each
    page; "page_uses" gives for each page what most of its words were taken for.
    """
    decisions, uses, total = [], [], Counter()
    for number, page in enumerate(pages, 1):
        here = {}
        for line in page["lines"]:
            here.setdefault(line["use"], []).append(line)
        counts = {use: sum(line["text"].count(" ") + 1 for line in lines) for use, lines in here.items()}
        total.update(counts)
        for use, lines in here.items():
            if use != "body":
                reason = lines[0].get("why") or _LINE_REASONS[use]
                decisions.append({"page": number, "what": use, "reason": reason, "words": counts[use],
                                  "text": "\n".join(line["text"] for line in lines)})
        bare = "image" if page["images"] else "empty"
        if bare == "image" and not here:
            decisions.append({"page": number, "what": bare, "reason": "no text", "words": 0, "text": ""})
        likely = {use: count for use, count in counts.items() if use not in ("running head", "page number")}
        uses.append(max(likely, key=likely.get) if likely else bare)
    return {"decisions": decisions, "page_uses": uses, "words_kept": total.pop("body", 0),
            "words_dropped": dict(total.most_common())}

# %% [markdown] id="doubts-text"
# ### Doubts
# Kept paragraphs are looked over for signs of what should not be there: digits, addresses, unfinished sentences, other type.

# %% id="doubts"
import re

_USUAL_ENDS = re.compile(  # nothing to look closer at
    r"(?!.*(www|ISBN|rights reserved))[“\"‘'(—]*[A-ZÀ-Þ][^\d\ufffd©:/]*[.?!][”\"’')]*")
_DOUBT_SIGNS = [(weight, reason, re.compile(sign)) for weight, reason, sign in (
    (2.0, "an address or a notice of rights", r"www\.|https?:|©|ISBN|[Aa]ll rights reserved"),
    (2.0, "an unknown character", "\ufffd"),
    (1.0, "begins like a caption", r"\A(Fig|Figure|Plate|Table|Map|Chart|FIGURE|TABLE|PLATE)\b\.? *\d"),
    (0.8, "begins like a note", r"\A([*†‡]|\d{1,3}[.)]? )"),
    (0.6, "begins in the middle of a sentence", r"\A[a-zà-öø-ÿ]"),
    (0.5, "many figures", r"\A(\D{0,20}\d){4}\D{0,20}\Z"),
    (0.4, "no end of a sentence", r"[^.?!:;,—…–”’\"')\]\d]\Z"))]

def judge_paragraphs(paragraphs, groups, style):
    """Return [{"page", "doubt", "reason", "text"}] for the kept paragraphs that look least like running text.

    Their beginnings and ends are looked at, and their type (`groups` holds the lines, `style` is the body's).
    The first and the last are listed because the choice of the body's pages shows there.
    """
    rows, size, family = [], 0.93 * style["size"], style["family"]
    for number, (paragraph, group) in enumerate(zip(paragraphs, groups), 1):
        text = paragraph["text"]
        ends = text if len(text) < 160 else text[:80] + " " + text[-80:]
        signs = () if _USUAL_ENDS.fullmatch(ends) else _DOUBT_SIGNS
        found = [(weight, reason) for weight, reason, sign in signs if sign.search(ends)]
        found += [(0.7, "capitals")] if ends.isupper() else []
        found += [(0.6, "smaller type")] if all(line["size"] < size for _, line in group) else []
        found += [(0.5, "another face")] if all(line["family"] != family for _, line in group) else []
        found += [(0.9, "the body begins here")] if number == 1 else []
        found += [(0.9, "the body ends here")] if number == len(paragraphs) else []
        doubt = sum(weight for weight, _ in found)
        if doubt > (0.4 if paragraph["verse"] else 0):
            found.sort(reverse=True)
            rows.append({"page": paragraph["pages"][0], "doubt": round(doubt, 1),
                         "reason": ", ".join(reason for _, reason in found), "text": text})
    return sorted(rows, key=lambda row: -row["doubt"])[:20]

# %% [markdown] id="extract_book-text"
# ### One book, from pages to paragraphs
# The steps above in their order.

# %% id="extract_book"
from pathlib import Path
from types import SimpleNamespace

def extract_book(path, parts, by_hand=None, progress=lambda items, label, total=None: items):
    """Read one PDF and return {"stem", "title", "path", "paragraphs", "n_pages", "report"}.

    `parts` maps the names of the functions above to them; `by_hand` is [first, last], the PDF pages of the
    body, or None. Raises ValueError if the file holds no readable book.
    """
    do, path = SimpleNamespace(**parts), Path(path)
    document = do.open_book(path)
    do.check_range(path.name, by_hand, len(document))
    pages = [do.read_page(page, do.read_line) for page in progress(document, path.stem, len(document))]
    scans = [number for number, page in enumerate(pages) if do.is_scan(page)]
    for number in progress(scans, f"{path.stem}: reading images") if scans and do.has_ocr() else ():
        pages[number] = do.read_page(document[number], do.read_line, ocr=True)
    do.check_text(path.name, pages)
    style, words = do.body_style(pages), do.count_vocabulary(pages)
    size = style["size"]
    for page, gutter in zip(pages, do.find_gutters(pages)):
        page["lines"] = do.order_page(do.join_capitals(page["lines"], size, words), gutter)
    rows = [do.page_rows(page["lines"], size) for page in pages]
    folios = do.find_folios(rows)
    do.mark_running_heads(rows, style, folios)
    do.measure_gaps(pages, style["leading"])
    titles = do.mark_contents(pages, size, [entry[1] for entry in document.get_toc()])
    do.mark_captions(pages, size)
    do.mark_heading_lines(pages, style, titles, do.plain_title, do.section_kind)
    do.mark_title_lines(pages, size, titles, do.plain_title)
    headings = do.group_headings(pages, do.section_kind)
    do.mark_footnotes(pages, size)
    do.choose_body(pages, headings, folios, do, by_hand)
    flow = do.text_flow(pages, headings, path.name)
    do.measure_places(flow, size)
    groups = do.group_lines(flow, style, do.find_habits(flow, size), do.has_ended, do.join_kind)
    paragraphs = [do.build_paragraph(group, size, words, do.join_words) for group in groups]
    report = {**do.report_book(pages), "doubts": do.judge_paragraphs(paragraphs, groups, style)}
    return {"stem": path.stem, "title": document.metadata.get("title") or path.stem.replace("_", " "),
            "path": str(path), "paragraphs": paragraphs, "n_pages": len(pages), "report": report}

# %% [markdown] id="extract_books-text"
# ### Extract all books
# A book that cannot be read, or that is there twice, is named and left out; the others go on.

# %% id="extract_books"
from pathlib import Path

COPY_SHARE = 0.5  # of the smaller book's runs of 8 words; two books of an author share well under 1 %

def word_runs(book, length=8):
    """Return the set of a book's runs of `length` words, as tuples."""
    words = " ".join(paragraph["text"] for paragraph in book["paragraphs"]).lower().split()
    return set(zip(*(words[at:] for at in range(length))))

def extract_all(paths, extract, by_hand):
    """Return (books, bad): the books that `extract` gives, and a sentence for each file that is left out.
    Two files of one book count once. Raises ValueError if none is left, or if `by_hand`, {file name without
    .pdf: [first, last page]}, names one that is not there.
    """
    for stem in set(by_hand) - {Path(path).stem for path in paths}:
        raise ValueError(f"BOOK_PAGES names {stem}, but there is no {stem}.pdf: give names without .pdf.")
    kept, bad = [], []
    for path in map(Path, paths):
        try:
            book = extract(path, by_hand.get(path.stem))
            runs = word_runs(book)
            for other, there in kept:
                share = len(runs & there) / max(1, min(len(runs), len(there)))
                if share > COPY_SHARE:
                    raise ValueError(f"{path.name} is the same book as {Path(other['path']).name} "
                                     f"({share:.0%} of the text is alike): take one out of the folder.")
            kept.append((book, runs))
        except ValueError as error:
            bad.append(str(error))
        except RuntimeError as error:  # MuPDF's own, from the middle of a file
            bad.append(f"{path.name} is damaged ({error}): copy it again.")
    if not kept:
        raise ValueError("No book can be used. " + " ".join(bad))
    return [book for book, _ in kept], bad

# MAIN if __name__ == "__main__":
# MAIN     with plain_errors():
# MAIN         books, bad_books = extract_all(
# MAIN             book_paths, lambda path, by_hand: extract_book(path, globals(), by_hand, progress), BOOK_PAGES)
# MAIN     print(f"{len(books)} of {len(book_paths)} books read.", *map("Left out: {}".format, bad_books), sep="\n")
# MAIN

# %% [markdown] id="page_strips-text"
# ### The books at a glance
# The text should be one long band, with notes and index behind it and little before.

# %% id="page_strips"
from itertools import groupby
import matplotlib.pyplot as plt
import seaborn as sns

def plot_page_strips(books):
    """Return a figure, a strip for each book: its pages, coloured and hatched by what they hold."""
    uses = sorted({use for book in books for use in book["report"]["page_uses"]} - {"body", "empty"})
    looks = {"body": {"facecolor": "0.85"}, "empty": {"facecolor": "white", "edgecolor": "0.8"}}
    hatches = 2 * ["//", "..", "xx", "--", "oo", "\\\\", "++"]  # 7 hatches, 10 colours: no pair twice
    for use, colour, hatch in zip(uses, sns.color_palette("colorblind", len(uses)), hatches):
        looks[use] = {"facecolor": colour, "hatch": hatch, "edgecolor": "0.2", "linewidth": 0}
    size = 9, 0.75 * len(books) + 1
    fig, axes = plt.subplots(len(books), figsize=size, squeeze=False, layout="constrained")
    for ax, book in zip(axes[:, 0], books):
        page = 1
        for use, run in groupby(book["report"]["page_uses"]):
            length = len(list(run))
            ax.broken_barh([(page - 0.5, length)], (0, 1), **looks[use])
            page += length
        ax.set(yticks=[], xlim=(0.5, book["n_pages"] + 0.5), ylim=(0, 1))
        ax.set_title(book["stem"], fontsize=9, loc="left")
    axes[-1, 0].set_xlabel("page of the PDF")
    fig.legend([plt.Rectangle((0, 0), 1, 1, **look) for look in looks.values()], looks, ncols=5,
               loc="outside lower center")
    return fig

# MAIN if __name__ == "__main__":
# MAIN     figure = plot_page_strips(books)
# MAIN     texts = [book["report"]["page_uses"].count("body") for book in books]
# MAIN     shares = [f"{book['stem']}: {text} of {book['n_pages']} are text" for book, text in zip(books, texts)]
# MAIN     save_figure(figure, "pages", "A strip of pages for each book, by what they hold. " + "; ".join(shares))
# MAIN     plt.close(figure)
# MAIN

# %% [markdown] id="extraction_report-text"
# ### What was kept and what was left out
# Look at the body pages first: if they begin or end in the wrong place, set them by hand in `BOOK_PAGES` and run again. `books/` has the text to read, `left_out/` the rest.

# %% id="extraction_report"
import pandas as pd

def page_range(numbers):
    """Return "3–17" for a list of page numbers, "none" for an empty one."""
    first, last = (min(numbers), max(numbers)) if numbers else ("none", "none")
    return str(first) if first == last else f"{first}–{last}"

def extraction_table(books):
    """Return a data frame, a row a book: pages, body pages, words kept, words left out for each reason."""
    rows = []
    for book in books:
        report = book["report"]
        body = [number for number, use in enumerate(report["page_uses"], 1) if use == "body"]
        rows.append({"book": book["stem"], "pages": book["n_pages"], "body pages": page_range(body),
                     "words kept": report["words_kept"], **report["words_dropped"]})
    return pd.DataFrame(rows).set_index("book").fillna(0).convert_dtypes()

def section_table(books, skip=("running head", "page number", "note", "caption", "heading", "ornament")):
    """Return a data frame of the sections left out: book, pages, taken for, because, words."""
    rows = []
    for book in books:
        for decision in book["report"]["decisions"]:
            same = rows and rows[-1]["book"] == book["stem"] and rows[-1]["taken for"] == decision["what"]
            if decision["what"] not in skip and not same:
                rows.append({"book": book["stem"], "pages": [], "taken for": decision["what"],
                             "because": decision["reason"], "words": 0})
            if decision["what"] not in skip:
                rows[-1]["pages"].append(decision["page"])
                rows[-1]["words"] += decision["words"]
    return pd.DataFrame([{**row, "pages": page_range(row["pages"])} for row in rows])

# MAIN if __name__ == "__main__":
# MAIN     for book in books:
# MAIN         kept = "\n\n".join(paragraph["text"] for paragraph in book["paragraphs"])
# MAIN         gone = map("page {page}, {what} ({reason}):\n{text}\n".format_map, book["report"]["decisions"])
# MAIN         for folder, text in (("books", kept + "\n"), ("left_out", "\n".join(gone))):
# MAIN             (OUT_DIR / folder).mkdir(parents=True, exist_ok=True)
# MAIN             (OUT_DIR / folder / f"{book['stem']}.txt").write_text(text, encoding="utf-8")
# MAIN     display(extraction_table(books), text_table(section_table(books)))
# MAIN     print(f"The text that is used is in {OUT_DIR / 'books'}; what was left out, in {OUT_DIR / 'left_out'}.")
# MAIN

# %% [markdown] id="doubtful_passages-text"
# ### The ten most doubtful passages
# These kept passages look least like running text. If they are fine, the rest most likely is.

# %% id="doubtful_passages"
import pandas as pd

def doubtful_passages(books, count=10):
    """Return a data frame of the `count` kept passages that look least like running text."""
    rows = [{"book": book["stem"], **row} for book in books for row in book["report"]["doubts"]]
    rows = sorted(rows, key=lambda row: -row["doubt"])[:count]
    return pd.DataFrame([{**row, "text": row["text"][:160]} for row in rows],
                        columns=["book", "page", "doubt", "reason", "text"])

# MAIN if __name__ == "__main__":
# MAIN     display(text_table(doubtful_passages(books)))
# MAIN
