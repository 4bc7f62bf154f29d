# %% id="memory-imports"
"""What answers hold of the author's books word for word, told from what anybody might say."""

from chapters.copying import SHORTEST_RUN, Copies, Run, copied_runs, longest_matches
from chapters.intervals import rates_apart
from chapters.preparation import Mistake
from chapters.reading import MAX_FILE, read_bounded
from chapters.words import words_of

# %% [markdown] id="memory-books-text"
# #### The whole of the books
# A model that was trained on some pages may give away others, which it read before and remembers
# now. So copies are looked for in all of the author's text, held-out blocks included, and for the
# author's own held-out passages in all but themselves.

# %% id="memory-books"
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TypedDict

import numpy as np


class BookText(TypedDict):
    """A book, word for word, and where its passages stand."""

    title: str
    text: str
    words: list[str]
    places: list[tuple[int, int, Any]]  # (first word, the word behind the last, the passage)


def find_place(words: list[str], lines: str, starts: np.ndarray, after: int = 0) -> int:
    """Return the place of `words` among those of a text, -1 for none. `lines`: the text's words
    with a space around each; `starts`: where each begins in it. Looks behind word `after` first:
    passages in their order are found at once, however long the book."""
    phrase, begin = f" {' '.join(words)} ", int(starts[after]) if after else 0
    at = lines.find(phrase, begin) if words else -1
    at = lines.find(phrase) if words and at < 0 and begin else at
    return int(np.searchsorted(starts, at)) if at >= 0 else -1


def read_texts(folder: Path | str, rows: Sequence[Any]) -> list[BookText]:
    """Return the books of `folder`/books/ that passages were cut from, in their order.

    Raises Mistake where a book is missing, or a held-out passage does not stand in it."""
    passages: dict[str, list[Any]] = {}
    for row in rows:
        if row.get("book"):
            passages.setdefault(row["book"], []).append(row)
    books = []
    for stem, own in passages.items():
        path = Path(folder, "books", f"{stem}.txt")
        try:
            text = read_bounded(path, MAX_FILE).decode("utf-8", "replace")
        except ValueError as error:
            again = "run this author's and model's FineTuning notebook again"
            raise Mistake(f"{path} cannot be read ({error}): {again}.") from None
        words = words_of(text)
        starts = np.cumsum([0] + [len(word) + 1 for word in words[:-1]])
        lines, places = f" {' '.join(words)} ", []
        for row in own:
            passage = words_of(row["text"])
            at = find_place(passage, lines, starts, places[-1][0] if places else 0)
            if at >= 0:
                places.append((at, at + len(passage), row))
            elif row["split"] == "held_out":
                mend = "run this author's and model's FineTuning notebook again"
                raise Mistake(f"{path} does not hold the passage {row['id']}: {mend}.")
        title = own[0].get("title") or stem
        books.append(BookText(title=title, text=text, words=words, places=sorted(places, key=_at)))
    return books


def _at(place: tuple[int, int, Any]) -> int:
    return place[0]


def without_held_out(books: list[BookText]) -> list[list[str]]:
    """Return the words of the books in pieces, held-out passages left out."""
    pieces = []
    for book in books:
        at = 0
        for start, end, row in book["places"]:
            if row["split"] == "held_out":
                pieces.append(book["words"][at:start])
                at = max(at, end)
        pieces.append(book["words"][at:])
    return [piece for piece in pieces if piece]


def where_it_stands(book: BookText, place: int) -> str:
    """Return title, chapter, pages and split of the word at `place` of a book, as far as known."""
    around = [row for start, end, row in book["places"] if start <= place < end]
    if not around:
        share = place / max(len(book["words"]), 1)
        return f"{book['title']}, at {share:.0%} of it, in no passage that was used"
    row, seen = around[0], {"train": "trained on", "held_out": "held out: never trained on"}
    begin, end = row["pages"]
    pages = f"page {begin}" if begin == end else f"pages {begin}–{end}"
    split = seen.get(row["split"], "never trained on")
    return ", ".join(filter(None, [book["title"], row.get("chapter"), pages, split]))


# %% [markdown] id="memory-idiom-text"
# #### Idiom is no memory
# Five words in a row are mostly the language's and not the author's: "I have no doubt that". A run
# that others' texts, plain answers or the questions hold too is left out, and so is a phrase that
# the author uses in three places or more. More than 20 words in a row are nobody's idiom.

# %% id="memory-idiom"
LONGEST_IDIOM = 20  # words: what is longer counts whoever else has it
PHRASE_PLACES = 3  # in the author's books: then it is his phrase, and not the memory of a page


def find_phrases(runs: Iterable[Sequence[str]], books: Sequence[Sequence[str]]) -> set[tuple]:
    """Return those of the runs, SHORTEST_RUN words or more each, that stand in PHRASE_PLACES places
    of the books; all are lists of words. One pass over the books finds them all."""
    wanted: dict[tuple, list[tuple]] = {}  # {first words: the runs that begin so}
    for run in set(map(tuple, runs)):
        wanted.setdefault(run[:SHORTEST_RUN], []).append(run)
    counts = Counter()
    for book in books:
        firsts = zip(*(islice(book, n, None) for n in range(SHORTEST_RUN)), strict=False)
        for at, first in enumerate(firsts):
            for run in wanted.get(first, ()):
                if counts[run] < PHRASE_PLACES:
                    counts[run] += tuple(book[at : at + len(run)]) == run
    return {run for run, count in counts.items() if count >= PHRASE_PLACES}


def keep_runs(runs: Sequence[Run], words: int) -> Copies:
    """Return what a text of so many words copied, from its runs."""
    covered = {n for run in runs for n in range(run["start"], run["start"] + run["words"])}
    ordered = sorted(runs, key=lambda run: -run["words"])
    longest = ordered[0]["words"] if ordered else 0
    return {"longest": longest, "share": len(covered) / max(words, 1), "runs": ordered}


def without_idiom(
    texts: Sequence[Sequence[str]],
    copies: Sequence[Copies],
    common: Sequence[Sequence[str]],
    books: Sequence[Sequence[str]] = (),
) -> list[Copies]:
    """Return the copies without the runs of at most LONGEST_IDIOM words that stand in `common`, or
    in PHRASE_PLACES places of the `books`. All but the copies are lists of words.

    "longest" is 0 where no run is left."""
    pairs = [(words, run) for words, one in zip(texts, copies, strict=True) for run in one["runs"]]
    runs = (words[run["start"] : run["start"] + run["words"]] for words, run in pairs)
    phrases, kept = find_phrases(runs, books), []
    for words, table, found in zip(texts, longest_matches(texts, common), copies, strict=True):
        runs = []
        for run in found["runs"]:
            start, size = run["start"], run["words"]
            shared = table[start, 0] >= size or tuple(words[start : start + size]) in phrases
            if size > LONGEST_IDIOM or not shared:
                runs.append(run)
        kept.append(keep_runs(runs, len(words)))
    return kept


def find_memory(
    texts: dict[str, list[str]], sources: Sequence[Sequence[str]], common: Sequence[Sequence[str]]
) -> dict[str, list[Copies]]:
    """Return {condition: what each of its texts copied from `sources`, lists of words, and is no
    idiom}, with one search for all of them."""
    words = {condition: [words_of(text) for text in group] for condition, group in texts.items()}
    flat = [one for group in words.values() for one in group]
    found = [copied_runs(table) for table in longest_matches(flat, sources)]
    kept = iter(without_idiom(flat, found, common, sources))
    return {condition: [next(kept) for _ in group] for condition, group in texts.items()}


# %% [markdown] id="memory-counts-text"
# #### More than the author repeats himself?
# The author's unseen pages share runs of words with his other pages too, and a handful of them
# without any may be chance. So the two shares of texts with such a run are compared by an interval
# that counts both sides' uncertainty, in the same number of words of each text. What the base model
# says as well is not the training's doing.

# %% id="memory-counts"


class CopyCounts(TypedDict):
    """Copying of the tuned answers beside the author's held-out passages."""

    longest: list[int]  # words of each answer's longest run, 0 for fewer than SHORTEST_RUN
    author_longest: list[int]
    shares: tuple[float, float]  # of the author's texts and of the answers with a run
    low: float  # of the interval of the answers' share less the author's
    high: float


def count_copies(
    answers: dict[str, list[str]], copies: dict[str, list[Copies]], size: int
) -> CopyCounts:
    """Return the counts of the tuned answers as the persona, without the base model's idiom; the
    shares are of the first `size` words, as many as the author's texts have."""
    tuned = [words_of(text) for text in answers["tuned persona"]]
    base = [words_of(text) for side in ("base plain", "base persona") for text in answers[side]]
    found, author = without_idiom(tuned, copies["tuned persona"], base), copies["author"]

    def with_run(kept: list[Copies]) -> list[int]:
        lasts = [[run["start"] + SHORTEST_RUN for run in one["runs"]] for one in kept]
        return [int(any(last <= size for last in own)) for own in lasts]

    sides = with_run(author), with_run(found)
    low, high = rates_apart(*sides)
    return CopyCounts(
        longest=[copy["longest"] for copy in found],
        author_longest=[copy["longest"] for copy in author],
        shares=(float(np.mean(sides[0])), float(np.mean(sides[1]))),
        low=low,
        high=high,
    )
