# %% id="copying-imports"
"""Finds what an answer copied from the training text: exact runs of words, and where they stand."""

from chapters.words import WORD, words_of

# %% [markdown] id="copying-matches-text"
# #### Find copied words
# A model that recites the book has not learned to write. For every word of an answer, this finds
# the longest run of words from there that stands in the training text. It is exact, and takes about
# a second for 200 answers and 900,000 words.

# %% id="copying-matches"
import html
from collections.abc import Mapping, Sequence
from itertools import chain, pairwise
from typing import Any, TypedDict

import numpy as np


class Run(TypedDict):
    """A copied run: its first word in the text, its words, the source's number, the place there."""

    start: int
    words: int
    source: int
    place: int


class Copies(TypedDict):
    """What a text copied."""

    longest: int  # words of its longest run
    share: float  # of its words that stand in a run of SHORTEST_RUN words or more
    runs: list[Run]  # those of SHORTEST_RUN words or more, longest first


class Source(TypedDict):
    """Training text in one piece."""

    words: list[str]
    origin: list[tuple[int, int]]  # of each word: number of its passage, place in it


def flatten(
    lists: Sequence[Sequence[str]], ids: dict[str, int], end: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return lists of words as one row of numbers, `end` after each list, and where each begins."""
    row = [n for words in lists for n in [*(ids.get(word, 2) for word in words), end]]
    return np.array(row, dtype=int), np.cumsum([0] + [len(words) + 1 for words in lists])


def longest_matches(
    texts: Sequence[Sequence[str]], sources: Sequence[Sequence[str]]
) -> list[np.ndarray]:
    """Return for every word of each text the longest run of words from there that a source has.

    Texts and sources are lists of words. A text gives an int array (words, 3): the run's length,
    the source where it first occurs, the place of its first word there; length 0: unknown word.
    """
    ids = {word: n for n, word in enumerate(dict.fromkeys(chain(*sources)), 3)}
    base = len(ids) + 3  # 2 is an unknown word, 0 and 1 end a text or a source: no run crosses one
    text, text_starts = flatten(texts, ids, 0)
    source, source_starts = flatten(sources, ids, 1)
    # In round n every place on both sides gets a number that stands for the n words from there,
    # made of the number of the first n - 1 and the n-th word. Places without a partner on the other
    # side drop out: little is left after a few rounds, however long the sources.
    place, at = np.arange(len(text)), np.arange(len(source))
    sort, kind = np.zeros_like(place), np.zeros_like(at)
    best, n = np.zeros((len(text), 2), dtype=int), 0
    while len(place):
        known, sort = np.unique(sort * base + text[place + n], return_inverse=True)
        key = kind * base + source[at + n]
        kind = np.minimum(np.searchsorted(known, key), len(known) - 1)
        at, kind = at[known[kind] == key], kind[known[kind] == key]
        first = np.full(len(known), -1)
        first[kind[::-1]] = at[::-1]  # what is written last stays: the first place
        place, sort = place[first[sort] >= 0], sort[first[sort] >= 0]
        n += 1
        best[place] = np.column_stack([np.full(len(place), n), first[sort]])
    number = np.searchsorted(source_starts, best[:, 1], "right") - 1
    table = np.column_stack([best[:, 0], number, best[:, 1] - source_starts[number]])
    return [table[start : end - 1] for start, end in pairwise(text_starts)]


# %% [markdown] id="copying-runs-text"
# #### Measure and mark copying
# Two figures per text: its longest run of words from the training text, and the share of its words
# in runs of five or more. Neither is zero for honest text, because an author repeats himself; his
# held-out passages show how much. Copied words are bold and underlined, so that they show in grey.

# %% id="copying-runs"
SHORTEST_RUN = 5  # words; shorter runs are the small change of a language, which nobody owns
LONGEST_OVERLAP = 400  # words that neighbouring training passages may share
MARK = '<mark style="background:#ffe08a;color:#000;font-weight:bold;text-decoration:underline">'


def join_passages(passages: Sequence[Mapping[str, Any]]) -> list[Source]:
    """Return the training text, so joined that runs may cross from one passage to the next.

    That is done where a passage begins with the last words of the one before it in its book.
    """
    joined: list[Source] = []
    book = None
    for number, passage in enumerate(passages):
        words = words_of(passage["text"])
        last = joined[-1]["words"] if joined and passage["book"] == book else []
        shared = min(LONGEST_OVERLAP, len(last), len(words))
        while shared >= SHORTEST_RUN:
            if last[-shared] == words[0] and last[-shared:] == words[:shared]:
                break
            shared -= 1
        if shared < SHORTEST_RUN:
            shared = 0
            joined.append({"words": [], "origin": []})
        joined[-1]["words"] += words[shared:]
        joined[-1]["origin"] += [(number, n) for n in range(shared, len(words))]
        book = passage["book"]
    return joined


def copied_runs(matches: np.ndarray) -> Copies:
    """Return what a text copied, from its table of `longest_matches`.

    Runs are those of SHORTEST_RUN words or more that cannot be made longer on either side.
    """
    runs, reach = [], 0
    longest = int(matches[:, 0].max(initial=0))
    for start in np.flatnonzero(matches[:, 0] >= SHORTEST_RUN).tolist():
        words, source, place = matches[start].tolist()
        if start + words > reach:  # else it is the end of the run before
            runs.append({"start": start, "words": words, "source": source, "place": place})
            reach = start + words
    covered = {n for run in runs for n in range(run["start"], run["start"] + run["words"])}
    share = len(covered) / len(matches) if len(matches) else 0.0
    runs.sort(key=lambda run: -run["words"])
    return {"longest": longest, "share": share, "runs": runs}


def find_copies(texts: Sequence[str], sources: Sequence[str | list[str]]) -> list[Copies]:
    """Return what each text copied from the `sources`, texts or lists of words."""
    known = [words_of(source) if isinstance(source, str) else source for source in sources]
    tables = longest_matches([words_of(text) for text in texts], known)
    return [copied_runs(table) for table in tables]


def mark_words(text: str, runs: Sequence[tuple[int, int]]) -> str:
    """Return the text as HTML, escaped, the words of `runs` ([(first word, words), ...]) marked."""
    wanted = {n for first, words in runs for n in range(first, first + words)}
    parts, end, inside = [], 0, False
    for n, match in enumerate(WORD.finditer(text)):
        if inside and n not in wanted:
            parts.append("</mark>")
        parts.append(html.escape(text[end : match.start()]))
        if n in wanted and not inside:
            parts.append(MARK)
        parts.append(html.escape(match.group()))
        end, inside = match.end(), n in wanted
    if inside:
        parts.append("</mark>")
    return "".join(parts) + html.escape(text[end:])


def excerpt(text: str, first: int, words: int, around: int = 25) -> tuple[str, int]:
    """Return the run of `words` words from word `first` with `around` more on either side, and
    the number of its first word in what is returned."""
    spans = [match.span() for match in WORD.finditer(text)]
    start, end = max(0, first - around), first + words + around
    opens = spans[start][0] if start else 0
    closes = spans[end - 1][1] if end < len(spans) else len(text)
    before, after = "… " if start else "", " …" if end < len(spans) else ""
    return before + text[opens:closes] + after, first - start
