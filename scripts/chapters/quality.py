# %% id="quality-imports"
"""Tells what a book is called, and which of two copies is better."""

from chapters.files import BOOK_SUFFIXES
from chapters.headings import section_kind
from chapters.layout import BookLayout

# %% [markdown] id="quality-title-text"
# #### What a book is called
# Files say what they are called, but many say the name of the program or of the file. Then the
# title page is looked at, and last the file's name, written as a title.

# %% id="quality-title"
import re
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

_NO_TITLE = re.compile(
    r"(untitled|unknown|title( page)?|document|book|layout|cover|text|main|output|slide|scan)?"
    r"[\W\d_]*|.*\.(docx?|tex|indd|qxd|pdf|html?|rtf|odt|dvi|typ)|.*(_.*){2}|\S*_\S*|https?:.*",
    re.I,
)
_PROGRAM = re.compile(r"^(microsoft word|powerpoint presentation) - ", re.I)
_EBOOK_OF = re.compile(r"^the project gutenberg e-?(book|text) of (.*?)(, by .*)?$", re.I)
SMALL_WORDS = "a an the and or nor but as of in on at to by for from with de la le du von".split()


def title_case(text: str) -> str:
    """Return a title in capitals, or without any, as it is written in English; others as it is."""
    if not (text.isupper() or text.islower()):
        return text
    plain = text.lower().split()
    inner = range(1, len(plain) - 1)
    words = [
        word if number in inner and word in SMALL_WORDS else word[:1].upper() + word[1:]
        for number, word in enumerate(plain)
    ]
    return re.sub(r"\b[IVX]+\b", lambda m: m[0].upper(), " ".join(words), flags=re.I)


def usable_title(text: str) -> str:
    """Return a declared title without what programs add to it, "" if it is none."""
    text = _PROGRAM.sub("", " ".join(text.split()))
    text = _EBOOK_OF.sub(r"\2", text).strip(" .,;:")
    usable = any(map(str.isalpha, text)) and len(text) < 150 and not _NO_TITLE.fullmatch(text)
    return text if usable else ""


def title_page(layout: BookLayout) -> str:
    """Return the largest words before the text, if they are much larger; of e-books the first."""
    size, best = layout["style"]["size"], (1.3 * layout["style"]["size"], "")
    for page in islice(layout["pages"], 8):
        lines: list[Any] = page["lines"]
        if any(line["use"] == "body" for line in lines):
            break
        for number, line in enumerate(lines):
            if line["size"] > best[0] + 0.1 and len(line["text"]) < 100:
                same = [one for one in lines[number : number + 3] if one["size"] == line["size"]]
                words = " ".join(one["text"] for one in same)
                best = (line["size"], words) if not section_kind(words) else best
    return best[1] if size else ""


def reader_title(layout: BookLayout, stem: str) -> str:
    """Return what a reader would call the book in the file `stem`: see above where from."""
    declared = usable_title(layout["title"])
    named = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", stem.replace("_", " ")).replace("-", " ")
    if declared and declared != stem and declared != stem.replace("_", " "):
        return title_case(declared)
    return title_case(usable_title(title_page(layout)) or " ".join(named.split()))


# %% [markdown] id="quality-copies-text"
# #### One book, several files
# Two files are the same book if half of the smaller one's runs of 8 words are in the other. The
# better one is used: the cleaner by a whole percent, else the one whose format says what is text.

# %% id="quality-copies"
COPY_SHARE = 0.5  # of the smaller book's runs of 8 words; two books of an author share under 1 %


def word_runs(book: Any, length: int = 8) -> set[int]:
    """Return a number for each of a book's runs of `length` words, good within this process."""
    words = " ".join(one["text"] for one in book["paragraphs"]).lower().split()
    return set(map(hash, zip(*(words[at:] for at in range(length)), strict=False)))


def copy_rank(book: Any) -> tuple[float, ...]:
    """Return what tells which of two copies of a book is better: the smaller one is."""
    kind = BOOK_SUFFIXES.index(Path(book["path"]).suffix.lower())
    clean = round(100 * book["report"]["clean"])  # a whole percent is worth more than the format
    scanned = any(use == "image" for use in book["report"]["page_uses"])
    return -clean, scanned, kind, -book["report"]["words_kept"]


def drop_copies(books: list[Any]) -> tuple[list[Any], list[str]]:
    """Return the books without copies, and a sentence for each that was dropped for a better one.

    Of two different books with the same file name but for its ending the second is dropped too.
    """
    kept, told, owners = [], [], {}
    for book in sorted(books, key=copy_rank):
        runs, name = word_runs(book), Path(book["path"]).name
        shared = Counter(number for run in runs for number in owners.get(run, ()))
        for number, (other, size) in enumerate(kept):
            better = Path(other["path"]).name
            share = shared[number] / max(1, min(len(runs), size))
            if share > COPY_SHARE:
                reason = f"{share:.0%} of the text is alike, and {better} is used"
                told.append(f"{name} is the same book as {better} ({reason}).")
                break
            if other["stem"] == book["stem"]:  # by which its text is named from here on
                alike = f"{name} is named like {better} but for its ending"
                told.append(f"{alike}: give it another name.")
                break
        else:
            own = (len(kept),)  # one for all: a million of them would fill the memory
            for run in runs:
                owners[run] = owners.get(run, ()) + own
            kept.append((book, len(runs)))
    left = [book for book in books if any(book is one for one, _ in kept)]
    titles = Counter(book["title"] for book in left)
    for book in left:
        if titles[book["title"]] > 1:  # a reader must tell them apart
            book["title"] += f" ({book['stem']})"
    return left, told
